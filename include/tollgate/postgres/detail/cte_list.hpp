// SPDX-License-Identifier: BSL-1.0
#pragma once
// The common table expressions a statement begins with, one after the other.

#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

class cte_list {
 public:
  /// One that writes, or is planned with what reads it.
  void add(std::string_view name, std::string_view body) { put(name, "(", body); }
  /// Rows that are made once, where they stand in the list.
  void rows(std::string_view name, std::string_view body) { put(name, "MATERIALIZED (", body); }

  [[nodiscard]] std::string with() const { return "WITH " + text_; }

 private:
  void put(std::string_view name, std::string_view opening, std::string_view body) {
    if (!text_.empty()) text_ += ",\n";
    text_.append(name).append(" AS ").append(opening).append(body).append(")");
  }

  std::string text_{};
};

}  // namespace tollgate::postgres::detail
