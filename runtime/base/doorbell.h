// SPDX-License-Identifier: BSD-3-Clause
// Doorbell: wakes a thread that sleeps in poll(2). Whoever has something for the sleeper looks at one word
// and, only when the sleeper has declared itself, writes to an eventfd. One thread sleeps on a bell at a
// time; any thread may ring.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/cache_line.h"
#include "base/sleep_fence.h"

namespace ringsock {

/// Its descriptor stays open until the process ends: a late ringer must not write into another's.
class Doorbell {
  public:
    constexpr Doorbell() noexcept = default;
    Doorbell(const Doorbell&) = delete;
    Doorbell& operator=(const Doorbell&) = delete;

    /// Gets the descriptor, once; false when the system has none left. Control role.
    [[nodiscard]] bool open() noexcept;
    /// What the sleeper polls for reading; -1 before open().
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// The sleeper, before heavy_sleep_fence() and its last look. Ringers that see it ring once.
    void declare() noexcept { asleep_.store(1, std::memory_order_relaxed); }
    /// The sleeper, awake again: no more rings, and those that came are taken off. `was_rung`: poll said so.
    void withdraw(bool was_rung) noexcept;

    /// After publishing something for the sleeper. Any thread; costs one load while nobody sleeps.
    void ring_if_asleep() noexcept {
        light_sleep_fence();
        if (asleep_.load(std::memory_order_relaxed) != 0) [[unlikely]]
            ring();
    }
    /// Whether somebody sleeps; a hint unless the caller ordered it otherwise.
    [[nodiscard]] bool is_awaited() const noexcept { return asleep_.load(std::memory_order_relaxed) != 0; }
    /// Rings a declared sleeper, whatever the caller published: one system call. No sleeper: nothing.
    void ring() noexcept;

  private:
    alignas(2 * kCacheLine) std::atomic<std::uint32_t> asleep_{0};
    int descriptor_ = -1;
};

}  // namespace ringsock
