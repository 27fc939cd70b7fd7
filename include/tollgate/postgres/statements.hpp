// SPDX-License-Identifier: BSL-1.0
#pragma once
// Every statement of the adapter as text with its parameters; nothing here does I/O, so that a host
// with a driver of its own can send the same ones.

#include <tollgate/postgres/detail/account_load_text.hpp>
#include <tollgate/postgres/detail/claim_text.hpp>
#include <tollgate/postgres/detail/commit_text.hpp>
#include <tollgate/postgres/detail/load_text.hpp>
#include <tollgate/postgres/detail/order_text.hpp>
#include <tollgate/postgres/detail/query_text.hpp>
#include <tollgate/postgres/schema.hpp>
#include <tollgate/postgres/statement.hpp>

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace tollgate::postgres {

/// The statements for one schema. Made once, then only read: may be shared by threads.
class statements {
 public:
  explicit statements(std::string_view schema) : schema_{postgres::quoted(schema)} {
    for (unsigned parts = 0; parts < load_.size(); ++parts) {
      load_[parts] = make("load_" + std::to_string(parts), detail::load_text(parts), false);
      account_load_[parts] =
          make("load_account_" + std::to_string(parts), detail::account_load_text(parts), false);
    }
    for (unsigned parts = 0; parts < commit_.size(); ++parts) {
      commit_[parts] =
          make("commit_" + std::to_string(parts), detail::commit_text{parts}.write(), true);
    }
    order_ = make("order", detail::order_text{}.write(), true);
    for (const detail::fixed_text& f : detail::fixed_texts()) {
      fixed_[static_cast<std::size_t>(f.which)] = make(std::string{f.name}, f.text, f.writes);
    }
  }

  /// `parts` says which lists of names a load has.
  [[nodiscard]] const statement& load(unsigned parts) const noexcept { return load_[parts]; }
  /// A load of exactly one account: see detail/account_load_text.hpp.
  [[nodiscard]] const statement& account_load(unsigned parts) const noexcept {
    return account_load_[parts];
  }
  /// `parts` says which records a commit has.
  [[nodiscard]] const statement& commit(unsigned parts) const noexcept { return commit_[parts]; }
  /// A commit of exactly one order: see detail/order_text.hpp.
  [[nodiscard]] const statement& order() const noexcept { return order_; }
  [[nodiscard]] const statement& get(detail::text which) const noexcept {
    return fixed_[static_cast<std::size_t>(which)];
  }
  /// `filter` says which members of a filter restrict. Live jobs are found either way round, from
  /// what lives or from what is newest, which a plan knows only beside them: it is not kept.
  [[nodiscard]] statement jobs(unsigned filter) const {
    statement made = make("jobs_" + std::to_string(filter), detail::jobs_text(filter), false);
    if ((filter & detail::live_only) != 0) made.name.clear();
    return made;
  }
  /// The schema's name as SQL writes it.
  [[nodiscard]] const std::string& schema() const noexcept { return schema_; }

 private:
  [[nodiscard]] statement make(std::string name, std::string_view text, bool writes) const {
    return {"tollgate_" + std::move(name), in_schema(text, schema_), writes};
  }

  std::string schema_;
  std::array<statement, 32> load_{};
  std::array<statement, 32> account_load_{};
  std::array<statement, detail::part_combinations> commit_{};
  statement order_{};
  std::array<statement, std::tuple_size_v<decltype(detail::fixed_texts())>> fixed_{};
};

}  // namespace tollgate::postgres
