// SPDX-License-Identifier: BSD-3-Clause
// The calling thread as a Win32 object. Every thread can have one; those of CreateThread are born with it.
#pragma once

#include "win32/objects.h"
#include "ws2/thread_record.h"

namespace ringsock::win32 {

struct ThreadState {
    Object* object = nullptr;             ///< Counted once for the running thread.
    ws2::ThreadRecord* record = nullptr;  ///< Where its queued procedures go.
    Object* first_owned = nullptr;        ///< Mutexes it holds. Under objects_lock().
    DWORD exit_code = 0;
};

/// The calling thread's state, made on first use; nullptr without memory.
[[nodiscard]] ThreadState* this_thread() noexcept;

/// Makes the object of a thread, counted once, with an event that is not signalled; nullptr without memory.
/// Under objects_lock().
[[nodiscard]] Object* make_thread_object() noexcept;

/// Ties a state to the calling thread, which will end it.
void adopt_thread_state(ThreadState& state) noexcept;

}  // namespace ringsock::win32
