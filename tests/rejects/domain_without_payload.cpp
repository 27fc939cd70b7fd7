// SPDX-License-Identifier: BSL-1.0
// rejected: the domain lacks `std::string payload(const order_type&, const item_type&,
// rejected: const priced_item<currency>&) const`
#include <tollgate/checkout/gate.hpp>
#include <tollgate/jobs/standard_machine.hpp>
#include <tollgate/storage/archetype.hpp>
#include <tollgate/warnings/rule_set.hpp>

#include <span>

using namespace tollgate;

struct leaf {};
struct book {
  std::span<const leaf> leaves;
};
struct proof {};

struct books {
  using order_type = book;
  using item_type = leaf;
  using job_type = proof;
  using currency = usd;
  using machine = standard_machine;
  static constexpr std::string_view kind = "print";
  order_place place(const book&) const { return {}; }
  std::span<const leaf> items(const book& b) const { return b.leaves; }
  item_id id(const leaf&) const { return {}; }
  result<usage> measure(const rate_card<usd>&, const leaf&) const { return usage{}; }
#ifdef TOLLGATE_ACCEPT
  std::string payload(const book&, const leaf&, const priced_item<usd>&) const { return {}; }
#endif
  result<proof> job(const job_record&) const { return proof{}; }
  int facts(const book&, chosen_items<leaf>, const review_context<usd>&) const { return 0; }
};

void sell(archetype::storage& store, const rate_book<usd>& rates) {
  gate shop{store, books{}, rates};
}
