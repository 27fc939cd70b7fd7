// SPDX-License-Identifier: BSL-1.0
// No statement looks through a table, and none finds a row by an index that leads to more than it
// asked for: even where its plan was made beside tables that were empty, and is kept while they
// fill.
#include <tollgate/postgres/statements.hpp>

#include <postgres/desk.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::whole;
using postgres::statement;

std::vector<statement> every_statement(const postgres::statements& texts) {
  std::vector<statement> all;
  for (unsigned parts = 0; parts < 32; ++parts) {
    all.push_back(texts.load(parts));
    all.push_back(texts.account_load(parts));
  }
  for (unsigned parts = 0; parts < postgres::detail::part_combinations; ++parts) {
    using enum postgres::detail::part;
    if ((parts & opens) == 0 || (parts & money) != 0) all.push_back(texts.commit(parts));
  }
  all.push_back(texts.order());
  for (const auto& f : postgres::detail::fixed_texts()) all.push_back(texts.get(f.which));
  for (unsigned filter = 0; filter < 64; ++filter) all.push_back(texts.jobs(filter));
  std::erase_if(all, [](const statement& s) { return s.name.empty(); });  // planned each time
  return all;
}

/// The numbers of the parameters that a text uses.
std::set<int> parameters_of(std::string_view text) {
  std::set<int> all;
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    int number = 0;
    while (++at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      number = number * 10 + (text[at] - '0');
    }
    if (number > 0) all.insert(number);
  }
  return all;
}

/// The plan that a session of ours makes and keeps.
std::vector<std::string> plan_of(postgres::connection& c, const statement& what) {
  const auto used = parameters_of(what.text);
  std::string types;
  std::string values;
  for (int n = 1; !used.empty() && n <= *used.rbegin(); ++n) {
    types.append(n == 1 ? "(" : ", ").append(used.contains(n) ? "unknown" : "text");
    values += n == 1 ? "(NULL" : ", NULL";
  }
  if (!used.empty()) types += ")", values += ")";
  if (auto made = c.script("DEALLOCATE ALL; PREPARE asked" + types + " AS " + what.text); !made) {
    FAIL(what.name << ": " << to_string(made.error()));
  }
  auto answer = c.run({"", "EXPLAIN (COSTS OFF) EXECUTE asked" + values, false}, {});
  if (!answer) FAIL(what.name << ": " << to_string(answer.error()));
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < answer->size(); ++row) lines.emplace_back(answer->bytes(row, 0));
  return lines;
}

/// By which columns an index may be asked, at least. Partitions have the key of their table.
struct access {
  std::string_view index;
  std::vector<std::string_view> by;
};
const std::vector<access>& accesses() {
  static const std::vector<access> all{
      {"account_pkey", {"bucket", "account"}},
      {"lot_pkey", {"bucket", "account", "lot"}},
      {"lot_drawable", {"bucket", "account"}},
      {"hold_pkey", {"bucket", "account", "hold"}},
      {"hold_due", {"bucket", "account", "due_at"}},
      {"operation_pkey", {"bucket", "account", "seq"}},
      {"operation_key", {"bucket", "account", "key"}},
      {"project_pkey", {"bucket", "account", "project"}},
      {"job_pkey", {"bucket", "account", "job"}},
      {"job_newest", {"bucket", "account", "arrival"}},
      {"job_part_of", {"bucket", "account", "part_of"}},
      {"live_pkey", {"bucket", "account", "job"}},
      {"live_item", {"bucket", "account", "item"}},
      {"live_due", {"bucket", "due_at"}},
      {"done_pkey", {"bucket", "account", "job"}},
      {"ready_pkey", {"bucket", "account", "kind"}},
      {"later_pkey", {"bucket", "kind", "at"}},
      {"slots_pkey", {"bucket", "account"}},
      {"line_pkey", {"bucket", "account"}},
      {"line_turn", {"bucket", "kind", "state"}},
      {"kind_pkey", {"bucket"}},  // a row for each kind there is
      {"setting_pkey", {"bucket"}},
      {"payload", {"bucket", "account", "job"}},
      {"attempt", {"bucket", "account", "job"}},
  };
  return all;
}

/// The word behind `before`, or nothing.
std::string_view word_after(std::string_view line, std::string_view before) {
  const std::size_t at = line.find(before);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + before.size());
  return line.substr(0, line.find(' '));
}

/// Which statements want all that an account has, or begin with the kinds there are.
bool reads_more(std::string_view statement, std::string_view asked) {
  const auto has = [&](std::string_view words) {
    return asked.find(words) != std::string_view::npos;
  };
  if (statement == "tollgate_audit") return has("(bucket =") && has("(account =");
  return statement == "tollgate_heal" && has("(bucket =") && has("(state >=");
}

/// Whether a condition of an index is about a column: "((bucket = $1) AND (ROW(arrival, ..." are.
bool names(std::string_view asked, std::string_view column) {
  for (const std::string_view before : {"(", "ROW(", ", "}) {
    for (const std::string_view after : {" = ", " >= ", " <= ", " > ", " < ", ", ", ") "}) {
      const std::string form = std::string{before}.append(column).append(after);
      if (asked.find(form) != std::string_view::npos) return true;
    }
  }
  return false;
}

/// What is wrong with the plan of a statement.
std::vector<std::string> faults_of(std::string_view statement,
                                   const std::vector<std::string>& plan) {
  std::vector<std::string> all;
  for (std::size_t n = 0; n < plan.size(); ++n) {
    const std::string_view line = plan[n];
    const std::string_view table = word_after(line, "Seq Scan on ");
    if (!table.empty() && table != "setting") all.emplace_back(line);  // that has one row
    if (line.find("Index") == std::string_view::npos) continue;
    std::string_view index = word_after(line, " using ");
    if (index.empty()) index = word_after(line, "Bitmap Index Scan on ");
    if (index.empty()) continue;
    const std::string_view asked =
        n + 1 < plan.size() && plan[n + 1].find("Index Cond:") != std::string::npos
            ? std::string_view{plan[n + 1]}
            : std::string_view{};
    const auto known = std::find_if(accesses().begin(), accesses().end(), [&](const access& a) {
      return index == a.index || (a.index.find('_') == std::string_view::npos &&
                                  index.substr(0, a.index.size()) == a.index);
    });
    const bool right = known != accesses().end() &&
                       std::all_of(known->by.begin(), known->by.end(),
                                   [&](std::string_view column) { return names(asked, column); });
    if (!right && !reads_more(statement, asked))
      all.push_back(std::string{line} + " " + std::string{asked});
  }
  return all;
}

void look_at_every_plan(const own_schema& schema) {
  for (const char* table :
       {"account", "lot", "hold", "operation", "project", "job", "live", "done", "ready", "later",
        "slots", "line", "kind", "setting", "payload", "attempt"}) {
    schema.run("VACUUM ANALYZE {schema}." + std::string{table});
  }
  auto c = postgres::connection::open(tests::postgres_settings());
  REQUIRE(c);
  REQUIRE(c->script("SET plan_cache_mode = force_generic_plan"));
  const postgres::statements texts{schema.name()};
  for (const statement& one : every_statement(texts)) {
    const auto plan = plan_of(*c, one);
    REQUIRE_FALSE(plan.empty());
    const auto faults = faults_of(one.name, plan);
    if (faults.empty()) continue;
    std::string told = one.name;
    for (const std::string& f : faults) told += "\n  " + f;
    FAIL_CHECK(told);
  }
}

TEST_CASE("plans made beside tables in which nothing ever was go straight to their rows") {
  look_at_every_plan(own_schema{});
}

TEST_CASE("plans made after a queue ran empty go straight to their rows") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(1'000)));
  REQUIRE(d.confirm("click", {desk::item(1, whole(1))}));
  o.schema.run(R"(
CREATE TEMP TABLE crowd AS SELECT * FROM {schema}.live;
INSERT INTO {schema}.live SELECT (jsonb_populate_record(l, jsonb_build_object('job',
  gen_random_uuid(), 'item', gen_random_uuid(), 'due_at', l.due_at + g / 10))).*
  FROM crowd l CROSS JOIN generate_series(1, 20000) g;
DROP TABLE crowd;
DELETE FROM {schema}.live;
DELETE FROM {schema}.ready;
)");
  look_at_every_plan(o.schema);
}

}  // namespace
}  // namespace tollgate::test
