// SPDX-License-Identifier: BSL-1.0
#pragma once
// Fields as bytes and back, strictly: what payload codecs are written with.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

/// Appends fields: numbers in seven-bit groups, lowest first, texts behind their length, ids as 16
/// bytes. The same fields give the same bytes on every machine. Not thread-safe; a plain value.
class byte_writer {
 public:
  byte_writer& number(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) append(static_cast<unsigned>(value & 0x7fU) | 0x80U);
    append(static_cast<unsigned>(value));
    return *this;
  }
  byte_writer& flag(bool value) {
    append(value ? 1U : 0U);
    return *this;
  }
  byte_writer& text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
    return *this;
  }
  byte_writer& put(const uuid& u) {
    for (const std::uint64_t word : {u.high, u.low}) {
      for (unsigned shift = 64; shift != 0;) append(static_cast<unsigned>(word >> (shift -= 8)));
    }
    return *this;
  }
  template <class Tag>
  byte_writer& put(const id<Tag>& i) {
    return put(i.value);
  }
  byte_writer& put(timestamp t) { return number(static_cast<std::uint64_t>(t.microseconds)); }
  byte_writer& put(const credits& c) { return number(static_cast<std::uint64_t>(c.units())); }
  /// Bytes as they are; the reader must know how many.
  byte_writer& raw(std::string_view value) {
    bytes_.append(value);
    return *this;
  }

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::string take() noexcept { return std::move(bytes_); }

 private:
  void append(unsigned byte) { bytes_.push_back(static_cast<char>(byte & 0xffU)); }

  std::string bytes_{};
};

/// Reads what `byte_writer` wrote and nothing else: a number in more groups than it needs, a flag
/// that is neither 0 nor 1 and a length beyond the end are faults. After a fault every field reads
/// as empty, so that a codec asks `complete()` once, at the end. The bytes must outlive it.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) noexcept : rest_{bytes} {}

  [[nodiscard]] std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const unsigned byte = next();
      const auto bits = static_cast<std::uint64_t>(byte & 0x7fU);
      if (shift == 63 && bits > 1) break;  // would not fit
      value |= bits << shift;
      if ((byte & 0x80U) != 0) continue;
      if (byte == 0 && shift != 0) break;  // a group that says nothing
      return good_ ? value : 0;
    }
    good_ = false;
    return 0;
  }
  [[nodiscard]] bool flag() noexcept {
    const unsigned byte = next();
    if (byte > 1) good_ = false;
    return good_ && byte == 1;
  }
  [[nodiscard]] std::string_view text() noexcept { return raw(number()); }
  [[nodiscard]] uuid read_uuid() noexcept {
    const std::string_view bytes = raw(16);
    uuid u{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::uint64_t& word = i < 8 ? u.high : u.low;
      word = (word << 8U) | static_cast<unsigned char>(bytes[i]);
    }
    return u;
  }
  template <class Id>
  [[nodiscard]] Id read_id() noexcept {
    return Id{read_uuid()};
  }
  [[nodiscard]] timestamp read_timestamp() noexcept {
    return {static_cast<std::int64_t>(number())};
  }
  /// An amount within its range; anything else is a fault.
  [[nodiscard]] credits read_credits() noexcept {
    const auto amount = credits::checked_from_units(static_cast<std::int64_t>(number()));
    if (!amount) good_ = false;
    return good_ ? *amount : credits{};
  }
  [[nodiscard]] std::string_view raw(std::uint64_t size) noexcept {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// How much there is left: bounds a count before it is believed.
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  /// Says that a field has a value no writer gives it.
  void fail() noexcept { good_ = false; }
  [[nodiscard]] bool good() const noexcept { return good_; }
  /// Everything was read, and nothing was wrong with it.
  [[nodiscard]] bool complete() const noexcept { return good_ && rest_.empty(); }

 private:
  [[nodiscard]] unsigned next() noexcept {
    const std::string_view byte = raw(1);
    return byte.empty() ? 0U : static_cast<unsigned char>(byte.front());
  }

  std::string_view rest_;
  bool good_{true};
};

}  // namespace tollgate
