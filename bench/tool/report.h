// SPDX-License-Identifier: BSD-3-Clause
// What a command found, as a table a person understands and as JSON. README.md lists the keys.
#ifndef RINGSOCK_BENCH_REPORT_H
#define RINGSOCK_BENCH_REPORT_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tool/connect_run.h"
#include "tool/json.h"
#include "tool/options.h"
#include "tool/pingpong_run.h"

namespace ringsock::bench {

/// All repeats of one kind of socket in the connect workload.
struct ConnectFigures {
    std::string unavailable;  // why there are none; empty if there are
    Spread rate, cpu_cycles, busiest_cycles;
    std::optional<double> frames_per_connect;
    Quantiles latency;     // median over the repeats of each percentile
    LatencyHistogram all;  // every record of every repeat, for the picture
    std::uint64_t connects = 0, errors = 0, enumerations = 0, fruitless = 0;
    std::string first_error;
    [[nodiscard]] bool present() const noexcept { return !rate.runs.empty(); }
};
[[nodiscard]] std::unique_ptr<ConnectFigures> summarize(
    const std::vector<std::unique_ptr<ConnectOutcome>>& repeats);

struct ConnectReport {
    const Options& options;
    unsigned in_flight;
    CloseKind close;
    std::unique_ptr<ConnectFigures> ringsock, epoll, io_uring;  // null: not asked for
    [[nodiscard]] std::optional<double> ratio_to_best_kernel() const;
    void print_table() const;
    void write_json(JsonWriter& json, const Machine& machine) const;
    [[nodiscard]] bool clean() const noexcept;  // no errors, and Ringsock gave figures if it was asked for
};

/// All repeats of one kind of socket in the ping-pong.
struct PingFigures {
    std::string unavailable;
    Spread rate, p50;
    Quantiles round_trip;
    LatencyHistogram all;
    std::uint64_t round_trips = 0, errors = 0;
    std::string first_error;
    [[nodiscard]] bool present() const noexcept { return !rate.runs.empty(); }
};
[[nodiscard]] std::unique_ptr<PingFigures> summarize(
    const std::vector<std::unique_ptr<PingOutcome>>& repeats);

struct PingReport {
    const Options& options;
    std::unique_ptr<PingFigures> ringsock, kernel;
    [[nodiscard]] std::optional<double> ratio_to_best_kernel() const;  // kernel's median time over Ringsock's
    void print_table() const;
    void write_json(JsonWriter& json, const Machine& machine) const;
    [[nodiscard]] bool clean() const noexcept;
};

void write_machine(JsonWriter& json, const Machine& machine);
/// Percentiles p50, p90, p99, p999, p9999, p99999 as one object.
void write_quantiles(JsonWriter& json, const char* key, const Quantiles& quantiles);
/// A number with thin groups: 1 234 567.
[[nodiscard]] std::string grouped(double number);
/// Writes the text to the file; false with one line on standard error when it cannot.
[[nodiscard]] bool write_file(const std::string& path, const std::string& text);

}  // namespace ringsock::bench
#endif
