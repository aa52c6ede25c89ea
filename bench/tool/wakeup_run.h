// SPDX-License-Identifier: BSD-3-Clause
// One measured run of the wake-up workload: a receiver sleeps in a blocking recv, a sender pauses until it
// surely does and sends the time. A kind of socket supplies two transfers; the runner does the rest.
#ifndef RINGSOCK_BENCH_WAKEUP_RUN_H
#define RINGSOCK_BENCH_WAKEUP_RUN_H

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tool/harness.h"
#include "tool/options.h"

namespace ringsock::bench {

struct WakePlan {
    DriveMode mode = DriveMode::inline_drive;
    std::uint64_t count = 0;     // messages
    std::uint32_t pause_us = 0;  // mean; each is between a half and three halves of it
    std::vector<int> cpus;       // sender, receiver
};

class WakeSide {
  public:
    virtual ~WakeSide() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Connects the two ends, TCP_NODELAY on both. Returns the reason when this kind cannot run here.
    [[nodiscard]] virtual std::optional<std::string> open(const WakePlan& plan) = 0;
    /// All of it or false. The sender's thread.
    [[nodiscard]] virtual bool send(std::span<const char> bytes) = 0;
    /// Sleeps until something comes; all of it, or false at the end. The receiver's thread.
    [[nodiscard]] virtual bool receive(std::span<char> bytes) = 0;
    /// The sender is done: the receiver reads the end. The sender's thread.
    virtual void end_sending() = 0;
    virtual void close() = 0;
};

struct WakeOutcome {
    std::string unavailable;
    std::uint64_t wakeups = 0, errors = 0;
    double cpu_percent = 0;  // of one processor, all threads, pauses included
    LatencyHistogram delay;  // from before send to after recv
};

[[nodiscard]] std::unique_ptr<WakeOutcome> run_wakeup(WakeSide& side, const WakePlan& plan);

[[nodiscard]] std::unique_ptr<WakeSide> make_kernel_wakeup();
[[nodiscard]] std::unique_ptr<WakeSide> make_ringsock_wakeup(const Options& options);

}  // namespace ringsock::bench
#endif
