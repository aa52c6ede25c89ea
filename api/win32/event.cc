// SPDX-License-Identifier: BSD-3-Clause
// Event objects under their Win32 names. Without a name an event is a plain event of sync/; with one it is an
// object that a second call finds. Win32: CreateEventA/W, SetEvent, ResetEvent.
#include "sync/event.h"

#include <new>

#include "win32/objects.h"
#include "ws2/last_error.h"
#include "ws2/utf16.h"

using namespace ringsock;

namespace ringsock::win32 {

namespace {

HANDLE create_plain(bool manual, bool initial) noexcept {
    const HANDLE event = sync::create_event(!manual, initial);
    return ws2::fail_with(event != nullptr ? 0 : ERROR_NOT_ENOUGH_MEMORY, event);
}

HANDLE create_named(const std::string& name, bool manual, bool initial) noexcept {
    const std::lock_guard held(objects_lock());
    Object* object = find_named(HandleKind::event_name, name);
    const bool existed = object != nullptr;
    if (!existed) {
        object = new (std::nothrow) Object;
        if (object == nullptr) return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
        object->kind = HandleKind::event_name;
        object->name = name;
        object->event = sync::create_event(!manual, initial);
        publish_name(*object);
    }
    // Held while it is being handed out, so that a refusal frees what was made in vain.
    ++object->references;
    const HANDLE handle = object->event != nullptr ? make_handle(*object) : nullptr;
    release(*object);
    if (handle == nullptr) return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    return ws2::fail_with(existed ? ERROR_ALREADY_EXISTS : 0, handle);
}

/// Success leaves the last error alone, as Windows does.
BOOL finish(bool done) noexcept {
    return done ? TRUE : ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
}

}  // namespace

}  // namespace ringsock::win32

HANDLE CreateEventA(LPSECURITY_ATTRIBUTES, BOOL bManualReset, BOOL bInitialState, LPCSTR lpName) {
    if (lpName == nullptr || *lpName == 0)
        return win32::create_plain(bManualReset != FALSE, bInitialState != FALSE);
    return win32::create_named(lpName, bManualReset != FALSE, bInitialState != FALSE);
}

HANDLE CreateEventW(LPSECURITY_ATTRIBUTES, BOOL bManualReset, BOOL bInitialState, LPCWSTR lpName) {
    if (lpName == nullptr || *lpName == 0)
        return win32::create_plain(bManualReset != FALSE, bInitialState != FALSE);
    return win32::create_named(ws2::to_utf8(lpName), bManualReset != FALSE, bInitialState != FALSE);
}

BOOL SetEvent(HANDLE hEvent) {
    return win32::finish(sync::set_event(win32::plain_event(hEvent)));
}
BOOL ResetEvent(HANDLE hEvent) {
    return win32::finish(sync::reset_event(win32::plain_event(hEvent)));
}
