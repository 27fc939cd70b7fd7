// SPDX-License-Identifier: BSL-1.0
#pragma once
// The numbered promises of the ledger and the queue that the rules of the contract prove.

#include <string_view>

namespace tollgate::contract {

/// One promise, under the name by which `rule::proves` and docs/storage.md call it.
struct promise {
  std::string_view name;
  std::string_view text;
};

inline constexpr promise promises[]{
    {"ledger 1", "the entries of an operation sum to zero"},
    {"ledger 2", "the account row is the fold of its journal"},
    {"ledger 3", "the parts of a lot are what was granted; account totals are sums over lots"},
    {"ledger 4", "a final hold has nothing open and never changes"},
    {"ledger 5", "a hold captures a head of its draws and releases a tail; refunds come last"},
    {"ledger 6", "a key has at most one effect, and every later answer is the same"},
    {"ledger 7", "available never goes below zero; debt only where somebody asked for it"},
    {"ledger 8", "seq has no gap and time never goes back"},
    {"ledger 9", "a refusal moves nothing, but is written down"},
    {"ledger 10", "no more is refunded than was captured"},
    {"ledger 11", "nothing expired or not yet effective is drawn"},
    {"ledger 12", "a live job has one open hold, a final job one outcome, a job's hold a job"},
    {"ledger 13", "keys are unique per account; operations, entries and holds are kept for ever"},
    {"queue 1", "every claim raises the epoch; a stale epoch moves and changes nothing"},
    {"queue 2", "money and job state move in one unit"},
    {"queue 3", "settling may be repeated for ever"},
    {"queue 4", "a late result is adopted until the next claim, and never dropped"},
    {"queue 5", "the next attempt resumes what the last one began; waiting pins no worker"},
    {"queue 6", "death is noticed by the lease; a deadline is something else"},
    {"queue 7", "a job that kills its workers is finite"},
    {"queue 8", "priority, then arrival; weighted fair shares; an exact cap"},
    {"queue 9", "a claim does not pay for the backlog, the schedule or the past"},
    {"queue 10", "an item has one live job"},
    {"queue 11", "cancel ends what nobody has and asks who has the rest; finished jobs stay"},
    {"queue 12", "errors are kept for each attempt; a retry waits"},
    {"queue 13", "polling is the truth, notification a hint"},
    {"queue 14", "no leader: anybody may take any maintenance step, in small batches"},
    {"queue 15", "an unknown kind is left alone; a kind can be paused"},
    {"queue 16", "the store's clock decides"},
    {"queue 17", "commands are judged alone, though committed together"},
    {"queue 18", "a handler that throws is a failed attempt and ends no worker"},
    {"queue 19", "a confirmation is answered in one order, all or nothing"},
};

}  // namespace tollgate::contract
