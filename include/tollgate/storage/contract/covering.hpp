// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: a load brings the lots a decision draws from, and everything whose time has come.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate::contract::covering {

[[nodiscard]] inline bool has_lot(const account_snapshot& s, lot_id id) {
  return find_id(s.ledger.lots, id) != nullptr;
}

/// Lots that differ in one step of the draw order each, made in another order.
inline bool make_assorted_lots(trial& t, hand_book& book) {
  const timestamp start = book.now();
  const std::vector<lot> shapes{
      {.category = lot_category::paid},
      {.category = lot_category::paid, .expires_at = start + days(10)},
      {.category = lot_category::promo, .expires_at = start + days(10)},
      {.category = lot_category::promo},
      {.category = lot_category::paid, .priority = -1},
      {.category = lot_category::paid, .priority = 1},
      {.category = lot_category::paid, .expires_at = start + days(5)},
      {.category = lot_category::refund},
      {.category = lot_category::adjustment},
      {.category = lot_category::paid},
  };
  if (!book.must_write(book.opening(whole(3)))) return false;
  int n = 0;
  for (const lot& shape : shapes) {
    t.clock.advance(seconds(1));
    ++n;
    if (!book.must_write(book.granting("grant " + std::to_string(n), whole(n), shape))) {
      return false;
    }
  }
  return true;
}

inline void lots_in_draw_order_cover_the_amount(trial& t) {
  hand_book book{t};
  if (!make_assorted_lots(t, book)) return;
  std::vector<lot> ordered = book.lots;
  std::sort(ordered.begin(), ordered.end(),
            [](const lot& a, const lot& b) { return draw_order(a, b) < 0; });
  const credits least = credits::from_units(1);
  credits sum{};
  for (std::size_t n = 0; n < ordered.size(); ++n) {
    // One unit more than the lots before it: this one is needed, whatever is left of it.
    for (const credits amount : {sum + least, sum + ordered[n].available}) {
      const auto s = t.look({.account = book.id, .amount = amount});
      for (std::size_t i = 0; i <= n; ++i) {
        t.expect(has_lot(s, ordered[i].id),
                 "lot " + std::to_string(i) + " of the draw order is missing for an amount that " +
                     std::to_string(n + 1) + " lots cover");
      }
    }
    sum += ordered[n].available;
  }
  const auto s = t.look({.account = book.id, .amount = sum + whole(1'000)});
  t.expect(s.ledger.lots.size() == ordered.size(), "more than there is: every usable lot");
}

inline void lots_that_cannot_be_drawn_cover_nothing(trial& t) {
  hand_book book{t};
  const timestamp start = book.now();
  if (!book.must_write(book.opening(whole(50))) ||
      !book.must_write(book.granting("spent", whole(7), {.priority = -9})) ||
      !book.must_write(book.holding("hold", whole(7), start + days(2), 1)) ||
      !book.must_write(
          book.granting("old", whole(7), {.priority = -8, .expires_at = start + hours(1)})) ||
      !book.must_write(
          book.granting("early", whole(7), {.priority = -7, .effective_at = start + hours(3)}))) {
    return;
  }
  t.clock.advance(hours(2));
  const auto s = t.look({.account = book.id, .amount = whole(1)});
  t.expect(has_lot(s, book.lots.front().id),
           "empty, expired or pending lots were counted as cover");
  t.clock.set(start + hours(1));  // exclusive: at this instant it is expired
  t.expect(has_lot(t.look({.account = book.id, .amount = whole(1)}), book.lots.front().id),
           "a lot covers nothing from the instant it expires");
}

inline void an_endless_want_brings_everything_left(trial& t) {
  hand_book book{t};
  if (!make_assorted_lots(t, book) ||
      !book.must_write(
          book.granting("early", whole(7), {.effective_at = book.now() + days(300)}))) {
    return;
  }
  const auto s = t.look({.account = book.id, .amount = credits::max()});
  for (const lot& l : book.lots) t.expect(has_lot(s, l.id), "a lot with credits left is missing");
}

inline void lots_whose_time_has_come_are_loaded(trial& t) {
  hand_book book{t};
  const timestamp start = book.now();
  if (!book.must_write(book.opening(whole(5))) ||
      !book.must_write(book.granting("ends", whole(7), {.expires_at = start + hours(1)})) ||
      !book.must_write(book.granting("begins", whole(7), {.effective_at = start + hours(2)}))) {
    return;
  }
  t.clock.set(start + hours(1));
  t.expect(has_lot(t.look({.account = book.id}), book.lots[1].id),
           "a lot that expires now is loaded, though no amount is wanted");
  t.clock.set(start + hours(2));
  const auto s = t.look({.account = book.id});
  t.expect(has_lot(s, book.lots[1].id), "a lot that expired is loaded until it is written off");
  t.expect(has_lot(s, book.lots[2].id), "a lot that becomes effective now is loaded");
}

inline void holds_whose_time_has_come_are_loaded(trial& t) {
  hand_book book{t};
  const timestamp start = book.now();
  if (!book.must_write(book.opening(whole(50))) ||
      !book.must_write(book.granting("lot", whole(9))) ||
      !book.must_write(book.holding("early", whole(9), start + hours(1), 1)) ||
      !book.must_write(book.holding("late", whole(1), start + hours(2))) ||
      !book.must_write(book.holding("free", {}, start + hours(1)))) {
    return;
  }
  t.clock.set(start + hours(1));
  const auto s = t.look({.account = book.id});
  const hold* due = find_id(s.ledger.holds, book.holds[0].id);
  if (t.expect(due != nullptr, "an open hold is loaded from the instant it expires")) {
    t.same(*due, book.holds[0], "as it was written");
    t.expect(has_lot(s, book.lots[1].id), "with the lot it drew from");
  }
  t.expect(find_id(s.ledger.holds, book.holds[2].id) != nullptr, "a hold of 0 expires too");
  t.clock.set(start + hours(5));
  const auto later = t.look({.account = book.id});
  t.expect(find_id(later.ledger.holds, book.holds[0].id) != nullptr &&
               find_id(later.ledger.holds, book.holds[1].id) != nullptr,
           "holds that expired long ago are loaded until somebody wrote it down");
}

inline void named_holds_come_with_their_lots(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(50))) ||
      !book.must_write(book.granting("lot", whole(9))) ||
      !book.must_write(book.holding("hold", whole(9), book.now() + hours(1), 1)) ||
      !book.must_write(book.capturing("capture", book.holds.front()))) {
    return;
  }
  const auto s = t.look({.account = book.id, .holds = {book.holds.front().id}});
  const hold* h = find_id(s.ledger.holds, book.holds.front().id);
  if (t.expect(h != nullptr, "a named hold is loaded, final or not")) {
    t.same(*h, book.holds.front(), "as it was written");
  }
  t.expect(has_lot(s, book.lots[1].id), "the empty lot it drew from is loaded with it");
  const auto named = t.look({.account = book.id, .lots = {book.lots[1].id}});
  t.expect(has_lot(named, book.lots[1].id), "a named lot is loaded, though nothing is left of it");
}

inline constexpr rule rules[]{
    {"covering.draw_order", "lots come in draw order until they cover the amount", "ledger 11",
     lots_in_draw_order_cover_the_amount},
    {"covering.usable", "empty, expired and pending lots cover nothing", "ledger 11",
     lots_that_cannot_be_drawn_cover_nothing},
    {"covering.everything", "an endless want brings every lot with credits left, pending ones too",
     "ledger 3", an_endless_want_brings_everything_left},
    {"covering.due_lots", "lots that expire or become effective are loaded with every want",
     "ledger 11", lots_whose_time_has_come_are_loaded},
    {"covering.due_holds", "stand-alone holds that expired are loaded with their lots",
     "ledger 4, ledger 12", holds_whose_time_has_come_are_loaded},
    {"covering.named", "named holds and lots are loaded, even when nothing is left of them",
     "ledger 5, ledger 10", named_holds_come_with_their_lots},
};

}  // namespace tollgate::contract::covering
