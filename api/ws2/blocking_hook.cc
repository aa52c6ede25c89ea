// SPDX-License-Identifier: BSD-3-Clause
// Blocking hooks of version 1.1: a function that a blocking call runs again and again while it waits. Later
// versions have none. Winsock: WSASetBlockingHook, WSAUnhookBlockingHook, WSAIsBlocking,
// WSACancelBlockingCall.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// What Windows would do by default: look for a message. There are none.
INT_PTR default_hook() {
    return FALSE;
}

/// 0, WSANOTINITIALISED or WSAEOPNOTSUPP. These calls are allowed inside a blocking one.
int judge_version_1() noexcept {
    if (!ws2::Presence::is_started()) return WSANOTINITIALISED;
    return ws2::g_shell.is_version_1.load(std::memory_order_relaxed) != 0 ? 0 : WSAEOPNOTSUPP;
}

bool is_inside_call() noexcept {
    return ws2::this_thread_record().depth.load(std::memory_order_relaxed) != 0;
}

}  // namespace

FARPROC WSASetBlockingHook(FARPROC lpBlockFunc) {
    if (const int code = judge_version_1(); code != 0) return ws2::fail_with<FARPROC>(code, nullptr);
    if (lpBlockFunc == nullptr) return ws2::fail_with<FARPROC>(WSAEFAULT, nullptr);
    FARPROC& hook = ws2::this_thread_record().blocking_hook;
    const FARPROC former = hook != nullptr ? hook : default_hook;
    hook = lpBlockFunc == default_hook ? nullptr : lpBlockFunc;
    return ws2::fail_with(0, former);
}

int WSAUnhookBlockingHook() {
    if (const int code = judge_version_1(); code != 0) return ws2::fail_with(code, SOCKET_ERROR);
    ws2::this_thread_record().blocking_hook = nullptr;
    return ws2::fail_with(0, 0);
}

BOOL WSAIsBlocking() {
    return judge_version_1() == 0 && is_inside_call() ? TRUE : FALSE;
}

int WSACancelBlockingCall() {
    if (const int code = judge_version_1(); code != 0) return ws2::fail_with(code, SOCKET_ERROR);
    if (!is_inside_call()) return ws2::fail_with(WSAEINVAL, SOCKET_ERROR);
    int error = 0;
    const int result = ws2::g_shell.table.lpWSPCancelBlockingCall(&error);
    return ws2::fail_with(result == 0 ? 0 : error, result);
}
