// SPDX-License-Identifier: BSL-1.0
#pragma once
// The books of one account as tests use them: every step is checked, answers are taken apart.

#include <ledger/books.hpp>
#include <support/catch.hpp>

#include <string>
#include <utility>

namespace tollgate {

// Catch prints what it compares.
inline std::ostream& operator<<(std::ostream& out, error e) { return out << to_string(e); }
inline std::ostream& operator<<(std::ostream& out, credits x) { return out << to_string(x); }

}  // namespace tollgate

namespace tollgate::test {

using namespace tollgate::literals;

class till : public ledger_books {
 public:
  /// An account with 100.0000 credits and a threshold of 10.0000, unless said otherwise.
  explicit till(credits opening = 100_cr, credits threshold = 10_cr) {
    must(open_account_request{
        .account = user, .opening_grant = opening, .low_credit_threshold = threshold});
  }

  result<receipt> ask(const command& c) {
    auto answer = run(c);
    INFO(faults);
    REQUIRE(faults.empty());
    return answer;
  }
  /// Asks with the account and, where there is none, a new key filled in.
  template <ledger_request Request>
  result<receipt> ask(Request r) {
    r.account = user;
    if (r.key.empty()) r.key = "key " + std::to_string(++keys_);
    return ask(to_command(std::move(r)));
  }
  template <ledger_request Request>
  receipt must(Request r) {
    auto answer = ask(std::move(r));
    INFO((answer ? std::string{} : to_string(answer.error())));
    REQUIRE(answer.has_value());
    return *answer;
  }
  /// The failure of a request that must be refused.
  template <class Request>
  failure refused(Request r) {
    auto answer = ask(std::move(r));
    REQUIRE(!answer.has_value());
    return answer.error();
  }

  /// Gives credits and names the lot.
  lot_id give(grant_request r) { return must(std::move(r)).lots.front(); }
  lot_id give(credits x) { return give({.amount = x}); }
  hold_id hold_of(credits x) { return must(hold_request{.amount = x}).hold; }
  receipt capture(hold_id h, credits x, bool final = true) {
    return must(capture_request{.hold = h, .amount = x, .final = final});
  }
  receipt release(hold_id h) { return must(release_request{.hold = h}); }
  void pass(duration d) { now = now + d; }
  /// Writes something that changes nothing, so that what is due is applied.
  receipt touch() { return must(set_threshold_request{.threshold = row.low_credit_threshold}); }

  [[nodiscard]] const operation& last(std::size_t back = 0) const {
    return operations.at(operations.size() - 1 - back);
  }
  [[nodiscard]] lot_id first_lot() const { return operations.front().lots.front(); }
  /// What a read shows now.
  [[nodiscard]] account shown() const { return as_of(load(command{.account = user}), now, rules); }

 private:
  int keys_{};
};

}  // namespace tollgate::test
