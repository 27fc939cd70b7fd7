// SPDX-License-Identifier: BSL-1.0
#pragma once
// What every fuzz target is made of: bytes come in, laws must hold.

#include <tollgate/core/failure.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tollgate::fuzz {

/// Ends the program where a law does not hold: libFuzzer keeps the bytes that led there.
inline void must(bool holds, std::string_view law, std::string_view shown = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n%.*s\n", static_cast<int>(law.size()), law.data(),
               static_cast<int>(shown.size()), shown.data());
  std::abort();
}

/// A refusal for one of these reasons, at this place, in words.
template <class... Errors>
void must_be_refused(const failure& f, std::string_view place, Errors... reasons) {
  must(((f.code == reasons) || ...), "a refusal has one of its reasons", to_string(f));
  must(f.place == place, "a refusal names its place", to_string(f));
  must(!f.reason.empty(), "a refusal says why", to_string(f));
}

// The targets, by the names under which they are run.
void amounts(std::string_view bytes);
void ids(std::string_view bytes);
void timestamps(std::string_view bytes);
void rate_cards(std::string_view bytes);
void scene_files(std::string_view bytes);
void payloads(std::string_view bytes);
void records(std::string_view bytes);
void cursors(std::string_view bytes);
void postgres_rows(std::string_view bytes);
void sqlite_rows(std::string_view bytes);
void ledgers(std::string_view bytes);
void orders(std::string_view bytes);

}  // namespace tollgate::fuzz
