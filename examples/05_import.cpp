// SPDX-License-Identifier: BSL-1.0
// Moving in: what a host keeps in tables of its own becomes accounts, opening grants and imported
// costs in a SQLite store. Every row has a key, so that running it again, also after it was
// interrupted, doubles nothing.
//   05_import HOST.db STORE.db     reads user_credits and video_generation_jobs of HOST.db
//   05_import                      shows it on tables made for the purpose
#include <tollgate/checkout/accounts.hpp>
#include <tollgate/core/amount_text.hpp>
#include <tollgate/sqlite/store.hpp>

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;

struct closing {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using database = std::unique_ptr<sqlite3, closing>;

database open_database(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  return database{db};
}

/// Calls `each` with the columns of every row as text. False: the host's tables are others.
bool read_rows(sqlite3* db, const char* query,
               const std::function<void(const std::vector<std::string>&)>& each) {
  sqlite3_stmt* rows = nullptr;
  if (sqlite3_prepare_v2(db, query, -1, &rows, nullptr) != SQLITE_OK) {
    std::fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    return false;
  }
  int said = sqlite3_step(rows);
  for (; said == SQLITE_ROW; said = sqlite3_step(rows)) {
    std::vector<std::string> columns;
    for (int n = 0; n < sqlite3_column_count(rows); ++n) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(rows, n));
      columns.emplace_back(text == nullptr ? "" : text);
    }
    each(columns);
  }
  sqlite3_finalize(rows);
  return said == SQLITE_DONE;
}

/// What became of the rows.
struct tally {
  int imported{};
  int already_there{};
  int refused{};  // each was told with its reason
};

/// Collects commands and submits them a few hundred at a time: one commit, one sync for all.
class importer {
 public:
  explicit importer(sqlite::store& store) : store_{store} {}

  /// An account with the balance it has, as credits that were paid for.
  void add_balance(const std::string& user, const std::string& balance,
                   const std::string& threshold) {
    const auto account = parse_id<account_id>(user);
    const auto amount = parse_amount<credits>(balance, "balance");
    const auto low = parse_amount<credits>(threshold, "low_credit_threshold");
    const std::string key = "import/user_credits/" + user;
    if (!account) return refuse_row(key, "user_id is no UUID");
    if (!amount) return refuse_row(key, to_string(amount.error()));
    if (!low) return refuse_row(key, to_string(low.error()));
    if (*amount < credits{}) return refuse_row(key, "the balance is below zero");
    add(open_account_request{.account = *account, .low_credit_threshold = *low});
    if (*amount == credits{}) return;  // nothing to grant
    add(grant_request{.account = *account,
                      .amount = *amount,
                      .category = lot_category::paid,
                      .reason = "balance before the move",
                      .key = key});
  }
  /// What an earlier generation cost: counts in its project's running total, moves no credits.
  void add_cost(const std::string& job, const std::string& user, const std::string& project,
                const std::string& cost) {
    const auto account = parse_id<account_id>(user);
    const auto of = parse_id<project_id>(project);
    const auto amount = parse_amount<credits>(cost, "actual_cost");
    const std::string key = "import/video_generation_jobs/" + job;
    if (!account || !of) return refuse_row(key, "user_id or project_id is no UUID");
    if (!amount) return refuse_row(key, to_string(amount.error()));
    add(import_cost_request{
        .account = *account, .project = *of, .amount = *amount, .reason = job, .key = key});
  }

  [[nodiscard]] tally finish() {
    submit();
    return counted_;
  }

 private:
  template <ledger_request Request>
  void add(Request r) {
    commands_.push_back(to_command(std::move(r)));
    if (commands_.size() == 500) submit();
  }
  void submit() {
    const auto answers = transact(store_, std::span<const command>{commands_}, rules_);
    for (std::size_t n = 0; n < answers.size(); ++n) {
      const bool is_row = commands_[n].kind != operation_kind::open_account;
      if (!answers[n]) {
        refuse_row(commands_[n].key, to_string(answers[n].error()));
      } else if (is_row) {
        ++(answers[n]->replayed ? counted_.already_there : counted_.imported);
      }
    }
    commands_.clear();
  }
  void refuse_row(const std::string& key, const std::string& why) {
    ++counted_.refused;
    std::fprintf(stderr, "%s: %s\n", key.c_str(), why.c_str());
  }

  sqlite::store& store_;
  ledger_rules rules_{};
  std::vector<command> commands_{};
  tally counted_{};
};

/// Amounts are read as the text the host's database makes of them, never through a double.
std::optional<tally> import(const std::string& host, sqlite::store& store) {
  const database db = open_database(host);
  importer rows{store};
  const bool read =
      read_rows(db.get(), "SELECT user_id, balance, low_credit_threshold FROM user_credits",
                [&](const auto& c) { rows.add_balance(c[0], c[1], c[2]); }) &&
      read_rows(db.get(),
                "SELECT id, user_id, project_id, actual_cost FROM video_generation_jobs"
                " WHERE status = 'completed' AND actual_cost IS NOT NULL",
                [&](const auto& c) { rows.add_cost(c[0], c[1], c[2], c[3]); });
  const tally counted = rows.finish();
  if (!read) return std::nullopt;
  return counted;
}

void show(const char* when, const tally& t) {
  std::printf("%s: %d rows imported, %d were there already, %d refused\n", when, t.imported,
              t.already_there, t.refused);
}

constexpr const char* sample_tables = R"sql(
CREATE TABLE user_credits (user_id TEXT, balance NUMERIC, low_credit_threshold NUMERIC);
CREATE TABLE video_generation_jobs
  (id INTEGER, user_id TEXT, project_id TEXT, status TEXT, actual_cost NUMERIC);
INSERT INTO user_credits VALUES
  ('00000000-0000-0000-0000-0000000000a1', 41.5, 10),
  ('00000000-0000-0000-0000-0000000000a2', 0, 5),
  ('00000000-0000-0000-0000-0000000000a3', 0.00001, 5);
INSERT INTO video_generation_jobs VALUES
  (1, '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b1',
   'completed', 1.2),
  (2, '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b1',
   'completed', 3.2),
  (3, '00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b1',
   'failed', NULL);
)sql";

/// Imports the sample twice; 0 if the second time changed nothing.
int show_sample(const std::filesystem::path& folder) {
  const std::string host = (folder / "host.db").string();
  sqlite3_exec(open_database(host).get(), sample_tables, nullptr, nullptr, nullptr);
  auto store = sqlite::store::open({.path = (folder / "store.db").string()});
  if (!store) return std::fprintf(stderr, "%s\n", to_string(store.error()).c_str()), 1;
  const auto first = import(host, **store);
  const auto second = import(host, **store);
  if (!first || !second) return 1;
  show("first run", *first);
  show("second run", *second);

  const account_id user{uuid{0, 0xa1}};
  accounts desk{**store};
  const auto row = desk.balance(user);
  const auto total = (*store)->running_total(user, project_id{uuid{0, 0xb1}});
  if (!row || !total) return 1;
  std::printf("balance %s, project %s\n", to_string(row->available).c_str(),
              to_string(total->spent).c_str());
  const bool same = first->imported == 3 && second->imported == 0 && second->already_there == 3;
  return same && row->available == 41.5_cr && total->spent == 4.4_cr ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3) {
    auto store = sqlite::store::open({.path = arguments[2]});
    if (!store) return std::fprintf(stderr, "%s\n", to_string(store.error()).c_str()), 1;
    const auto counted = import(arguments[1], **store);
    if (!counted) return 1;
    show("import", *counted);
    return counted->refused == 0 ? 0 : 1;
  }
  std::string name = (std::filesystem::temp_directory_path() / "tollgate-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return 1;
  const int status = show_sample(name);
  std::filesystem::remove_all(name);
  return status;
}
