// SPDX-License-Identifier: BSL-1.0
// A host: opens an account, confirms a scene, renders it and looks at the books.
#include <tollgate/tollgate.hpp>

#include <cstdio>
#include <string>
#include <utility>

using namespace tollgate::literals;

namespace {

tollgate::video::scene one_shot() {
  tollgate::video::shot shot{.id = "S1"};
  shot.item = tollgate::item_id{{0, 7}};
  shot.duration = tollgate::quantity<tollgate::units::second>::whole(8);
  shot.video_prompt = "a gate opens";
  shot.start_frame = {.id = tollgate::frame_id{{0, 8}},
                      .url = "https://frames.example/8",
                      .status = tollgate::video::frame_status::approved};
  tollgate::video::scene scene{.id = tollgate::group_id{{0, 5}}, .name = "Gate"};
  scene.project = tollgate::project_id{{0, 4}};
  scene.shots.push_back(std::move(shot));
  return scene;
}

tollgate::result<tollgate::account> render(tollgate::account_id user) {
  tollgate::memory::store store;
  tollgate::video::gate gate{store, tollgate::video::veo_3_1()};
  const auto scene = one_shot();

  if (auto opened = gate.open_account(user); !opened) return tollgate::refuse(opened.error());
  auto review = gate.review(user, scene);
  if (!review) return tollgate::refuse(review.error());
  auto order = gate.confirm({.account = user,
                             .scene = scene,
                             .quote = review->quote("veo_3_1_fast"),
                             .key = "the first click"});
  if (!order) return tollgate::refuse(order.error());

  auto provider = tollgate::handle("video.render", [](tollgate::job_context& job) {
    return tollgate::outcome::succeeded(job.held());
  });
  tollgate::worker{store, provider}.run_until_settled();

  auto wrong = gate.verify(user);
  if (!wrong) return tollgate::refuse(wrong.error());
  if (!wrong->empty()) return tollgate::refuse(tollgate::error::corrupt_record);
  return gate.balance(user);
}

}  // namespace

int main() {
  const auto account = render(tollgate::account_id{{0, 1}});
  if (!account) {
    std::puts(to_string(account.error()).c_str());
    return 1;
  }
  const auto [major_number, minor_number, patch_number] = tollgate::library_version;
  std::printf("tollgate %u.%u.%u: available %s, held %s\n", major_number, minor_number,
              patch_number, to_string(account->available).c_str(),
              to_string(account->held).c_str());
  // 8 seconds at 0.15 of the 100 credits that an account opens with.
  return account->available == 98.8_cr && account->held == 0_cr ? 0 : 1;
}
