// SPDX-License-Identifier: BSD-3-Clause
// The ping-pong on kernel sockets over loopback: both ends spin on non-blocking recv, TCP_NODELAY set.
// Spinning is the kernel's fastest way: with epoll_wait or a blocking recv a round trip takes three times as
// long.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tool/kernel_net.h"
#include "tool/pingpong_run.h"

namespace ringsock::bench {
namespace {

class KernelPing final : public PingSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "kernel"; }

    [[nodiscard]] std::optional<std::string> open(const PingPlan& plan) override {
        if (auto reason = listener_.open()) return reason;
        client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client_ < 0) return error_text("socket", errno);
        const sockaddr_in* to = listener_.address(0);
        if (connect(client_, reinterpret_cast<const sockaddr*>(to), sizeof *to) != 0) {
            return error_text("connect", errno);
        }
        server_ = accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (server_ < 0) return error_text("accept4", errno);
        set_no_delay(client_);
        set_no_delay(server_);
        if (plan.close == CloseKind::rst) set_reset_on_close(client_);
        return std::nullopt;
    }

    [[nodiscard]] long client_send(std::span<const char> bytes) override { return give(client_, bytes); }
    [[nodiscard]] long client_receive(std::span<char> bytes) override { return take(client_, bytes); }
    [[nodiscard]] long server_send(std::span<const char> bytes) override { return give(server_, bytes); }
    [[nodiscard]] long server_receive(std::span<char> bytes) override { return take(server_, bytes); }

    void close() override {
        if (client_ >= 0) ::close(client_);
        if (server_ >= 0) ::close(server_);
        client_ = server_ = -1;
        listener_.close();
    }

  private:
    long give(int fd, std::span<const char> bytes) {
        const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) return sent;
        return broken("send");
    }
    long take(int fd, std::span<char> bytes) {
        const ssize_t got = recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got > 0) return got;
        if (got == 0) {
            error_ = "recv: the peer ended";
            return kBroken;
        }
        return broken("recv");
    }
    long broken(const char* call) {
        if (errno == EAGAIN || errno == EINTR) return kNothingYet;
        error_ = error_text(call, errno);
        return kBroken;
    }

    KernelListener listener_;
    int client_ = -1, server_ = -1;
};

}  // namespace

std::unique_ptr<PingSide> make_kernel_pingpong() {
    return std::make_unique<KernelPing>();
}

}  // namespace ringsock::bench
