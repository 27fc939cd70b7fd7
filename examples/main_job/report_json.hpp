// SPDX-License-Identifier: BSL-1.0
#pragma once
// The report of the main job as one JSON object, with the fields of main_job.schema.json.

#include <main_job/report.hpp>

#include <tollgate/core/timestamp_text.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace main_job {

using json = nlohmann::ordered_json;

namespace detail {

inline json text_or_null(const std::string& text) { return text.empty() ? json{} : json(text); }
inline json instant_or_null(tollgate::timestamp at) {
  return at == tollgate::timestamp{} ? json{} : json(to_string(at));
}
inline std::string seconds_of(tollgate::quantity<tollgate::units::second> d) {
  const std::string thousandths = std::to_string(d.thousandths() % 1000);
  return std::to_string(d.thousandths() / 1000) + "." + std::string(3 - thousandths.size(), '0') +
         thousandths;
}

inline json shot_of(const report& r, std::size_t n) {
  const tollgate::video::shot& s = r.file.scene.shots[n];
  return {{"shotId", s.id},
          {"shotUuid", to_string(s.item)},
          {"duration", seconds_of(s.duration)},
          {"startFrameUrl", s.start_frame.url},
          {"endFrameUrl", s.end_frame ? json(s.end_frame->url) : json{}},
          {"startFrameStatus", to_string(s.start_frame.status)},
          {"endFrameStatus", s.end_frame ? json(to_string(s.end_frame->status)) : json{}},
          {"requiresEndFrame", s.requires_end_frame},
          {"framePrompt", s.frame_prompt},
          {"videoPrompt", s.video_prompt},
          {"imageCost", to_string(s.image_cost)},
          {"videoCostFast", to_string(r.fast().prices[n])},
          {"videoCostStandard", to_string(r.standard().prices[n])}};
}

inline json warnings_of(const report& r) {
  json unapproved = json::array();
  json other = json::array();
  bool mismatch = false;
  for (const tollgate::finding& f : r.review.findings) {
    if (f.code == tollgate::video::rules::unapproved_frames::code) {
      unapproved.push_back({{"shotId", f.item}, {"frameType", f.detail}});
    } else if (f.code == tollgate::video::rules::prior_end_mismatch::code) {
      mismatch = true;
    } else {
      json subjects = json::array();
      for (const tollgate::uuid& u : f.subjects) subjects.push_back(to_string(u));
      other.push_back({{"code", f.code},
                       {"severity", to_string(f.level)},
                       {"subjects", std::move(subjects)},
                       {"message", f.message}});
    }
  }
  const auto& prior = r.file.scene.prior;
  return {{"unapprovedFrames", std::move(unapproved)},
          {"priorSceneMismatch", mismatch},
          {"priorSceneEndFrameUrl", prior ? json(prior->end_frame_url) : json{}},
          {"other", std::move(other)}};
}

inline json review_of(const report& r) {
  json shots = json::array();
  for (std::size_t n = 0; n < r.file.scene.shots.size(); ++n) shots.push_back(shot_of(r, n));
  const tollgate::account& row = r.review.row;
  return {{"sceneId", to_string(r.file.scene.id)},
          {"sceneName", r.file.scene.name},
          {"shots", std::move(shots)},
          {"sceneTotalCostFast", to_string(r.fast().total)},
          {"sceneTotalCostStandard", to_string(r.standard().total)},
          {"projectRunningTotal", to_string(r.review.project.spent)},
          {"userBalance", to_string(row.balance())},
          {"lowCreditThreshold", to_string(row.low_credit_threshold)},
          {"isLowCredit", r.review.is_low_credit()},
          {"warnings", warnings_of(r)},
          {"fingerprint", to_string(r.review.quote(r.file.variant).lock.digest)}};
}

inline json refusal_of(const tollgate::failure& f) {
  json refused{{"code", to_string(f.code)}};
  if (!f.place.empty()) refused["place"] = f.place;
  if (!f.reason.empty()) refused["reason"] = f.reason;
  if (f.required != tollgate::credits{} || f.available != tollgate::credits{}) {
    refused["required"] = to_string(f.required);
    refused["available"] = to_string(f.available);
    refused["shortfall"] = to_string(f.shortfall());
  }
  if (f.at != tollgate::timestamp{}) refused["at"] = to_string(f.at);
  for (const tollgate::uuid& u : f.subjects) refused["subjects"].push_back(to_string(u));
  return refused;
}

inline json receipt_of(const report& r) {
  if (!r.order) return {{"refused", refusal_of(r.order.error())}};
  json jobs = json::array();
  for (const tollgate::job_id id : r.order->jobs) jobs.push_back(to_string(id));
  const tollgate::receipt& money = r.order->money;
  return {{"orderId", to_string(r.order->order)},
          {"heldAmount", to_string(money.moved)},
          {"jobIds", std::move(jobs)},
          {"balanceAfter", to_string(money.available + money.held - money.debt)},
          {"availableAfter", to_string(money.available)},
          {"replayed", money.replayed}};
}

inline json job_of(const tollgate::video::render_job& j) {
  json error;
  if (j.error) error = {{"code", j.error->code}, {"message", j.error->message}};
  json metadata;
  if (!j.provider_metadata.empty()) {
    metadata = json::parse(j.provider_metadata, nullptr, false);
    if (!metadata.is_object()) metadata = json{{"text", j.provider_metadata}};
  }
  return {{"id", to_string(j.id)},
          {"projectId", to_string(j.project)},
          {"branchId", to_string(j.branch)},
          {"sceneId", to_string(j.scene)},
          {"shotId", to_string(j.shot)},
          {"modelVariant", j.variant},
          {"status", to_string(j.status)},
          {"startFrameId", to_string(j.start_frame.id)},
          {"endFrameId", j.end_frame ? json(to_string(j.end_frame->id)) : json{}},
          {"startFrameUrl", j.start_frame.url},
          {"endFrameUrl", j.end_frame ? json(j.end_frame->url) : json{}},
          {"videoPromptSnapshot", j.video_prompt},
          {"framePromptSnapshot", j.frame_prompt},
          {"durationSeconds", seconds_of(j.duration)},
          {"estimatedCost", to_string(j.estimated_cost)},
          {"actualCost", j.actual_cost ? json(to_string(*j.actual_cost)) : json{}},
          {"videoUrl", text_or_null(j.video_url)},
          {"storagePath", text_or_null(j.storage_path)},
          {"error", std::move(error)},
          {"attemptCount", j.attempts},
          {"maxRetries", j.max_retries},
          {"providerJobId", text_or_null(j.provider_job_id)},
          {"providerMetadata", std::move(metadata)},
          {"createdAt", to_string(j.created_at)},
          {"queuedAt", to_string(j.queued_at)},
          {"processingStartedAt", instant_or_null(j.processing_started_at)},
          {"completedAt", instant_or_null(j.completed_at)},
          {"updatedAt", to_string(j.updated_at)}};
}

}  // namespace detail

/// The whole report.
inline json to_json(const report& r) {
  json jobs = json::array();
  for (const tollgate::video::render_job& j : r.jobs) jobs.push_back(detail::job_of(j));
  return {{"review", detail::review_of(r)},
          {"receipt", detail::receipt_of(r)},
          {"jobs", std::move(jobs)},
          {"ledger",
           {{"available", to_string(r.row.available)},
            {"held", to_string(r.row.held)},
            {"debt", to_string(r.row.debt)},
            {"operations", r.row.seq},
            {"verified", r.discrepancies.empty()}}}};
}

}  // namespace main_job
