// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/amount_text.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <string>
#include <string_view>

namespace {

using namespace tollgate;

TEST_CASE("a plain decimal number is read exactly") {
  REQUIRE(*parse_amount<credits>("0") == 0_cr);
  REQUIRE(*parse_amount<credits>("0.15") == 0.15_cr);
  REQUIRE(*parse_amount<credits>("+3.2000") == 3.2_cr);
  REQUIRE(*parse_amount<credits>("-3.2") == -3.2_cr);
  REQUIRE(*parse_amount<credits>("99999999.9999") == credits::max());
  REQUIRE(*parse_amount<amount<usd, 0>>("12") == amount<usd, 0>::from_units(12));
}

TEST_CASE("leading zeros are decimal, not octal") {
  REQUIRE(*parse_amount<credits>("010") == 10_cr);
  REQUIRE(*parse_amount<credits>("-000.50") == -0.5_cr);
}

TEST_CASE("minus zero is zero") { REQUIRE(to_string(*parse_amount<credits>("-0.0")) == "0.0000"); }

TEST_CASE("anything else than a plain decimal number is refused with its field") {
  for (const std::string_view text :
       {"",     "+",   "-",   ".",   ".5",       "5.",    "1e3",   "1E3",
        "0x10", "NaN", "nan", "inf", "Infinity", "1,000", "1'000", "1 000",
        " 1",   "1 ",  "1\n", "--1", "+-1",      "1.2.3", "1-",    "\xef\xbc\x91",
        "1.0f", "$1",  "1_0", "1/2"}) {
    const auto read = parse_amount<credits>(text, "/account/credits");
    CAPTURE(std::string{text});
    REQUIRE(!read);
    REQUIRE(read.error().code == error::invalid_argument);
    REQUIRE(read.error().place == "/account/credits");
  }
}

TEST_CASE("a zero byte ends nothing") {
  REQUIRE(!parse_amount<credits>(std::string_view{"1\0", 2}));
  REQUIRE(!parse_amount<credits>(std::string_view{"\0", 1}));
}

TEST_CASE("surplus decimals are accepted only when zero") {
  REQUIRE(*parse_amount<credits>("0.12340000000") == 0.1234_cr);
  const auto read = parse_amount<credits>("0.12345", "price");
  REQUIRE(read.error().code == error::too_precise);
  REQUIRE(to_string(read.error()) == "too_precise at price: \"0.12345\" has more than 4 decimals");
}

TEST_CASE("a number beyond the range is an overflow, however long") {
  for (const std::string& text :
       {std::string{"100000000"}, std::string{"-100000000"},
        std::string{"99999999999999999999999999"}, std::string(5'000, '9')}) {
    const auto read = parse_amount<credits>(text);
    REQUIRE(!read);
    REQUIRE(read.error().code == error::overflow);
    REQUIRE(read.error().reason.size() < 100);
  }
}

TEST_CASE("a wrong form is reported before a wrong precision, and that before the range") {
  REQUIRE(parse_amount<credits>("999999999999.00001x").error().code == error::invalid_argument);
  REQUIRE(parse_amount<credits>("999999999999.00001").error().code == error::too_precise);
}

TEST_CASE("quantities keep three decimals") {
  REQUIRE(*parse_quantity<units::second>("7.3") == 7.3_s);
  REQUIRE(parse_quantity<units::second>("7.3001").error().code == error::too_precise);
  REQUIRE(parse_quantity<units::second>("1000000000000").error().code == error::overflow);
}

TEST_CASE("fractions are decimals or quotients of decimals") {
  REQUIRE(*parse_rational("46/7") == rational<>{46, 7});
  REQUIRE(*parse_rational("1.5") == rational<>{3, 2});
  REQUIRE(*parse_rational("-0.5/0.25") == rational<>{-2});
  REQUIRE(parse_rational("1/0", "/x").error().place == "/x");
  REQUIRE(!parse_rational("1/2/3"));
  REQUIRE(!parse_rational("/2"));
  REQUIRE(!parse_rational("2/"));
}

TEST_CASE("what is printed is read back", "[property]") {
  test::check_law("round trip", [](std::int64_t n) {
    const auto a = credits::from_units(n % 1'000'000'000'000);
    return *parse_amount<credits>(to_string(a)) == a;
  });
}

TEST_CASE("no text crashes the reader or is read as something it does not print", "[property]") {
  test::check_law("strict", [](const std::string& text) {
    const auto read = parse_amount<credits>(text, "f");
    return read ? detail::is_plain_decimal(text) : read.error().place == "f";
  });
}

}  // namespace
