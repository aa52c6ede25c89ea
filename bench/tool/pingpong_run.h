// SPDX-License-Identifier: BSD-3-Clause
// One measured run of the ping-pong workload: one connection, one request in flight, the answer is as long as
// the request. Both ends spin on non-blocking calls. A kind of socket supplies four transfers; the runner
// does the rest.
#ifndef RINGSOCK_BENCH_PINGPONG_RUN_H
#define RINGSOCK_BENCH_PINGPONG_RUN_H

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tool/connect_run.h"
#include "tool/harness.h"

namespace ringsock::bench {

struct PingPlan {
    unsigned size = 1;  // bytes each way
    CloseKind close = CloseKind::fin;
    DriveMode mode = DriveMode::inline_drive;
    unsigned cores = 2;
    double seconds = 2;       // used when count is 0
    std::uint64_t count = 0;  // round trips
    std::vector<int> cpus;
};

/// A transfer's outcome: bytes moved, kNothingYet, or kBroken.
inline constexpr long kNothingYet = 0;
inline constexpr long kBroken = -1;

class PingSide {
  public:
    virtual ~PingSide() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Connects the two ends, TCP_NODELAY on both. Returns the reason when this kind cannot run here.
    [[nodiscard]] virtual std::optional<std::string> open(const PingPlan& plan) = 0;
    [[nodiscard]] virtual long client_send(std::span<const char> bytes) = 0;
    [[nodiscard]] virtual long client_receive(std::span<char> bytes) = 0;
    [[nodiscard]] virtual long server_send(std::span<const char> bytes) = 0;
    [[nodiscard]] virtual long server_receive(std::span<char> bytes) = 0;
    virtual void close() = 0;
    [[nodiscard]] virtual bool one_application_thread(const PingPlan& plan) const { return plan.cores == 1; }
    /// Why a transfer was broken.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }

  protected:
    std::string error_;
};

struct PingOutcome {
    std::string unavailable;
    std::uint64_t round_trips = 0, errors = 0;
    double seconds = 0, round_trips_per_second = 0;
    LatencyHistogram round_trip;
    std::string first_error;
};

[[nodiscard]] std::unique_ptr<PingOutcome> run_pingpong(PingSide& side, const PingPlan& plan,
                                                        Progress& progress);

[[nodiscard]] std::unique_ptr<PingSide> make_kernel_pingpong();

}  // namespace ringsock::bench
#endif
