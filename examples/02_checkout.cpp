// SPDX-License-Identifier: BSL-1.0
// The main job: a scene file goes in; the review, the confirmation, the finished jobs and the
// ledger come out.   02_checkout [--json] SCENE.json
#include <main_job/progress.hpp>
#include <main_job/render_handler.hpp>
#include <main_job/report_json.hpp>
#include <main_job/report_text.hpp>
#include <main_job/scene_file.hpp>

#include <tollgate/memory/store.hpp>
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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace main_job;

enum exit_status : int { done = 0, broken = 1, bad_input = 2, refused = 3 };

using store_type = tollgate::memory::store;
using gate_type = tollgate::video::gate<store_type>;

struct options {
  bool json{};
  std::string path{};
};

std::optional<options> read_options(int count, char** words) {
  options o;
  for (int n = 1; n < count; ++n) {
    const std::string_view word{words[n]};
    if (word == "--json") {
      o.json = true;
    } else if (word.starts_with("-") || !o.path.empty()) {
      std::cerr << "02_checkout: " << detail::printable(word) << ": usage: [--json] SCENE.json\n";
      return std::nullopt;
    } else {
      o.path = word;
    }
  }
  if (!o.path.empty()) return o;
  std::cerr << "02_checkout: usage: [--json] SCENE.json\n";
  return std::nullopt;
}

std::optional<std::string> read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) return std::nullopt;
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return std::nullopt;
  return text;
}

/// What goes wrong at the provider in this run: one is busy, one breaks, one is refused for good.
provider_plan plan_for(const tollgate::video::scene& scene) {
  provider_plan plan;
  const auto& shots = scene.shots;
  if (shots.size() > 1) plan.busy_once = shots[1].id;
  if (shots.size() > 2) plan.interrupted_once = shots[2].id;
  const bool any_empty =
      std::any_of(shots.begin(), shots.end(), [](const auto& s) { return s.video_prompt.empty(); });
  if (!any_empty && shots.size() > 3) plan.refused = shots.back().id;
  return plan;
}

/// The account of the file, with what earlier generations of the project cost.
tollgate::result<void> open(gate_type& gate, const scene_file& file) {
  auto opened = gate.open_account({.account = file.account,
                                   .opening_grant = file.opening_credits,
                                   .low_credit_threshold = file.low_credit_threshold});
  if (!opened) return tollgate::refuse(opened.error());
  for (std::size_t n = 0; n < file.previous.size(); ++n) {
    auto imported = gate.import_cost({.account = file.account,
                                      .project = file.scene.project,
                                      .amount = file.previous[n].cost,
                                      .reason = "scene " + to_string(file.previous[n].scene),
                                      .key = "generation " + std::to_string(n)});
    if (!imported) return tollgate::refuse(imported.error());
  }
  return {};
}

/// The jobs of the scene in the order of its shots.
tollgate::result<std::vector<tollgate::video::render_job>> jobs_of(gate_type& gate,
                                                                   const scene_file& file) {
  auto jobs = gate.jobs(file.account, file.scene.id);
  if (jobs) std::reverse(jobs->begin(), jobs->end());
  return jobs;
}

/// Runs every job, showing how far they are.
void render(store_type& store, gate_type& gate, const scene_file& file, bool quiet) {
  provider simulated{plan_for(file.scene)};
  render_handler handler{simulated};
  tollgate::worker_options settings;
  settings.threads = 2;
  settings.rules = gate.rules();
  const tollgate::exponential_backoff backoff{.first = tollgate::milliseconds(100)};
  tollgate::worker worker{store, handler, settings, tollgate::no_observer{}, backoff};
  auto running = std::async(std::launch::async, [&] { return worker.run_until_settled(); });
  progress shown{std::cout, isatty(STDOUT_FILENO) == 1};
  bool ended = false;
  while (!ended) {
    ended = running.wait_for(std::chrono::milliseconds{25}) == std::future_status::ready;
    if (quiet) continue;
    if (auto jobs = jobs_of(gate, file)) shown.show(*jobs);
  }
  if (!quiet) shown.finish();
}

/// Adds what there is to see at the end.
tollgate::result<void> close(gate_type& gate, report& r) {
  auto jobs = jobs_of(gate, r.file);
  if (!jobs) return tollgate::refuse(jobs.error());
  auto row = gate.balance(r.file.account);
  if (!row) return tollgate::refuse(row.error());
  auto project = gate.running_total(r.file.account, r.file.scene.project);
  if (!project) return tollgate::refuse(project.error());
  auto books = gate.verify(r.file.account);
  if (!books) return tollgate::refuse(books.error());
  tollgate::cursor next;
  do {
    auto page = gate.history(r.file.account, next);
    if (!page) return tollgate::refuse(page.error());
    r.history.insert(r.history.end(), page->items.begin(), page->items.end());
    next = page->next;
  } while (next != tollgate::cursor{});
  r.jobs = std::move(*jobs);
  r.row = std::move(*row);
  r.project = *project;
  r.discrepancies = std::move(*books);
  return {};
}

int run(const options& o, scene_file file) {
  store_type store;
  gate_type gate{store, tollgate::video::veo_3_1()};
  const auto fail = [&](const tollgate::failure& f, exit_status status) {
    std::cerr << "02_checkout: " << detail::printable(o.path) << ": "
              << detail::printable(to_string(f), 600) << '\n';
    return status;
  };
  if (auto opened = open(gate, file); !opened) return fail(opened.error(), bad_input);
  auto review = gate.review(file.account, file.scene);
  if (!review) return fail(review.error(), bad_input);

  report r{.file = std::move(file), .review = std::move(*review), .order = {}};
  if (!o.json) print_review(std::cout, r);
  r.order = gate.confirm({.account = r.file.account,
                          .order = r.file.scene,
                          .quote = r.review.quote(r.file.variant),
                          .key = "the click",
                          .acknowledged = r.review.codes()});
  if (!o.json) print_receipt(std::cout, r);
  if (r.order) render(store, gate, r.file, o.json);
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

}  // namespace

int main(int count, char** words) {
  const auto o = read_options(count, words);
  if (!o) return bad_input;
  const auto text = read_file(o->path);
  if (!text) {
    std::cerr << "02_checkout: " << detail::printable(o->path) << ": cannot be read\n";
    return bad_input;
  }
  auto file = read_scene_file(*text);
  if (!file) {
    std::cerr << "02_checkout: " << detail::printable(o->path) << ": "
              << detail::printable(file.error().place) << ": "
              << detail::printable(file.error().reason, 600) << '\n';
    return bad_input;
  }
  return run(*o, std::move(*file));
}
