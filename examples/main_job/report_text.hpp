// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of the main job as a person reads it.

#include <main_job/printable.hpp>
#include <main_job/report.hpp>

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>
#include <string_view>

namespace main_job {

namespace detail {

inline std::string words_of(tollgate::quantity<tollgate::units::second> d) {
  const std::string thousandths = std::to_string(d.thousandths() % 1000);
  return std::to_string(d.thousandths() / 1000) + "." + std::string(3 - thousandths.size(), '0') +
         thousandths + " s";
}

}  // namespace detail

/// What the user sees before "Confirm & Render".
inline void print_review(std::ostream& out, const report& r) {
  const auto& shots = r.file.scene.shots;
  out << "Review of \"" << detail::printable(r.file.scene.name) << "\"\n\n"
      << std::left << std::setw(8) << "  Shot" << std::right << std::setw(11) << "Duration"
      << std::setw(12) << "Image" << std::setw(16) << "veo_3_1_fast" << std::setw(20)
      << "veo_3_1_standard" << '\n';
  for (std::size_t n = 0; n < shots.size(); ++n) {
    out << "  " << std::left << std::setw(6) << detail::printable(shots[n].id, 20) << std::right
        << std::setw(11) << detail::words_of(shots[n].duration) << std::setw(12)
        << to_string(shots[n].image_cost) << std::setw(16) << to_string(r.fast().prices[n])
        << std::setw(20) << to_string(r.standard().prices[n]) << '\n';
  }
  out << "  " << std::left << std::setw(17) << "Scene total" << std::right << std::setw(12)
      << to_string(r.review.already_paid) << std::setw(16) << to_string(r.fast().total)
      << std::setw(20) << to_string(r.standard().total) << "   images included\n\n"
      << "  Project so far  " << to_string(r.review.project.spent) << "   held for running jobs "
      << to_string(r.review.project.committed) << '\n'
      << "  Balance         " << to_string(r.review.row.balance()) << "   can be spent "
      << to_string(r.review.row.available) << '\n'
      << "  Threshold       " << to_string(r.review.row.low_credit_threshold)
      << (r.review.is_low_credit() ? "   credits are low" : "   credits are not low") << "\n\n";
  if (r.review.findings.empty()) out << "  No warnings\n";
  for (const tollgate::finding& f : r.review.findings) {
    out << "  " << to_string(f.level) << ' ' << f.code;
    if (!f.item.empty()) out << " (" << detail::printable(f.item, 20) << ')';
    out << ": " << detail::printable(f.message) << '\n';
  }
  out << '\n';
}

/// What the gate answered.
inline void print_receipt(std::ostream& out, const report& r) {
  if (!r.order) {
    out << "Refused: " << to_string(r.order.error()) << "\n\n";
    return;
  }
  if (r.order->money.replayed) out << "The same click as before: nothing more is held. ";
  out << "Confirmed " << r.file.variant << ": order " << to_string(r.order->order) << ", "
      << to_string(r.order->money.moved) << " held for " << r.order->jobs.size() << " jobs, "
      << to_string(r.order->money.available) << " left to spend\n\n";
}

/// How it ended: the jobs and the books.
inline void print_outcome(std::ostream& out, const report& r) {
  if (!r.jobs.empty()) {
    out << "\nJobs\n";
    for (const tollgate::video::render_job& j : r.jobs) {
      out << "  " << std::left << std::setw(6) << detail::printable(j.shot_id, 20) << std::setw(11)
          << to_string(j.status) << "attempts " << j.attempts << "   held " << std::right
          << std::setw(8) << to_string(j.estimated_cost) << "   charged " << std::setw(8)
          << to_string(j.actual_cost.value_or(tollgate::credits{})) << "   "
          << (j.error ? detail::printable(j.error->code + ": " + j.error->message)
                      : detail::printable(j.video_url))
          << '\n';
    }
  }
  out << "\nLedger\n  " << std::left << std::setw(5) << "seq" << std::setw(14) << "operation"
      << std::right << std::setw(12) << "moved" << std::setw(12) << "available" << std::setw(10)
      << "held" << '\n';
  for (const tollgate::operation& o : r.history) {
    out << "  " << std::left << std::setw(5) << o.seq << std::setw(14) << to_string(o.request.kind)
        << std::right << std::setw(12) << to_string(o.moved) << std::setw(12)
        << to_string(o.available) << std::setw(10) << to_string(o.held);
    if (o.refused()) out << "   refused: " << to_string(o.outcome);
    if (o.low_credit) out << "   credits became low";
    out << '\n';
  }
  out << "\n  Available " << to_string(r.row.available) << "   held " << to_string(r.row.held)
      << "   debt " << to_string(r.row.debt) << "   project so far " << to_string(r.project.spent)
      << "\n  verify(): ";
  if (r.discrepancies.empty()) out << "every rule of the ledger holds\n";
  for (const tollgate::discrepancy& d : r.discrepancies) {
    out << d.rule << " at " << d.place << ": " << d.message << '\n';
  }
}

}  // namespace main_job
