// SPDX-License-Identifier: BSD-3-Clause
// The wake-up on kernel sockets over loopback: a blocking recv.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tool/kernel_net.h"
#include "tool/wakeup_run.h"

namespace ringsock::bench {
namespace {

class KernelWake final : public WakeSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "kernel"; }
    [[nodiscard]] std::optional<std::string> open(const WakePlan&) override {
        if (auto reason = listener_.open()) return reason;
        client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client_ < 0) return error_text("socket", errno);
        const sockaddr_in* to = listener_.address(0);
        if (connect(client_, reinterpret_cast<const sockaddr*>(to), sizeof *to) != 0)
            return error_text("connect", errno);
        server_ = accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (server_ < 0) return error_text("accept4", errno);
        set_no_delay(client_);
        return std::nullopt;
    }
    [[nodiscard]] bool send(std::span<const char> bytes) override {
        return ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    [[nodiscard]] bool receive(std::span<char> bytes) override {
        return recv(server_, bytes.data(), bytes.size(), MSG_WAITALL) == static_cast<ssize_t>(bytes.size());
    }
    void end_sending() override { shutdown(client_, SHUT_WR); }
    void close() override {
        if (client_ >= 0) ::close(client_);
        if (server_ >= 0) ::close(server_);
        client_ = server_ = -1;
        listener_.close();
    }

  private:
    KernelListener listener_;
    int client_ = -1, server_ = -1;
};

}  // namespace

std::unique_ptr<WakeSide> make_kernel_wakeup() {
    return std::make_unique<KernelWake>();
}

}  // namespace ringsock::bench
