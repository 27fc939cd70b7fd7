// SPDX-License-Identifier: BSL-1.0
#pragma once
// The host's handler: submits a render once, looks again until it is ready, and says what it cost.

#include <main_job/provider.hpp>

#include <tollgate/core/exact.hpp>
#include <tollgate/video/codec.hpp>
#include <tollgate/video/render_machine.hpp>
#include <tollgate/worker/handler.hpp>

#include <array>
#include <string>
#include <string_view>

namespace main_job {

/// Runs `video.render` jobs at the provider. No thread waits for a render: every answer but the
/// last is "look again later".
class render_handler {
 public:
  explicit render_handler(provider& at) : provider_{at} {}

  [[nodiscard]] std::array<std::string_view, 1> kinds() const {
    return {tollgate::video::render_kind};
  }
  [[nodiscard]] const tollgate::machine_table& machine() const {
    return tollgate::machine_of<tollgate::video::render_machine>();
  }

  tollgate::outcome operator()(tollgate::job_context& job) {
    auto order = tollgate::video::decode_order(job.payload());
    if (!order) {
      return tollgate::outcome::failed(
          {.code = "corrupt_payload", .message = order.error().reason, .retryable = false});
    }
    const bool submitted = !job.provider_job_id().empty();
    const provider_answer answer = submitted
                                       ? provider_.poll(job.provider_job_id())
                                       : provider_.submit({.key = job.submission_key(),
                                                           .prompt = order->video_prompt,
                                                           .label = order->shot_id,
                                                           .milliseconds = length_of(*order)});
    // From here on the operation costs money: a crash must find it again.
    if (!submitted && !answer.operation.empty()) {
      static_cast<void>(job.save(
          {.job_id = answer.operation,
           .metadata = R"({"provider":"simulated","model":")" + order->variant + R"("})"}));
    }
    return outcome_of(answer, job, *order);
  }

 private:
  static int length_of(const tollgate::video::render_order& order) {
    return static_cast<int>(order.duration.thousandths());
  }

  /// The provider bills whole seconds: the share of the price that was delivered.
  static tollgate::credits cost_of(const provider_answer& answer, tollgate::credits held,
                                   const tollgate::video::render_order& order) {
    const tollgate::rational<> share{answer.delivered_milliseconds, length_of(order)};
    const auto exact = tollgate::checked_mul(tollgate::exact<tollgate::credit>{held}, share);
    if (!exact) return held;
    return tollgate::round_to(*exact, tollgate::rounding::half_away).value_or(held);
  }

  static tollgate::outcome outcome_of(const provider_answer& answer,
                                      const tollgate::job_context& job,
                                      const tollgate::video::render_order& order) {
    using stage = provider_answer::stage;
    switch (answer.at) {
      case stage::busy:
        return tollgate::outcome::failed({.code = "provider_busy", .message = "try again later"});
      case stage::interrupted:
        return tollgate::outcome::failed(
            {.code = "interrupted", .message = "the connection to the provider broke"});
      case stage::refused:
        return tollgate::outcome::failed({.code = "prompt_refused",
                                          .message = "the provider does not render this prompt",
                                          .retryable = false});
      case stage::unknown:
        return tollgate::outcome::failed({.code = "operation_lost",
                                          .message = "the provider does not know the operation",
                                          .resubmit = true});
      case stage::generating: return look_again("generating", answer);
      case stage::uploading: return look_again("uploading", answer);
      case stage::ready: break;
    }
    return tollgate::outcome::succeeded(
        cost_of(answer, job.held(), order),
        tollgate::video::encode(tollgate::video::render_result{
            .video_url = answer.url, .storage_path = "renders/" + to_string(job.id()) + ".mp4"}));
  }

  static tollgate::outcome look_again(std::string state, const provider_answer& answer) {
    return tollgate::outcome::wait(
        {.poll_after = tollgate::milliseconds(60),
         .state = std::move(state),
         .progress = tollgate::permille{static_cast<std::uint32_t>(answer.percent) * 10}});
  }

  provider& provider_;
};

}  // namespace main_job
