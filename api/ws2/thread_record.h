// SPDX-License-Identifier: BSD-3-Clause
// What the shell keeps per application thread: how deep it is inside calls, its stock of handle slots, its
// blocking hook and its error sentence. Records come from the heap, are never freed and are used again by
// later threads, so that WSACleanup may look at all of them without a race against a thread's end.
#pragma once

#include <ringsock/types.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "base/cache_line.h"

namespace ringsock::ws2 {

struct ApcQueue;

/// Free handle slots linked through the table; see handle_table.h.
struct SlotChain {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t count = 0;
};

struct alignas(kCacheLine) ThreadRecord {
    /// Calls this thread is inside of; above 1 in a blocking hook or a condition function. Writer: the
    /// thread; read by WSACleanup after a membarrier, which is why the thread pays for no fence.
    std::atomic<std::uint32_t> depth{0};
    SlotChain spare;   ///< Slots to make handles of.
    SlotChain closed;  ///< Slots of handles closed here, on their way to the table's list.
    FARPROC blocking_hook = nullptr;
    /// Procedures queued to this thread; made on first need (apc.h).
    std::atomic<ApcQueue*> apcs{nullptr};
    std::string error_text;  ///< Behind ringsock_last_error_text.
    /// What win32/ keeps for the thread, and how it ends: called first when the thread ends.
    void* win32_thread = nullptr;
    void (*end_win32_thread)(void* thread) noexcept = nullptr;
    std::atomic<bool> taken{false};
    ThreadRecord* next = nullptr;  ///< In the list of all records: set once, before it is published.
};

extern constinit thread_local ThreadRecord* t_record __attribute__((tls_model("initial-exec")));

/// Gives the calling thread its record. Slow path of this_thread_record().
[[nodiscard]] ThreadRecord& take_thread_record() noexcept;

[[nodiscard]] inline ThreadRecord& this_thread_record() noexcept {
    ThreadRecord* const record = t_record;
    return record != nullptr ? *record : take_thread_record();
}

/// First of all records; follow `next`. The list only grows.
[[nodiscard]] ThreadRecord* first_thread_record() noexcept;

}  // namespace ringsock::ws2
