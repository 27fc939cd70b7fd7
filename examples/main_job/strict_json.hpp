// SPDX-License-Identifier: BSL-1.0
#pragma once
// JSON without leniency: unknown members, repeated members and wrong types are faults, and the
// first one is kept with its JSON pointer.

#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/id.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace main_job {

/// Parses text; a syntax error, a repeated member or text that is not UTF-8 is one clear line.
inline tollgate::result<nlohmann::json> parse_json(std::string_view text) {
  std::vector<std::set<std::string>> open;  // the members seen of each open object
  std::string repeated;
  const auto watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using kind = nlohmann::json::parse_event_t;
    if (event == kind::object_start) open.emplace_back();
    if (event == kind::object_end) open.pop_back();
    if (event == kind::key && !open.back().insert(value.get<std::string>()).second) {
      repeated = value.get<std::string>();
    }
    return true;
  };
  try {
    auto parsed = nlohmann::json::parse(text, watch);
    if (!repeated.empty()) {
      return tollgate::refuse(tollgate::error::invalid_argument, "",
                              "the member \"" + repeated + "\" is there twice in one object");
    }
    return parsed;
  } catch (const nlohmann::json::exception& e) {
    return tollgate::refuse(tollgate::error::invalid_argument, "", e.what());
  }
}

/// A member name as it stands in a JSON pointer (RFC 6901).
inline std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

class array;

/// One object being read. Every access marks its member as known; `close` refuses the others.
class object {
 public:
  object(const nlohmann::json& value, std::string place, std::optional<tollgate::failure>& fault)
      : value_{&value}, place_{std::move(place)}, fault_{&fault} {
    if (!value.is_object()) refuse_here("must be an object");
  }

  /// Keeps the first fault only.
  void refuse(std::string_view name, std::string reason) {
    if (*fault_) return;
    *fault_ = tollgate::make_failure(tollgate::error::invalid_argument,
                                     place_ + "/" + pointer_token(name), std::move(reason));
  }

  [[nodiscard]] std::string text(std::string_view name) {
    const auto* v = required(name);
    if (v == nullptr) return {};
    if (v->is_string()) return v->get<std::string>();
    refuse(name, "must be a string");
    return {};
  }
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) {
    if (find(name) == nullptr) return std::nullopt;
    return text(name);
  }
  [[nodiscard]] bool boolean(std::string_view name) {
    const auto* v = required(name);
    if (v == nullptr) return false;
    if (v->is_boolean()) return v->get<bool>();
    refuse(name, "must be true or false");
    return false;
  }
  template <class Id>
  [[nodiscard]] Id id(std::string_view name) {
    const std::string written = text(name);
    if (*fault_) return {};
    const auto parsed = tollgate::parse_id<Id>(written);
    if (parsed && !parsed->is_nil()) return *parsed;
    refuse(name, parsed ? "is the nil UUID" : "is not a UUID");
    return {};
  }
  /// An amount that is not below zero, as a string of at most four decimals.
  [[nodiscard]] tollgate::credits amount(std::string_view name) {
    const std::string written = text(name);
    if (*fault_) return {};
    auto parsed = tollgate::parse_amount<tollgate::credits>(written);
    if (!parsed) {
      refuse(name, parsed.error().reason);
      return {};
    }
    if (*parsed < tollgate::credits{}) refuse(name, "is below zero");
    return *parsed;
  }
  [[nodiscard]] tollgate::quantity<tollgate::units::second> seconds(std::string_view name) {
    const std::string written = text(name);
    if (*fault_) return {};
    auto parsed = tollgate::parse_quantity<tollgate::units::second>(written);
    if (parsed) return *parsed;
    refuse(name, parsed.error().reason);
    return {};
  }
  [[nodiscard]] std::optional<object> member(std::string_view name) {
    const auto* v = required(name);
    if (v == nullptr) return std::nullopt;
    return object{*v, place_ + "/" + pointer_token(name), *fault_};
  }
  /// Absent and null are the same.
  [[nodiscard]] std::optional<object> optional_member(std::string_view name) {
    if (find(name) == nullptr) return std::nullopt;
    return member(name);
  }
  [[nodiscard]] std::optional<array> list(std::string_view name);
  [[nodiscard]] std::optional<array> optional_list(std::string_view name);

  /// Refuses members that nobody asked for.
  void close() {
    if (*fault_ || !value_->is_object()) return;
    for (const auto& [name, value] : value_->items()) {
      if (!known_.contains(name)) return refuse(name, "is not a known member");
    }
  }

 private:
  void refuse_here(std::string reason) {
    if (*fault_) return;
    *fault_ = tollgate::make_failure(tollgate::error::invalid_argument, place_, std::move(reason));
  }
  /// The member, unless it is absent or null.
  const nlohmann::json* find(std::string_view name) {
    known_.emplace(name);
    if (*fault_ || !value_->is_object()) return nullptr;
    const auto at = value_->find(name);
    return at == value_->end() || at->is_null() ? nullptr : &*at;
  }
  const nlohmann::json* required(std::string_view name) {
    const auto* v = find(name);
    if (v == nullptr) refuse(name, "is missing");
    return v;
  }

  const nlohmann::json* value_;
  std::string place_;
  std::optional<tollgate::failure>* fault_;
  std::set<std::string> known_{};
};

/// One array of objects being read.
class array {
 public:
  array(const nlohmann::json& value, std::string place, std::optional<tollgate::failure>& fault)
      : value_{&value}, place_{std::move(place)}, fault_{&fault} {
    if (!value.is_array()) refuse("", "must be an array");
  }

  [[nodiscard]] std::size_t size() const { return value_->is_array() ? value_->size() : 0; }
  [[nodiscard]] bool sound() const { return !fault_->has_value(); }
  [[nodiscard]] std::optional<object> at(std::size_t n) {
    if (!sound()) return std::nullopt;
    return object{(*value_)[n], place_ + "/" + std::to_string(n), *fault_};
  }
  /// `below` is the rest of the pointer, without its first slash; empty: the array itself.
  void refuse(const std::string& below, std::string reason) {
    if (*fault_) return;
    *fault_ =
        tollgate::make_failure(tollgate::error::invalid_argument,
                               below.empty() ? place_ : place_ + "/" + below, std::move(reason));
  }

 private:
  const nlohmann::json* value_;
  std::string place_;
  std::optional<tollgate::failure>* fault_;
};

inline std::optional<array> object::list(std::string_view name) {
  const auto* v = required(name);
  if (v == nullptr) return std::nullopt;
  return array{*v, place_ + "/" + pointer_token(name), *fault_};
}
inline std::optional<array> object::optional_list(std::string_view name) {
  if (find(name) == nullptr) return std::nullopt;
  return list(name);
}

}  // namespace main_job
