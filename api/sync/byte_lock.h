// SPDX-License-Identifier: BSD-3-Clause
// ByteLock: the one-byte lock of socket cells and of tables, held for tens of instructions. Application
// threads only; an engine takes none. Uncontended it is one exchange.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "base/cache_line.h"

namespace ringsock::sync {

/// Polls of a taken lock before the waiter offers its core to whoever may hold it.
inline constexpr std::uint32_t kLockSpins = 256;

inline void lock_byte(std::atomic<std::uint8_t>& byte) noexcept {
    std::uint32_t spins = 0;
    while (byte.exchange(1, std::memory_order_acquire) != 0) {
        while (byte.load(std::memory_order_relaxed) != 0) {
            cpu_relax();
            if (++spins >= kLockSpins) {
                sched_yield();  // The holder was preempted: on few cores, spinning would keep it so.
                spins = 0;
            }
        }
    }
}
/// (writer: the holder; pairs with the acquire in lock_byte)
inline void unlock_byte(std::atomic<std::uint8_t>& byte) noexcept {
    byte.store(0, std::memory_order_release);
}

/// Holds a byte for a scope.
class ByteLock {
  public:
    explicit ByteLock(std::atomic<std::uint8_t>& byte) noexcept : byte_(byte) { lock_byte(byte_); }
    ~ByteLock() { unlock_byte(byte_); }
    ByteLock(const ByteLock&) = delete;
    ByteLock& operator=(const ByteLock&) = delete;

  private:
    std::atomic<std::uint8_t>& byte_;
};

}  // namespace ringsock::sync
