// SPDX-License-Identifier: BSD-3-Clause
// What every measurement needs: a calibrated cycle counter, a latency histogram that never allocates while it
// records, medians with their spread, threads that stay on their core, and a description of the machine.
// Each object is used by one thread at a time unless it says otherwise.
#ifndef RINGSOCK_BENCH_HARNESS_H
#define RINGSOCK_BENCH_HARNESS_H

#include <pthread.h>
#include <time.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace ringsock::bench {

/// The cycle counter: constant rate, the same on every core of one machine. x86: the TSC; elsewhere the
/// monotonic clock in nanoseconds. A read costs about 10 ns here.
inline std::uint64_t read_cycles() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#else
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
#endif
}

/// How many cycles a second has, measured once against CLOCK_MONOTONIC over some 50 ms (error below 0.01 %).
class CycleClock {
  public:
    static const CycleClock& instance();
    [[nodiscard]] double hertz() const noexcept { return hertz_; }
    [[nodiscard]] double to_seconds(std::uint64_t cycles) const noexcept {
        return static_cast<double>(cycles) / hertz_;
    }
    [[nodiscard]] double to_nanoseconds(double cycles) const noexcept { return cycles * 1e9 / hertz_; }

  private:
    CycleClock();
    double hertz_;
};

/// Counts durations in cycles. Below 128 exact; above, 128 steps an octave, so that a reported value is at
/// most 0.4 % from the true one. Recording is one increment; the object is 34 KiB and owns no heap memory.
class LatencyHistogram {
  public:
    void record(std::uint64_t cycles) noexcept {
        ++cells_[cell_of(cycles)];
        ++count_;
    }
    void merge(const LatencyHistogram& other) noexcept;
    void clear() noexcept;
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// The duration, in cycles, that `fraction` (0..1) of the records do not exceed; 0 when there is no
    /// record.
    [[nodiscard]] double quantile_cycles(double fraction) const noexcept;
    /// The same in nanoseconds.
    [[nodiscard]] double quantile_ns(double fraction) const;

  private:
    static constexpr unsigned kStepBits = 7;
    static constexpr unsigned kSteps = 1U << kStepBits;
    static constexpr unsigned kLargestBit = 40;  // 2^41 cycles are a quarter of an hour at 2.5 GHz.
    static constexpr std::size_t kCells = (kLargestBit - kStepBits + 2) * kSteps;

    static std::size_t cell_of(std::uint64_t cycles) noexcept {
        if (cycles < kSteps) return static_cast<std::size_t>(cycles);
        const unsigned top = static_cast<unsigned>(std::bit_width(cycles)) - 1;
        if (top > kLargestBit) return kCells - 1;
        const unsigned shift = top - kStepBits;
        const std::uint64_t step = (cycles >> shift) - kSteps;
        return (static_cast<std::size_t>(shift) + 1) * kSteps + static_cast<std::size_t>(step);
    }
    static double middle_of(std::size_t cell) noexcept;

    std::array<std::uint64_t, kCells> cells_{};
    std::uint64_t count_ = 0;
};

/// Some percentiles of one distribution, nanoseconds.
struct Quantiles {
    double p50 = 0, p90 = 0, p99 = 0, p999 = 0, p9999 = 0, p99999 = 0;
};
[[nodiscard]] Quantiles quantiles_of(const LatencyHistogram& histogram);
/// Median of every percentile over several runs.
[[nodiscard]] Quantiles median_of(std::span<const Quantiles> runs);

/// Median and extremes of repeats. All zero when there is none.
struct Spread {
    double median = 0, smallest = 0, largest = 0;
    std::vector<double> runs;
};
[[nodiscard]] Spread spread_of(std::vector<double> runs);

/// The processors this process may run on, in ascending order.
[[nodiscard]] std::vector<int> allowed_cpus();
/// Ties the calling thread to one processor. False when the system refuses.
bool pin_this_thread(int cpu) noexcept;
/// Processor time a running thread has used, seconds; any thread may ask.
[[nodiscard]] double thread_cpu_seconds(pthread_t thread) noexcept;
/// Processor time of all threads of the process, kernel workers of io_uring included, seconds.
[[nodiscard]] double process_cpu_seconds() noexcept;

/// What one must know about a machine before comparing figures.
struct Machine {
    std::string cpu, kernel, compiler, build, virtualization;
    std::vector<int> cpus;
    double cycle_counter_mhz = 0;
    std::uint64_t memory_mib = 0, hugepages_total = 0, hugepage_kib = 0;
    std::string congestion_control, local_port_range, date_utc;
};
[[nodiscard]] Machine describe_machine();

/// Reads a whole small file such as those of /proc; nullopt when it cannot be read.
[[nodiscard]] std::optional<std::string> read_small_file(const char* path);

/// Tells the person in front of the terminal how it goes: one line that is rewritten on a terminal, one line
/// per announcement elsewhere. Writes to standard error. Used by the main thread only.
class Progress {
  public:
    explicit Progress(bool quiet);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Begins one measurement, e.g. "connect 64 in flight, repeat 2/5, kernel epoll".
    void announce(std::string text);
    /// Adds a moving part; shown on a terminal only.
    void update(std::string_view moving);
    /// Ends the line.
    void finish();

  private:
    std::string text_;
    bool quiet_, terminal_, open_ = false;
};

}  // namespace ringsock::bench
#endif
