// SPDX-License-Identifier: BSL-1.0
#pragma once
// The parameters $1..$n of one statement, in binary, each with its type.

#include <tollgate/postgres/encoding.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::postgres {

namespace detail {

struct as_is {
  template <class T>
  constexpr const T& operator()(const T& value) const noexcept {
    return value;
  }
};

/// Calls a function, or takes a data member, without <functional>.
template <class Projection, class T>
decltype(auto) project(Projection& p, const T& from) {
  if constexpr (std::is_member_object_pointer_v<Projection>) {
    return (from.*p);
  } else {
    return p(from);
  }
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
struct plain {
  using type = T;
};
template <class T>
struct plain<std::optional<T>> {
  using type = T;
};

}  // namespace detail

/// Parameters in the order in which they are put. Types must match exactly: nothing converts.
/// A value type: it can be built ahead, kept and sent again. Not thread-safe while it is built.
class parameters {
 public:
  /// Makes room for so many, and for so many bytes of them together.
  void reserve(std::size_t count, std::size_t bytes) {
    buffer_.reserve(bytes);
    types_.reserve(count);
    starts_.reserve(count);
    lengths_.reserve(count);
    formats_.reserve(count);
  }

  /// int2, int4, int8, boolean, uuid, any id, credits, timestamp, duration.
  template <encodable T>
  parameters& put(const T& value) {
    begin(wire<T>::type);
    wire<T>::append(buffer_, value);
    return end();
  }
  /// The same, or NULL of that type.
  template <encodable T>
  parameters& put(const std::optional<T>& value) {
    return value ? put(*value) : null(wire<T>::type);
  }
  /// Text in UTF-8, without zero bytes: the server refuses others.
  parameters& text(std::string_view value) { return raw(oid::text, value); }
  /// bytea: any bytes.
  parameters& bytes(std::string_view value) { return raw(oid::bytea, value); }

  template <encodable T>
  parameters& null() {
    return null(wire<T>::type);
  }
  parameters& null_text() { return null(oid::text); }
  parameters& null_bytes() { return null(oid::bytea); }

  /// A one-dimensional array of what `projection` takes from each element of the range: a type
  /// that `put` takes, or an optional of one, whose absence is a NULL element.
  template <class Range, class Projection = detail::as_is>
  parameters& array(const Range& range, Projection projection = {}) {
    using element = std::remove_cvref_t<decltype(detail::project(projection, *range.begin()))>;
    using value_type = typename detail::plain<element>::type;
    static_assert(encodable<value_type>, "array: this type has no column; see texts() and blobs()");
    const std::size_t head = begin_array(wire<value_type>::array_type, wire<value_type>::type);
    std::uint32_t count = 0;
    for (const auto& from : range) {
      const element value = detail::project(projection, from);
      if constexpr (detail::is_optional<element>) {
        if (!value) {
          append_null(head);
        } else {
          append_length(wire<value_type>::size);
          wire<value_type>::append(buffer_, *value);
        }
      } else {
        append_length(wire<value_type>::size);
        wire<value_type>::append(buffer_, value);
      }
      ++count;
    }
    return end_array(head, count);
  }
  /// text[] of what `projection` takes from each element.
  template <class Range, class Projection = detail::as_is>
  parameters& texts(const Range& range, Projection projection = {}) {
    return strings(oid::text_array, oid::text, range, projection);
  }
  /// bytea[] of what `projection` takes from each element.
  template <class Range, class Projection = detail::as_is>
  parameters& blobs(const Range& range, Projection projection = {}) {
    return strings(oid::bytea_array, oid::bytea, range, projection);
  }

  /// Makes room for so many bytes of values to come, so that a large statement is not copied over
  /// and over while it grows. A guess that is wrong costs time, nothing else.
  parameters& reserve(std::size_t bytes) {
    buffer_.reserve(buffer_.size() + bytes);
    return *this;
  }

  [[nodiscard]] int count() const noexcept { return static_cast<int>(types_.size()); }
  [[nodiscard]] const unsigned* types() const noexcept { return types_.data(); }
  [[nodiscard]] const int* lengths() const noexcept { return lengths_.data(); }
  [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }
  /// Where each value lies; valid until the next one is put.
  [[nodiscard]] std::vector<const char*> values() const {
    std::vector<const char*> at(types_.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      at[i] = starts_[i] == null_at ? nullptr : buffer_.data() + starts_[i];
    }
    return at;
  }

 private:
  // An array is: dimensions, whether it has NULLs, element type; then length, lower bound, and
  // each element with its length. An empty one has no dimension and ends after the type.
  static constexpr std::size_t has_nulls_at{4};
  static constexpr std::size_t count_at{12};
  static constexpr std::size_t null_at{~std::size_t{0}};

  void begin(unsigned type) {
    types_.push_back(type);
    starts_.push_back(buffer_.size());
    formats_.push_back(1);
  }
  parameters& end() {
    lengths_.push_back(static_cast<int>(buffer_.size() - starts_.back()));
    return *this;
  }
  parameters& raw(unsigned type, std::string_view value) {
    begin(type);
    buffer_.append(value);
    return end();
  }
  parameters& null(unsigned type) {
    begin(type);
    end();
    starts_.back() = null_at;
    return *this;
  }

  std::size_t begin_array(unsigned type, unsigned element) {
    begin(type);
    const std::size_t head = buffer_.size();
    for (const std::uint32_t word : {1U, 0U, element, 0U, 1U}) detail::append_word(buffer_, word);
    return head;
  }
  void append_length(std::size_t length) {
    detail::append_word(buffer_, static_cast<std::uint32_t>(length));
  }
  void append_null(std::size_t head) {
    buffer_[head + has_nulls_at + 3] = '\1';
    detail::append_word(buffer_, ~std::uint32_t{0});
  }
  parameters& end_array(std::size_t head, std::uint32_t count) {
    if (count == 0) {
      buffer_[head + 3] = '\0';
      buffer_.resize(head + count_at);
    } else {
      std::string bytes;
      detail::append_word(bytes, count);
      buffer_.replace(head + count_at, bytes.size(), bytes);
    }
    return end();
  }
  template <class Range, class Projection>
  parameters& strings(unsigned type, unsigned element, const Range& range, Projection& projection) {
    const std::size_t head = begin_array(type, element);
    std::uint32_t count = 0;
    for (const auto& from : range) {
      const auto& taken = detail::project(projection, from);
      const std::string_view value{taken};
      append_length(value.size());
      buffer_.append(value);
      ++count;
    }
    return end_array(head, count);
  }

  std::string buffer_{};
  std::vector<unsigned> types_{};
  std::vector<std::size_t> starts_{};
  std::vector<int> lengths_{};
  std::vector<int> formats_{};
};

}  // namespace tollgate::postgres
