// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store behind virtual functions: the contract suite is compiled once, whatever store it tries.

#include <tollgate/storage/concepts.hpp>

#include <span>
#include <string>
#include <vector>

namespace tollgate::contract {

/// Any `storage`. As thread-safe as the store behind it.
class any_store {
 public:
  any_store() = default;
  any_store(const any_store&) = delete;
  any_store& operator=(const any_store&) = delete;
  virtual ~any_store() = default;

  virtual result<snapshot> load(const load_request& want) = 0;
  virtual result<std::vector<verdict>> commit(std::span<unit> units) = 0;
  virtual result<std::vector<claimed_job>> claim(const claim_request& c) = 0;
  virtual result<beat_answer> heartbeat(const beat& b) = 0;
  virtual result<std::vector<due_job>> due(const due_request& d) = 0;
  virtual result<void> set_limits(const queue_limits& l) = 0;
  virtual result<void> set_kind(const kind_setting& k) = 0;
  virtual result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& at) = 0;
  virtual result<page<operation>> history(account_id a, const cursor& at) = 0;
  virtual result<std::vector<attempt>> attempts(account_id a, job_id j) = 0;
  virtual result<project_total> running_total(account_id a, project_id p) = 0;
  virtual result<page<operation>> last_operation(account_id a, timestamp t) = 0;
  virtual result<queue_state> queue(account_id a, const std::string& kind) = 0;
  virtual result<page<account_id>> accounts(const cursor& at) = 0;
  virtual result<account_records> audit(account_id a) = 0;
};
static_assert(storage<any_store>);

/// Passes every call on to a store that outlives it.
template <storage Store>
class erased final : public any_store {
 public:
  explicit erased(Store& store) : store_{store} {}

  result<snapshot> load(const load_request& want) override { return store_.load(want); }
  result<std::vector<verdict>> commit(std::span<unit> units) override {
    return store_.commit(units);
  }
  result<std::vector<claimed_job>> claim(const claim_request& c) override {
    return store_.claim(c);
  }
  result<beat_answer> heartbeat(const beat& b) override { return store_.heartbeat(b); }
  result<std::vector<due_job>> due(const due_request& d) override { return store_.due(d); }
  result<void> set_limits(const queue_limits& l) override { return store_.set_limits(l); }
  result<void> set_kind(const kind_setting& k) override { return store_.set_kind(k); }
  result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& at) override {
    return store_.jobs(a, f, at);
  }
  result<page<operation>> history(account_id a, const cursor& at) override {
    return store_.history(a, at);
  }
  result<std::vector<attempt>> attempts(account_id a, job_id j) override {
    return store_.attempts(a, j);
  }
  result<project_total> running_total(account_id a, project_id p) override {
    return store_.running_total(a, p);
  }
  result<page<operation>> last_operation(account_id a, timestamp t) override {
    return store_.last_operation(a, t);
  }
  result<queue_state> queue(account_id a, const std::string& kind) override {
    return store_.queue(a, kind);
  }
  result<page<account_id>> accounts(const cursor& at) override { return store_.accounts(at); }
  result<account_records> audit(account_id a) override { return store_.audit(a); }

 private:
  Store& store_;
};

}  // namespace tollgate::contract
