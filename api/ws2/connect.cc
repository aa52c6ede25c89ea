// SPDX-License-Identifier: BSD-3-Clause
// Connecting. Both forms are one entry of the provider; connect() hands it four nulls, and reads a half-zero
// name of a datagram socket as its own page does. Winsock: connect, WSAConnect, WSAJoinLeaf.
#include <ringsock/ws2.h>

#include <cstring>

#include "ws2/prolog.h"

using namespace ringsock;

namespace {

/// A datagram socket and a wildcard address with a port: the one name that the pages read differently. To
/// connect and to the provider it takes the peer away; WSAConnect's page wants the entire name zero for that.
bool is_half_zero(ws2::ApiCall& call, SOCKET s, const sockaddr* name, int namelen) {
    if (name == nullptr || namelen < static_cast<int>(sizeof(ws2_sockaddr_in))) return false;
    ws2_sockaddr_in in;
    std::memcpy(&in, name, sizeof in);
    if (in.sin_family != WS_AF_INET || in.sin_addr.s_addr != 0 || in.sin_port == 0) return false;
    int type = 0;
    int length = sizeof type;
    return call.table().lpWSPGetSockOpt(s, WS_SOL_SOCKET, WS_SO_TYPE, reinterpret_cast<char*>(&type), &length,
                                        call.error()) == 0 &&
           type == WS_SOCK_DGRAM;
}

}  // namespace

int WSAConnect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
               LPQOS lpSQOS, LPQOS lpGQOS) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    if (is_half_zero(call, s, name, namelen)) [[unlikely]]
        return call.fail(WSAEADDRNOTAVAIL);
    return call.done(call.table().lpWSPConnect(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS, lpGQOS,
                                               call.error()));
}

int ws2_connect(SOCKET s, const sockaddr* name, int namelen) {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    return call.done(
        call.table().lpWSPConnect(s, name, namelen, nullptr, nullptr, nullptr, nullptr, call.error()));
}

SOCKET WSAJoinLeaf(SOCKET s, const sockaddr* name, int namelen, LPWSABUF lpCallerData, LPWSABUF lpCalleeData,
                   LPQOS lpSQOS, LPQOS lpGQOS, DWORD dwFlags) {
    ws2::ApiCall call{s};
    if (!call) return call.done_socket(INVALID_SOCKET);
    return call.done_socket(call.table().lpWSPJoinLeaf(s, name, namelen, lpCallerData, lpCalleeData, lpSQOS,
                                                       lpGQOS, dwFlags, call.error()));
}
