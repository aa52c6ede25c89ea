// SPDX-License-Identifier: BSD-3-Clause
// Futex wait with a deadline, and the wake of an event's declared sleepers.
#include "ring/parker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "ring/event_cell.h"

namespace ringsock {

namespace {
/// Sleep where futex_waitv is missing.
constexpr std::int64_t kFallbackSleepUs = 500;
/// At most one watcher per inline engine, and engines of one process at most.
constexpr std::size_t kMaxPollSleepers = 256;
std::atomic<Doorbell*> g_poll_sleepers[kMaxPollSleepers];
std::atomic<std::uint32_t> g_poll_sleeper_count{0};
}  // namespace

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

void futex_wait_any(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                    std::int64_t timeout_us) noexcept {
    if (count == 1) return futex_wait(*words[0], seen[0], timeout_us);
    if (count <= kMaxFutexWords && count > 0) {
        futex_waitv waiters[kMaxFutexWords];
        for (std::uint32_t i = 0; i < count; ++i) {
            waiters[i] = {.val = seen[i],
                          .uaddr = reinterpret_cast<std::uintptr_t>(words[i]),
                          .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG,
                          .__reserved = 0};
        }
        timespec limit{};
        if (timeout_us >= 0) {  // futex_waitv takes a point in time, not a span.
            clock_gettime(CLOCK_MONOTONIC, &limit);
            const std::int64_t nanos = limit.tv_nsec + timeout_us % 1'000'000 * 1000;
            limit.tv_sec += static_cast<time_t>(timeout_us / 1'000'000 + nanos / 1'000'000'000);
            limit.tv_nsec = static_cast<long>(nanos % 1'000'000'000);
        }
        const long woken =
            syscall(SYS_futex_waitv, waiters, count, 0, timeout_us >= 0 ? &limit : nullptr, CLOCK_MONOTONIC);
        if (woken >= 0 || errno != ENOSYS) return;
    }
    const std::int64_t step =
        timeout_us < 0 ? kFallbackSleepUs : std::min<std::int64_t>(timeout_us, kFallbackSleepUs);
    if (count != 0) return futex_wait(*words[0], seen[0], step);
    timespec pause{.tv_sec = 0, .tv_nsec = static_cast<long>(step * 1000)};
    nanosleep(&pause, nullptr);
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr,
            0);
    light_sleep_fence();
    if (g_poll_sleeper_count.load(std::memory_order_relaxed) == 0) return;
    for (std::atomic<Doorbell*>& place : g_poll_sleepers)
        if (Doorbell* const bell = place.load(std::memory_order_acquire); bell != nullptr)
            bell->ring_if_asleep();
}

// More sleepers than places: the one without is found by the end of its nap only, so there is one per engine.
void add_poll_sleeper(Doorbell& bell) noexcept {
    g_poll_sleeper_count.fetch_add(1, std::memory_order_relaxed);
    for (std::atomic<Doorbell*>& place : g_poll_sleepers) {
        Doorbell* empty = nullptr;
        if (place.load(std::memory_order_relaxed) == nullptr &&
            place.compare_exchange_strong(empty, &bell, std::memory_order_acq_rel))
            return;
    }
}

void remove_poll_sleeper(Doorbell& bell) noexcept {
    for (std::atomic<Doorbell*>& place : g_poll_sleepers) {
        if (place.load(std::memory_order_relaxed) != &bell) continue;
        place.store(nullptr, std::memory_order_release);
        break;
    }
    g_poll_sleeper_count.fetch_sub(1, std::memory_order_relaxed);
}

void EventCell::wake_sleepers() noexcept {
    wake_sequence.fetch_add(1, std::memory_order_release);
    futex_wake(wake_sequence, INT_MAX);
}

}  // namespace ringsock
