// SPDX-License-Identifier: BSD-3-Clause
// The command line of ringsock-bench, checked: what a command receives can be run.
#ifndef RINGSOCK_BENCH_OPTIONS_H
#define RINGSOCK_BENCH_OPTIONS_H

#include <string>
#include <vector>

#include "tool/connect_run.h"

namespace ringsock::bench {

enum class Command : std::uint8_t { connect, pingpong, idle, wakeup };

struct Options {
    Command command = Command::connect;
    std::string device = "ring";
    DriveMode mode = DriveMode::inline_drive;
    std::vector<CloseKind> close = {CloseKind::fin};
    std::vector<unsigned> in_flight = {64};
    unsigned cores = 2;
    double seconds = 2;
    std::uint64_t count = 0;  // 0: by time
    unsigned repeat = 5;
    bool ringsock = true;  // --only-kernel clears it
    bool kernel_baseline = true;
    unsigned size = 1;                    // pingpong, bytes
    std::uint32_t pause_us = 1000;        // wakeup: mean pause before a message
    std::uint64_t connections = 100'000;  // idle
    double max_bytes = 0;                 // idle: bound per endpoint; 0: none
    bool quiet = false;
    std::string json_path;
    std::string config_path;             // empty: the built-in ring pair
    std::vector<std::string> overrides;  // key=value, applied last
    std::string server_address = "10.77.0.2";
};

/// Reads the command line. Returns true and fills `options`, or returns false with the exit code: 0 after
/// --help, 2 with one line on standard error after a mistake.
[[nodiscard]] bool parse_options(int argc, char** argv, Options& options, int& exit_code);

[[nodiscard]] const char* text_of(CloseKind close) noexcept;
[[nodiscard]] const char* text_of(DriveMode mode) noexcept;

}  // namespace ringsock::bench
#endif
