// SPDX-License-Identifier: BSL-1.0
// The gate for something that is no video: translations by the thousand characters, with the host's
// own types, states, rule and worker.

#include <tollgate/checkout/gate.hpp>
#include <tollgate/core/id_source.hpp>
#include <tollgate/core/os_seed.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/pricing/build.hpp>
#include <tollgate/worker/worker.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tollgate;

// --- what the host has had all along ------------------------------------------------------------

struct document {
  item_id id{};
  std::string title{};
  std::string text{};
};
struct translation_order {
  group_id id{};
  project_id customer{};
  std::vector<document> documents{};
};

// --- what it tells the gate ---------------------------------------------------------------------

/// waiting -> translating -> proofreading -> delivered.
struct translation_machine {
  static constexpr auto table = machine(
      {
          {"waiting", job_role::ready},
          {"translating", job_role::active},
          {"proofreading", job_role::active},
          {"delivered", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"waiting", "translating"},
          {"translating", "proofreading"},
          {"proofreading", "delivered"},
          {any_active, "waiting"},
          {any_live, "failed"},
          {any_live, "cancelled"},
      });
};

/// A job as the host's screen shows it.
struct translation_job {
  std::string title{};
  std::string state{};
  std::string text{};
  credits cost{};
};

/// The trait: how the gate sees the host's types, without converting them.
struct translations {
  using order_type = translation_order;
  using item_type = document;
  using job_type = translation_job;
  using currency = credit;
  using machine = translation_machine;
  static constexpr std::string_view kind{"translate"};

  order_place place(const translation_order& o) const { return {o.customer, o.id, {}}; }
  const std::vector<document>& items(const translation_order& o) const { return o.documents; }
  item_id id(const document& d) const { return d.id; }
  result<usage> measure(const rate_card<credit>& card, const document& d) const {
    const auto length = quantity<units::character>::checked_from_thousandths(
        static_cast<int128>(d.text.size()) * 1'000);
    if (!length) return refuse(length.error(), "/text");
    return make_usage(card, d.id, {{"text", *length}});
  }
  std::string payload(const translation_order&, const document& d,
                      const priced_item<credit>&) const {
    return d.title + "\n" + d.text;
  }
  result<translation_job> job(const job_record& j) const {
    return translation_job{j.body->payload.substr(0, j.body->payload.find('\n')), j.status.state,
                           j.status.result, j.status.actual};
  }
  /// The host's rules look at the order itself.
  const translation_order& facts(const translation_order& o, chosen_items<document>,
                                 const review_context<credit>&) const {
    return o;
  }
};

/// A rule is a function. This one stops the order; without the level it would only warn.
void nothing_to_translate(const translation_order& order, finding_sink& to) {
  for (const document& d : order.documents) {
    if (!d.text.empty()) continue;
    to.add({.level = severity::block,
            .code = "nothing_to_translate",
            .subjects = {d.id.value},
            .message = d.title + " is empty"});
  }
}

result<rate_book<credit>> prices() {
  card_description<credit> card{
      .name = "translation",
      .variants = {"draft", "proofread"},
      .measures = {{.name = "text", .unit = "character", .maximum = 1000000_characters}},
      .components = {{.name = "translation", .measure = "text"}}};
  const auto sell = [&](std::string variant, const credits& price) {
    // Every started thousand characters.
    const unit_price<credit> per_thousand = price / 1000_characters;
    card.rates.push_back(
        rate_description<credit>{.component = "translation",
                                 .where = {{"variant", std::move(variant)}},
                                 .charge = {.model = package_charge{per_thousand}}});
  };
  sell("draft", 0.50_cr);
  sell("proofread", 1.25_cr);
  auto built = build(std::move(card));
  if (!built) return refuse(built.error());
  rate_book<credit> book;
  if (auto added = book.add(std::move(*built)); !added) return refuse(added.error());
  return book;
}

int fail(const failure& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  return 1;
}

int main() {
  id_source ids{os_seed()};
  const auto now = system_clock_source().now();
  const auto user = ids.make<account_id>(now);
  const translation_order order{
      .id = ids.make<group_id>(now),
      .customer = ids.make<project_id>(now),
      .documents = {{ids.make<item_id>(now), "contract", std::string(1'234, 'x')},
                    {ids.make<item_id>(now), "letter", "Dear reader"},
                    {ids.make<item_id>(now), "poem", "unreadable"}}};

  memory::store store;
  auto book = prices();
  if (!book) return fail(book.error());
  gate desk{store, translations{}, std::move(*book), rule_set{nothing_to_translate}};
  if (auto opened = desk.open_account(user); !opened) return fail(opened.error());

  const auto review = desk.review(user, order);
  if (!review) return fail(review.error());
  for (const auto& variant : review->variants) {
    std::printf("%s: %s credits\n", variant.name.c_str(), to_string(variant.total).c_str());
  }
  const auto made = desk.confirm(
      {.account = user, .order = order, .quote = review->quote("proofread"), .key = "click 1"});
  if (!made) return fail(made.error());
  std::printf("held %s, left %s\n", to_string(made->money.held).c_str(),
              to_string(made->money.available).c_str());

  // The host's own work. What it answers is captured; what fails for good is given back.
  auto translator = handle("translate", machine_of<translation_machine>(), [](job_context& job) {
    const std::string text = job.payload().substr(job.payload().find('\n') + 1);
    if (text == "unreadable") {
      return outcome::failed({.code = "unreadable", .message = text, .retryable = false});
    }
    static_cast<void>(job.advance("proofreading", {.value = 900}));
    return outcome::succeeded(job.held(),
                              "translation of " + std::to_string(text.size()) + " characters");
  });
  worker{store, translator, worker_options{.threads = 0}}.run_until_settled();

  const auto jobs = desk.jobs(user, order.id);
  if (!jobs) return fail(jobs.error());
  for (const auto& job : *jobs) {
    std::printf("%s: %s, %s credits%s%s\n", job.title.c_str(), job.state.c_str(),
                to_string(job.cost).c_str(), job.text.empty() ? "" : ", ", job.text.c_str());
  }
  const auto balance = desk.balance(user);
  const auto found = desk.verify(user);
  if (!balance || !found) return fail(balance ? found.error() : balance.error());
  std::printf("balance %s, held %s, %zu discrepancies\n", to_string(balance->available).c_str(),
              to_string(balance->held).c_str(), found->size());
  return found->empty() ? 0 : 1;
}
