// SPDX-License-Identifier: BSD-3-Clause
// Critical sections: a recursive futex lock inside the 40 bytes that Windows has. LockCount is the futex word
// (0 free, 1 taken, 2 taken and waited for); OwningThread and RecursionCount belong to the holder. Win32:
// InitializeCriticalSection and its kin.
#include <linux/futex.h>
#include <ringsock/win32.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "base/cache_line.h"
#include "ws2/thread_record.h"

using namespace ringsock;

namespace {

constexpr int kSpins = 64;

std::atomic_ref<LONG> word_of(CRITICAL_SECTION& section) noexcept {
    return std::atomic_ref(section.LockCount);
}
/// What only the calling thread can be.
HANDLE self() noexcept {
    return &ws2::this_thread_record();
}

std::atomic_ref<HANDLE> owner_of(CRITICAL_SECTION& section) noexcept {
    return std::atomic_ref(section.OwningThread);
}

void take(CRITICAL_SECTION& section) noexcept {
    owner_of(section).store(self(), std::memory_order_relaxed);
    section.RecursionCount = 1;
}

bool try_word(CRITICAL_SECTION& section) noexcept {
    LONG free = 0;
    return word_of(section).compare_exchange_strong(free, 1, std::memory_order_acquire,
                                                    std::memory_order_relaxed);
}

bool enter_again(CRITICAL_SECTION& section) noexcept {
    if (owner_of(section).load(std::memory_order_relaxed) != self()) return false;
    ++section.RecursionCount;
    return true;
}

}  // namespace

void InitializeCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
    *lpCriticalSection = CRITICAL_SECTION{};
}

BOOL InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION lpCriticalSection, DWORD dwSpinCount) {
    InitializeCriticalSection(lpCriticalSection);
    lpCriticalSection->SpinCount = dwSpinCount;
    return TRUE;
}

void EnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
    CRITICAL_SECTION& section = *lpCriticalSection;
    if (enter_again(section)) return;
    for (int i = 0; i < kSpins; ++i) {
        if (try_word(section)) return take(section);
        cpu_relax();
    }
    // (writers: holders and waiters; pairs with the exchange in LeaveCriticalSection)
    while (word_of(section).exchange(2, std::memory_order_acquire) != 0)
        syscall(SYS_futex, &section.LockCount, FUTEX_WAIT_PRIVATE, 2, nullptr, nullptr, 0);
    take(section);
}

BOOL TryEnterCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
    if (enter_again(*lpCriticalSection)) return TRUE;
    if (!try_word(*lpCriticalSection)) return FALSE;
    take(*lpCriticalSection);
    return TRUE;
}

void LeaveCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
    CRITICAL_SECTION& section = *lpCriticalSection;
    if (--section.RecursionCount > 0) return;
    owner_of(section).store(nullptr, std::memory_order_relaxed);
    if (word_of(section).exchange(0, std::memory_order_release) == 2)
        syscall(SYS_futex, &section.LockCount, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void DeleteCriticalSection(LPCRITICAL_SECTION lpCriticalSection) {
    *lpCriticalSection = CRITICAL_SECTION{};
}
