// SPDX-License-Identifier: BSD-3-Clause
// Connecting. Both forms are one entry of the provider; connect() is WSAConnect with four nulls.
// Winsock: connect, WSAConnect, WSAJoinLeaf.
#include <ringsock/ws2.h>

#include "ws2/prolog.h"

using namespace ringsock;

int WSAConnect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
               LPQOS lpSQOS, LPQOS lpGQOS) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(call.table().lpWSPConnect(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS, lpGQOS,
                                               call.error()));
}

int ws2_connect(SOCKET s, const sockaddr* name, int namelen) {
    return WSAConnect(s, name, namelen, nullptr, nullptr, nullptr, nullptr);
}

SOCKET WSAJoinLeaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                   LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags) {
    ws2::ApiCall call{s};
    if (!call) return call.done_socket(INVALID_SOCKET);
    return call.done_socket(call.table().lpWSPJoinLeaf(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS,
                                                       lpGQOS, dwFlags, call.error()));
}
