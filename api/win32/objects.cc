// SPDX-License-Identifier: BSD-3-Clause
// Counting objects, naming them, and closing any handle. Win32: CloseHandle, DuplicateHandle,
// SetHandleInformation.
#include "win32/objects.h"

#include <ringsock/ws2.h>
#include <unistd.h>

#include <map>
#include <new>

#include "sync/event.h"
#include "win32/thread_state.h"
#include "ws2/last_error.h"

using namespace ringsock;

namespace ringsock::win32 {

namespace {

using Names = std::map<std::pair<HandleKind, std::string>, Object*>;
Names& names() noexcept {
    static Names* const made = new Names;
    return *made;
}
/// Objects that stand for a plain event with more than one handle, by that event.
using Shared = std::map<HANDLE, Object*>;
Shared& shared_events() noexcept {
    static Shared* const made = new Shared;
    return *made;
}

/// Under the lock. The object for a plain event, made when the first second handle is; null for no event.
Object* share_event(HANDLE event) noexcept {
    if (sync::find_event(event) == nullptr) return nullptr;
    Shared& all = shared_events();
    if (const auto found = all.find(event); found != all.end()) {
        return found->second->owns_event ? found->second : nullptr;
    }
    auto* object = new (std::nothrow) Object;
    if (object == nullptr) return nullptr;
    object->kind = HandleKind::event_name;
    object->event = event;
    object->references = 1;  // The plain handle.
    object->owns_event = true;
    all[event] = object;
    return object;
}

/// Closes a plain handle of an event, whose object lives on while another handle names it.
bool close_event_handle(HANDLE handle) noexcept {
    const std::lock_guard held(objects_lock());
    const auto found = shared_events().find(handle);
    if (found == shared_events().end()) return sync::close_event(handle);
    Object& object = *found->second;
    if (!object.owns_event) return false;
    object.owns_event = false;
    release(object);
    return true;
}

bool close_table_handle(HANDLE handle, HandleKind kind) noexcept {
    const std::lock_guard held(objects_lock());
    Object* const object = find_object(handle, kind);
    if (object == nullptr || !ws2::destroy_handle(bits_of(handle), kind)) return false;
    release(*object);
    return true;
}

/// Success leaves the last error alone, as Windows does.
BOOL finish(bool done) noexcept {
    return done ? TRUE : ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
}

/// Under the lock.
Object* object_of_any(HANDLE handle) noexcept {
    if (Object* shared = share_event(handle); shared != nullptr) return shared;
    ws2::HandleEntry entry;
    if (!ws2::find_handle(bits_of(handle), entry)) return nullptr;
    return find_object(handle, entry.kind);
}

}  // namespace

std::mutex& objects_lock() noexcept {
    static std::mutex* const made = new std::mutex;
    return *made;
}

Object* find_object(HANDLE handle, HandleKind kind) noexcept {
    ws2::HandleEntry entry;
    if (kind == HandleKind::socket || !ws2::find_handle(bits_of(handle), entry) || entry.kind != kind)
        return nullptr;
    if (kind != HandleKind::event_name) return reinterpret_cast<Object*>(entry.context);
    // Such a handle carries the plain event, which the shell hands to the provider.
    const auto found = shared_events().find(reinterpret_cast<HANDLE>(entry.context));
    return found == shared_events().end() ? nullptr : found->second;
}

HANDLE make_handle(Object& object) noexcept {
    const std::uintptr_t context = object.kind == HandleKind::event_name
                                       ? bits_of(object.event)
                                       : reinterpret_cast<std::uintptr_t>(&object);
    const std::uintptr_t handle = ws2::create_handle(object.kind, context, 0);
    if (handle != 0) ++object.references;
    return reinterpret_cast<HANDLE>(handle);
}

void release(Object& object) noexcept {
    if (--object.references != 0) return;
    if (!object.name.empty()) names().erase({object.kind, object.name});
    if (object.kind == HandleKind::event_name) shared_events().erase(object.event);
    if (object.event != nullptr) sync::close_event(object.event);
    if (object.descriptor >= 0) close(object.descriptor);
    delete &object;
}

Object* find_named(HandleKind kind, const std::string& name) noexcept {
    const auto found = names().find({kind, name});
    return found == names().end() ? nullptr : found->second;
}

void publish_name(Object& object) {
    names()[{object.kind, object.name}] = &object;
    if (object.kind == HandleKind::event_name) shared_events()[object.event] = &object;
}

HANDLE plain_event(HANDLE handle) noexcept {
    if (sync::find_event(handle) != nullptr) return handle;
    const std::lock_guard held(objects_lock());
    const Object* const object = find_object(handle, HandleKind::event_name);
    return object != nullptr ? object->event : nullptr;
}

}  // namespace ringsock::win32

BOOL CloseHandle(HANDLE hObject) {
    if (hObject == win32::kThisProcess || hObject == win32::kThisThread) return win32::finish(true);
    if (sync::find_event(hObject) != nullptr) return win32::finish(win32::close_event_handle(hObject));
    ws2::HandleEntry entry;
    if (!ws2::find_handle(win32::bits_of(hObject), entry)) return win32::finish(false);
    if (entry.kind != win32::HandleKind::socket)
        return win32::finish(win32::close_table_handle(hObject, entry.kind));
    return ws2_closesocket(win32::bits_of(hObject)) == 0 ? TRUE : FALSE;
}

BOOL DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle,
                     LPHANDLE lpTargetHandle, DWORD, BOOL, DWORD dwOptions) {
    using namespace win32;
    if (hSourceProcessHandle != kThisProcess || hTargetProcessHandle != kThisProcess) return finish(false);
    if (lpTargetHandle == nullptr) return ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
    if (ws2::is_socket(bits_of(hSourceHandle))) return ws2::fail_with(ERROR_NOT_SUPPORTED, FALSE);
    if (hSourceHandle == kThisThread) {  // A real handle of the calling thread.
        ThreadState* const thread = this_thread();
        if (thread == nullptr) return ws2::fail_with(ERROR_NOT_ENOUGH_MEMORY, FALSE);
        const std::lock_guard held(objects_lock());
        *lpTargetHandle = make_handle(*thread->object);
        return *lpTargetHandle != nullptr ? finish(true) : ws2::fail_with(ERROR_NOT_ENOUGH_MEMORY, FALSE);
    }
    {
        const std::lock_guard held(objects_lock());
        Object* const object = object_of_any(hSourceHandle);
        if (object == nullptr) return finish(false);
        *lpTargetHandle = make_handle(*object);
        if (*lpTargetHandle == nullptr) return ws2::fail_with(ERROR_NOT_ENOUGH_MEMORY, FALSE);
    }
    if ((dwOptions & DUPLICATE_CLOSE_SOURCE) != 0) CloseHandle(hSourceHandle);
    return finish(true);
}

BOOL SetHandleInformation(HANDLE hObject, DWORD, DWORD) {
    ws2::HandleEntry entry;
    return win32::finish(sync::find_event(hObject) != nullptr ||
                         ws2::find_handle(win32::bits_of(hObject), entry));
}
