// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/connection.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace tollgate;
using tests::connected;
using tollgate::postgres::connection;
using tollgate::postgres::parameters;
using tollgate::postgres::rows;
using tollgate::postgres::statement;
using namespace std::string_literals;

namespace {

/// What the server answers to `SELECT $1` and the text it makes of it.
rows echo(connection& c, const std::string& type, const parameters& with) {
  const statement select{"echo " + type, "SELECT $1::" + type + ", $1::" + type + "::text", false};
  auto answer = c.run(select, with);
  INFO((answer ? "" : to_string(answer.error())));
  REQUIRE(answer);
  REQUIRE(answer->size() == 1);
  return std::move(*answer);
}

/// A value goes to the server and comes back; the server reads it as `text`.
template <class T>
void comes_back(connection& c, const std::string& type, const T& value, const std::string& text) {
  const rows answer = echo(c, type, parameters{}.put(value));
  CHECK(answer.get<T>(0, 0) == value);
  CHECK(answer.bytes(0, 1) == text);
  CHECK(answer.sound());
}
template <class T>
void comes_back(connection& c, const std::string& type, const std::vector<T>& values,
                const std::string& text) {
  const rows answer = echo(c, type, parameters{}.array(values));
  CHECK(answer.array<T>(0, 0) == values);
  CHECK(answer.bytes(0, 1) == text);
  CHECK(answer.sound());
}

}  // namespace

TEST_CASE("the server reads every type as it was meant, and sends it back unchanged") {
  auto c = connected();
  comes_back(c, "int2", std::numeric_limits<std::int16_t>::min(), "-32768");
  comes_back(c, "int2", std::numeric_limits<std::int16_t>::max(), "32767");
  comes_back(c, "int4", std::numeric_limits<std::int32_t>::min(), "-2147483648");
  comes_back(c, "int4", std::int32_t{-1}, "-1");
  comes_back(c, "int8", std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
  comes_back(c, "int8", std::int64_t{1} << 40, "1099511627776");
  comes_back(c, "bool", true, "true");
  comes_back(c, "bool", false, "false");
  comes_back(c, "uuid", uuid{0x0123456789abcdefU, 0xfedcba9876543210U},
             "01234567-89ab-cdef-fedc-ba9876543210");
  comes_back(c, "uuid", job_id{{1, 2}}, "00000000-0000-0001-0000-000000000002");
  comes_back(c, "int8", credits::from_units(-12'345), "-12345");
  comes_back(c, "int8", credits::max(), "999999999999");
  comes_back(c, "int8", never, "9223372036854775807");
  comes_back(c, "int8", timestamp{}, "0");
  comes_back(c, "int8", seconds(-2), "-2000000");
}

TEST_CASE("arrays of every type come back, empty ones and ones with NULLs too") {
  auto c = connected();
  comes_back(c, "int2[]", std::vector<std::int16_t>{1, -2}, "{1,-2}");
  comes_back(c, "int4[]", std::vector<std::int32_t>{}, "{}");
  comes_back(c, "int8[]", std::vector<std::int64_t>{1, 2, 3}, "{1,2,3}");
  comes_back(c, "bool[]", std::vector<bool>{true, false}, "{t,f}");
  comes_back(c, "uuid[]", std::vector<account_id>{{{0, 1}}},
             "{00000000-0000-0000-0000-000000000001}");
  comes_back(c, "int8[]", std::vector<credits>{credits::from_units(5)}, "{5}");
  comes_back(c, "int8[]", std::vector<timestamp>{never}, "{9223372036854775807}");
  comes_back(c, "int8[]", std::vector<std::optional<std::int64_t>>{{}, 7}, "{NULL,7}");
}

TEST_CASE("an array takes what a projection finds in each element") {
  struct row {
    job_id job{};
    std::string name{};
  };
  auto c = connected();
  const std::vector<row> from{{job_id{{0, 1}}, "a"}, {job_id{{0, 2}}, "b"}};
  const auto jobs = echo(c, "uuid[]", parameters{}.array(from, &row::job));
  CHECK(jobs.array<job_id>(0, 0) == std::vector{job_id{{0, 1}}, job_id{{0, 2}}});
  const auto ends = echo(c, "int8[]", parameters{}.array(from, [](const row& r) {
    return static_cast<std::int64_t>(r.job.value.low) * 10;
  }));
  CHECK(ends.bytes(0, 1) == "{10,20}");
  const auto names = echo(c, "text[]", parameters{}.texts(from, &row::name));
  CHECK(names.bytes(0, 1) == "{a,b}");
}

TEST_CASE("text is UTF-8, and bytes are any bytes") {
  auto c = connected();
  const auto text = "na\u00efve \U0001F3AC \u05d0\""s;
  CHECK(echo(c, "text", parameters{}.text(text)).bytes(0, 0) == text);
  CHECK(echo(c, "text", parameters{}.text("")).bytes(0, 0).empty());
  const auto bytes = "\0a\0\xff\x80"s;
  const auto answer = echo(c, "bytea", parameters{}.bytes(bytes));
  CHECK(answer.bytes(0, 0) == bytes);
  CHECK(answer.bytes(0, 1) == "\\x006100ff80");

  const std::vector<std::string> many{"", "\0"s, "b,{}\"\\", "\xc3\xa9"};
  const auto blobs = echo(c, "bytea[]", parameters{}.blobs(many));
  CHECK(blobs.strings(0, 0) == std::vector<std::string_view>(many.begin(), many.end()));
  CHECK(blobs.sound());
  const std::vector<std::string> words{"", "b,{}\"\\", "\xc3\xa9", "NULL"};
  const auto texts = echo(c, "text[]", parameters{}.texts(words));
  CHECK(texts.strings(0, 0) == std::vector<std::string_view>(words.begin(), words.end()));
  CHECK(echo(c, "text[]", parameters{}.texts(std::vector<std::string>{})).bytes(0, 1) == "{}");
}

TEST_CASE("NULL is NULL in every type") {
  auto c = connected();
  CHECK(echo(c, "uuid", parameters{}.null<uuid>()).is_null(0, 0));
  CHECK(echo(c, "text", parameters{}.null_text()).is_null(0, 0));
  CHECK(echo(c, "bytea", parameters{}.null_bytes()).is_null(0, 0));
  const auto none = echo(c, "int8", parameters{}.put(std::optional<std::int64_t>{}));
  CHECK(none.maybe<std::int64_t>(0, 0) == std::nullopt);
  CHECK(none.sound());
  const auto some = echo(c, "int8", parameters{}.put(std::optional{seconds(1)}));
  CHECK(some.maybe<duration>(0, 0) == seconds(1));
}

TEST_CASE("what cannot be read makes rows unsound instead of wrong") {
  auto c = connected();
  const statement select{"unsound",
                         "SELECT 1::int4, NULL::int8, 1000000000000::int8, ARRAY[1, NULL]::int8[], "
                         "'{{1},{2}}'::int8[], 1.5::numeric",
                         false};
  const auto fresh = [&] {
    auto answer = c.run(select, {});
    REQUIRE(answer);
    REQUIRE(answer->sound());
    return std::move(*answer);
  };
  const auto unsound = [&](auto read) {
    const rows answer = fresh();
    read(answer);
    return !answer.sound();
  };
  CHECK(unsound([](const rows& r) { CHECK(r.get<std::int64_t>(0, 0) == 0); }));
  CHECK(unsound([](const rows& r) { CHECK(r.get<std::int64_t>(0, 1) == 0); }));
  CHECK(unsound([](const rows& r) { CHECK(r.get<credits>(0, 2) == credits{}); }));
  CHECK(unsound([](const rows& r) { CHECK(r.array<std::int64_t>(0, 3).size() == 2); }));
  CHECK(unsound([](const rows& r) { CHECK(r.array<std::int64_t>(0, 4).empty()); }));
  CHECK(unsound([](const rows& r) { CHECK(r.bytes(0, 5).empty()); }));
  CHECK(unsound([](const rows& r) { CHECK(r.get<std::int32_t>(7, 0) == 0); }));
  CHECK_FALSE(unsound([](const rows& r) {
    CHECK(r.array<std::optional<std::int64_t>>(0, 3).back() == std::nullopt);
  }));
}
