// SPDX-License-Identifier: BSD-3-Clause
// Win32: CreateMutexA/W, ReleaseMutex. Waiting for one is in wait.cc.
#include "win32/mutex.h"

#include <new>
#include <utility>

#include "sync/event.h"
#include "ws2/last_error.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace ringsock::win32 {

namespace {

void unlink_owned(Object& mutex) noexcept {
    for (Object** link = &mutex.owner->first_owned; *link != nullptr; link = &(*link)->next_owned) {
        if (*link == &mutex) {
            *link = mutex.next_owned;
            break;
        }
    }
    mutex.next_owned = nullptr;
}

/// The owner's hold counts as a reference, so that a mutex whose handles are gone is still there to be let go
/// of.
void let_go(Object& mutex) noexcept {
    mutex.owner = nullptr;
    mutex.recursion = 0;
    sync::set_event(mutex.event);
    release(mutex);
}

/// Under the lock. A new mutex with no handle; nullptr without memory.
Object* make_mutex() noexcept {
    auto* object = new (std::nothrow) Object;
    if (object == nullptr) return nullptr;
    object->kind = HandleKind::mutex;
    object->event = sync::create_event(false, true);
    if (object->event != nullptr) return object;
    delete object;
    return nullptr;
}

HANDLE create_mutex(bool is_owned, const std::string* name) noexcept {
    ThreadState* const thread = this_thread();
    if (thread == nullptr) return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    const std::lock_guard held(objects_lock());
    Object* object = name != nullptr ? find_named(HandleKind::mutex, *name) : nullptr;
    const bool existed = object != nullptr;
    if (!existed) object = make_mutex();
    if (object == nullptr) return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    const HANDLE handle = make_handle(*object);
    if (handle == nullptr) {
        if (!existed) {
            object->references = 1;
            release(*object);
        }
        return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    }
    if (!existed && name != nullptr) {
        object->name = *name;
        publish_name(*object);
    }
    if (!existed && is_owned) take_mutex(*object, *thread);
    return ws2::fail_with(existed ? ERROR_ALREADY_EXISTS : 0, handle);
}

}  // namespace

bool is_free_for(const Object& mutex, const ThreadState& thread) noexcept {
    return mutex.owner == nullptr || mutex.owner == &thread;
}

bool take_mutex(Object& mutex, ThreadState& thread) noexcept {
    if (mutex.recursion++ != 0) return false;
    mutex.owner = &thread;
    mutex.next_owned = thread.first_owned;
    thread.first_owned = &mutex;
    ++mutex.references;
    sync::reset_event(mutex.event);
    return std::exchange(mutex.is_abandoned, false);
}

void abandon_mutexes(ThreadState& thread) noexcept {
    while (Object* const mutex = thread.first_owned) {
        unlink_owned(*mutex);
        mutex->is_abandoned = true;
        let_go(*mutex);
    }
}

}  // namespace ringsock::win32

HANDLE CreateMutexA(LPSECURITY_ATTRIBUTES, BOOL bInitialOwner, LPCSTR lpName) {
    const std::string name = lpName != nullptr ? lpName : "";
    return win32::create_mutex(bInitialOwner != FALSE, name.empty() ? nullptr : &name);
}

HANDLE CreateMutexW(LPSECURITY_ATTRIBUTES, BOOL bInitialOwner, LPCWSTR lpName) {
    const std::string name = ws2::to_utf8(lpName);
    return win32::create_mutex(bInitialOwner != FALSE, name.empty() ? nullptr : &name);
}

BOOL ReleaseMutex(HANDLE hMutex) {
    using namespace win32;
    ThreadState* const thread = this_thread();
    const std::lock_guard held(objects_lock());
    Object* const mutex = find_object(hMutex, HandleKind::mutex);
    if (mutex == nullptr) return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
    if (thread == nullptr || mutex->owner != thread) return ws2::fail_with(ERROR_NOT_OWNER, FALSE);
    if (--mutex->recursion != 0) return TRUE;
    unlink_owned(*mutex);
    let_go(*mutex);
    return TRUE;
}
