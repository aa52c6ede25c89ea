// SPDX-License-Identifier: BSD-3-Clause
// EventCell: the part of an event object that an engine may touch. Set by a plain store; whoever sleeps
// declares it first in `sleepers`, so that nobody pays for a wake that nobody waits for (trap T13).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/cache_line.h"

namespace ringsock {

/// Lives in a table that is never unmapped; 64 bytes. State 1 is signalled.
///
/// Setting from an engine: store state 1 (release) for every event of the pass, one seq_cst fence, then call
/// wake_sleepers() on those whose `sleepers` is not zero. A sleeper: increment `sleepers` (seq_cst), look at
/// `state` again, sleep on `wake_sequence` (several events at once: futex_waitv), decrement.
struct alignas(kCacheLine) EventCell {
    std::atomic<std::uint32_t> state{
        0};  ///< 1: signalled. Writers: engine and setters (1), resetters and auto-reset waiters (0).
    std::atomic<std::uint32_t> sleepers{0};       ///< Threads that sleep on it. Writer: app role.
    std::atomic<std::uint32_t> wake_sequence{0};  ///< Futex word: bumped by wake_sleepers().
    std::uint32_t generation = 0;                 ///< Writer: app role, at creation.
    std::uint8_t auto_reset = 0;                  ///< Fixed at creation.
    std::uint8_t in_use = 0;                      ///< Writer: app role.
    void set_without_wake() noexcept { state.store(1, std::memory_order_release); }
    /// Wakes those who declared themselves asleep: a system call, so only after `sleepers` was seen not zero.
    void wake_sleepers() noexcept;
    /// Sets and wakes: for application threads and for engines outside the data path.
    void set() noexcept {
        set_without_wake();
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (sleepers.load(std::memory_order_relaxed) != 0) wake_sleepers();
    }
};
static_assert(sizeof(EventCell) == kCacheLine);

}  // namespace ringsock
