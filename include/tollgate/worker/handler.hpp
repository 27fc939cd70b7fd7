// SPDX-License-Identifier: BSL-1.0
#pragma once
// What runs jobs: the concept a host's handler models, and ways to make and combine handlers.

#include <tollgate/jobs/machine.hpp>
#include <tollgate/worker/context.hpp>

#include <tl/expected.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate {

/// Says which kinds of job it runs: a range of strings, asked once.
template <class Handler>
concept names_kinds = requires(const Handler& h) {
  { std::string{*std::begin(h.kinds())} };
  { std::end(h.kinds()) };
};

/// Runs a claimed job.
template <class Handler>
concept runs_jobs = requires(Handler& h, job_context& job) {
  { h(job) } -> std::convertible_to<outcome>;
};

/// A host's code for some kinds of job. Called from as many threads at once as the worker has. A
/// job may reach it more than once, and only one of its answers will count. An exception is a
/// failed attempt that may be tried again, also one of the optional `const machine_table& machine()
/// const`. With that, states the machine does not allow are refused.
template <class Handler>
concept job_handler = names_kinds<Handler> && runs_jobs<Handler>;

template <class Handler>
concept has_machine = requires(const Handler& h) {
  { h.machine() } -> std::same_as<const machine_table&>;
};

/// A handler made of several; see `handlers`.
template <class Handler>
concept finds_machine = requires(const Handler& h, const std::string& kind) {
  { h.machine_of_kind(kind) } -> std::same_as<const machine_table*>;
};

/// The kinds of a handler.
template <names_kinds Handler>
[[nodiscard]] std::vector<std::string> kinds_of(const Handler& h) {
  std::vector<std::string> kinds;
  for (const auto& kind : h.kinds()) kinds.emplace_back(kind);
  return kinds;
}

/// The machine of a kind of job, where the handler knows it.
template <job_handler Handler>
[[nodiscard]] const machine_table* machine_for([[maybe_unused]] const Handler& h,
                                               [[maybe_unused]] const std::string& kind) {
  if constexpr (finds_machine<Handler>) {
    return h.machine_of_kind(kind);
  } else if constexpr (has_machine<Handler>) {
    return &h.machine();
  } else {
    return nullptr;
  }
}

/// A handler of one kind made of a callable; see `handle`.
template <class Call>
class kind_handler {
 public:
  kind_handler(std::string kind, Call call, const machine_table* machine = nullptr)
      : kinds_{std::move(kind)}, call_{std::move(call)}, machine_{machine} {}

  [[nodiscard]] const std::vector<std::string>& kinds() const noexcept { return kinds_; }
  [[nodiscard]] const machine_table* machine_of_kind(const std::string&) const noexcept {
    return machine_;
  }
  outcome operator()(job_context& job) { return call_(job); }

 private:
  std::vector<std::string> kinds_;
  Call call_;
  const machine_table* machine_;
};

/// Makes a handler of one kind: `handle("mail", [](job_context& job) { ... })`.
template <class Call>
  requires std::convertible_to<std::invoke_result_t<Call&, job_context&>, outcome>
[[nodiscard]] kind_handler<Call> handle(std::string kind, Call call) {
  return {std::move(kind), std::move(call)};
}
/// The same with the machine of its jobs: `handle("mail", machine_of<mail_machine>(), ...)`. The
/// table must outlive the handler.
template <class Call>
  requires std::convertible_to<std::invoke_result_t<Call&, job_context&>, outcome>
[[nodiscard]] kind_handler<Call> handle(std::string kind, const machine_table& machine, Call call) {
  return {std::move(kind), std::move(call), &machine};
}

/// Says of which kind its jobs are and by which machine they go, as a domain of the checkout does.
template <class Domain>
concept names_kind_and_machine = requires {
  { Domain::kind } -> std::convertible_to<std::string_view>;
  requires job_machine<typename Domain::machine>;
};

/// Makes a handler of a domain's jobs, whose kind and machine cannot be another word than the
/// domain's: `handle_for<video::render_domain<>>(...)`.
template <names_kind_and_machine Domain, class Call>
  requires std::convertible_to<std::invoke_result_t<Call&, job_context&>, outcome>
[[nodiscard]] kind_handler<Call> handle_for(Call call) {
  return {std::string{std::string_view{Domain::kind}}, std::move(call),
          &machine_of<typename Domain::machine>()};
}

/// Several handlers as one. Where two name the same kind the first runs it.
template <job_handler... Handlers>
class handlers {
 public:
  explicit handlers(Handlers... parts) : parts_{part<Handlers>(std::move(parts))...} {}

  [[nodiscard]] std::vector<std::string> kinds() const {
    std::vector<std::string> all;
    std::apply(
        [&](const auto&... p) { (all.insert(all.end(), p.kinds.begin(), p.kinds.end()), ...); },
        parts_);
    return all;
  }
  [[nodiscard]] const machine_table* machine_of_kind(const std::string& kind) const {
    const machine_table* found = nullptr;
    std::apply(
        [&](const auto&... p) {
          static_cast<void>(
              ((p.runs(kind) ? (found = machine_for(p.handler, kind), true) : false) || ...));
        },
        parts_);
    return found;
  }
  outcome operator()(job_context& job) {
    outcome said = outcome::failed(
        {.code = "unknown_kind", .message = "no handler runs it", .retryable = true});
    std::apply(
        [&](auto&... p) {
          static_cast<void>(((p.runs(job.kind()) ? (said = p.handler(job), true) : false) || ...));
        },
        parts_);
    return said;
  }

 private:
  template <class Handler>
  struct part {
    explicit part(Handler h) : handler(std::move(h)), kinds(kinds_of(handler)) {}
    [[nodiscard]] bool runs(const std::string& kind) const {
      for (const std::string& k : kinds) {
        if (k == kind) return true;
      }
      return false;
    }
    Handler handler;
    std::vector<std::string> kinds;
  };
  std::tuple<part<Handlers>...> parts_;
};

namespace detail {

/// What host code answers; where exceptions are on and it throws, the failed attempt that stands in
/// for its answer, with the exception's text.
template <class Ask>
[[nodiscard]] tl::expected<std::invoke_result_t<Ask&>, outcome> ask_host(Ask ask) {
#if defined(__cpp_exceptions)
  try {
    return ask();
  } catch (const std::exception& e) {
    return tl::make_unexpected(outcome::failed({.code = "exception", .message = e.what()}));
  } catch (...) {
    return tl::make_unexpected(
        outcome::failed({.code = "exception", .message = "not a std::exception"}));
  }
#else
  return ask();
#endif
}

}  // namespace detail

/// Calls a handler. What it throws becomes a failed attempt.
template <job_handler Handler>
[[nodiscard]] outcome call(Handler& h, job_context& job) {
  auto said = detail::ask_host([&]() -> outcome { return h(job); });
  return said ? std::move(*said) : std::move(said.error());
}

/// The machine of a kind of job, or the failed attempt that a handler's exception is.
template <job_handler Handler>
[[nodiscard]] tl::expected<const machine_table*, outcome> ask_machine(const Handler& h,
                                                                      const std::string& kind) {
  return detail::ask_host([&] { return machine_for(h, kind); });
}

}  // namespace tollgate
