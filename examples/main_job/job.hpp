// SPDX-License-Identifier: BSL-1.0
#pragma once
// The main job on any store: review, confirm, render, and look at the jobs and the ledger.

#include <main_job/options.hpp>
#include <main_job/progress.hpp>
#include <main_job/render_handler.hpp>
#include <main_job/report_json.hpp>
#include <main_job/report_text.hpp>
#include <main_job/scene_file.hpp>

#include <tollgate/tollgate.hpp>
#include <tollgate/video/video.hpp>
#include <tollgate/worker/worker.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace main_job {

template <tollgate::storage Store>
using gate_of = tollgate::video::gate<Store>;

inline std::optional<std::string> read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) return std::nullopt;
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return std::nullopt;
  return text;
}

/// What goes wrong at the provider in this run: one is busy, one breaks, one is refused for good.
inline provider_plan plan_for(const tollgate::video::scene& scene) {
  provider_plan plan;
  const auto& shots = scene.shots;
  if (shots.size() > 1) plan.busy_once = shots[1].id;
  if (shots.size() > 2) plan.interrupted_once = shots[2].id;
  const bool any_empty =
      std::any_of(shots.begin(), shots.end(), [](const auto& s) { return s.video_prompt.empty(); });
  if (!any_empty && shots.size() > 3) plan.refused = shots.back().id;
  return plan;
}

/// The account of the file, with what earlier generations of the project cost. All of it has keys:
/// a store that keeps them answers as before.
template <class Gate>
tollgate::result<void> open(Gate& gate, const scene_file& file) {
  auto opened = gate.open_account({.account = file.account,
                                   .opening_grant = file.opening_credits,
                                   .low_credit_threshold = file.low_credit_threshold});
  if (!opened) return tollgate::refuse(opened.error());
  std::map<tollgate::group_id, int> met;  // another file names the same generation the same way
  for (const previous_generation& earlier : file.previous) {
    const std::string scene = to_string(earlier.scene);
    auto imported = gate.import_cost(
        {.account = file.account,
         .project = file.scene.project,
         .amount = earlier.cost,
         .reason = "scene " + scene,
         .key = "generation " + scene + "/" + std::to_string(++met[earlier.scene])});
    if (!imported) return tollgate::refuse(imported.error());
  }
  return {};
}

/// The jobs of an order, in the order of its shots.
template <class Gate>
tollgate::result<std::vector<tollgate::video::render_job>> jobs_of(
    Gate& gate, tollgate::account_id account, const tollgate::order_receipt& order) {
  std::vector<tollgate::video::render_job> jobs;
  tollgate::cursor next;
  do {
    auto page = gate.jobs(account, tollgate::job_filter{.order = order.order}, next);
    if (!page) return tollgate::refuse(page.error());
    for (auto& job : page->items) jobs.push_back(std::move(job));
    next = page->next;
  } while (next != tollgate::cursor{});
  std::reverse(jobs.begin(), jobs.end());  // they come newest first
  return jobs;
}

/// Runs every job, showing how far they are.
template <tollgate::storage Store>
void render(Store& store, gate_of<Store>& gate, const report& r, bool quiet) {
  provider simulated{plan_for(r.file.scene)};
  render_handler handler{simulated};
  tollgate::worker_options settings;
  settings.threads = 2;
  settings.lease = tollgate::seconds(6);  // a run that was killed is noticed soon by the next one
  settings.heartbeat = tollgate::milliseconds(1'500);
  settings.rules = gate.rules();
  const tollgate::exponential_backoff backoff{.first = tollgate::milliseconds(100)};
  tollgate::worker worker{store, handler, settings, tollgate::no_observer{}, backoff};
  auto running = std::async(std::launch::async, [&] { return worker.run_until_settled(); });
  progress shown{std::cout, isatty(STDOUT_FILENO) == 1};
  bool ended = false;
  while (!ended) {
    ended = running.wait_for(std::chrono::milliseconds{25}) == std::future_status::ready;
    if (quiet) continue;
    if (auto jobs = jobs_of(gate, r.file.account, *r.order)) shown.show(*jobs);
  }
  if (!quiet) shown.finish();
}

/// Every operation of the account, oldest first.
template <class Gate>
tollgate::result<std::vector<tollgate::operation>> history_of(Gate& gate,
                                                              tollgate::account_id account) {
  std::vector<tollgate::operation> all;
  tollgate::cursor next;
  do {
    auto page = gate.history(account, next);
    if (!page) return tollgate::refuse(page.error());
    all.insert(all.end(), page->items.begin(), page->items.end());
    next = page->next;
  } while (next != tollgate::cursor{});
  return all;
}

/// Adds what there is to see at the end.
template <class Gate>
tollgate::result<void> close(Gate& gate, report& r) {
  if (r.order) {
    auto jobs = jobs_of(gate, r.file.account, *r.order);
    if (!jobs) return tollgate::refuse(jobs.error());
    r.jobs = std::move(*jobs);
  }
  auto row = gate.balance(r.file.account);
  if (!row) return tollgate::refuse(row.error());
  auto project = gate.running_total(r.file.account, r.file.scene.project);
  if (!project) return tollgate::refuse(project.error());
  auto books = gate.verify(r.file.account);
  if (!books) return tollgate::refuse(books.error());
  auto history = history_of(gate, r.file.account);
  if (!history) return tollgate::refuse(history.error());
  r.history = std::move(*history);
  r.row = std::move(*row);
  r.project = *project;
  r.discrepancies = std::move(*books);
  return {};
}

/// The press of "Confirm & Render". The same file is the same click, also tomorrow: it is repeated
/// with the quote it had, as a client repeats that got no answer, and answered as it was. Credits
/// are held once. `--click NAME` is another click.
template <class Gate>
tollgate::result<tollgate::order_receipt> confirm(Gate& gate, const report& r,
                                                  const std::string& click) {
  const auto earlier = history_of(gate, r.file.account);
  if (!earlier) return tollgate::refuse(earlier.error());
  tollgate::order_note seen{r.review.quote(r.file.variant), r.review.codes()};
  for (const tollgate::operation& o : *earlier) {
    if (o.request.key != click) continue;
    if (auto note = tollgate::parse_order_note(o.request.attachment)) seen = *std::move(note);
  }
  return gate.confirm({.account = r.file.account,
                       .order = r.file.scene,
                       .quote = seen.quote,
                       .key = click,
                       .acknowledged = seen.acknowledged});
}

/// The job with a store that is open.
template <tollgate::storage Store>
int run_on(Store& store, const options& o, scene_file file, const std::string& text) {
  gate_of<Store> gate{store, tollgate::video::veo_3_1()};
  const auto fail = [&](const tollgate::failure& f, exit_status status) {
    return o.fail(o.path, to_string(f), status);
  };
  if (auto opened = open(gate, file); !opened) return fail(opened.error(), bad_input);
  auto review = gate.review(file.account, file.scene);
  if (!review) return fail(review.error(), bad_input);
  if (!review->has_project_total) {  // the reports show it
    return fail(tollgate::make_failure(tollgate::error::overflow, "/project"), bad_input);
  }

  report r{.file = std::move(file), .review = std::move(*review), .order = {}};
  if (!o.json) print_review(std::cout, r);
  r.order = confirm(gate, r, click_of(o, text));
  if (!o.json) print_receipt(std::cout, r);
  if (r.order) render(store, gate, r, o.json);
  if (auto closed = close(gate, r); !closed) return fail(closed.error(), broken);
  if (o.json) {
    std::cout << to_json(r).dump(2) << '\n';
  } else {
    print_outcome(std::cout, r);
  }
  std::cout.flush();
  if (!std::cout || !r.discrepancies.empty()) return broken;
  return r.order ? done : refused;
}

/// The whole program: `open_store(place)` opens what `--store SCHEME:PLACE` names and answers a
/// pointer to it, or why it cannot.
template <class OpenStore>
int run(int count, char** words, const std::string& scheme, OpenStore open_store) {
  const auto o = read_options(count, words, scheme);
  if (!o) return bad_input;
  const auto text = read_file(o->path);
  if (!text) return o->fail(o->path, "cannot be read", bad_input);
  auto file = read_scene_file(*text);
  if (!file) {
    return o->fail(o->path, file.error().place + ": " + file.error().reason, bad_input);
  }
  auto store = open_store(o->place);
  if (!store) return o->fail("--store", to_string(store.error()), bad_input);
  return run_on(**store, *o, std::move(*file), *text);
}

}  // namespace main_job
