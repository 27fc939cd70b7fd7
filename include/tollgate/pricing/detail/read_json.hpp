// SPDX-License-Identifier: BSL-1.0
#pragma once
// Walks a JSON document, remembers where it is, and keeps the first thing that is wrong.

#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp_text.hpp>
#include <tollgate/pricing/detail/pointer.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::detail {

using json_value = nlohmann::json;

/// Every function returns a harmless default after a failure, so that a reader needs no branches;
/// whoever uses the result asks `has_failed` first. Throws nothing.
class json_reader {
 public:
  /// The document, or nothing. A member that is there twice is refused.
  [[nodiscard]] std::optional<json_value> parse(std::string_view text) {
    std::vector<std::set<std::string>> names;
    const auto check = [&](int, json_value::parse_event_t event, json_value& parsed) {
      if (event == json_value::parse_event_t::object_start) names.emplace_back();
      if (event == json_value::parse_event_t::object_end) names.pop_back();
      if (event == json_value::parse_event_t::key &&
          !names.back().insert(parsed.get_ref<const std::string&>()).second) {
        fail("", "\"" + parsed.get_ref<const std::string&>() + "\" is there twice");
      }
      return true;
    };
    json_value document = json_value::parse(text.begin(), text.end(), check, false);
    if (document.is_discarded()) fail("", "not JSON");
    if (has_failed()) return std::nullopt;
    return document;
  }

  /// Keeps the first failure, at the present place plus `below`.
  void fail(std::string_view below, std::string reason, error code = error::invalid_argument) {
    if (!failure_) failure_ = make_failure(code, place_ + std::string{below}, std::move(reason));
  }
  [[nodiscard]] bool has_failed() const noexcept { return failure_.has_value(); }
  /// Precondition: `has_failed`.
  [[nodiscard]] const failure& failed() const noexcept { return *failure_; }

  /// The value is an object of these members only.
  void object(const json_value& v, std::initializer_list<std::string_view> members) {
    if (!v.is_object()) return fail("", "not an object");
    for (const auto& [name, value] : v.items()) {
      if (std::find(members.begin(), members.end(), name) == members.end()) {
        fail("/" + pointer_part(name), "unknown member");
      }
    }
  }
  /// Reads one member; null is absence.
  template <class Read>
  void member(const json_value& v, const char* name, bool required, Read read) {
    const auto found = v.is_object() ? v.find(name) : v.end();
    if (!v.is_object() || found == v.end() || found->is_null()) {
      if (required) fail(std::string{"/"} + name, "missing");
      return;
    }
    within(name, [&] { read(*found); });
  }
  /// Reads each element of a list.
  template <class Read>
  void list(const json_value& v, const char* name, bool required, Read read) {
    member(v, name, required, [&](const json_value& elements) {
      if (!elements.is_array()) return fail("", "not a list");
      for (std::size_t i = 0; i < elements.size(); ++i) {
        within(std::to_string(i), [&] { read(elements[i]); });
      }
    });
  }
  /// Reads each member of an object whose names are data.
  template <class Read>
  void each(const json_value& v, const char* name, Read read) {
    member(v, name, false, [&](const json_value& members) {
      if (!members.is_object()) return fail("", "not an object");
      for (const auto& [key, value] : members.items()) {
        within(pointer_part(key), [&, &k = key, &m = value] { read(k, m); });
      }
    });
  }

  [[nodiscard]] std::string text(const json_value& v) {
    if (!v.is_string()) {
      fail("", "not a text");
      return {};
    }
    return v.get_ref<const std::string&>();
  }
  [[nodiscard]] bool truth(const json_value& v) {
    if (!v.is_boolean()) fail("", "neither true nor false");
    return v.is_boolean() && v.get<bool>();
  }
  /// A whole number from 1 to `most`.
  [[nodiscard]] std::int64_t whole(const json_value& v, std::int64_t most) {
    const bool good = v.is_number_unsigned() && v.get<std::uint64_t>() >= 1 &&
                      v.get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
    if (!good) fail("", "not a whole number from 1 to " + std::to_string(most));
    return good ? v.get<std::int64_t>() : 1;
  }
  /// The position of a text among its choices.
  [[nodiscard]] std::size_t choice(const json_value& v,
                                   std::initializer_list<std::string_view> choices) {
    const auto chosen = text(v);
    const auto found = std::find(choices.begin(), choices.end(), chosen);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    fail("", "\"" + chosen + "\" is not a choice");
    return 0;
  }
  [[nodiscard]] timestamp instant(const json_value& v) {
    const auto read = parse_timestamp(text(v));
    if (!read) fail("", "not an RFC 3339 instant");
    return read.value_or(timestamp{});
  }
  [[nodiscard]] rational<> fraction(const json_value& v) {
    return kept(parse_rational(text(v), place_));
  }
  [[nodiscard]] quantity<any_unit> quantity_of(const json_value& v) {
    return kept(parse_quantity<any_unit>(text(v), place_));
  }
  template <amount_type Amount>
  [[nodiscard]] Amount amount_of(const json_value& v) {
    return kept(parse_amount<Amount>(text(v), place_));
  }

 private:
  template <class T>
  [[nodiscard]] T kept(result<T> read) {
    if (read) return *read;
    if (!failure_) failure_ = std::move(read.error());
    return T{};
  }
  template <class Work>
  void within(const std::string& part, Work work) {
    const std::size_t size = place_.size();
    place_ += "/" + part;
    work();
    place_.resize(size);
  }

  std::string place_{};
  std::optional<failure> failure_{};
};

}  // namespace tollgate::detail
