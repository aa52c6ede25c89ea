// SPDX-License-Identifier: BSD-3-Clause
// Socket addresses from parsed ones and back. Pure.
#pragma once

#include <ringsock/types.h>

#include <cstring>

#include "ws2/address_parse.h"

namespace ringsock::ws2 {

/// Bytes of the socket address of a family.
[[nodiscard]] constexpr std::size_t sockaddr_bytes(int family) noexcept {
    return family == WS_AF_INET6 ? sizeof(ws2_sockaddr_in6) : sizeof(ws2_sockaddr_in);
}

/// Writes sockaddr_bytes() bytes. The port is in host byte order.
inline void store_sockaddr(const ParsedAddress& address, std::uint16_t port, void* out) noexcept {
    const auto network_port = static_cast<USHORT>(port << 8 | port >> 8);
    if (address.family == WS_AF_INET6) {
        ws2_sockaddr_in6 to{};
        to.sin6_family = WS_AF_INET6;
        to.sin6_port = network_port;
        to.sin6_scope_id = address.scope;
        std::memcpy(&to.sin6_addr, address.bytes, 16);
        std::memcpy(out, &to, sizeof to);
    } else {
        ws2_sockaddr_in to{};
        to.sin_family = WS_AF_INET;
        to.sin_port = network_port;
        std::memcpy(&to.sin_addr, address.bytes, 4);
        std::memcpy(out, &to, sizeof to);
    }
}

/// Reads one. 0, WSAEFAULT (null or short) or WSAEAFNOSUPPORT.
[[nodiscard]] inline int load_sockaddr(const void* name, int length, ParsedAddress& address,
                                       std::uint16_t& port) noexcept {
    USHORT family = 0;
    if (name == nullptr || length < static_cast<int>(sizeof family)) return WSAEFAULT;
    std::memcpy(&family, name, sizeof family);
    if (family != WS_AF_INET && family != WS_AF_INET6) return WSAEAFNOSUPPORT;
    if (length < static_cast<int>(sockaddr_bytes(family))) return WSAEFAULT;
    address = ParsedAddress{.family = family};
    ws2_sockaddr_in6 from{};
    std::memcpy(&from, name, sockaddr_bytes(family));
    port = static_cast<std::uint16_t>(from.sin6_port << 8 | from.sin6_port >> 8);
    if (family == WS_AF_INET6) {
        std::memcpy(address.bytes, &from.sin6_addr, 16);
        address.scope = from.sin6_scope_id;
    } else {
        std::memcpy(address.bytes, static_cast<const char*>(name) + offsetof(ws2_sockaddr_in, sin_addr), 4);
    }
    return 0;
}

}  // namespace ringsock::ws2
