// SPDX-License-Identifier: BSD-3-Clause
// Asynchronous procedure calls: functions that run in a chosen thread during its next alertable wait. Any
// thread queues; only the thread itself runs them.
#pragma once

#include <ringsock/types.h>

#include <cstdint>

#include "ws2/thread_record.h"

namespace ringsock::ws2 {

using ApcFunction = void (*)(std::uintptr_t argument);

/// Procedures that wait for one thread at most; more are refused.
inline constexpr std::uint32_t kMaxApcs = 65536;

/// The calling thread's event, signalled while procedures wait for it; null without memory. Makes the queue.
[[nodiscard]] HANDLE apc_event() noexcept;

/// Adds a procedure to a thread's queue. False when the thread has ended, has no queue, or its queue is full.
bool queue_apc(ThreadRecord& record, ApcFunction function, std::uintptr_t argument) noexcept;

/// Runs what waits for the calling thread, in order, and what these add meanwhile up to kMaxApcs. False:
/// nothing did.
bool run_apcs() noexcept;

/// Whether procedures wait for the calling thread.
[[nodiscard]] bool has_apcs() noexcept;

/// Throws the queue away: the thread ends.
void close_apc_queue(ThreadRecord& record) noexcept;

}  // namespace ringsock::ws2
