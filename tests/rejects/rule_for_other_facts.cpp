// SPDX-License-Identifier: BSL-1.0
// rejected: rule_for
// A rule is asked about the facts it was written for.
#include <tollgate/warnings/rule_set.hpp>

using namespace tollgate;

struct invoice {
  int pages;
};
struct letter {
  int pages;
};
constexpr auto too_long = [](const invoice& facts, finding_sink& to) {
  if (facts.pages > 9) to.add({.code = "too_long"});
};

#ifdef TOLLGATE_ACCEPT
auto found = rule_set{too_long}.evaluate(invoice{12});
#else
auto found = rule_set{too_long}.evaluate(letter{12});
#endif
