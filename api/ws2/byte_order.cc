// SPDX-License-Identifier: BSD-3-Clause
// Network byte order is big-endian for every socket here. Winsock: htonl, WSAHtonl and their kin.
#include <ringsock/ws2.h>

#include "base/endian.h"
#include "ws2/prolog.h"

using namespace ringsock;

namespace {

template <typename T>
T swap_bytes(T value) noexcept {
    if constexpr (std::endian::native == std::endian::big) return value;
    if constexpr (sizeof(T) == 2)
        return __builtin_bswap16(value);
    else
        return __builtin_bswap32(value);
}

template <typename T>
int swap_for(SOCKET s, T value, T* out) noexcept {
    ws2::ApiCall call{s};
    if (!call) return call.fail();
    if (out == nullptr) return call.fail(WSAEFAULT);
    *out = swap_bytes(value);
    return call.done(0);
}

}  // namespace

ULONG ws2_htonl(ULONG hostlong) {
    return swap_bytes(hostlong);
}
USHORT ws2_htons(USHORT hostshort) {
    return swap_bytes(hostshort);
}
ULONG ws2_ntohl(ULONG netlong) {
    return swap_bytes(netlong);
}
USHORT ws2_ntohs(USHORT netshort) {
    return swap_bytes(netshort);
}

int WSAHtonl(SOCKET s, ULONG hostlong, ULONG* lpnetlong) {
    return swap_for(s, hostlong, lpnetlong);
}
int WSAHtons(SOCKET s, USHORT hostshort, USHORT* lpnetshort) {
    return swap_for(s, hostshort, lpnetshort);
}
int WSANtohl(SOCKET s, ULONG netlong, ULONG* lphostlong) {
    return swap_for(s, netlong, lphostlong);
}
int WSANtohs(SOCKET s, USHORT netshort, USHORT* lphostshort) {
    return swap_for(s, netshort, lphostshort);
}
