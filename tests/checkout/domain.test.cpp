// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/domain.hpp>

#include <tollgate/jobs/standard_machine.hpp>

#include <support/catch.hpp>

#include <list>
#include <span>

using namespace tollgate;

namespace {

struct item {};
struct order {
  std::list<item> items{};
};
struct shown {};

/// The smallest type that models `checkout_domain`.
struct archetype {
  using order_type = order;
  using item_type = item;
  using job_type = shown;
  using currency = usd;
  using machine = standard_machine;
  static constexpr const char* kind = "smallest";
  order_place place(const order&) const { return {}; }
  const std::list<item>& items(const order& o) const { return o.items; }
  item_id id(const item&) const { return {}; }
  result<usage> measure(const rate_card<usd>&, const item&) const { return usage{}; }
  std::string payload(const order&, const item&, const priced_item<usd>&) const { return {}; }
  result<shown> job(const job_record&) const { return shown{}; }
  int facts(const order&, chosen_items<item>, const review_context<usd>&) const { return 0; }
};
static_assert(checkout_domain<archetype>);

struct without_order_type : archetype {
  using order_type = void;
};
struct without_machine : archetype {
  using machine = int;
};
struct without_kind : archetype {
  int kind;
};
struct without_place : archetype {
  void place(const order&) const;
};
struct without_items : archetype {
  void items(const order&) const;
};
struct without_id : archetype {
  void id(const item&) const;
};
struct without_measure : archetype {
  usage measure(const rate_card<usd>&, const item&) const;
};
struct without_payload : archetype {
  void payload(const order&, const item&, const priced_item<usd>&) const;
};
struct without_job : archetype {
  shown job(const job_record&) const;
};
struct without_facts : archetype {
  void facts() const;
};
static_assert(!checkout_domain<without_order_type>);
static_assert(!names_its_jobs<without_machine> && !checkout_domain<without_machine>);
static_assert(!names_its_jobs<without_kind> && !checkout_domain<without_kind>);
static_assert(!places_orders<without_place> && !checkout_domain<without_place>);
static_assert(!lists_items<without_items> && !checkout_domain<without_items>);
static_assert(!identifies_items<without_id> && !checkout_domain<without_id>);
static_assert(!measures_items<without_measure> && !checkout_domain<without_measure>);
static_assert(!writes_payloads<without_payload> && !checkout_domain<without_payload>);
static_assert(!reads_jobs<without_job> && !checkout_domain<without_job>);
static_assert(!gathers_facts<without_facts> && !checkout_domain<without_facts>);

struct lists_a_copy : archetype {
  std::list<item> items(const order& o) const { return o.items; }
};
struct lists_a_span : archetype {
  std::span<const item> items(const order&) const { return {}; }
};
static_assert(!lists_items<lists_a_copy>, "its items end before they are used");
static_assert(checkout_domain<lists_a_span>);

}  // namespace

TEST_CASE("what a domain does not say about its items is the usual") {
  const archetype d;
  CHECK_FALSE(detail::fault_in(d, order{}));
  CHECK(detail::already_paid_for(d, item{}) == credits{});
  CHECK(detail::options_for(d, item{}).max_attempts == 4);
  CHECK(detail::options_for(d, item{}).start_within == days(7));
}
