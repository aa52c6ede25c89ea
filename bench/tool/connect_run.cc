// SPDX-License-Identifier: BSD-3-Clause
// The timekeeper: starts the threads, waits for the warm-up, reads the counters at both ends of the measured
// time, lets the client drain and notices when nothing moves any more.
#include "tool/connect_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

namespace ringsock::bench {
namespace {

using namespace std::chrono_literals;
constexpr auto kDrainPoll = 2ms;
constexpr double kTellSeconds = 0.1;
constexpr double kStallSeconds = 5;  // no connection closed for so long: the run has failed
constexpr double kWarmUpSeconds = 0.25;
constexpr std::uint64_t kErrorsBeforeGivingUp = 10'000;

struct Snapshot {
    std::uint64_t cycles, closed;
    double process_cpu, client_cpu, server_cpu;
};

class Timekeeper {
  public:
    Timekeeper(ConnectSide& side, const ConnectPlan& plan, RunControl& control, Progress& progress)
        : side_(side), plan_(plan), control_(control), progress_(progress) {}

    void run(ConnectOutcome& outcome) {
        const std::optional<std::uint64_t> frames_before = side_.frames();
        start_threads();
        const bool by_time = plan_.count == 0;
        control_.timekeeper.measuring.store(!by_time, std::memory_order_relaxed);
        const Snapshot begin = snapshot();
        go_.store(true, std::memory_order_release);
        const Snapshot first = by_time ? warm_up() : begin;
        if (by_time)
            wait_until(first.cycles, plan_.seconds);
        else
            wait_until_drained();
        Snapshot last = snapshot();
        control_.timekeeper.measuring.store(false, std::memory_order_relaxed);
        control_.timekeeper.start_no_more.store(true, std::memory_order_relaxed);
        wait_until_drained();
        if (!by_time) last.cycles = std::max(control_.server.last_close.load(), first.cycles + 1);
        control_.timekeeper.stop.store(true, std::memory_order_release);
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
        fill(outcome, first, last);
        const std::optional<std::uint64_t> frames_after = side_.frames();
        const std::uint64_t all = control_.server.closed.load();
        if (frames_before && frames_after && all != 0) {
            const double frames = static_cast<double>(*frames_after - *frames_before);
            outcome.frames_per_connect = frames / static_cast<double>(all);
        }
    }

  private:
    void start_threads() {
        if (side_.one_application_thread(plan_)) {
            threads_[0] = std::thread([this] {
                drive({&side_.client(), &side_.server()}, plan_.cpus.back());
            });
            thread_count_ = 1;
        } else {
            threads_[1] = std::thread([this] { drive({&side_.server(), nullptr}, plan_.cpus[1]); });
            threads_[0] = std::thread([this] { drive({&side_.client(), nullptr}, plan_.cpus[0]); });
            thread_count_ = 2;
        }
    }

    // The life of a worker thread. Two workers on one thread take turns.
    void drive(std::array<Worker*, 2> workers, int cpu) {
        pin_this_thread(cpu);
        while (!go_.load(std::memory_order_acquire)) std::this_thread::yield();
        for (Worker* worker : workers) {
            if (worker != nullptr) worker->enter();
        }
        while (!control_.timekeeper.stop.load(std::memory_order_relaxed)) {
            workers[0]->pass();
            if (workers[1] != nullptr) workers[1]->pass();
        }
        for (Worker* worker : workers) {
            if (worker != nullptr) worker->leave();
        }
    }

    Snapshot snapshot() {
        Snapshot now{};
        now.closed = control_.server.closed.load(std::memory_order_acquire);
        now.cycles = read_cycles();
        now.process_cpu = process_cpu_seconds();
        now.client_cpu = thread_cpu_seconds(threads_[0].native_handle());
        now.server_cpu = thread_count_ == 2 ? thread_cpu_seconds(threads_[1].native_handle()) : 0;
        return now;
    }

    Snapshot warm_up() {
        wait_until(read_cycles(), std::min(kWarmUpSeconds, plan_.seconds / 2));
        control_.timekeeper.measuring.store(true, std::memory_order_relaxed);
        return snapshot();
    }

    void wait_until(std::uint64_t since, double seconds) {
        const CycleClock& clock = CycleClock::instance();
        for (;;) {
            const double left = seconds - clock.to_seconds(read_cycles() - since);
            if (left <= 0 || given_up()) return;
            std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, kTellSeconds)));
            tell();
        }
    }

    void wait_until_drained() {
        for (;;) {
            const bool drained = control_.client.drained.load(std::memory_order_acquire);
            const std::uint64_t ended = control_.server.closed.load(std::memory_order_acquire) +
                                        control_.server.failed.load() + control_.client.failed.load();
            if (drained && ended >= control_.client.started.load()) return;
            if (given_up()) return;
            std::this_thread::sleep_for(kDrainPoll);
            tell();
        }
    }

    // True when the run cannot go on: nothing was closed for five seconds, or errors rain.
    bool given_up() {
        const std::uint64_t closed = control_.server.closed.load(std::memory_order_relaxed);
        const std::uint64_t now = read_cycles();
        if (closed != last_closed_ || last_progress_ == 0) {
            last_closed_ = closed;
            last_progress_ = now;
        }
        if (CycleClock::instance().to_seconds(now - last_progress_) > kStallSeconds) {
            trouble_ = "no connection was closed for 5 seconds";
        } else if (control_.client.failed.load() + control_.server.failed.load() > kErrorsBeforeGivingUp) {
            trouble_ = "more than 10000 errors";
        }
        return !trouble_.empty();
    }

    void tell() {
        const std::uint64_t closed = control_.server.closed.load(std::memory_order_relaxed);
        char text[96];
        std::snprintf(text, sizeof text, "%llu connects", static_cast<unsigned long long>(closed));
        progress_.update(text);
    }

    void fill(ConnectOutcome& outcome, const Snapshot& first, const Snapshot& last) {
        const CycleClock& clock = CycleClock::instance();
        outcome.connects = last.closed - first.closed;
        outcome.seconds = clock.to_seconds(last.cycles - first.cycles);
        outcome.errors = control_.client.failed.load() + control_.server.failed.load() +
                         side_.client().tally().other_errors + side_.server().tally().other_errors;
        const double connects = static_cast<double>(outcome.connects);
        if (outcome.connects != 0 && outcome.seconds > 0) {
            outcome.connects_per_second = connects / outcome.seconds;
            outcome.cpu_cycles_per_connect =
                (last.process_cpu - first.process_cpu) * clock.hertz() / connects;
            const double client = last.client_cpu - first.client_cpu,
                         server = last.server_cpu - first.server_cpu;
            outcome.busiest_cycles_per_connect = std::max(client, server) * clock.hertz() / connects;
        }
        const Tally& client = side_.client().tally();
        const Tally& server = side_.server().tally();
        outcome.latency = client.latency;
        outcome.enumerations = client.enumerations + server.enumerations;
        outcome.fruitless = client.fruitless + server.fruitless;
        outcome.first_error = !client.first_error.empty() ? client.first_error : server.first_error;
        if (trouble_.empty()) return;
        const std::uint64_t ended = control_.server.closed.load() + outcome.errors;
        const std::uint64_t started = control_.client.started.load();
        outcome.errors += started > ended ? started - ended : 1;
        if (outcome.first_error.empty()) outcome.first_error = trouble_;
    }

    ConnectSide& side_;
    const ConnectPlan& plan_;
    RunControl& control_;
    Progress& progress_;
    std::array<std::thread, 2> threads_;
    std::size_t thread_count_ = 0;
    std::atomic<bool> go_{false};
    std::uint64_t last_closed_ = 0, last_progress_ = 0;
    std::string trouble_;
};

}  // namespace

std::unique_ptr<ConnectOutcome> run_connect(ConnectSide& side, const ConnectPlan& plan, Progress& progress) {
    auto outcome = std::make_unique<ConnectOutcome>();
    RunControl control;
    if (auto reason = side.open(plan, control)) {
        outcome->unavailable = std::move(*reason);
        side.close();
        return outcome;
    }
    Timekeeper(side, plan, control, progress).run(*outcome);
    side.close();
    return outcome;
}

}  // namespace ringsock::bench
