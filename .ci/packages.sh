# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Installs what a build needs on Debian. Sourced by tests/run and examples/run.

# install_missing PROBE=PACKAGE...: a probe is a command, or a pattern of an absolute path. Where
# every probe is found nothing is run. Otherwise apt-get installs what is missing, as root or through
# sudo, and everything it says goes to stderr.
install_missing() {
  local pair probe missing=() as_root=()
  for pair in "$@"; do
    probe=${pair%%=*}
    case $probe in
      /*) compgen -G "$probe" >/dev/null || missing+=("${pair#*=}") ;;
      *) command -v "$probe" >/dev/null || missing+=("${pair#*=}") ;;
    esac
  done
  [ "${#missing[@]}" -gt 0 ] || return 0

  if ! command -v apt-get >/dev/null; then
    echo "This is not Debian: install what these packages hold yourself: ${missing[*]}" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing, and neither root nor sudo to install it:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
    [ -t 0 ] || as_root+=(-n)  # without a terminal nobody can type a password
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  echo "Installing with apt-get: ${missing[*]}" >&2
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends \
        "${missing[@]}"
  } >&2 </dev/null
}

# Packages that every build needs.
build_packages=(
  cmake=cmake
  ninja=ninja-build
  g++=g++
  /usr/include/tl/expected.hpp=libexpected-dev
  /usr/include/nlohmann/json.hpp=nlohmann-json3-dev
)

# ccache is used where it is present; CMake reads this variable when it configures.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
fi
