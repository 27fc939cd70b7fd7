// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/detail/connect.hpp>

#include <tollgate/postgres/connection.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <postgres/front.hpp>

#include <libpq-fe.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

using namespace tollgate;
using tests::connected;
using tests::front;
using tollgate::postgres::connection;
using tollgate::postgres::settings;

namespace {

/// A variable of the environment while a scope lasts.
class in_environment {
 public:
  in_environment(const char* name, const std::string& value) : name_{name} {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  in_environment(const in_environment&) = delete;
  in_environment& operator=(const in_environment&) = delete;
  ~in_environment() {
    if (before_.empty()) {
      unsetenv(name_);
    } else {
      setenv(name_, before_.c_str(), 1);
    }
  }

 private:
  const char* name_;
  std::string before_{};
};

std::string setting(connection& c, const std::string& name) {
  auto answer = c.run({"", "SELECT current_setting($1)", false}, postgres::parameters{}.text(name));
  REQUIRE(answer);
  return std::string{answer->bytes(0, 0)};
}

/// A session of a server whose conninfo says more.
connection session_with(const std::string& more, bool prepare = true) {
  auto how = tests::postgres_settings();
  how.conninfo += " " + more;
  how.prepare = prepare;
  return connected(how);
}

/// Settings for a server that answers no query: who waits for one fails soon.
settings to(const front& server) {
  return {.conninfo = server.conninfo(), .answer_timeout = seconds(1), .tries = 1};
}

std::string let_in(std::string_view) { return {}; }

bool has(std::string_view startup, std::string_view text) {
  return startup.find(text) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a session of ours compiles no plans, and nothing that it says sets that aside") {
  auto c = session_with("");
  CHECK(setting(c, "jit") == "off");
  REQUIRE(c.script("SET jit = on; RESET jit"));
  CHECK(setting(c, "jit") == "off");
  REQUIRE(c.script("SET jit = on"));
  REQUIRE(c.script("DISCARD ALL"));
  CHECK(setting(c, "jit") == "off");
}

TEST_CASE("a session that prepares nothing is left as the server makes it") {
  auto c = session_with("", false);
  CHECK(setting(c, "jit") == "on");
}

TEST_CASE("what the options of the conninfo say wins over ours") {
  auto c = session_with("options='-c jit=on'");
  CHECK(setting(c, "jit") == "on");
}

TEST_CASE("options of the conninfo survive beside ours, in every form") {
  const std::string form = GENERATE("options='-c statement_timeout=4321 -c search_path=a,\\\\ b'",
                                    "options='--statement-timeout=4321 --search_path=a,\\\\ b'",
                                    "options='-cstatement_timeout=4321 -csearch_path=a,\\\\ b'");
  for (const bool prepare : {true, false}) {
    auto c = session_with(form, prepare);
    CHECK(setting(c, "statement_timeout") == "4321ms");
    CHECK(setting(c, "search_path") == "a, b");
    CHECK(setting(c, "jit") == (prepare ? "off" : "on"));
  }
}

TEST_CASE("an address may carry options too, and name several hosts") {
  auto found = tests::postgres_conninfo();
  const auto parsed = postgres::detail::parsed(PQconninfoParse(found.c_str(), nullptr));
  REQUIRE(parsed);
  const auto part = [&](std::string_view key) {
    const char* value = postgres::detail::value_of(parsed, key);
    return std::string{value ? value : ""};
  };
  auto how = tests::postgres_settings();
  how.conninfo = "postgresql:///" + part("dbname") + "?user=" + part("user") + "&host=/nowhere," +
                 part("host") + "&port=1," + part("port") +
                 "&options=-c%20statement_timeout%3D4321";
  if (!part("password").empty()) how.conninfo += "&password=" + part("password");
  auto c = connected(how);
  CHECK(setting(c, "statement_timeout") == "4321ms");
  CHECK(setting(c, "jit") == "off");
  how.conninfo += "%20-c%20jit%3Don";
  auto other = connected(how);
  CHECK(setting(other, "statement_timeout") == "4321ms");
  CHECK(setting(other, "jit") == "on");
}

TEST_CASE("options of the environment survive beside ours, unless the conninfo has its own") {
  const in_environment variable{"PGOPTIONS", "-c statement_timeout=4321"};
  {
    auto c = session_with("");
    CHECK(setting(c, "statement_timeout") == "4321ms");
    CHECK(setting(c, "jit") == "off");
  }
  {
    const in_environment compiling{"PGOPTIONS", "-c jit=on"};
    auto c = session_with("");
    CHECK(setting(c, "jit") == "on");
  }
  auto c = session_with("options='-c lock_timeout=1234'");
  CHECK(setting(c, "statement_timeout") == "0");
  CHECK(setting(c, "lock_timeout") == "1234ms");
  CHECK(setting(c, "jit") == "off");
}

TEST_CASE("options of a service survive, beside ours where its name is not in the conninfo") {
  const auto file =
      std::filesystem::temp_directory_path() / ("tollgate-services-" + std::to_string(getpid()));
  std::ofstream{file} << "[timed]\noptions=-c statement_timeout=4321\n[plain]\nport=1\n";
  const in_environment services{"PGSERVICEFILE", file.string()};
  {
    auto c = session_with("service=timed");
    CHECK(setting(c, "statement_timeout") == "4321ms");
    CHECK(setting(c, "jit") == "on");
  }
  {
    auto c = session_with("service=timed options='-c lock_timeout=1234'");
    CHECK(setting(c, "statement_timeout") == "0");
    CHECK(setting(c, "jit") == "off");
  }
  {
    const in_environment named{"PGSERVICE", "timed"};
    auto c = session_with("");
    CHECK(setting(c, "statement_timeout") == "4321ms");
    CHECK(setting(c, "jit") == "off");
  }
  std::filesystem::remove(file);
}

TEST_CASE("to open a connection asks the server nothing after the login") {
  for (const int patience : {1, 0}) {  // seconds; with none an answer is waited for for ever
    const front server{let_in};
    auto how = to(server);
    how.answer_timeout = seconds(patience);
    const auto opened = connection::open(how);
    INFO((opened ? "" : to_string(opened.error())));
    REQUIRE(opened);
    CHECK(opened->usable());
    CHECK(server.unanswered() == 0);
    const auto came = server.startups();
    REQUIRE(came.size() == 1);
    CHECK(has(came[0], std::string{"options\0", 8} + "-c jit=off -c enable_seqscan=off" + '\0'));
  }
}

TEST_CASE("who refuses the setting is connected to without it, at once and once") {
  const std::string words = GENERATE("unsupported startup parameter: options",
                                     "unsupported startup parameter in options: jit",
                                     "RDS Proxy currently doesn't support command-line options.",
                                     "unrecognized configuration parameter \"jit\"");
  const front server{
      [&](std::string_view startup) { return has(startup, "jit=off") ? words : std::string{}; }};
  const auto opened = connection::open(to(server));
  INFO((opened ? "" : to_string(opened.error())));
  REQUIRE(opened);
  const auto came = server.startups();
  REQUIRE(came.size() == 2);
  CHECK(has(came[0], "jit=off"));
  CHECK_FALSE(has(came[1], "options"));
  CHECK(server.unanswered() == 0);
}

TEST_CASE("options of the host's go along when the setting is left out") {
  const front server{[](std::string_view startup) {
    return has(startup, "jit") ? std::string{"unsupported startup parameter in options: jit"}
                               : std::string{};
  }};
  auto how = to(server);
  how.conninfo += " options='-c search_path=a'";
  REQUIRE(connection::open(how));
  const auto came = server.startups();
  REQUIRE(came.size() == 2);
  CHECK(has(came[0], "-c jit=off -c enable_seqscan=off -c search_path=a"));
  CHECK(has(came[1], std::string_view{"options\0-c search_path=a\0", 25}));
}

TEST_CASE("where options of the host's are refused as well, the failure says so") {
  const front server{[](std::string_view startup) {
    return has(startup, "options") ? std::string{"unsupported startup parameter: options"}
                                   : std::string{};
  }};
  auto how = to(server);
  how.conninfo += " options='-c search_path=a'";
  how.tries = 2;
  how.pause = milliseconds(1);
  const auto refused = connection::open(how);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::storage_unavailable);
  CHECK(refused.error().place == "postgres");
  CHECK(has(refused.error().reason, "unsupported startup parameter: options"));
  const auto came = server.startups();
  REQUIRE(came.size() == 3);  // the setting is left out for good
  CHECK(has(came[0], "jit=off"));
  CHECK_FALSE(has(came[1], "jit"));
  CHECK_FALSE(has(came[2], "jit"));
}

TEST_CASE("who is refused for something else is refused as often as the settings say") {
  const std::string words = GENERATE("too many clients", "database \"jit\" does not exist",
                                     "role \"options\" does not exist");
  const front server{[&](std::string_view) { return words; }};
  auto how = to(server);
  how.tries = 2;
  how.pause = milliseconds(1);
  const auto refused = connection::open(how);
  REQUIRE_FALSE(refused);
  CHECK(has(refused.error().reason, words));
  const auto came = server.startups();
  REQUIRE(came.size() == 2);
  CHECK(has(came[1], "jit=off"));
}

TEST_CASE("a real server says which of the host's options it does not know") {
  auto how = tests::postgres_settings();
  how.conninfo += " options='-c nonsense=1'";
  const auto refused = connection::open(how);
  REQUIRE_FALSE(refused);
  CHECK(has(refused.error().reason, "unrecognized configuration parameter \"nonsense\""));
}

TEST_CASE("a conninfo that is none fails with libpq's words") {
  const auto refused = connection::open({.conninfo = "host=/nowhere nonsense=1", .tries = 1});
  REQUIRE_FALSE(refused);
  CHECK(has(refused.error().reason, "invalid connection option \"nonsense\""));
}
