// SPDX-License-Identifier: BSD-3-Clause
// The wake-up on kernel sockets over loopback: a blocking recv.
#include <sys/socket.h>

#include "tool/kernel_net.h"
#include "tool/wakeup_run.h"

namespace ringsock::bench {
namespace {

class KernelWake final : public WakeSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "kernel"; }
    [[nodiscard]] std::optional<std::string> open(const WakePlan&) override { return pair_.open(0); }
    [[nodiscard]] bool send(std::span<const char> bytes) override {
        return ::send(pair_.client(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    [[nodiscard]] bool receive(std::span<char> bytes) override {
        return recv(pair_.server(), bytes.data(), bytes.size(), MSG_WAITALL) ==
               static_cast<ssize_t>(bytes.size());
    }
    void end_sending() override { shutdown(pair_.client(), SHUT_WR); }
    void close() override { pair_.close(); }

  private:
    KernelPair pair_;
};

}  // namespace

std::unique_ptr<WakeSide> make_kernel_wakeup() {
    return std::make_unique<KernelWake>();
}

}  // namespace ringsock::bench
