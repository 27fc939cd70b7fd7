// SPDX-License-Identifier: BSL-1.0
#pragma once
// The version of the library: the one place that says it. CMake and Conan read these three lines.

#define TOLLGATE_VERSION_MAJOR 0
#define TOLLGATE_VERSION_MINOR 1
#define TOLLGATE_VERSION_PATCH 0

namespace tollgate {

/// Semantic version, as numbers.
struct version_number {
  unsigned major_number{};
  unsigned minor_number{};
  unsigned patch_number{};
};

/// The version of the headers that are being compiled.
inline constexpr version_number library_version{TOLLGATE_VERSION_MAJOR, TOLLGATE_VERSION_MINOR,
                                                TOLLGATE_VERSION_PATCH};

}  // namespace tollgate
