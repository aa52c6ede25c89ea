// SPDX-License-Identifier: BSD-3-Clause
// Futex wait with a deadline, and the wake of an event's declared sleepers.
#include "ring/parker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

#include "ring/event_cell.h"

namespace ringsock {

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t timeout_us) noexcept {
    timespec ts{};
    timespec* limit = nullptr;
    if (timeout_us >= 0) {
        ts.tv_sec = static_cast<time_t>(timeout_us / 1'000'000);
        ts.tv_nsec = static_cast<long>((timeout_us % 1'000'000) * 1000);
        limit = &ts;
    }
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, expected, limit, nullptr,
            0);
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr,
            0);
}

void EventCell::wake_sleepers() noexcept {
    wake_sequence.fetch_add(1, std::memory_order_release);
    futex_wake(wake_sequence, INT_MAX);
}

}  // namespace ringsock
