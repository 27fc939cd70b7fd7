// SPDX-License-Identifier: BSL-1.0
#pragma once
// A lot: one grant of credits, when it may be drawn, and how its amount is split now.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <compare>
#include <cstdint>

namespace tollgate {

/// Where the credits of a lot came from. The order is the draw order between lots that are
/// otherwise equal: given credits are used before bought ones.
enum class lot_category : std::uint8_t { promo, refund, adjustment, paid };

/// One grant. granted = pending + available + held + spent + expired + revoked, each part >= 0.
struct lot {
  lot_id id{};
  lot_id parent{};  // the expired grant whose credits came back; nil for a grant
  lot_category category{lot_category::paid};
  std::int16_t priority{};  // lower is drawn first
  timestamp effective_at{};
  timestamp expires_at{never};  // exclusive: at this instant it is expired
  std::uint64_t seq{};          // the operation that made it
  credits granted{};
  credits pending{};
  credits available{};
  credits held{};
  credits spent{};
  credits expired{};
  credits revoked{};
  credits clawed_back{};       // asked back so far, wherever taken; of grants only
  credits revoke_on_return{};  // was held then: revoked when a release or refund brings it

  friend bool operator==(const lot&, const lot&) = default;
};

/// The order in which lots are drawn: priority, earliest expiry (never last), promo before paid,
/// effective_at, then age. A strict total order over the lots of one account.
[[nodiscard]] constexpr std::strong_ordering draw_order(const lot& a, const lot& b) noexcept {
  if (const auto by = a.priority <=> b.priority; by != 0) return by;
  if (const auto by = a.expires_at <=> b.expires_at; by != 0) return by;
  if (const auto by = a.category <=> b.category; by != 0) return by;
  if (const auto by = a.effective_at <=> b.effective_at; by != 0) return by;
  if (const auto by = a.seq <=> b.seq; by != 0) return by;
  return a.id <=> b.id;
}

/// When the lot next changes by itself: it becomes effective, or what is left of it expires.
[[nodiscard]] constexpr timestamp next_due(const lot& l) noexcept {
  if (l.pending != credits{}) return l.effective_at;
  if (l.available != credits{}) return l.expires_at;
  return never;
}

}  // namespace tollgate
