// SPDX-License-Identifier: BSL-1.0
#pragma once
// Exact fractions: factors, discounts and everything a price is before it is rounded.

#include <tollgate/core/detail/checked.hpp>
#include <tollgate/core/error.hpp>
#include <tollgate/core/representation.hpp>

#include <tl/expected.hpp>

#include <cassert>
#include <compare>
#include <cstdint>

namespace tollgate {

/// numerator / denominator in lowest terms, the denominator positive; computed in the wide
/// integer of a representation. Arithmetic that may not fit answers `error::overflow`.
template <amount_representation Rep = std::int64_t>
struct rational {
  using wide = wide_t<Rep>;

  constexpr rational() noexcept = default;
  /// A whole number.
  constexpr rational(const wide& whole) : numerator_(whole) {}
  /// A fraction, reduced. Precondition: the denominator is not zero.
  constexpr rational(const wide& numerator, const wide& denominator)
      : numerator_(numerator), denominator_(denominator) {
    assert(denominator != wide(0));
    const wide divisor =
        detail::common_divisor<wide>(detail::magnitude(numerator), detail::magnitude(denominator));
    numerator_ = static_cast<wide>(numerator_ / divisor);
    denominator_ = static_cast<wide>(denominator_ / divisor);
    if (denominator_ < wide(0)) {
      numerator_ = static_cast<wide>(-numerator_);
      denominator_ = static_cast<wide>(-denominator_);
    }
  }

  [[nodiscard]] constexpr const wide& numerator() const noexcept { return numerator_; }
  [[nodiscard]] constexpr const wide& denominator() const noexcept { return denominator_; }
  [[nodiscard]] constexpr bool is_negative() const { return numerator_ < wide(0); }

  // Lowest terms are unique, so equal values have equal members.
  friend constexpr bool operator==(const rational& a, const rational& b) {
    return a.numerator_ == b.numerator_ && a.denominator_ == b.denominator_;
  }
  /// By value, digit by digit as a division would; cannot overflow.
  friend constexpr std::strong_ordering operator<=>(const rational& a, const rational& b) {
    if (a == b) return std::strong_ordering::equal;
    if (a.is_negative() != b.is_negative()) {
      return a.is_negative() ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    wide an = detail::magnitude(a.numerator_), ad = a.denominator_;
    wide bn = detail::magnitude(b.numerator_), bd = b.denominator_;
    for (bool flip = a.is_negative();; flip = !flip) {
      const wide aq = static_cast<wide>(an / ad), bq = static_cast<wide>(bn / bd);
      const wide ar = static_cast<wide>(an % ad), br = static_cast<wide>(bn % bd);
      if (aq != bq)
        return (aq < bq) != flip ? std::strong_ordering::less : std::strong_ordering::greater;
      // Equal whole parts: the fractions decide, and 1/x turns their order round.
      if (ar == wide(0) || br == wide(0)) {
        return (ar < br) != flip ? std::strong_ordering::less : std::strong_ordering::greater;
      }
      an = ad, ad = ar, bn = bd, bd = br;
    }
  }

  wide numerator_{};  // public because a template argument has no private members
  wide denominator_{1};
};

template <class Rep>
[[nodiscard]] constexpr rational<Rep> operator-(const rational<Rep>& a) {
  auto negated = a;
  negated.numerator_ = static_cast<wide_t<Rep>>(-a.numerator());
  return negated;
}

/// The product, or `error::overflow`. Cross-reduced first: fits whenever the answer fits.
template <class Rep>
[[nodiscard]] constexpr tl::expected<rational<Rep>, error> checked_mul(const rational<Rep>& a,
                                                                       const rational<Rep>& b) {
  using wide = wide_t<Rep>;
  const rational<Rep> left(a.numerator(), b.denominator());
  const rational<Rep> right(b.numerator(), a.denominator());
  wide numerator{}, denominator{};
  if (!detail::multiply<wide>(left.numerator(), right.numerator(), numerator) ||
      !detail::multiply<wide>(left.denominator(), right.denominator(), denominator)) {
    return tl::unexpected<error>{error::overflow};
  }
  return rational<Rep>(numerator, denominator);
}

/// The quotient, `error::overflow`, or `error::invalid_argument` for a division by zero.
template <class Rep>
[[nodiscard]] constexpr tl::expected<rational<Rep>, error> checked_div(const rational<Rep>& a,
                                                                       const rational<Rep>& b) {
  using wide = wide_t<Rep>;
  if (b.numerator() == wide(0)) return tl::unexpected<error>{error::invalid_argument};
  return checked_mul(a, rational<Rep>(b.denominator(), b.numerator()));
}

/// The sum, or `error::overflow`.
template <class Rep>
[[nodiscard]] constexpr tl::expected<rational<Rep>, error> checked_add(const rational<Rep>& a,
                                                                       const rational<Rep>& b) {
  using wide = wide_t<Rep>;
  const wide shared = detail::common_divisor<wide>(a.denominator(), b.denominator());
  const wide a_rest = static_cast<wide>(a.denominator() / shared);
  const wide b_rest = static_cast<wide>(b.denominator() / shared);
  wide left{}, right{}, numerator{}, denominator{};
  if (!detail::multiply<wide>(a.numerator(), b_rest, left) ||
      !detail::multiply<wide>(b.numerator(), a_rest, right) ||
      !detail::add<wide>(left, right, numerator) ||
      !detail::multiply<wide>(a.denominator(), b_rest, denominator)) {
    return tl::unexpected<error>{error::overflow};
  }
  return rational<Rep>(numerator, denominator);
}

/// The difference, or `error::overflow`.
template <class Rep>
[[nodiscard]] constexpr tl::expected<rational<Rep>, error> checked_sub(const rational<Rep>& a,
                                                                       const rational<Rep>& b) {
  return checked_add(a, -b);
}

}  // namespace tollgate
