// SPDX-License-Identifier: BSD-3-Clause
// Taking incoming connections. Winsock: accept, WSAAccept.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

SOCKET WSAAccept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition,
                 DWORD_PTR dwCallbackData) {
    ws2::ApiCall call{s};
    if (!call) return call.done_socket(INVALID_SOCKET);
    return call.done_socket(
        call.table().lpWSPAccept(s, addr, addrlen, lpfnCondition, dwCallbackData, call.error()));
}

SOCKET ws2_accept(SOCKET s, sockaddr* addr, int* addrlen) {
    return WSAAccept(s, addr, addrlen, nullptr, 0);
}
