// SPDX-License-Identifier: BSL-1.0
#pragma once
// Shows jobs while they run: a bar on a terminal, a plain line for each step otherwise.

#include <tollgate/video/render_job.hpp>

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace main_job {

class progress {
 public:
  progress(std::ostream& out, bool terminal) : out_{out}, terminal_{terminal} {}

  void show(const std::vector<tollgate::video::render_job>& jobs) {
    if (jobs.empty()) return;
    if (terminal_)
      bar(jobs);
    else
      lines(jobs);
    out_.flush();
  }
  /// Leaves the line of the bar.
  void finish() {
    if (terminal_) out_ << '\n';
  }

 private:
  static bool is_final(const tollgate::video::render_job& j) {
    return j.status >= tollgate::video::render_status::completed;
  }

  void bar(const std::vector<tollgate::video::render_job>& jobs) {
    constexpr std::size_t width = 40;
    std::size_t permille = 0;
    std::size_t ended = 0;
    for (const auto& j : jobs) {
      permille += is_final(j) ? 1000 : j.progress;
      if (is_final(j)) ++ended;
    }
    const std::size_t filled = permille * width / (jobs.size() * 1000);
    out_ << "\r[" << std::string(filled, '#') << std::string(width - filled, '.') << "] " << ended
         << " of " << jobs.size() << " jobs";
  }

  void lines(const std::vector<tollgate::video::render_job>& jobs) {
    for (const auto& j : jobs) {
      std::string now = j.shot_id + ": " + std::string{to_string(j.status)};
      if (!is_final(j) && j.attempts > 1) now += ", attempt " + std::to_string(j.attempts);
      if (j.error) now += " (" + j.error->code + ")";
      std::string& before = shown_[j.shot_id];
      if (now == before) continue;
      out_ << now << '\n';
      before = std::move(now);
    }
  }

  std::ostream& out_;
  bool terminal_;
  std::map<std::string, std::string> shown_{};
};

}  // namespace main_job
