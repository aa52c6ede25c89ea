// SPDX-License-Identifier: BSD-3-Clause
// Who runs an engine (D1). InlineDrive: application threads from inside their calls, by try-lock, with a
// helper thread for the time when nobody calls (inline_helper.h). DedicatedDrive: a pinned thread for one or
// several engines. README.md tells how each of them sleeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "host/sleeper.h"
#include "ring/engine_port.h"

namespace ringsock {

/// CLOCK_MONOTONIC in microseconds: the timeline of TscClock, for deadlines of application threads.
[[nodiscard]] Instant monotonic_now() noexcept;

/// How long to look before sleeping, and how long to sleep; the keys of `[engine]`.
struct DrivePace {
    Micros spin{20};       ///< spin_us: a blocking call, or an idle dedicated engine, looks so long.
    Micros idle_sleep{0};  ///< idle_sleep_us: longest sleep; 0: dedicated never sleeps, inline as it likes.
    Micros period{1000};   ///< inline_period_us: nap of an inline engine whose device wakes nobody.
};

/// Numbers of wait_step from here on may nap (Drive::spin_steps); WaitPace gets there.
inline constexpr std::uint32_t kNapSteps = 1u << 30;

class InlineHelper;

/// One per engine. Any application thread may call; the engine role is the lock.
class InlineDrive final : public Drive {
  public:
    /// After so many naps in a row that nothing came of, naps over a device that wakes nobody are longer.
    static constexpr std::uint32_t kPatientNaps = 50;
    static constexpr std::int64_t kLongNapPeriods = 10;
    /// Sleeps of one watch at most, so that every call comes back.
    static constexpr int kSleepsPerWatch = 1000;
    /// Times a driver looks at the ring again after it let go of the engine.
    static constexpr int kSecondLooks = 8;

    InlineDrive(Engine& engine, const DrivePace& pace);

    void kick(EnginePort& port) noexcept override;
    void help(EnginePort& port) noexcept override;
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override { return monotonic_now(); }
    std::uint32_t spin_steps() const noexcept override { return kNapSteps; }
    Micros spin_span() const noexcept override { return pace_.spin; }
    bool sleep_on_words(EnginePort& port, std::uint32_t count, std::atomic<std::uint32_t>* const* words,
                        const std::uint32_t* seen, Instant deadline) noexcept override;

    /// Waits until nobody drives and keeps everybody out for good. Control role.
    void close_for_good() noexcept;

  private:
    friend class InlineHelper;

    /// Who looks after the engine while nobody drives it.
    enum Watch : std::uint32_t {
        kNobody,
        kCaller,      ///< An application thread sleeps in its call.
        kHelper,      ///< The helper sleeps; a caller may take over.
        kHelperBusy,  ///< The helper is up and about to leave or to sleep again.
    };

    [[nodiscard]] bool try_take() noexcept {
        return taken_.load(std::memory_order_relaxed) == 0 &&
               taken_.exchange(1, std::memory_order_acquire) == 0;
    }
    void let_go() noexcept { taken_.store(0, std::memory_order_release); }
    void drive(EnginePort& port, bool in_full) noexcept;
    void drive_requests(EnginePort& port) noexcept;
    void rouse_watcher() noexcept RS_REQUIRES(engine_role);
    [[nodiscard]] bool try_watch() noexcept;
    void leave_watch() noexcept;
    /// The watcher declares itself, looks a last time, and learns how long to sleep; false: not at all.
    [[nodiscard]] bool last_look(Micros& length) noexcept RS_REQUIRES(engine_role);
    void watch(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
               Instant deadline) noexcept;
    void follow(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                Instant deadline) noexcept;
    [[nodiscard]] Micros longest_sleep() const noexcept RS_REQUIRES(engine_role);

    Engine& engine_;
    const DrivePace pace_;
    Doorbell& bell_;
    Sleeper sleeper_;                  ///< The watcher's.
    InlineHelper* helper_ = nullptr;   ///< Set before the first call.
    std::uint64_t activity_seen_ = 0;  ///< At the last look of a watcher; engine role.
    std::uint32_t naps_in_vain_ = 0;   ///< Engine role.
    std::uint64_t passes_seen_ = 0;    ///< The helper's.
    Instant sleep_until_;              ///< Of the watcher that is declared in bell_; engine role.
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> taken_{0};
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> watch_{kNobody};
    std::atomic<std::uint32_t> followers_{0};  ///< Threads asleep on their words, relying on the watcher.
};

/// One per thread and core; drives the engines it is given in turn.
class DedicatedDrive final : public Drive {
  public:
    DedicatedDrive() noexcept = default;
    ~DedicatedDrive() override { stop(); }

    /// With several engines the thread sleeps only when none of them objects, and as long as the most
    /// impatient one allows. Before start().
    void add(Engine& engine, const DrivePace& pace);
    /// Starts the thread, pinned to `core` (negative: not pinned). Control role.
    void start(int core);
    /// Ends the thread; engines are idle afterwards. Control role.
    void stop() noexcept;

    void kick(EnginePort&) noexcept override { bell_->ring_if_asleep(); }
    void help(EnginePort&) noexcept override {}
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override { return monotonic_now(); }
    std::uint32_t spin_steps() const noexcept override { return kNapSteps; }
    Micros spin_span() const noexcept override { return spin_; }
    bool sleep_on_words(EnginePort& port, std::uint32_t count, std::atomic<std::uint32_t>* const* words,
                        const std::uint32_t* seen, Instant deadline) noexcept override;

  private:
    void run(int core) noexcept;
    void pass() noexcept RS_REQUIRES(engine_role);
    [[nodiscard]] std::uint64_t activity() const noexcept;
    void sleep() noexcept RS_REQUIRES(engine_role);

    std::vector<Engine*> engines_;
    Doorbell* bell_ = nullptr;
    std::unique_ptr<Sleeper> sleeper_;
    Micros spin_{0};
    Micros idle_sleep_{0};
    bool never_sleeps_ = false;
    std::uint64_t activity_seen_ = 0;
    std::thread thread_;
    std::atomic<bool> stop_{false};
};

}  // namespace ringsock
