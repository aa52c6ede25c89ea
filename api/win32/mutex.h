// SPDX-License-Identifier: BSD-3-Clause
// Mutex objects: recursive, owned by a thread, abandoned by its end. Everything under objects_lock().
#pragma once

#include "win32/thread_state.h"

namespace ringsock::win32 {

/// Whether the thread may have the mutex now.
[[nodiscard]] bool is_free_for(const Object& mutex, const ThreadState& thread) noexcept;
/// Gives it to the thread, which may have it. True when it had been abandoned.
bool take_mutex(Object& mutex, ThreadState& thread) noexcept;
/// Lets go of everything the thread holds: it ends.
void abandon_mutexes(ThreadState& thread) noexcept;

}  // namespace ringsock::win32
