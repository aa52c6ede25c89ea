// SPDX-License-Identifier: BSD-3-Clause
// The objects behind Win32 handles: threads, mutexes, files, and further names of events. All of them are
// rare, so one lock guards what they are made of and how often they are referred to; plain events never come
// here.
#pragma once

#include <ringsock/win32.h>

#include <mutex>
#include <string>

#include "ws2/handle_table.h"

namespace ringsock::win32 {

using ws2::HandleKind;

struct ThreadState;

/// One object. Under objects_lock(), unless said otherwise.
struct Object {
    HandleKind kind = HandleKind::none;
    std::uint32_t references = 0;  ///< Handles, waits, and the thread itself.
    HANDLE event = nullptr;        ///< Signalled: ended (thread), free (mutex), set (event). Never changes.
    std::string name;              ///< Of a named event or mutex.
    // thread
    ThreadState* thread = nullptr;  ///< While it runs.
    DWORD exit_code = STILL_ACTIVE;
    DWORD thread_id = 0;
    // mutex
    ThreadState* owner = nullptr;
    std::uint32_t recursion = 0;
    bool is_abandoned = false;
    Object* next_owned = nullptr;  ///< In its owner's list.
    // event
    bool owns_event = false;  ///< The plain handle of the event still counts as open.
    // file
    int descriptor = -1;
};

[[nodiscard]] std::mutex& objects_lock() noexcept;

/// Pseudo handles: they name the caller and are never closed.
inline const HANDLE kThisProcess = reinterpret_cast<HANDLE>(LONG_PTR{-1});
inline const HANDLE kThisThread = reinterpret_cast<HANDLE>(LONG_PTR{-2});

[[nodiscard]] inline std::uintptr_t bits_of(HANDLE handle) noexcept {
    return reinterpret_cast<std::uintptr_t>(handle);
}

/// The object a handle names, if it is of that kind; nullptr otherwise.
[[nodiscard]] Object* find_object(HANDLE handle, HandleKind kind) noexcept;

/// Makes a handle for the object and counts it; null when there is no room. The object is not counted before.
[[nodiscard]] HANDLE make_handle(Object& object) noexcept;

/// Counts one less; frees the object and closes its event after the last.
void release(Object& object) noexcept;

/// The object of that kind and name, or nullptr.
[[nodiscard]] Object* find_named(HandleKind kind, const std::string& name) noexcept;
/// Makes its name known.
void publish_name(Object& object);

/// The plain event behind any handle of an event; null when it is none. Takes the lock by itself if it must.
[[nodiscard]] HANDLE plain_event(HANDLE handle) noexcept;

}  // namespace ringsock::win32
