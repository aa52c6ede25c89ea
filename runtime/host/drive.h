// SPDX-License-Identifier: BSD-3-Clause
// Who runs an engine (D1). InlineDrive: application threads from inside their calls, by try-lock, with a
// helper thread for the time when nobody calls. DedicatedDrive: a pinned thread for one or several engines.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "ring/engine_port.h"

namespace ringsock {

/// CLOCK_MONOTONIC in microseconds: the timeline of TscClock, for deadlines of application threads.
[[nodiscard]] Instant monotonic_now() noexcept;

/// One per engine. Any application thread may call; the engine role is the lock.
class InlineDrive final : public Drive {
  public:
    /// Calls of wait_step that spin before the first nap.
    static constexpr std::uint32_t kSpinSteps = 256;
    /// Times a driver looks at the ring again after it let go of the engine.
    static constexpr int kSecondLooks = 8;

    InlineDrive(Engine& engine, std::uint32_t period_us) noexcept : engine_(engine), period_us_(period_us) {}

    void kick(EnginePort& port) noexcept override;
    void help(EnginePort& port) noexcept override;
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override { return monotonic_now(); }
    std::uint32_t spin_steps() const noexcept override { return kSpinSteps; }

    /// From the helper thread, once a period: a full pass if there is work and nobody drove since the last
    /// call.
    void tend() noexcept;
    /// Waits until nobody drives and keeps everybody out for good. Control role.
    void close_for_good() noexcept;
    [[nodiscard]] std::uint32_t period_us() const noexcept { return period_us_; }

  private:
    [[nodiscard]] bool try_take() noexcept {
        return taken_.load(std::memory_order_relaxed) == 0 &&
               taken_.exchange(1, std::memory_order_acquire) == 0;
    }
    void let_go() noexcept { taken_.store(0, std::memory_order_release); }
    void drive_requests(EnginePort& port) noexcept;

    Engine& engine_;
    const std::uint32_t period_us_;
    std::uint64_t passes_seen_ = 0;  ///< Helper thread's.
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> taken_{0};
};

/// One per thread and core; drives the engines it is given in turn.
class DedicatedDrive final : public Drive {
  public:
    /// Calls of wait_step that spin before sleeping on the word.
    static constexpr std::uint32_t kSpinSteps = 4096;

    DedicatedDrive() noexcept = default;
    ~DedicatedDrive() override { stop(); }

    void add(Engine& engine) { engines_.push_back(&engine); }
    /// Starts the thread, pinned to `core` (negative: not pinned). Control role.
    void start(int core);
    /// Ends the thread; engines are idle afterwards. Control role.
    void stop() noexcept;

    void kick(EnginePort&) noexcept override {}
    void help(EnginePort&) noexcept override {}
    void wait_step(EnginePort& port, std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant deadline,
                   std::uint32_t iteration) noexcept override;
    Instant now() noexcept override { return monotonic_now(); }
    std::uint32_t spin_steps() const noexcept override { return kSpinSteps; }
    bool caller_may_sleep() const noexcept override { return true; }

  private:
    void run(int core) noexcept;

    std::vector<Engine*> engines_;
    std::thread thread_;
    std::atomic<bool> stop_{false};
};

}  // namespace ringsock
