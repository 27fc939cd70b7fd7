// SPDX-License-Identifier: BSL-1.0
#pragma once
// A value, or the reason why there is none.

#include <tollgate/core/failure.hpp>

#include <tl/expected.hpp>

namespace tollgate {

/// The answer of everything a caller can be refused.
template <class T>
using result = tl::expected<T, failure>;

/// Wraps a failure so that it converts to any `result`.
[[nodiscard]] inline tl::unexpected<failure> refuse(failure f) {
  return tl::unexpected<failure>{std::move(f)};
}

/// Wraps an error with its place and reason so that it converts to any `result`.
[[nodiscard]] inline tl::unexpected<failure> refuse(error code, std::string place = {},
                                                    std::string reason = {}) {
  return refuse(make_failure(code, std::move(place), std::move(reason)));
}

}  // namespace tollgate
