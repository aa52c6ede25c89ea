// SPDX-License-Identifier: BSD-3-Clause
// What a provider may ask of the shell: sockets' handles, event objects, the blocking hook, queued
// procedures. They report through lpErrno and never touch the thread's last error. Winsock: "Upcalls" pages.
#include <ringsock/spi.h>
#include <ringsock/ws2.h>

#include <algorithm>

#include "spi/provider.h"
#include "sync/event.h"
#include "ws2/apc.h"
#include "ws2/handle_table.h"
#include "ws2/prolog.h"
#include "ws2/shell.h"

using namespace ringsock;
using ws2::HandleKind;

namespace {

constexpr char16_t kLibraryPath[] = u"libringsock.so.0";

BOOL event_result(bool done, LPINT lpErrno) noexcept {
    if (!done) *lpErrno = WSA_INVALID_HANDLE;
    return done ? TRUE : FALSE;
}

/// Gives the thread's hook the shape a provider knows; the context is the hook itself.
BOOL call_blocking_hook(DWORD_PTR context) noexcept {
    // A 1.1 hook returns TRUE while it wants to be called again; the wait ends when it cancels, not when it
    // is idle.
    reinterpret_cast<FARPROC>(context)();
    return TRUE;
}

/// Turns the record that a WSATHREADID carries back.
ws2::ThreadRecord* record_of(LPWSATHREADID thread) noexcept {
    return thread == nullptr ? nullptr : reinterpret_cast<ws2::ThreadRecord*>(thread->Reserved);
}

}  // namespace

BOOL WPUCloseEvent(WSAEVENT hEvent, LPINT lpErrno) {
    return event_result(sync::close_event(hEvent), lpErrno);
}
BOOL WPUResetEvent(WSAEVENT hEvent, LPINT lpErrno) {
    return event_result(sync::reset_event(hEvent), lpErrno);
}
BOOL WPUSetEvent(WSAEVENT hEvent, LPINT lpErrno) {
    return event_result(sync::set_event(hEvent), lpErrno);
}

WSAEVENT WPUCreateEvent(LPINT lpErrno) {
    const WSAEVENT event = sync::create_event(false, false);
    if (event == nullptr) *lpErrno = WSA_NOT_ENOUGH_MEMORY;
    return event;
}

SOCKET WPUCreateSocketHandle(DWORD dwCatalogEntryId, DWORD_PTR dwContext, LPINT lpErrno) {
    const SOCKET s = ws2::create_handle(HandleKind::socket, dwContext, dwCatalogEntryId & 0xffffff);
    if (s != 0) return s;
    *lpErrno = WSAENOBUFS;
    return INVALID_SOCKET;
}

int WPUCloseSocketHandle(SOCKET s, LPINT lpErrno) {
    if (ws2::destroy_handle(s, HandleKind::socket)) return 0;
    *lpErrno = WSAENOTSOCK;
    return SOCKET_ERROR;
}

int WPUQuerySocketHandleContext(SOCKET s, PDWORD_PTR lpContext, LPINT lpErrno) {
    ws2::HandleEntry entry;
    if (!ws2::find_handle(s, entry) || entry.kind != HandleKind::socket) {
        *lpErrno = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    *lpContext = entry.context;
    return 0;
}

// Handle values are the table's own; a provider cannot bring its own ones. Winsock: WPUModifyIFSHandle.
SOCKET WPUModifyIFSHandle(DWORD, SOCKET, LPINT lpErrno) {
    *lpErrno = WSAEOPNOTSUPP;
    return INVALID_SOCKET;
}

int WPUFDIsSet(SOCKET s, ws2_fd_set* fdset) {
    return __WSAFDIsSet(s, fdset);
}

int WPUGetProviderPath(LPGUID lpProviderId, WCHAR* lpszProviderDllPath, LPINT lpProviderDllPathLen,
                       LPINT lpErrno) {
    if (lpProviderId == nullptr || lpszProviderDllPath == nullptr || lpProviderDllPathLen == nullptr) {
        *lpErrno = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if (!ws2::same_guid(*lpProviderId, spi::kProviderId)) {
        *lpErrno = WSAEINVAL;
        return SOCKET_ERROR;
    }
    constexpr int kNeeded = static_cast<int>(std::size(kLibraryPath));
    const int room = *lpProviderDllPathLen;
    *lpProviderDllPathLen = kNeeded;
    if (room < kNeeded) {
        *lpErrno = WSAEFAULT;
        return SOCKET_ERROR;
    }
    std::copy(std::begin(kLibraryPath), std::end(kLibraryPath), lpszProviderDllPath);
    return 0;
}

BOOL WPUPostMessage(HWND, UINT, WPARAM, LPARAM) {
    return FALSE;
}

int WPUQueryBlockingCallback(DWORD, LPBLOCKINGCALLBACK* lplpfnCallback, PDWORD_PTR lpdwContext,
                             LPINT lpErrno) {
    if (lplpfnCallback == nullptr || lpdwContext == nullptr) {
        *lpErrno = WSAEFAULT;
        return SOCKET_ERROR;
    }
    const FARPROC hook = ws2::this_thread_record().blocking_hook;
    *lplpfnCallback = hook == nullptr ? nullptr : call_blocking_hook;
    *lpdwContext = reinterpret_cast<DWORD_PTR>(hook);
    return 0;
}

int WPUOpenCurrentThread(LPWSATHREADID lpThreadId, LPINT lpErrno) {
    if (lpThreadId == nullptr) {
        *lpErrno = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if (ws2::apc_event() == nullptr) {
        *lpErrno = WSA_NOT_ENOUGH_MEMORY;
        return SOCKET_ERROR;
    }
    lpThreadId->ThreadHandle = nullptr;
    lpThreadId->Reserved = reinterpret_cast<DWORD_PTR>(&ws2::this_thread_record());
    return 0;
}

int WPUCloseThread(LPWSATHREADID lpThreadId, LPINT lpErrno) {
    if (record_of(lpThreadId) == nullptr) {
        *lpErrno = WSAEINVAL;
        return SOCKET_ERROR;
    }
    lpThreadId->Reserved = 0;
    return 0;
}

int WPUQueueApc(LPWSATHREADID lpThreadId, LPWSAUSERAPC lpfnUserApc, DWORD_PTR dwContext, LPINT lpErrno) {
    ws2::ThreadRecord* record = record_of(lpThreadId);
    if (record == nullptr || lpfnUserApc == nullptr) {
        *lpErrno = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if (ws2::queue_apc(*record, lpfnUserApc, dwContext)) return 0;
    *lpErrno = WSAENOBUFS;
    return SOCKET_ERROR;
}

int WPUCompleteOverlappedRequest(SOCKET s, LPWSAOVERLAPPED lpOverlapped, DWORD dwError, DWORD cbTransferred,
                                 LPINT lpErrno) {
    if (lpOverlapped == nullptr) {
        *lpErrno = WSAEINVAL;
        return SOCKET_ERROR;
    }
    if (!ws2::is_socket(s)) {
        *lpErrno = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    // The lowest bit of the event only asks for no record on a completion port.
    const auto event =
        reinterpret_cast<WSAEVENT>(reinterpret_cast<ULONG_PTR>(lpOverlapped->hEvent) & ~ULONG_PTR{1});
    lpOverlapped->InternalHigh = cbTransferred;
    // (writer: the completer; pairs with the acquire in HasOverlappedIoCompleted)
    __atomic_store_n(&lpOverlapped->Internal, ULONG_PTR{dwError}, __ATOMIC_RELEASE);
    if (event != nullptr) sync::set_event(event);
    return 0;
}

namespace ringsock::ws2 {

WSPUPCALLTABLE upcall_table() noexcept {
    return {
        .lpWPUCloseEvent = WPUCloseEvent,
        .lpWPUCloseSocketHandle = WPUCloseSocketHandle,
        .lpWPUCreateEvent = WPUCreateEvent,
        .lpWPUCreateSocketHandle = WPUCreateSocketHandle,
        .lpWPUFDIsSet = WPUFDIsSet,
        .lpWPUGetProviderPath = WPUGetProviderPath,
        .lpWPUModifyIFSHandle = WPUModifyIFSHandle,
        .lpWPUPostMessage = WPUPostMessage,
        .lpWPUQueryBlockingCallback = WPUQueryBlockingCallback,
        .lpWPUQuerySocketHandleContext = WPUQuerySocketHandleContext,
        .lpWPUQueueApc = WPUQueueApc,
        .lpWPUResetEvent = WPUResetEvent,
        .lpWPUSetEvent = WPUSetEvent,
        .lpWPUOpenCurrentThread = WPUOpenCurrentThread,
        .lpWPUCloseThread = WPUCloseThread,
    };
}

}  // namespace ringsock::ws2
