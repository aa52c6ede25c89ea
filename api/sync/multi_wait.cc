// SPDX-License-Identifier: BSD-3-Clause
// Waits for several events: look, help the engines, declare, sleep.
#include "sync/multi_wait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ring/parker.h"
#include "sync/event.h"
#include "sync/thread_host.h"

namespace ringsock::sync {

namespace {

/// How far ahead the deadline of a nap on one of several words may lie, with a drive that sleeps on one only:
/// the other words wait so long at worst, and only after the thread found nothing for kPatientSteps.
constexpr Micros kNearNap{200};
constexpr Micros kFarNap{5000};
constexpr std::uint32_t kPatientSteps = 256;

struct Waited {
    EventCell* cells[WSA_MAXIMUM_WAIT_EVENTS];
    std::uint32_t count;
};

enum class Look { nothing, signalled, bad_handle };

bool take(EventCell& cell) noexcept {
    if (cell.auto_reset == 0) return cell.state.load(std::memory_order_acquire) != 0;
    std::uint32_t one = 1;
    return cell.state.load(std::memory_order_relaxed) != 0 &&
           cell.state.compare_exchange_strong(one, 0, std::memory_order_acquire, std::memory_order_relaxed);
}

/// Resolves all handles; false when one names no event. `lowest` is the first that looks signalled, or
/// `count`.
bool resolve(Waited& waited, std::uint32_t count, const WSAEVENT* events, std::uint32_t& lowest) noexcept {
    waited.count = count;
    lowest = count;
    for (std::uint32_t i = count; i-- > 0;) {
        EventCell* const cell = find_event(events[i]);
        if (cell == nullptr) return false;
        waited.cells[i] = cell;
        if (cell->state.load(std::memory_order_relaxed) != 0) lowest = i;
    }
    return true;
}

/// Takes the lowest that is signalled, from `index` on.
bool take_any(const Waited& waited, std::uint32_t& index) noexcept {
    for (std::uint32_t i = index; i < waited.count; ++i) {
        if (take(*waited.cells[i])) {
            index = i;
            return true;
        }
    }
    return false;
}

/// Takes all or none: what was taken from auto-reset events is put back when a later one proves unsignalled.
bool take_all(const Waited& waited) noexcept {
    for (std::uint32_t i = 0; i < waited.count; ++i)
        if (waited.cells[i]->state.load(std::memory_order_acquire) == 0) return false;
    for (std::uint32_t i = 0; i < waited.count; ++i) {
        if (take(*waited.cells[i])) continue;
        for (std::uint32_t j = 0; j < i; ++j)
            if (waited.cells[j]->auto_reset != 0) waited.cells[j]->set();
        return false;
    }
    return true;
}

bool has_duplicates(std::uint32_t count, const WSAEVENT* events) noexcept {
    for (std::uint32_t i = 1; i < count; ++i)
        if (std::find(events, events + i, events[i]) != events + i) return true;
    return false;
}

/// Whether no event was closed (and perhaps made anew) since the wait began.
bool still_valid(const Waited& waited, const WSAEVENT* events) noexcept {
    for (std::uint32_t i = 0; i < waited.count; ++i)
        if (find_event(events[i]) != waited.cells[i]) return false;
    return true;
}

void help_current_host() noexcept {
    const HostPort* host = current_host();
    if (host == nullptr) return;
    for (std::uint32_t i = 0; i < host->engine_count; ++i) host->engines[i]->drive->help(*host->engines[i]);
}

void declare(const Waited& waited) noexcept {
    for (std::uint32_t i = 0; i < waited.count; ++i)
        waited.cells[i]->sleepers.fetch_add(1, std::memory_order_seq_cst);
}
void withdraw(const Waited& waited) noexcept {
    for (std::uint32_t i = 0; i < waited.count; ++i)
        waited.cells[i]->sleepers.fetch_sub(1, std::memory_order_relaxed);
}

/// The waiting itself, once a first look found nothing.
WaitOutcome wait_long(const Waited& waited, const WSAEVENT* events, bool all, DWORD timeout_ms) noexcept {
    const Instant deadline =
        timeout_ms == WSA_INFINITE
            ? Instant::never()
            : wait_clock_now() + Micros::from_millis(static_cast<std::int64_t>(timeout_ms));
    std::atomic<std::uint32_t>* words[WSA_MAXIMUM_WAIT_EVENTS];
    std::uint32_t seen[WSA_MAXIMUM_WAIT_EVENTS];
    for (std::uint32_t i = 0; i < waited.count; ++i) words[i] = &waited.cells[i]->wake_sequence;
    declare(waited);
    WaitOutcome outcome;
    for (WaitProgress progress;;) {  // Bounded by the deadline.
        for (std::uint32_t i = 0; i < waited.count; ++i) seen[i] = words[i]->load(std::memory_order_acquire);
        std::uint32_t index = 0;
        if (all ? take_all(waited) : take_any(waited, index)) {
            outcome.result = WSA_WAIT_EVENT_0 + index;
            break;
        }
        if (!still_valid(waited, events)) {
            outcome.error = WSA_INVALID_HANDLE;
            break;
        }
        if (!deadline.is_never() && wait_clock_now() >= deadline) {
            outcome.result = WSA_WAIT_TIMEOUT;
            break;
        }
        multi_wait_step(waited.count, words, seen, deadline, progress);
    }
    withdraw(waited);
    return outcome;
}

}  // namespace

WaitOutcome wait_for_events(std::uint32_t count, const WSAEVENT* events, bool all,
                            DWORD timeout_ms) noexcept {
    if (count == 0 || count > WSA_MAXIMUM_WAIT_EVENTS || events == nullptr) {
        return {WSA_WAIT_FAILED, WSA_INVALID_PARAMETER};
    }
    if (timeout_ms == 0) help_current_host();
    Waited waited;
    std::uint32_t index = 0;
    if (!resolve(waited, count, events, index)) return {WSA_WAIT_FAILED, WSA_INVALID_HANDLE};
    if (all) {
        if (has_duplicates(count, events)) return {WSA_WAIT_FAILED, WSA_INVALID_PARAMETER};
        if (take_all(waited)) return {WSA_WAIT_EVENT_0, 0};
    } else if (take_any(waited, index)) {
        return {WSA_WAIT_EVENT_0 + index, 0};
    }
    if (timeout_ms == 0) return {WSA_WAIT_TIMEOUT, 0};
    return wait_long(waited, events, all, timeout_ms);
}

void multi_wait_step(std::uint32_t count, std::atomic<std::uint32_t>* const* words, const std::uint32_t* seen,
                     Instant deadline, WaitProgress& progress) noexcept {
    HostPort* const host = current_host();
    if (host == nullptr || host->engine_count == 0 || count == 0) {
        const Micros left = deadline - wait_clock_now();
        futex_wait_any(count, words, seen, deadline.is_never() ? -1 : std::max<std::int64_t>(left.count, 0));
        return;
    }
    EnginePort& first = *host->engines[0];
    Drive& drive = *first.drive;
    const Instant now = drive.now();
    if (progress.steps == 0) progress.spin_end = now + drive.spin_span();
    const std::uint32_t step = progress.steps++;
    for_each_own_engine([&](EnginePort& port) {
        if (&port != &first) port.drive->help(port);
    });
    const bool may_nap = now >= progress.spin_end;
    if (may_nap && drive.sleep_on_words(first, count, words, seen, deadline)) return;
    // A nap on the first word must not oversleep the others.
    const Instant near = now + (step < kPatientSteps ? kNearNap : kFarNap);
    const Instant until = count == 1 ? deadline : std::min(deadline, near);
    drive.wait_step(first, *words[0], seen[0], until, may_nap ? drive.spin_steps() + step : 0);
}

Instant wait_clock_now() noexcept {
    if (const HostPort* host = current_host(); host != nullptr && host->engine_count > 0) {
        return host->engines[0]->drive->now();
    }
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return Instant{static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000};
}

}  // namespace ringsock::sync
