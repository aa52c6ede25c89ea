// SPDX-License-Identifier: BSD-3-Clause
// Stands in for the Ringsock sides in a build without the library: the kernel baseline can still be measured.
#include "tool/commands.h"
#include "tool/wakeup_run.h"

namespace ringsock::bench {
namespace {

constexpr const char* kReason = "this ringsock-bench was built without libringsock";

class AbsentWorker final : public Worker {
    void pass() override {}
};

class AbsentConnect final : public ConnectSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }
    [[nodiscard]] std::optional<std::string> open(const ConnectPlan&, RunControl&) override {
        return kReason;
    }
    [[nodiscard]] Worker& client() override { return worker_; }
    [[nodiscard]] Worker& server() override { return worker_; }
    void close() override {}

  private:
    AbsentWorker worker_;
};

class AbsentPing final : public PingSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }
    [[nodiscard]] std::optional<std::string> open(const PingPlan&) override { return kReason; }
    [[nodiscard]] long client_send(std::span<const char>) override { return kBroken; }
    [[nodiscard]] long client_receive(std::span<char>) override { return kBroken; }
    [[nodiscard]] long server_send(std::span<const char>) override { return kBroken; }
    [[nodiscard]] long server_receive(std::span<char>) override { return kBroken; }
    void close() override {}
};

class AbsentWake final : public WakeSide {
  public:
    [[nodiscard]] std::string_view name() const override { return "Ringsock"; }
    [[nodiscard]] std::optional<std::string> open(const WakePlan&) override { return kReason; }
    [[nodiscard]] bool send(std::span<const char>) override { return false; }
    [[nodiscard]] bool receive(std::span<char>) override { return false; }
    void end_sending() override {}
    void close() override {}
};

}  // namespace

std::unique_ptr<WakeSide> make_ringsock_wakeup(const Options&) {
    return std::make_unique<AbsentWake>();
}
std::unique_ptr<ConnectSide> make_ringsock_connect(const Options&) {
    return std::make_unique<AbsentConnect>();
}
std::unique_ptr<PingSide> make_ringsock_pingpong(const Options&) {
    return std::make_unique<AbsentPing>();
}
IdleFigures measure_idle(const Options&, Progress&) {
    IdleFigures figures;
    figures.unavailable = kReason;
    return figures;
}

}  // namespace ringsock::bench
