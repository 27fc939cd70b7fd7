// SPDX-License-Identifier: BSL-1.0
#pragma once
// The checkout of video renders: `tollgate::video::gate gate{store, tollgate::video::veo_3_1()};`

#include <tollgate/checkout/gate.hpp>
#include <tollgate/video/render_domain.hpp>
#include <tollgate/video/rules.hpp>

#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::video {

/// The press of "Confirm & Render". Refers to the scene, which outlives the call.
struct confirm_request {
  account_id account{};
  const video::scene& scene;
  quote_ref quote{};                        // of a review of the same shots
  std::string key{};                        // one per click: only it identifies a repeat
  std::vector<std::string> acknowledged{};  // codes of findings the user said they had read
  std::vector<item_id> only{};              // render these shots alone; empty: all
};

/// The rules of a gate that names none.
using standard_rule_set = std::remove_const_t<decltype(standard_rules)>;

/// What a host links: review, confirm, cancel, jobs, balance and the ledger for scenes of shots.
/// Everything of `tollgate::gate`; thread-safe as that is.
template <storage Store, rules_for<scene_facts> Rules = standard_rule_set, currency_type C = usd,
          checkout_observer Observer = no_observer>
class gate : public tollgate::gate<render_domain<C>, Store, Rules, Observer> {
  using base = tollgate::gate<render_domain<C>, Store, Rules, Observer>;

 public:
  explicit gate(Store& store, rate_book<C> rates, Rules rules = Rules{standard_rules},
                gate_settings settings = {}, Observer observer = {})
      : base{store,
             {},
             std::move(rates),
             std::move(rules),
             std::move(settings),
             std::move(observer)} {}

  using base::confirm;
  /// As the generic one; `scene` is what the video domain calls its order.
  [[nodiscard]] result<order_receipt> confirm(const confirm_request& r) {
    return base::confirm(to_base(r));
  }
  [[nodiscard]] std::vector<result<order_receipt>> confirm(std::span<const confirm_request> all) {
    std::vector<typename base::request_type> requests;
    requests.reserve(all.size());
    for (const confirm_request& r : all) requests.push_back(to_base(r));
    return base::confirm(std::span<const typename base::request_type>{requests});
  }

 private:
  [[nodiscard]] static typename base::request_type to_base(const confirm_request& r) {
    return {.account = r.account,
            .order = r.scene,
            .quote = r.quote,
            .key = r.key,
            .acknowledged = r.acknowledged,
            .only = r.only};
  }
};

template <class Store, class C>
gate(Store&, rate_book<C>) -> gate<Store, standard_rule_set, C>;
template <class Store, class C, class Rules>
gate(Store&, rate_book<C>, Rules) -> gate<Store, Rules, C>;
template <class Store, class C, class Rules>
gate(Store&, rate_book<C>, Rules, gate_settings) -> gate<Store, Rules, C>;
template <class Store, class C, class Rules, class Observer>
gate(Store&, rate_book<C>, Rules, gate_settings, Observer) -> gate<Store, Rules, C, Observer>;

}  // namespace tollgate::video
