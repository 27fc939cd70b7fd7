// SPDX-License-Identifier: BSL-1.0
// One program for all targets: `fuzz --target=amounts [libFuzzer's options] [folders]`. libFuzzer
// leaves options with two dashes alone, so that its own child processes get them too.
#include <fuzz/fuzz.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct target {
  std::string_view name;
  void (*run)(std::string_view);
};

constexpr target targets[]{
    {"amounts", tollgate::fuzz::amounts},
    {"ids", tollgate::fuzz::ids},
    {"timestamps", tollgate::fuzz::timestamps},
    {"rate_cards", tollgate::fuzz::rate_cards},
    {"scene_files", tollgate::fuzz::scene_files},
    {"payloads", tollgate::fuzz::payloads},
    {"records", tollgate::fuzz::records},
    {"cursors", tollgate::fuzz::cursors},
    {"postgres_rows", tollgate::fuzz::postgres_rows},
    {"sqlite_rows", tollgate::fuzz::sqlite_rows},
    {"ledgers", tollgate::fuzz::ledgers},
    {"orders", tollgate::fuzz::orders},
};

void (*chosen)(std::string_view) = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  constexpr std::string_view option{"--target="};
  for (int i = 1; i < *count; ++i) {
    const std::string_view said{(*arguments)[i]};
    if (said.substr(0, option.size()) != option) continue;
    for (const target& t : targets) {
      if (said.substr(option.size()) == t.name) chosen = t.run;
    }
  }
  if (chosen != nullptr) return 0;
  std::fputs("fuzz --target=NAME [libFuzzer's options] [folders of inputs]; NAME is one of\n",
             stderr);
  for (const target& t : targets) std::fprintf(stderr, "  %s\n", t.name.data());
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen({reinterpret_cast<const char*>(data), size});
  return 0;
}
