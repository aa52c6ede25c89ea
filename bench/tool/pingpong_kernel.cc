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
        if (auto reason = pair_.open(SOCK_NONBLOCK)) return reason;
        set_no_delay(pair_.server());
        if (plan.close == CloseKind::rst) set_reset_on_close(pair_.client());
        return std::nullopt;
    }

    [[nodiscard]] long client_send(std::span<const char> bytes) override {
        return give(pair_.client(), bytes);
    }
    [[nodiscard]] long client_receive(std::span<char> bytes) override { return take(pair_.client(), bytes); }
    [[nodiscard]] long server_send(std::span<const char> bytes) override {
        return give(pair_.server(), bytes);
    }
    [[nodiscard]] long server_receive(std::span<char> bytes) override { return take(pair_.server(), bytes); }

    void close() override { pair_.close(); }

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

    KernelPair pair_;
};

}  // namespace

std::unique_ptr<PingSide> make_kernel_pingpong() {
    return std::make_unique<KernelPing>();
}

}  // namespace ringsock::bench
