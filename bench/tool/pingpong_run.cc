// SPDX-License-Identifier: BSD-3-Clause
// Client and server of the ping-pong as two small machines that never block, so that two threads or one drive
// them.
#include "tool/pingpong_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

namespace ringsock::bench {
namespace {

constexpr double kWarmUpSeconds = 0.1;
constexpr double kStallSeconds = 5;
constexpr double kTellSeconds = 0.1;

// Sends a request, waits for the whole answer, records the time, checks the bytes.
class Pinger {
  public:
    Pinger(PingSide& side, const PingPlan& plan, LatencyHistogram& histogram)
        : side_(side), histogram_(histogram), request_(plan.size), answer_(plan.size) {
        for (std::size_t i = 0; i < request_.size(); ++i) request_[i] = static_cast<char>('a' + i % 26);
    }
    // False when the connection is broken.
    [[nodiscard]] bool step() {
        if (sent_ == 0) started_at_ = read_cycles();
        if (sent_ < request_.size()) {
            const long moved = side_.client_send(std::span<const char>(request_).subspan(sent_));
            if (moved == kBroken) return false;
            sent_ += static_cast<std::size_t>(moved);
        }
        const long moved = side_.client_receive(std::span<char>(answer_).subspan(received_));
        if (moved == kBroken) return false;
        received_ += static_cast<std::size_t>(moved);
        if (received_ == answer_.size()) finish();
        return true;
    }
    std::atomic<std::uint64_t> round_trips{0};  // writer: this machine; reader: timekeeper
    std::atomic<std::uint64_t> wrong_answers{0};
    std::atomic<bool> measuring{false};  // writer: timekeeper

  private:
    void finish() {
        const std::uint64_t took = read_cycles() - started_at_;
        if (measuring.load(std::memory_order_relaxed)) histogram_.record(took);
        if (answer_ != request_) wrong_answers.fetch_add(1, std::memory_order_relaxed);
        answer_[0] = 0;  // An answer that was not written must not pass for a right one.
        request_.back() = static_cast<char>('A' + round_trips.load(std::memory_order_relaxed) % 26);
        round_trips.store(round_trips.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        sent_ = received_ = 0;
    }

    PingSide& side_;
    LatencyHistogram& histogram_;
    std::vector<char> request_, answer_;
    std::size_t sent_ = 0, received_ = 0;
    std::uint64_t started_at_ = 0;
};

// Receives a whole request, then sends it back.
class Ponger {
  public:
    Ponger(PingSide& side, const PingPlan& plan) : side_(side), bytes_(plan.size) {}
    [[nodiscard]] bool step() {
        if (received_ < bytes_.size()) {
            const long moved = side_.server_receive(std::span<char>(bytes_).subspan(received_));
            if (moved == kBroken) return false;
            received_ += static_cast<std::size_t>(moved);
            if (received_ < bytes_.size()) return true;
        }
        const long moved = side_.server_send(std::span<const char>(bytes_).subspan(sent_));
        if (moved == kBroken) return false;
        sent_ += static_cast<std::size_t>(moved);
        if (sent_ == bytes_.size()) sent_ = received_ = 0;
        return true;
    }

  private:
    PingSide& side_;
    std::vector<char> bytes_;
    std::size_t sent_ = 0, received_ = 0;
};

class PingTimekeeper {
  public:
    PingTimekeeper(PingSide& side, const PingPlan& plan, Progress& progress, PingOutcome& outcome)
        : side_(side),
          plan_(plan),
          progress_(progress),
          outcome_(outcome),
          pinger_(side, plan, outcome.round_trip),
          ponger_(side, plan) {}

    void run() {
        const bool by_time = plan_.count == 0;
        pinger_.measuring.store(!by_time);
        std::uint64_t first_cycles = read_cycles(), first_trips = 0;
        start_threads();
        if (by_time) {
            wait(first_cycles, std::min(kWarmUpSeconds, plan_.seconds / 2));
            pinger_.measuring.store(true);
            first_cycles = read_cycles();
            first_trips = pinger_.round_trips.load();
            wait(first_cycles, plan_.seconds);
        } else {
            wait_for_end();
        }
        const std::uint64_t last_trips = pinger_.round_trips.load();
        const std::uint64_t last_cycles = by_time ? read_cycles() : finished_at_.load();
        stop_.store(true);
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
        outcome_.round_trips = last_trips - first_trips;
        outcome_.seconds = CycleClock::instance().to_seconds(last_cycles - first_cycles);
        outcome_.round_trips_per_second = static_cast<double>(outcome_.round_trips) / outcome_.seconds;
        outcome_.errors = pinger_.wrong_answers.load() + (broken_.load() ? 1 : 0) + (stalled_ ? 1 : 0);
        if (broken_.load())
            outcome_.first_error = side_.error();
        else if (stalled_)
            outcome_.first_error = "no answer for 5 seconds";
        else if (outcome_.errors != 0)
            outcome_.first_error = "an answer differed from its request";
    }

  private:
    void start_threads() {
        if (side_.one_application_thread(plan_)) {
            threads_[0] = std::thread([this] { drive(plan_.cpus.back(), true, true); });
            return;
        }
        threads_[1] = std::thread([this] { drive(plan_.cpus[1], false, true); });
        threads_[0] = std::thread([this] { drive(plan_.cpus[0], true, false); });
    }

    void drive(int cpu, bool client, bool server) {
        pin_this_thread(cpu);
        while (!stop_.load(std::memory_order_relaxed)) {
            if (client && !ping()) break;
            if (server && !ponger_.step()) {
                broken_.store(true);
                break;
            }
        }
        if (finished_at_.load() == 0) finished_at_.store(read_cycles());
    }

    // False when the client is done or broken.
    bool ping() {
        if (!pinger_.step()) {
            broken_.store(true);
            return false;
        }
        if (plan_.count == 0 || pinger_.round_trips.load(std::memory_order_relaxed) != plan_.count)
            return true;
        finished_at_.store(read_cycles());
        return false;
    }

    void wait(std::uint64_t since, double seconds) {
        for (;;) {
            const double left = seconds - CycleClock::instance().to_seconds(read_cycles() - since);
            if (left <= 0 || over()) return;
            std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left, kTellSeconds)));
        }
    }

    void wait_for_end() {
        while (!over()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (finished_at_.load() == 0) finished_at_.store(read_cycles());
    }

    // Broken, stalled, or the count is reached. Shows how far it has come.
    bool over() {
        const std::uint64_t trips = pinger_.round_trips.load(std::memory_order_relaxed);
        const std::uint64_t now = read_cycles();
        if (trips != last_trips_ || last_progress_ == 0) {
            last_trips_ = trips;
            last_progress_ = now;
        }
        char text[64];
        std::snprintf(text, sizeof text, "%llu round trips", static_cast<unsigned long long>(trips));
        progress_.update(text);
        stalled_ = CycleClock::instance().to_seconds(now - last_progress_) > kStallSeconds;
        return broken_.load() || stalled_ || finished_at_.load() != 0;
    }

    PingSide& side_;
    const PingPlan& plan_;
    Progress& progress_;
    PingOutcome& outcome_;
    Pinger pinger_;
    Ponger ponger_;
    std::thread threads_[2];
    std::atomic<bool> stop_{false}, broken_{false};
    std::atomic<std::uint64_t> finished_at_{0};
    std::uint64_t last_trips_ = 0, last_progress_ = 0;
    bool stalled_ = false;
};

}  // namespace

std::unique_ptr<PingOutcome> run_pingpong(PingSide& side, const PingPlan& plan, Progress& progress) {
    auto outcome = std::make_unique<PingOutcome>();
    if (auto reason = side.open(plan))
        outcome->unavailable = std::move(*reason);
    else
        PingTimekeeper(side, plan, progress, *outcome).run();
    side.close();
    return outcome;
}

}  // namespace ringsock::bench
