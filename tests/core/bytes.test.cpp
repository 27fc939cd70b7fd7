// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/bytes.hpp>

#include <support/property.hpp>

#include <limits>

using namespace tollgate;

TEST_CASE("fields are read back as they were written") {
  const account_id account{{7, ~std::uint64_t{0}}};
  byte_writer to;
  to.number(0).number(127).number(128).number(std::numeric_limits<std::uint64_t>::max());
  to.flag(true).text("a\0b").text({}).put(account).put(never).put(timestamp{-5});
  to.put(credits::min()).raw("tail");
  byte_reader from{to.bytes()};
  CHECK(from.number() == 0);
  CHECK(from.number() == 127);
  CHECK(from.number() == 128);
  CHECK(from.number() == std::numeric_limits<std::uint64_t>::max());
  CHECK(from.flag());
  CHECK(from.text() == "a\0b");
  CHECK(from.text().empty());
  CHECK(from.read_id<account_id>() == account);
  CHECK(from.read_timestamp() == never);
  CHECK(from.read_timestamp() == timestamp{-5});
  CHECK(from.read_credits() == credits::min());
  CHECK_FALSE(from.complete());
  CHECK(from.raw(4) == "tail");
  CHECK(from.complete());
}

TEST_CASE("a text longer than what is left is a fault, and all that follows is empty") {
  byte_reader from{
      std::string_view{"\x05"
                       "abc",
                       4}};
  CHECK(from.text().empty());
  CHECK_FALSE(from.good());
  CHECK(from.number() == 0);
  CHECK(from.read_uuid().is_nil());
  CHECK_FALSE(from.complete());
}

TEST_CASE("a number in more groups than it needs is a fault") {
  byte_reader padded{std::string_view{"\x80\x00", 2}};
  CHECK(padded.number() == 0);
  CHECK_FALSE(padded.good());
  byte_reader large{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"};
  CHECK(large.number() == 0);
  CHECK_FALSE(large.good());
}

TEST_CASE("a flag is 0 or 1") {
  byte_reader from{"\x02"};
  CHECK_FALSE(from.flag());
  CHECK_FALSE(from.good());
}

TEST_CASE("an amount out of range is a fault") {
  byte_writer to;
  to.number(std::uint64_t{1} << 62U);
  byte_reader from{to.bytes()};
  CHECK(from.read_credits() == credits{});
  CHECK_FALSE(from.good());
}

TEST_CASE("any bytes either read as nothing or are what the fields write", "[property]") {
  test::check_law("bytes that read whole are written back the same", [](const std::string& bytes) {
    byte_reader from{bytes};
    const auto number = from.number();
    const bool flag = from.flag();
    const std::string text{from.text()};
    if (!from.complete()) return;
    byte_writer to;
    to.number(number).flag(flag).text(text);
    RC_ASSERT(to.bytes() == bytes);
  });
}
