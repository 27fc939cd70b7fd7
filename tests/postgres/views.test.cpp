// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/machine_names.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/video/render_job.hpp>

#include <postgres/desk.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

using contract::awkward_text;
using contract::desk;
using contract::nth;
using contract::whole;

constexpr std::string_view null{"<null>"};

[[nodiscard]] std::string text_of(timestamp t) {
  return t == timestamp{} ? std::string{null} : std::to_string(t.microseconds);
}
[[nodiscard]] std::string text_of(const uuid& u) {
  return u == uuid{} ? std::string{null} : to_string(u);
}
[[nodiscard]] std::string or_null(const std::string& text) {
  return text.empty() ? std::string{null} : text;
}
[[nodiscard]] std::string thousandths(std::int64_t n) {
  std::string rest = std::to_string(n % 1'000);
  return std::to_string(n / 1'000) + "." + std::string(3 - rest.size(), '0') + rest;
}

/// A column, how SQL writes it, and what a screen that read the job with the library shows.
struct shown_column {
  std::string_view name;
  std::string_view sql;
  std::string (*expected)(const video::render_job&);
};
using job = video::render_job;
/// What is in the payload is NULL where that is no longer there.
template <class Get>
[[nodiscard]] std::string of_payload(const job& j, Get get) {
  return j.erased || !j.fault.empty() ? std::string{null} : get();
}
constexpr std::string_view micros_of_created =
    "(extract(epoch FROM created_at) * 1000000)::bigint::text";

// Every column of the plan's table video_generation_jobs, in its order.
const std::array columns{
    shown_column{"id", "id::text", [](const job& j) { return to_string(j.id); }},
    shown_column{"project_id", "project_id::text",
                 [](const job& j) { return text_of(j.project.value); }},
    shown_column{"branch_id", "branch_id::text",
                 [](const job& j) { return text_of(j.branch.value); }},
    shown_column{"scene_id", "scene_id::text", [](const job& j) { return text_of(j.scene.value); }},
    shown_column{"shot_id", "shot_id::text", [](const job& j) { return text_of(j.shot.value); }},
    shown_column{"model_variant", "model_variant",
                 [](const job& j) { return of_payload(j, [&] { return j.variant; }); }},
    shown_column{"status", "status", [](const job& j) { return std::string{to_string(j.status)}; }},
    shown_column{"start_frame_id", "start_frame_id::text",
                 [](const job& j) { return text_of(j.start_frame.id.value); }},
    shown_column{"end_frame_id", "end_frame_id::text",
                 [](const job& j) {
                   return j.end_frame ? text_of(j.end_frame->id.value) : std::string{null};
                 }},
    shown_column{"start_frame_url", "start_frame_url",
                 [](const job& j) { return of_payload(j, [&] { return j.start_frame.url; }); }},
    shown_column{"end_frame_url", "end_frame_url",
                 [](const job& j) { return j.end_frame ? j.end_frame->url : std::string{null}; }},
    shown_column{"video_prompt_snapshot", "video_prompt_snapshot",
                 [](const job& j) { return of_payload(j, [&] { return j.video_prompt; }); }},
    shown_column{"frame_prompt_snapshot", "frame_prompt_snapshot",
                 [](const job& j) { return of_payload(j, [&] { return j.frame_prompt; }); }},
    shown_column{"duration_seconds", "duration_seconds::text",
                 [](const job& j) {
                   return of_payload(j, [&] { return thousandths(j.duration.thousandths()); });
                 }},
    shown_column{"estimated_cost", "estimated_cost::text",
                 [](const job& j) { return to_string(j.estimated_cost); }},
    shown_column{
        "actual_cost", "actual_cost::text",
        [](const job& j) { return j.actual_cost ? to_string(*j.actual_cost) : std::string{null}; }},
    shown_column{"video_url", "video_url", [](const job& j) { return or_null(j.video_url); }},
    shown_column{"storage_path", "storage_path",
                 [](const job& j) { return or_null(j.storage_path); }},
    shown_column{"error_code", "error_code",
                 [](const job& j) { return or_null(j.error ? j.error->code : ""); }},
    shown_column{"error_message", "error_message",
                 [](const job& j) { return or_null(j.error ? j.error->message : ""); }},
    shown_column{"attempt_count", "attempt_count::text",
                 [](const job& j) { return std::to_string(j.attempts); }},
    shown_column{"max_retries", "max_retries::text",
                 [](const job& j) { return std::to_string(j.max_retries); }},
    shown_column{"provider_job_id", "provider_job_id",
                 [](const job& j) { return or_null(j.provider_job_id); }},
    shown_column{"provider_metadata", "provider_metadata",
                 [](const job& j) { return or_null(j.provider_metadata); }},
    shown_column{"created_at", micros_of_created,
                 [](const job& j) { return text_of(j.created_at); }},
    shown_column{"queued_at", "(extract(epoch FROM queued_at) * 1000000)::bigint::text",
                 [](const job& j) { return text_of(j.queued_at); }},
    shown_column{"processing_started_at",
                 "(extract(epoch FROM processing_started_at) * 1000000)::bigint::text",
                 [](const job& j) { return text_of(j.processing_started_at); }},
    shown_column{"completed_at", "(extract(epoch FROM completed_at) * 1000000)::bigint::text",
                 [](const job& j) { return text_of(j.completed_at); }},
    shown_column{"updated_at", "(extract(epoch FROM updated_at) * 1000000)::bigint::text",
                 [](const job& j) { return text_of(j.updated_at); }},
};

[[nodiscard]] postgres::connection open() {
  auto c = postgres::connection::open(tests::postgres_settings());
  if (!c) FAIL(to_string(c.error()));
  return *std::move(c);
}

/// Compares a row of the view with the job as the library decodes it, column by column.
void expect_shown(const office& o, account_id account, job_id id) {
  const auto page = o.store->jobs(account, {.job = id}, {});
  REQUIRE(page);
  REQUIRE(page->items.size() == 1);
  const auto wanted = video::to_render_job(page->items.front());
  REQUIRE(wanted);
  std::string list;
  for (const shown_column& c : columns) {
    list.append(list.empty() ? "" : ", ").append("coalesce(").append(c.sql).append(", '<null>')");
  }
  auto c = open();
  const auto row = c.run({"",
                          postgres::in_schema("SELECT ARRAY[" + list +
                                                  "] FROM {schema}.video_generation_jobs WHERE id "
                                                  "= $1",
                                              postgres::quoted(o.schema.name())),
                          false},
                         postgres::parameters{}.put(id));
  if (!row) FAIL(to_string(row.error()));
  REQUIRE(row->size() == 1);
  const auto shown = row->strings(0, 0);
  REQUIRE(row->sound());
  REQUIRE(shown.size() == columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    INFO(columns[i].name);
    CHECK(shown[i] == columns[i].expected(*wanted));
  }
}

[[nodiscard]] video::render_order sample_order() {
  return {.shot_id = "S1",
          .variant = "veo_3_1_fast",
          .duration = quantity<units::second>::from_thousandths(7'250),
          .frame_prompt = awkward_text(),
          .video_prompt = std::string(3'000, 'p') + "\xe2\x82\xac",  // a length of two groups
          .start_frame = {{{1, 2}}, "https://frames.example/1?\xf0\x9f\x8e\xac"},
          .end_frame = video::frame_ref{{{3, 4}}, "https://frames.example/2"}};
}
[[nodiscard]] order_item render(std::uint64_t n, const std::string& payload) {
  auto item = desk::item(n, credits::from_units(32'500));
  item.kind = video::render_kind;
  item.payload = payload;
  item.states = shared_names_of<video::render_machine>();
  item.max_attempts = 4;
  return item;
}
[[nodiscard]] std::vector<claimed_job> claim(const office& o, std::size_t limit) {
  const auto got = o.store->claim({.worker = nth<worker_id>(1),
                                   .kinds = {std::string{video::render_kind}},
                                   .limit = limit,
                                   .lease = seconds(20)});
  if (!got) FAIL(to_string(got.error()));
  return *got;
}

TEST_CASE("a person sees every field of a render as the library decodes it, at every stage") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  auto plain = sample_order();
  plain.end_frame.reset();
  plain.frame_prompt.clear();
  std::vector<order_item> items;
  for (std::uint64_t n = 1; n <= 4; ++n) {
    items.push_back(render(n, encode(n % 2 == 0 ? plain : sample_order())));
  }
  items.push_back(render(5, "no render"));
  items.push_back(desk::item(6, whole(1)));  // of another kind: not in this view
  const auto order = d.run(confirm_command{.account = d.id,
                                           .key = "click",
                                           .project = nth<project_id>(7),
                                           .group = nth<group_id>(8),
                                           .branch = nth<branch_id>(9),
                                           .items = std::move(items)});
  REQUIRE(order);
  const auto& jobs = order->jobs;
  const auto all_shown = [&] {
    for (std::size_t n = 0; n < 5; ++n) expect_shown(o, d.id, jobs[n]);
  };
  all_shown();
  o.clock.advance(seconds(3));
  const auto got = claim(o, 3);
  REQUIRE(got.size() == 3);
  all_shown();
  o.clock.advance(seconds(1));
  REQUIRE(d.run(settle_command{
      .lease = desk::lease_of(got[0]),
      .kind = settle_kind::succeeded,
      .actual = credits::from_units(32'499),
      .provider_job_id = "operations/\xc3\xa9",
      .provider_metadata = "{\"seed\": 7}",
      .result = encode(video::render_result{"https://cdn.example/1.mp4", "renders/1.mp4"})}));
  REQUIRE(d.run(settle_command{.lease = desk::lease_of(got[1]),
                               .kind = settle_kind::failed,
                               .error_code = "safety",
                               .error_message = awkward_text()}));
  REQUIRE(d.run(settle_command{.lease = desk::lease_of(got[2]),
                               .kind = settle_kind::failed,
                               .delay = seconds(5),
                               .retryable = true,
                               .error_code = "quota"}));
  all_shown();
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.video_generation_jobs WHERE actual_cost = "
                        "3.2499 AND status = 'completed' AND payload_state = 'kept'") == 1);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.video_generation_jobs WHERE payload_state "
                        "= 'unreadable' AND model_variant IS NULL") == 1);
  REQUIRE(o.store->erase_payload(d.id, jobs[0]));
  all_shown();
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.video_generation_jobs WHERE payload_state "
                        "= 'erased' AND actual_cost = 3.2499") == 1);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.video_generation_jobs") == 5);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.jobs") == 6);
}

TEST_CASE("SQL reads exactly the bytes that the codec reads") {
  const own_schema schema;
  auto c = open();
  const std::string good = encode(sample_order());
  auto small = sample_order();
  small.video_prompt = "glide";
  small.frame_prompt.clear();
  const std::string bytes = encode(small);
  std::vector<std::string> tried{good, "", good + '\0', std::string(12, '\xff')};
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    tried.push_back(bytes.substr(0, n));
    for (const int change : {1, 0x80, 0xff}) {
      tried.push_back(bytes);
      tried.back()[n] = static_cast<char>(static_cast<unsigned char>(tried.back()[n]) ^ change);
    }
  }
  // A number in more groups than it needs, as no writer writes it.
  tried.push_back(std::string{"\x81\0", 2} + bytes.substr(1));
  const auto answer =
      c.run({"",
             postgres::in_schema("SELECT coalesce(f[1] = '1' AND f[4]::numeric <= 60000, false) "
                                 "FROM (SELECT {schema}.fields(b, 'nttnttut(ut)') AS f, i FROM "
                                 "unnest($1::bytea[]) WITH ORDINALITY AS t(b, i) OFFSET 0) t "
                                 "ORDER BY i",
                                 postgres::quoted(schema.name())),
             false},
            postgres::parameters{}.blobs(tried));
  if (!answer) FAIL(to_string(answer.error()));
  REQUIRE(answer->size() == tried.size());
  std::size_t read = 0;
  std::string differ;
  for (std::size_t n = 0; n < tried.size(); ++n) {
    const bool by_sql = answer->get<bool>(n, 0);
    if (by_sql) ++read;
    if (by_sql != video::decode_order(tried[n]).has_value()) differ += std::to_string(n) + " ";
  }
  CHECK(differ == "");
  CHECK(read > 100);  // a changed letter of a text is still a render
  CHECK(read < tried.size() - 100);
}

TEST_CASE("the server may read a view in parallel") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(credits::from_units(1'000'001)));
  REQUIRE(d.confirm("click", {render(1, video::encode(sample_order()))}));
  auto c = postgres::connection::open(tests::postgres_settings());
  REQUIRE(c);
  // Its name until PostgreSQL 15, and since 16.
  if (!c->script("SET force_parallel_mode = on"))
    REQUIRE(c->script("SET debug_parallel_query = on"));
  const postgres::statement asks{
      "",
      postgres::in_schema("SELECT count(status) FROM {schema}.video_generation_jobs",
                          postgres::quoted(o.schema.name())),
      false};
  const auto said = c->run(asks, {});
  INFO((said ? "" : to_string(said.error())));
  REQUIRE(said);
  CHECK(said->get<std::int64_t>(0, 0) == 1);
}

TEST_CASE("balances are shown with four decimals, and instants only where there is one") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(credits::from_units(1'000'001)));
  REQUIRE(d.confirm("click", {desk::item(1, credits::from_units(5))}));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.user_credits WHERE balance::text = "
                        "'100.0001' AND available::text = '99.9996' AND held = 0.0005 AND debt = "
                        "0 AND low_credit_threshold = 0 AND NOT is_low_credit AND last_topup_at IS "
                        "NULL AND last_deduction_at IS NULL AND created_at = updated_at AND "
                        "updated_at = '2026-01-01 00:00:00+00'") == 1);
}

}  // namespace
}  // namespace tollgate::test
