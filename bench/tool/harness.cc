// SPDX-License-Identifier: BSD-3-Clause
// Clock calibration, percentiles, medians, pinning and the progress line.
#include "tool/harness.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ringsock::bench {
namespace {

std::uint64_t monotonic_nanoseconds() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

// One reading of both clocks. The tightest of several is taken, since a reading that was interrupted is wide.
struct ClockPair {
    std::uint64_t cycles, nanoseconds;
};
ClockPair read_both_clocks() noexcept {
    ClockPair best{};
    std::uint64_t narrowest = ~std::uint64_t{0};
    for (int i = 0; i < 32; ++i) {
        const std::uint64_t before = read_cycles();
        const std::uint64_t nanoseconds = monotonic_nanoseconds();
        const std::uint64_t after = read_cycles();
        if (after - before >= narrowest) continue;
        narrowest = after - before;
        best = {before + (after - before) / 2, nanoseconds};
    }
    return best;
}

double clock_seconds(clockid_t clock) noexcept {
    timespec now{};
    if (clock_gettime(clock, &now) != 0) return 0;
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median_of_sorted(const std::vector<double>& sorted) {
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace

CycleClock::CycleClock() : hertz_(0) {
    const ClockPair first = read_both_clocks();
    const timespec pause{0, 50'000'000};
    nanosleep(&pause, nullptr);
    const ClockPair last = read_both_clocks();
    hertz_ = static_cast<double>(last.cycles - first.cycles) * 1e9 /
             static_cast<double>(last.nanoseconds - first.nanoseconds);
}

const CycleClock& CycleClock::instance() {
    static const CycleClock clock;
    return clock;
}

void LatencyHistogram::merge(const LatencyHistogram& other) noexcept {
    for (std::size_t i = 0; i < kCells; ++i) cells_[i] += other.cells_[i];
    count_ += other.count_;
}

void LatencyHistogram::clear() noexcept {
    cells_.fill(0);
    count_ = 0;
}

double LatencyHistogram::middle_of(std::size_t cell) noexcept {
    if (cell < 2 * std::size_t{kSteps}) return static_cast<double>(cell);
    const std::size_t shift = cell / kSteps - 1;
    const std::size_t low = (cell % kSteps + kSteps) << shift;
    return static_cast<double>(low) + static_cast<double>((std::size_t{1} << shift) - 1) / 2;
}

double LatencyHistogram::quantile_cycles(double fraction) const noexcept {
    if (count_ == 0) return 0;
    const double wanted = std::ceil(fraction * static_cast<double>(count_));
    const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kCells; ++i) {
        seen += cells_[i];
        if (seen >= rank) return middle_of(i);
    }
    return middle_of(kCells - 1);
}

double LatencyHistogram::quantile_ns(double fraction) const {
    return CycleClock::instance().to_nanoseconds(quantile_cycles(fraction));
}

Quantiles quantiles_of(const LatencyHistogram& histogram) {
    return {histogram.quantile_ns(0.5),   histogram.quantile_ns(0.9),    histogram.quantile_ns(0.99),
            histogram.quantile_ns(0.999), histogram.quantile_ns(0.9999), histogram.quantile_ns(0.99999)};
}

Quantiles median_of(std::span<const Quantiles> runs) {
    const auto median = [&](double Quantiles::*member) {
        std::vector<double> values;
        for (const Quantiles& run : runs) values.push_back(run.*member);
        return spread_of(std::move(values)).median;
    };
    return {median(&Quantiles::p50),  median(&Quantiles::p90),   median(&Quantiles::p99),
            median(&Quantiles::p999), median(&Quantiles::p9999), median(&Quantiles::p99999)};
}

Spread spread_of(std::vector<double> runs) {
    if (runs.empty()) return {};
    std::vector<double> sorted = runs;
    std::ranges::sort(sorted);
    return {median_of_sorted(sorted), sorted.front(), sorted.back(), std::move(runs)};
}

std::vector<int> allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    return cpus;
}

bool pin_this_thread(int cpu) noexcept {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

double thread_cpu_seconds(pthread_t thread) noexcept {
    clockid_t clock{};
    if (pthread_getcpuclockid(thread, &clock) != 0) return 0;
    return clock_seconds(clock);
}

double process_cpu_seconds() noexcept {
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    finish();
}

void Progress::announce(std::string text) {
    finish();
    text_ = std::move(text);
    if (quiet_) return;
    std::fprintf(stderr, terminal_ ? "%s" : "%s\n", text_.c_str());
    open_ = terminal_;
}

void Progress::update(std::string_view moving) {
    if (!open_) return;
    std::fprintf(stderr, "\r\033[K%s: %.*s", text_.c_str(), static_cast<int>(moving.size()), moving.data());
}

void Progress::finish() {
    if (open_) std::fputs("\r\033[K", stderr);
    open_ = false;
}

}  // namespace ringsock::bench
