// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whose turn it is: the accounts in line for jobs of each kind, least served first, and how many
// more each may have in flight.

#include <tollgate/sqlite/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// An account's cap and weight, those of the store where it has none of its own; `damage` is the
/// place of a row that cannot be read.
struct limits_found {
  queue_limits values{};
  std::optional<std::string> damage{};
};
[[nodiscard]] inline limits_found limits_of(connection& c, account_id account,
                                            const queue_limits& defaults) {
  limits_found found{.values = defaults};
  found.values.account = account;
  auto row = c.select(sql::limits, account);
  if (row.next()) {
    found.damage = row.damage_in(
        [&](row_reader& r) { r.read(found.values.max_in_flight, found.values.weight); });
  }
  return found;
}

/// The lines of one claim. Turns are counted here and written once, at the end. A row that is
/// damaged keeps only its own account from its turn; turns saturate, so that none of them can end
/// the count. Precondition: a transaction that writes is open.
class turn_lines {
 public:
  turn_lines(connection& c, passed_by& damage, const queue_limits& defaults)
      : c_{c}, damage_{damage}, defaults_{defaults} {}

  /// Begins with kinds that are not paused, each once.
  void find_kinds(const std::vector<std::string>& wanted) {
    for (const std::string& name : wanted) {
      const auto same = [&](const kind_line& k) { return k.name == name; };
      if (std::any_of(kinds_.begin(), kinds_.end(), same)) continue;
      kind_line k{.name = name};
      bool paused = false;
      {
        auto row = c_.select(sql::kind, name);
        if (row.next()) row.decode([&](row_reader& r) { r.read(paused, k.clock); });
      }
      k.clock = std::max<std::int64_t>(k.clock, 0);
      if (!paused) kinds_.push_back(std::move(k));
    }
  }
  [[nodiscard]] std::size_t kinds() const noexcept { return kinds_.size(); }
  [[nodiscard]] const std::string& name(std::size_t kind) const { return kinds_[kind].name; }
  /// How many accounts stand in line, as far as it was read.
  [[nodiscard]] std::size_t length(std::size_t kind) const { return kinds_[kind].line.size(); }

  /// Whose turn it is, if anybody's; the line is read on in steps of `at_once` places.
  [[nodiscard]] std::optional<account_id> first(std::size_t kind, std::size_t at_once) {
    kind_line& k = kinds_[kind];
    while (k.untouched == 0 && k.more && c_.ok()) read_on(kind, at_once);
    if (k.line.empty()) return std::nullopt;
    return k.line.begin()->account;
  }
  /// How many more jobs an account may have in flight; 0 also where its limits are damaged.
  [[nodiscard]] std::size_t room(account_id id) { return obtain(id).room; }

  /// The account whose turn it was in line `kind` starts a job of kind `best`.
  void start(account_id id, std::size_t kind, std::size_t best) {
    kind_line& k = kinds_[kind];
    claiming_account& a = obtain(id);
    const std::int64_t turn = a.shares[kind].served;
    if (k.clock < turn) {
      k.clock = turn;
      k.advanced = true;
    }
    charge(id, a, kind);
    if (best != kind) charge(id, a, best);
    if (a.room != unlimited) --a.room;
  }
  /// Takes an account out of a line: it has nothing to start there, or no room to. One that only
  /// has `damaged` jobs or limits stands here again until those are mended.
  void leave(account_id id, std::size_t kind, bool damaged) {
    claiming_account& a = obtain(id);
    share& s = a.shares[kind];
    touch(id, s, kind);
    s.stands = false;
    if (a.damaged) return;
    if (a.room == 0) {
      c_.run(sql::block_account, id);
    } else if (damaged) {
      return;
    }
    c_.run(sql::leave_line, id, kinds_[kind].name);
  }
  void write() {
    for (const auto& [id, a] : accounts_) {
      for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        const share& s = a.shares[kind];
        if (s.charged) c_.run(sql::charge_line, id, kinds_[kind].name, s.served);
      }
    }
    for (const kind_line& k : kinds_) {
      if (k.advanced) c_.run(sql::advance_kind, k.name, k.clock);
    }
  }

 private:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  struct place_in_line {
    std::int64_t turn{};
    account_id account{};
    friend auto operator<=>(const place_in_line&, const place_in_line&) = default;
  };
  /// The accounts that can start jobs of a kind, least served first.
  struct kind_line {
    std::string name{};
    std::int64_t clock{};
    bool advanced{};
    std::set<place_in_line> line{};
    std::size_t untouched{};  // of them as they were read: nobody further back can be before these
    // Read so far, as the row has it; an id that is nil stands before all others.
    std::int64_t last_turn{std::numeric_limits<std::int64_t>::min()};
    std::string last_account{byte_writer{}.put(account_id{}).take()};
    bool more{true};
  };
  /// What an account was served of one kind.
  struct share {
    std::int64_t served{};
    bool known{};
    bool charged{};
    bool stands{};     // in the line, as it was read or charged since
    bool untouched{};  // as it was read
  };
  struct claiming_account {
    std::int64_t step{1};
    std::size_t room{unlimited};  // below its cap
    bool damaged{};               // its cap is not known
    std::vector<share> shares{};  // one for each kind
  };

  /// Reads on in the line of a kind: nobody behind what was read can have a turn before it, nor
  /// before the clock of the kind, wherever a damaged turn says.
  void read_on(std::size_t kind, std::size_t at_once) {
    kind_line& k = kinds_[kind];
    std::vector<place_in_line> found;
    std::size_t read = 0;
    {
      const std::string from = k.last_account;
      auto rows = c_.select(sql::lines, k.name, k.last_turn, as_bytes(from), at_once);
      for (; rows.next(); ++read) {
        rows.decode([&](row_reader& r) {
          k.last_account = r.bytes();
          r.read(k.last_turn);
        });
        place_in_line p{.turn = std::max(k.last_turn, k.clock)};
        if (damage_.is(rows.damage_in([&](row_reader& r) { r.read(p.account); }))) continue;
        found.push_back(p);
      }
    }
    k.more = read == at_once;
    for (const place_in_line& p : found) {
      share& s = obtain(p.account).shares[kind];
      if (!s.known) s.served = p.turn;
      s.known = s.stands = true;
      s.untouched = !s.charged;
      k.untouched += s.untouched ? 1U : 0U;
      k.line.insert({s.served, p.account});
    }
  }

  [[nodiscard]] claiming_account& obtain(account_id id) {
    const auto known = accounts_.find(id);
    if (known != accounts_.end()) return known->second;
    claiming_account& a = accounts_[id];
    a.shares.resize(kinds_.size());
    limits_found limits = limits_of(c_, id, defaults_);
    a.damaged = damage_.is(std::move(limits.damage));
    constexpr std::int64_t whole = std::int64_t{1} << 20U;
    a.step = std::max<std::int64_t>(whole / std::max(limits.values.weight, 1U), 1);
    if (a.damaged) {
      a.room = 0;
    } else if (const std::size_t most = limits.values.max_in_flight; most != 0) {
      const auto used = c_.select(sql::in_flight, id).value<std::size_t>().value_or(0);
      a.room = most - std::min(used, most);
    }
    return a;
  }

  void touch(account_id id, share& s, std::size_t kind) {
    if (s.untouched) --kinds_[kind].untouched;
    s.untouched = false;
    if (s.stands) kinds_[kind].line.erase({s.served, id});
  }
  /// Counts one start of an account.
  void charge(account_id id, claiming_account& a, std::size_t kind) {
    share& s = a.shares[kind];
    if (!s.known) {
      const auto kept = c_.select(sql::line, id, kinds_[kind].name).value<std::int64_t>();
      s.served = std::max<std::int64_t>(kept.value_or(0), 0);
      s.known = true;
    }
    touch(id, s, kind);
    s.served += std::min(a.step, std::numeric_limits<std::int64_t>::max() - s.served);
    s.charged = true;
    if (s.stands) kinds_[kind].line.insert({s.served, id});
  }

  connection& c_;
  passed_by& damage_;
  const queue_limits& defaults_;
  std::vector<kind_line> kinds_{};
  std::map<account_id, claiming_account> accounts_{};
};

}  // namespace tollgate::sqlite::detail
