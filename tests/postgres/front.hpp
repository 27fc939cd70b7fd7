// SPDX-License-Identifier: BSL-1.0
#pragma once
// A server that lets clients in or refuses them, and never answers a query.

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tests {

/// Listens on a unix socket of its own, and speaks the protocol up to the end of a login.
class front {
 public:
  /// What to say to a client that came with this startup packet; nothing: it is let in.
  using doorman = std::function<std::string(std::string_view startup)>;

  explicit front(doorman refuse) : refuse_{std::move(refuse)} {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no folder for the test"};
    folder_ = name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/.s.PGSQL.5432").copy(address.sun_path, sizeof address.sun_path - 1);
    listening_ = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listening_, 8) != 0) {
      throw std::runtime_error{"no socket for the test"};
    }
    serving_ = std::jthread{[this](const std::stop_token& stopped) { serve(stopped); }};
  }
  front(const front&) = delete;
  front& operator=(const front&) = delete;
  ~front() {
    serving_ = {};
    for (const int one : inside_) ::close(one);
    ::close(listening_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string conninfo() const {
    return "host=" + folder_ + " port=5432 dbname=shop user=shop";
  }
  /// The startup packets so far, refused or not: each a list of names and values with zero bytes.
  [[nodiscard]] std::vector<std::string> startups() const {
    const std::lock_guard lock{mutex_};
    return startups_;
  }
  /// How many bytes the clients that were let in have sent since.
  [[nodiscard]] std::size_t unanswered() const {
    const std::lock_guard lock{mutex_};
    std::size_t all = 0;
    std::array<char, 4096> some;
    for (const int one : inside_) {
      const auto got = recv(one, some.data(), some.size(), MSG_DONTWAIT | MSG_PEEK);
      if (got > 0) all += static_cast<std::size_t>(got);
    }
    return all;
  }

 private:
  void serve(const std::stop_token& stopped) {
    while (!stopped.stop_requested()) {
      pollfd one{.fd = listening_, .events = POLLIN, .revents = 0};
      if (poll(&one, 1, 20) > 0) greet(accept(listening_, nullptr, nullptr));
    }
  }

  void greet(int client) {
    std::array<unsigned char, 4> head{};
    std::string startup;
    if (recv(client, head.data(), head.size(), MSG_WAITALL) == 4) {
      startup.resize((std::size_t{head[2]} << 8U | head[3]) - head.size());
      if (recv(client, startup.data(), startup.size(), MSG_WAITALL) < 0) startup.clear();
    }
    const std::string refusal = refuse_(startup);
    {
      const std::lock_guard lock{mutex_};
      startups_.push_back(startup);
      if (refusal.empty()) inside_.push_back(client);
    }
    using namespace std::string_literals;
    std::string said;
    if (refusal.empty()) {
      said = message('R', "\0\0\0\0"s) + message('S', "server_version\0"s + "15.0\0"s) +
             message('S', "default_transaction_read_only\0off\0"s) +
             message('S', "in_hot_standby\0off\0"s) + message('K', "\0\0\0\1\0\0\0\1"s) +
             message('Z', "I");
    } else {
      said = message('E', "SFATAL\0VFATAL\0C08P01\0M"s + refusal + "\0\0"s);
    }
    (void)send(client, said.data(), said.size(), MSG_NOSIGNAL);
    if (!refusal.empty()) ::close(client);
  }

  [[nodiscard]] static std::string message(char kind, const std::string& body) {
    const auto size = body.size() + 4;
    return {std::string{kind, '\0', '\0', static_cast<char>(size >> 8U),
                        static_cast<char>(size & 0xffU)} +
            body};
  }

  doorman refuse_;
  std::string folder_{};
  int listening_{-1};
  mutable std::mutex mutex_{};
  std::vector<std::string> startups_{};
  std::vector<int> inside_{};
  std::jthread serving_{};  // last: it uses all of the above
};

}  // namespace tests
