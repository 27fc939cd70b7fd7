// SPDX-License-Identifier: BSL-1.0
#pragma once
// A host that sells translations by the thousand characters, to try the gate with.

#include <tollgate/checkout/gate.hpp>
#include <tollgate/core/clock.hpp>
#include <tollgate/jobs/standard_machine.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/pricing/build.hpp>

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace world {

using namespace tollgate;

inline constexpr account_id user{{0x0a, 1}};
inline constexpr account_id stranger{{0x0a, 2}};
inline constexpr project_id shelf{{0x0b, 1}};

/// Types of the host's own.
struct document {
  std::uint64_t number{};
  std::int64_t length{};  // characters
  std::string title{};
  credits scan_cost{};
};
struct folder {
  std::uint64_t number{1};
  std::vector<document> documents{};
};
struct translation {
  job_id id{};
  std::string title{};
  std::string variant{};
  std::string state{};
};

inline item_id item_of(std::uint64_t number) { return {{0x0c, number}}; }
inline group_id group_of(std::uint64_t number) { return {{0x0d, number}}; }

/// A folder of documents of 4,000 and 3,000 characters.
inline folder two_documents() {
  return {.documents = {{.number = 1, .length = 4'000, .title = "contract"},
                        {.number = 2, .length = 3'000, .title = "letter"}}};
}

struct folder_facts {
  const folder& order;
  const account& row;
  std::size_t documents;
};

struct translations {
  using order_type = folder;
  using item_type = document;
  using job_type = translation;
  using currency = credit;
  using machine = standard_machine;
  static constexpr std::string_view kind{"translate"};

  order_place place(const folder& f) const { return {shelf, group_of(f.number), {}}; }
  const std::vector<document>& items(const folder& f) const { return f.documents; }
  item_id id(const document& d) const { return d.number == 0 ? item_id{} : item_of(d.number); }
  credits already_paid(const document& d) const { return d.scan_cost; }
  result<usage> measure(const rate_card<credit>& card, const document& d) const {
    if (d.length < 0) return refuse(error::invalid_argument, "/length", "is below zero");
    return make_usage(card, id(d), {{"text", quantity<units::character>::whole(d.length)}});
  }
  std::string payload(const folder&, const document& d, const priced_item<credit>& price) const {
    return d.title + "/" + price.variant_name();
  }
  result<translation> job(const job_record& record) const {
    const std::string& payload = record.body->payload;
    const auto slash = payload.find('/');
    if (slash == std::string::npos) return refuse(error::corrupt_record, "payload");
    return translation{record.body->id, payload.substr(0, slash), payload.substr(slash + 1),
                       record.status.state};
  }
  folder_facts facts(const folder& f, chosen_items<document> chosen,
                     const review_context<credit>& context) const {
    return {f, context.row, chosen.size()};
  }
};
static_assert(checkout_domain<translations>);

/// 1 credit for every thousand characters as a draft, 2 corrected; from the second version on as
/// said.
inline rate_card<credit> card(std::uint32_t version = 1, timestamp from = {},
                              credits draft = 1_cr) {
  const auto per_thousand = [](std::string variant, const credits& price) {
    return rate_description<credit>{.component = "translation",
                                    .where = {{"variant", std::move(variant)}},
                                    .charge = {.model = unit_charge{price / 1000_characters}}};
  };
  auto made = build(card_description<credit>{
      .name = "translation",
      .version = version,
      .effective_from = from,
      .variants = {"draft", "corrected"},
      .measures = {{.name = "text", .unit = "character", .maximum = 100'000_characters}},
      .components = {{.name = "translation", .measure = "text"}},
      .rates = {per_thousand("draft", draft), per_thousand("corrected", 2_cr)}});
  assert(made);
  return std::move(*made);
}

/// A rule that a test switches on while everything else stays the same.
struct embargo {
  std::shared_ptr<bool> on{std::make_shared<bool>(false)};
  void operator()(const folder_facts&, finding_sink& to) const {
    if (*on) to.add({.level = severity::block, .code = "embargo", .message = "closed today"});
  }
};
struct many_documents {
  void operator()(const folder_facts& facts, finding_sink& to) const {
    if (facts.documents > 1) to.add({.code = "many", .message = "more than one document"});
  }
};

/// A store with a clock of its own, a gate over it, one open account.
template <class Store = memory::store>
struct fixture {
  explicit fixture(gate_settings settings = {}) : settings_{settings} {
    const auto opened = gate.open_account(user);
    assert(opened);
    static_cast<void>(opened);
  }

  static rate_book<credit> first_book() {
    rate_book<credit> book;
    const auto added = book.add(card());
    assert(added);
    static_cast<void>(added);
    return book;
  }
  /// Another price of a draft from an instant on.
  void change_price(timestamp from, credits draft) {
    rate_book<credit> book = *gate.rates();
    const auto added = book.add(card(2, from, draft));
    assert(added);
    static_cast<void>(added);
    gate.set_rates(std::move(book));
  }

  /// Claims up to `limit` jobs as a worker would.
  std::vector<claimed_job> claim(std::size_t limit) {
    auto claimed = store.claim({.worker = {{9, 9}}, .kinds = {"translate"}, .limit = limit});
    assert(claimed);
    return std::move(*claimed);
  }
  result<settle_receipt> settle(const claimed_job& job, settle_kind kind, credits actual = {},
                                bool retryable = false) {
    return transact(store,
                    settle_command{.lease = {job.body->account, job.body->id, job.status.epoch},
                                   .kind = kind,
                                   .actual = actual,
                                   .retryable = retryable,
                                   .error_code = kind == settle_kind::failed ? "broken" : ""},
                    gate.rules());
  }
  /// Reviews and confirms in one step.
  result<order_receipt> buy(const folder& order, const std::string& key,
                            std::vector<item_id> only = {}) {
    auto review = gate.review(user, order, only);
    if (!review) return refuse(std::move(review.error()));
    return gate.confirm({.account = user,
                         .order = order,
                         .quote = review->quote("draft"),
                         .key = key,
                         .only = std::move(only)});
  }

  gate_settings settings_;
  manual_clock clock{};
  Store store{memory::options{.clock = clock.source()}};
  embargo closed{};
  rule_set<embargo, many_documents> rules{closed, many_documents{}};
  tollgate::gate<translations, Store, rule_set<embargo, many_documents>> gate{
      store, {}, first_book(), rules, settings_};
};

}  // namespace world
