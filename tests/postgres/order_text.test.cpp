// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/detail/order_text.hpp>

#include <postgres/desk.hpp>

#include <string>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::whole;

TEST_CASE("jobs of one order that differ in kind, priority or deadline are each written as asked") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  auto other = desk::item(2, whole(2));
  other.kind = "mix";
  other.priority = 3;
  other.deadline = o.clock.now() + days(2);
  REQUIRE(d.confirm("mixed", {desk::item(1, whole(1)), other}));
  const auto count = [&](const std::string& what) {
    return o.schema.number("SELECT count(*) FROM {schema}." + what);
  };
  const std::string as_asked =
      " WHERE (ordinal = 0 AND kind = 'render' AND priority = 0 AND deadline = "
      "9223372036854775807) OR (ordinal = 1 AND kind = 'mix' AND priority = 3 AND deadline < "
      "9223372036854775807)";
  CHECK(count("job" + as_asked) == 2);
  CHECK(count("live" + as_asked) == 2);
  CHECK(count("line WHERE ready = 1") == 2);

  // The same jobs alike: by the text of one order, with the costs of each.
  REQUIRE(d.confirm("alike", {desk::item(3, whole(1)), desk::item(4, whole(2))}));
  CHECK(count("line WHERE kind = 'render' AND ready = 3") == 1);
  CHECK(count("hold WHERE amount = 20000") == 2);
  CHECK(d.row().held == whole(6));
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
