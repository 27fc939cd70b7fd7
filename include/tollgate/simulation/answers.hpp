// SPDX-License-Identifier: BSL-1.0
#pragma once
// What callers are answered, held against what they were answered before under the same key.

#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// Judges answers. Refers to the stage and the record.
class answers {
 public:
  answers(stage& s, record& r) : stage_{s}, record_{r} {}

  [[nodiscard]] asked& at(account_id account, const std::string& key) {
    return record_.keys[{account, key}];
  }

  /// Takes note of a question, before it is sent.
  void ask(account_id account, const std::string& key) { static_cast<void>(at(account, key)); }

  /// Takes note of an answer to a caller; `jobs` are those of an order. Answers whether the caller
  /// now knows what became of its request.
  bool take(account_id account, const std::string& key, const result<receipt>& answer,
            const std::vector<job_id>& jobs = {}) {
    asked& a = at(account, key);
    if (answer) {
      a.open = false;
      judge_receipt(a, key, *answer, jobs);
      return true;
    }
    const error code = answer.error().code;
    if (code == error::outcome_unknown) a.unsure = true;
    if (may_ask_again(code)) return false;
    a.open = false;
    if (is_recorded(code)) {
      judge_refusal(a, key, code);
    } else {
      // Judged, and not recorded: then nothing was done under this key before either.
      stage_.require(!a.done && !a.refused, "ledger 6", [&] {
        return "key " + key + " was answered, and later " + std::string{to_string(code)};
      });
      a.given_up = true;
    }
    return true;
  }

  /// A caller that was only told that nothing happened may leave it there.
  void give_up(account_id account, const std::string& key) {
    asked& a = at(account, key);
    a.open = false;
    a.given_up = true;
  }

 private:
  void judge_receipt(asked& a, const std::string& key, const receipt& r,
                     const std::vector<job_id>& jobs) {
    stage_.require(!a.refused, "ledger 6",
                   [&] { return "key " + key + " was refused, and later done"; });
    stage_.require(!a.given_up, "ledger 6", [&] {
      return "key " + key + " was done, though its caller was told it was not";
    });
    if (!a.done) {
      a.done = r;
      a.jobs = jobs;
      return;
    }
    receipt again = r;
    stage_.require(again.replayed, "ledger 6", [&] { return "key " + key + " was done twice"; });
    again.replayed = a.done->replayed;
    stage_.require(again == *a.done && jobs == a.jobs, "ledger 6",
                   [&] { return "key " + key + " has another answer than before"; });
  }
  void judge_refusal(asked& a, const std::string& key, error code) {
    stage_.require(!a.done, "ledger 6",
                   [&] { return "key " + key + " was done, and later refused"; });
    stage_.require(!a.refused || *a.refused == code, "ledger 6",
                   [&] { return "key " + key + " is refused for another reason than before"; });
    a.refused = code;
  }

  stage& stage_;
  record& record_;
};

}  // namespace tollgate::simulation
