// SPDX-License-Identifier: BSD-3-Clause
// The commands of ringsock-bench. Each returns the exit code: 0 good; 1 measured, but with errors or above a
// bound.
#ifndef RINGSOCK_BENCH_COMMANDS_H
#define RINGSOCK_BENCH_COMMANDS_H

#include "tool/options.h"
#include "tool/report.h"

namespace ringsock::bench {

[[nodiscard]] int connect_command(const Options& options);
[[nodiscard]] int pingpong_command(const Options& options);
[[nodiscard]] int idle_command(const Options& options);
[[nodiscard]] int wakeup_command(const Options& options);

// The Ringsock sides. A build without the library has them too; there they say that they are missing.
[[nodiscard]] std::unique_ptr<ConnectSide> make_ringsock_connect(const Options& options);
[[nodiscard]] std::unique_ptr<PingSide> make_ringsock_pingpong(const Options& options);

/// What idle connections cost.
struct IdleFigures {
    std::string unavailable;
    std::uint64_t connections = 0, errors = 0;
    double bytes_per_endpoint = 0;                    // growth of everything resident, hugepages included
    double anonymous_growth = 0, hugetlb_growth = 0;  // bytes, the two parts of it
    std::optional<std::uint64_t> buffers_held;        // receive and send buffers in the connections
    std::string first_error;
};
[[nodiscard]] IdleFigures measure_idle(const Options& options, Progress& progress);

}  // namespace ringsock::bench
#endif
