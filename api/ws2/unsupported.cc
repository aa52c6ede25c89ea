// SPDX-License-Identifier: BSD-3-Clause
// Calls that exist for programs that name them and always fail, each with its documented error.
// Winsock: WSAProviderConfigChange, WSAAsyncGetHostByName, WSACancelAsyncRequest, ProcessSocketNotifications.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

INT WSAProviderConfigChange(LPHANDLE, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE) {
    ws2::ApiCall call;
    return call ? call.fail(WSAEOPNOTSUPP) : call.fail();
}

// No window could get the answer.
HANDLE WSAAsyncGetHostByName(HWND, UINT, const char*, char*, int) {
    ws2::ApiCall call;
    return call.fail(call ? WSAEOPNOTSUPP : call.code()), nullptr;
}

int WSACancelAsyncRequest(HANDLE) {
    ws2::ApiCall call;
    return call ? call.fail(WSAEOPNOTSUPP) : call.fail();
}

// Returns the code itself. There are no completion ports to notify yet.
DWORD ProcessSocketNotifications(HANDLE, UINT32, SOCK_NOTIFY_REGISTRATION*, UINT32, ULONG, OVERLAPPED_ENTRY*,
                                 UINT32*) {
    ws2::ApiCall call;
    const int code = call ? ERROR_NOT_SUPPORTED : call.code();
    call.fail(code);
    return static_cast<DWORD>(code);
}
