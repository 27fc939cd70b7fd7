// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: one effect per key of an account, and one live job per item.

#include <tollgate/storage/contract/hand_book.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract::keys {

inline void a_key_is_used_once(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(5))) || !book.must_write(book.touching("click"))) return;
  const trace before = trace_of(t, book.id);
  t.same(t.commit(book.granting("click", whole(7))), verdict::key_taken,
         "a key that was used, under a current seq");
  t.same(trace_of(t, book.id), before, "a repeated key left something behind");
}

inline void a_refusal_uses_its_key(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(5))) || !book.must_write(book.refusing("click"))) return;
  t.same(t.commit(book.touching("click")), verdict::key_taken, "the key of a refusal");
}

inline void accounts_have_keys_of_their_own(trial& t) {
  hand_book a{t, 1};
  hand_book b{t, 2};
  if (!a.must_write(a.opening(whole(5))) || !b.must_write(b.opening(whole(5)))) return;
  t.same(a.write(a.touching("click")), verdict::written, "the key in one account");
  t.same(b.write(b.touching("click")), verdict::written, "the same key in another");
}

inline void keys_are_compared_byte_for_byte(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(5)))) return;
  const std::string longest(199, 'k');
  for (const std::string& key :
       {std::string{"click"}, std::string{"Click"}, std::string{"click "}, std::string{" click"},
        std::string{"cl_ck"}, std::string{"cl%"}, longest + "a", longest + "b", awkward_text()}) {
    book.must_write(book.touching(key));
  }
  const auto s = t.look({.account = book.id, .keys = {"click", longest + "b", "cl*"}});
  t.same(s.ledger.prior.size(), std::size_t{2}, "exactly the keys asked about");
}

inline void what_happens_by_itself_takes_no_key(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  t.same(book.write(book.settling(book.jobs[0])), verdict::written, "an operation without a key");
  t.same(book.write(book.settling(book.jobs[1])), verdict::written, "another one");
}

inline void a_key_is_used_once_within_a_commit(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(5)))) return;
  hand_book ahead = book;
  std::vector<unit> units{ahead.touching("click")};
  ahead.adopt(units.front());
  units.push_back(ahead.granting("click", whole(7)));
  const auto said = t.value(t.store.commit(units), "commit");
  if (!t.same(said.size(), std::size_t{2}, "two verdicts")) return;
  t.same(said[0], verdict::written, "the first use");
  t.same(said[1], verdict::key_taken, "the second use in the same commit");
  t.same(t.look({.account = book.id}).ledger.row.seq, std::uint64_t{2}, "seq afterwards");
}

inline void an_item_has_one_live_job(trial& t) {
  hand_book book{t};
  const item_id shot = nth<item_id>(1);
  if (!book.order("order", {{.item = shot}})) return;
  const trace before = trace_of(t, book.id);
  t.same(t.commit(book.ordering("again", {{}, {.item = shot}})), verdict::item_taken,
         "an item whose job is live");
  t.same(trace_of(t, book.id), before, "the other job or its hold were written");
  for (const job_phase phase : {job_phase::leased, job_phase::waiting}) {
    job_change c = step(book.jobs.front(), book.now());
    c.status.phase = phase;
    if (!book.must_write(stepping(book.jobs.front(), c))) return;
    t.same(t.commit(book.ordering("again", {{.item = shot}})), verdict::item_taken,
           "an item whose job is leased or waiting");
  }
}

inline void a_final_job_frees_its_item(trial& t) {
  hand_book book{t};
  const item_id shot = nth<item_id>(1);
  if (!book.order("first", {{.item = shot}}) ||
      !book.must_write(book.settling(book.jobs.front()))) {
    return;
  }
  t.same(book.write(book.ordering("second", {{.item = shot}})), verdict::written,
         "an item whose job has ended");
  const auto s = t.look({.account = book.id, .items = {shot}});
  if (t.same(s.live.size(), std::size_t{1}, "its live job")) {
    t.same(s.live.front().job, book.jobs.back().body->id, "is the new one");
  }
}

inline void accounts_have_items_of_their_own(trial& t) {
  hand_book a{t, 1};
  hand_book b{t, 2};
  const item_id shot = nth<item_id>(1);
  if (!a.order("order", {{.item = shot}})) return;
  t.expect(b.order("order", {{.item = shot}}), "the same item in another account");
}

inline void an_item_has_one_live_job_within_a_commit(trial& t) {
  hand_book book{t};
  const item_id shot = nth<item_id>(1);
  if (!book.order("order", {{.item = shot}})) return;
  hand_book ahead = book;
  std::vector<unit> units{ahead.settling(ahead.jobs.front())};
  ahead.adopt(units.back());
  units.push_back(ahead.ordering("free again", {{.item = shot}}));
  ahead.adopt(units.back());
  units.push_back(ahead.ordering("too many", {{.item = shot}}));
  const auto said = t.value(t.store.commit(units), "commit");
  if (!t.same(said.size(), std::size_t{3}, "three verdicts")) return;
  t.same(said[1], verdict::written, "the job of the item ended in the unit before");
  t.same(said[2], verdict::item_taken, "the job of the item began in the unit before");
}

inline constexpr rule rules[]{
    {"keys.once", "a key has one effect, whatever comes later", "ledger 6", a_key_is_used_once},
    {"keys.refusals", "a refusal uses its key", "ledger 6, ledger 9", a_refusal_uses_its_key},
    {"keys.per_account", "keys are unique in one account, not across them", "ledger 13",
     accounts_have_keys_of_their_own},
    {"keys.bytes", "keys are compared byte for byte", "ledger 6", keys_are_compared_byte_for_byte},
    {"keys.internal", "what happens by itself takes no key", "ledger 12",
     what_happens_by_itself_takes_no_key},
    {"keys.same_commit", "a key is used once within a commit too", "ledger 6, queue 17",
     a_key_is_used_once_within_a_commit},
    {"items.one_live_job", "an item has one live job; a second is refused with its money",
     "queue 10", an_item_has_one_live_job},
    {"items.again", "an item whose job has ended may run again", "queue 10",
     a_final_job_frees_its_item},
    {"items.per_account", "accounts have items of their own", "queue 10",
     accounts_have_items_of_their_own},
    {"items.same_commit", "an item has one live job within a commit too", "queue 10, queue 17",
     an_item_has_one_live_job_within_a_commit},
};

}  // namespace tollgate::contract::keys
