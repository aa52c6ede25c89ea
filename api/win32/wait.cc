// SPDX-License-Identifier: BSD-3-Clause
// Waiting for events, threads and mutexes, alertably or not, while the thread's engines are kept going.
// Win32: WaitForSingleObject[Ex], WaitForMultipleObjects[Ex], Sleep[Ex], MsgWaitForMultipleObjects.
#include <ringsock/win32.h>
#include <time.h>

#include <algorithm>

#include "ring/parker.h"
#include "sync/event.h"
#include "sync/multi_wait.h"
#include "sync/thread_host.h"
#include "win32/mutex.h"
#include "win32/objects.h"
#include "ws2/apc.h"
#include "ws2/last_error.h"
#include "ws2/prolog.h"
#include "ws2/wait_slices.h"

using namespace ringsock;

namespace ringsock::win32 {

namespace {

/// The objects, and the event of the thread's queued procedures.
constexpr std::uint32_t kMaxWords = MAXIMUM_WAIT_OBJECTS + 1;
static_assert(kMaxWords <= sync::kMaxSleepWords);

/// One object of a wait.
struct Target {
    HANDLE event = nullptr;  ///< Plain event; null: never signalled (a pseudo handle).
    EventCell* cell = nullptr;
    Object* object = nullptr;  ///< Counted while the wait runs; null for a plain event.
};

/// What a look at the objects found.
struct Found {
    bool any = false;
    DWORD result = 0;
};

std::int64_t monotonic_micros() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

class ObjectWait {
  public:
    ObjectWait() noexcept = default;
    ~ObjectWait() {
        if (!has_objects_) return;
        const std::lock_guard held(objects_lock());
        for (std::uint32_t i = 0; i < count_; ++i)
            if (targets_[i].object != nullptr) release(*targets_[i].object);
    }
    ObjectWait(const ObjectWait&) = delete;
    ObjectWait& operator=(const ObjectWait&) = delete;

    /// 0 or the error.
    [[nodiscard]] int open(DWORD count, const HANDLE* handles, bool all, bool alertable) noexcept;
    /// Takes what is to be taken, if it is there.
    [[nodiscard]] Found look() noexcept;
    /// True when an event was closed during the wait.
    [[nodiscard]] bool is_stale() const noexcept;
    /// Waits until `look` finds something, procedures are queued, or the time is over.
    [[nodiscard]] DWORD wait(DWORD timeout_ms) noexcept;

  private:
    [[nodiscard]] bool resolve(HANDLE handle, Target& target) noexcept;
    [[nodiscard]] bool is_signalled(const Target& target) const noexcept;
    bool take(const Target& target) noexcept;
    [[nodiscard]] Found look_unlocked() noexcept;
    /// Notes what the words are, then looks; kGoOn: nothing yet.
    [[nodiscard]] DWORD judge(std::uint32_t* seen) noexcept;
    /// Sleeps at most a slice, with the engines kept going. False: nothing runs.
    [[nodiscard]] bool sleep_inside(const std::uint32_t* seen, ws2::WaitSlices& time,
                                    sync::WaitProgress& progress) noexcept;
    void sleep_outside(const std::uint32_t* seen, ws2::WaitSlices& time) noexcept;

    Target targets_[MAXIMUM_WAIT_OBJECTS];
    std::uint32_t count_ = 0;
    bool all_ = false;
    bool is_alertable_ = false;
    bool has_objects_ = false;
    ThreadState* thread_ = nullptr;
    // What the thread sleeps on.
    std::atomic<std::uint32_t>* words_[kMaxWords];
    EventCell* cells_[kMaxWords];
    std::uint32_t cell_count_ = 0;
    std::uint32_t word_count_ = 0;
    std::atomic<std::uint32_t> silence_{0};  ///< Slept on when nothing can be signalled.
};

/// Result that says "go on".
constexpr DWORD kGoOn = 0xfffffffe;

bool ObjectWait::resolve(HANDLE handle, Target& target) noexcept {
    target = Target{};
    if (handle == kThisProcess || handle == kThisThread) return true;
    target.event = handle;
    target.cell = sync::find_event(handle);
    if (target.cell != nullptr) return true;
    const std::lock_guard held(objects_lock());
    for (const HandleKind kind : {HandleKind::thread, HandleKind::mutex, HandleKind::event_name}) {
        Object* const object = find_object(handle, kind);
        if (object == nullptr) continue;
        target.object = object;
        target.event = object->event;
        target.cell = sync::find_event(object->event);
        ++object->references;
        has_objects_ = true;
        return target.cell != nullptr;
    }
    return false;
}

int ObjectWait::open(DWORD count, const HANDLE* handles, bool all, bool alertable) noexcept {
    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS || handles == nullptr) return ERROR_INVALID_PARAMETER;
    all_ = all;
    is_alertable_ = alertable;
    for (DWORD i = 0; i < count; ++i) {
        const bool good = resolve(handles[i], targets_[i]);
        count_ = i + 1;
        if (!good) return ERROR_INVALID_HANDLE;
    }
    for (DWORD i = 1; all && i < count; ++i)
        if (std::find(handles, handles + i, handles[i]) != handles + i) return ERROR_INVALID_PARAMETER;
    if (has_objects_ && (thread_ = this_thread()) == nullptr) return ERROR_NOT_ENOUGH_MEMORY;
    for (std::uint32_t i = 0; i < count_; ++i)
        if (targets_[i].cell != nullptr) cells_[cell_count_++] = targets_[i].cell;
    if (is_alertable_) {
        EventCell* const cell = sync::find_event(ws2::apc_event());
        if (cell == nullptr) return ERROR_NOT_ENOUGH_MEMORY;
        cells_[cell_count_++] = cell;
    }
    for (std::uint32_t i = 0; i < cell_count_; ++i) words_[i] = &cells_[i]->wake_sequence;
    word_count_ = cell_count_;
    if (word_count_ == 0) words_[word_count_++] = &silence_;
    return 0;
}

bool ObjectWait::is_signalled(const Target& target) const noexcept {
    if (target.cell == nullptr) return false;
    if (target.object != nullptr && target.object->kind == HandleKind::mutex)
        return is_free_for(*target.object, *thread_);
    return target.cell->state.load(std::memory_order_acquire) != 0;
}

/// Takes a signalled object: false when another thread was faster (auto-reset events only).
bool ObjectWait::take(const Target& target) noexcept {
    if (target.object != nullptr && target.object->kind == HandleKind::mutex) return true;
    if (target.cell->auto_reset == 0) return true;
    std::uint32_t one = 1;
    return target.cell->state.compare_exchange_strong(one, 0, std::memory_order_acquire,
                                                      std::memory_order_relaxed);
}

Found ObjectWait::look_unlocked() noexcept {
    if (!all_) {
        for (std::uint32_t i = 0; i < count_; ++i) {
            if (!is_signalled(targets_[i]) || !take(targets_[i])) continue;
            Object* const object = targets_[i].object;
            const bool is_mutex = object != nullptr && object->kind == HandleKind::mutex;
            const bool abandoned = is_mutex && take_mutex(*object, *thread_);
            return {true, (abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + i};
        }
        return {};
    }
    for (std::uint32_t i = 0; i < count_; ++i)
        if (!is_signalled(targets_[i])) return {};
    for (std::uint32_t i = 0; i < count_; ++i) {
        if (take(targets_[i])) continue;
        for (std::uint32_t j = 0; j < i; ++j)  // Lost a race: all or none.
            if (targets_[j].cell->auto_reset != 0) targets_[j].cell->set();
        return {};
    }
    bool abandoned = false;
    for (std::uint32_t i = 0; i < count_; ++i) {
        Object* const object = targets_[i].object;
        if (object != nullptr && object->kind == HandleKind::mutex && take_mutex(*object, *thread_))
            abandoned = true;
    }
    return {true, abandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0};
}

Found ObjectWait::look() noexcept {
    if (!has_objects_) return look_unlocked();
    const std::lock_guard held(objects_lock());
    return look_unlocked();
}

bool ObjectWait::is_stale() const noexcept {
    for (std::uint32_t i = 0; i < count_; ++i)
        if (targets_[i].cell != nullptr && sync::find_event(targets_[i].event) != targets_[i].cell)
            return true;
    return false;
}

DWORD ObjectWait::judge(std::uint32_t* seen) noexcept {
    for (std::uint32_t i = 0; i < word_count_; ++i) seen[i] = words_[i]->load(std::memory_order_acquire);
    if (const Found found = look(); found.any) return found.result;
    if (is_alertable_ && ws2::has_apcs()) return WAIT_IO_COMPLETION;
    if (is_stale()) return ws2::fail_with(ERROR_INVALID_HANDLE, DWORD{WAIT_FAILED});
    return kGoOn;
}

/// Sleeps without the runtime, which is not there or about to go: whoever signals wakes us by himself.
void ObjectWait::sleep_outside(const std::uint32_t* seen, ws2::WaitSlices& time) noexcept {
    const std::int64_t start = monotonic_micros();
    futex_wait_any(word_count_, words_, seen, time.length().count);
    time.spend(Micros{monotonic_micros() - start});
}

bool ObjectWait::sleep_inside(const std::uint32_t* seen, ws2::WaitSlices& time,
                              sync::WaitProgress& progress) noexcept {
    const ws2::Presence inside;
    if (!ws2::Presence::is_started()) return false;
    const Micros length = time.begin();
    sync::multi_wait_step(word_count_, words_, seen, sync::wait_clock_now() + length, progress);
    time.end();
    return true;
}

DWORD ObjectWait::wait(DWORD timeout_ms) noexcept {
    for (std::uint32_t i = 0; i < cell_count_; ++i)
        cells_[i]->sleepers.fetch_add(1, std::memory_order_seq_cst);
    ws2::WaitSlices time(timeout_ms);
    DWORD result = kGoOn;
    for (sync::WaitProgress progress; result == kGoOn;) {  // Bounded by the time-out.
        std::uint32_t seen[kMaxWords];
        result = judge(seen);
        if (result != kGoOn) break;
        if (time.is_over()) {
            result = WAIT_TIMEOUT;
        } else if (!sleep_inside(seen, time, progress)) {
            sleep_outside(seen, time);
        }
    }
    for (std::uint32_t i = 0; i < cell_count_; ++i)
        cells_[i]->sleepers.fetch_sub(1, std::memory_order_relaxed);
    return result;
}

/// One full pass of the thread's engines where nobody else runs them: what a poll is worth.
void help_engines() noexcept {
    const ws2::Presence inside;
    if (!ws2::Presence::is_started()) return;
    sync::for_each_own_engine([](EnginePort& port) { port.drive->help(port); });
}

DWORD wait_for_objects(DWORD count, const HANDLE* handles, bool all, DWORD timeout_ms,
                       bool alertable) noexcept {
    if (alertable && ws2::run_apcs()) return WAIT_IO_COMPLETION;
    DWORD result = kGoOn;
    {
        ObjectWait wait;
        if (const int code = wait.open(count, handles, all, alertable); code != 0)
            return ws2::fail_with(code, DWORD{WAIT_FAILED});
        if (timeout_ms == 0) help_engines();
        if (const Found found = wait.look(); found.any) {
            result = found.result;
        } else {
            result = timeout_ms == 0 ? WAIT_TIMEOUT : wait.wait(timeout_ms);
        }
    }
    if (result == WAIT_IO_COMPLETION) ws2::run_apcs();
    return result;
}

/// Waits for time, and procedures if asked. 0 or WAIT_IO_COMPLETION.
DWORD sleep_for(DWORD timeout_ms, bool alertable) noexcept {
    if (alertable && ws2::run_apcs()) return WAIT_IO_COMPLETION;
    if (timeout_ms == 0) {
        help_engines();
        return 0;
    }
    // Nobody signals a pseudo handle.
    const DWORD result = wait_for_objects(1, &kThisThread, false, timeout_ms, alertable);
    return result == WAIT_IO_COMPLETION ? result : 0;
}

}  // namespace

}  // namespace ringsock::win32

DWORD WaitForMultipleObjectsEx(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll, DWORD dwMilliseconds,
                               BOOL bAlertable) {
    return win32::wait_for_objects(nCount, lpHandles, bWaitAll != FALSE, dwMilliseconds, bAlertable != FALSE);
}
DWORD WaitForMultipleObjects(DWORD nCount, const HANDLE* lpHandles, BOOL bWaitAll, DWORD dwMilliseconds) {
    return WaitForMultipleObjectsEx(nCount, lpHandles, bWaitAll, dwMilliseconds, FALSE);
}
DWORD WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable) {
    return WaitForMultipleObjectsEx(1, &hHandle, FALSE, dwMilliseconds, bAlertable);
}
DWORD WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds) {
    return WaitForSingleObjectEx(hHandle, dwMilliseconds, FALSE);
}
DWORD MsgWaitForMultipleObjects(DWORD nCount, const HANDLE* pHandles, BOOL fWaitAll, DWORD dwMilliseconds,
                                DWORD) {
    if (nCount == 0) {  // Only messages are waited for, and none comes.
        win32::sleep_for(dwMilliseconds, false);
        return WAIT_TIMEOUT;
    }
    return WaitForMultipleObjectsEx(nCount, pHandles, fWaitAll, dwMilliseconds, FALSE);
}

DWORD SleepEx(DWORD dwMilliseconds, BOOL bAlertable) {
    return win32::sleep_for(dwMilliseconds, bAlertable != FALSE);
}
void Sleep(DWORD dwMilliseconds) {
    win32::sleep_for(dwMilliseconds, false);
}
