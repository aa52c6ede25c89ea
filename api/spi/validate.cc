// SPDX-License-Identifier: BSD-3-Clause
// The checks, in the order that validate.h pins.
#include "spi/validate.h"

#include <climits>
#include <cstring>

namespace ringsock::spi {

namespace {

/// Reads the parts of an IPv4 name that may stand at any alignment.
void read_name(const sockaddr* name, Name& out) noexcept {
    ws2_sockaddr_in in;
    std::memcpy(&in, name, sizeof in);
    out.address = Ipv4{__builtin_bswap32(in.sin_addr.S_un.S_addr)};
    out.port = Port{__builtin_bswap16(in.sin_port)};
}

USHORT family_of(const sockaddr* name) noexcept {
    USHORT family = 0;
    std::memcpy(&family, name, sizeof family);
    return family;
}

/// A name of the socket's family: 0, WSAEFAULT or WSAEAFNOSUPPORT.
int judge_name(const sockaddr* name, int namelen, Name& out) noexcept {
    if (name == nullptr || namelen < static_cast<int>(sizeof(ws2_sockaddr_in))) return WSAEFAULT;
    if (family_of(name) != WS_AF_INET) return WSAEAFNOSUPPORT;
    read_name(name, out);
    return 0;
}

bool is_best_effort(SERVICETYPE type) noexcept {
    switch (type & ~(SERVICE_NO_TRAFFIC_CONTROL | SERVICE_NO_QOS_SIGNALING)) {
        case SERVICETYPE_NOTRAFFIC:
        case SERVICETYPE_BESTEFFORT:
        case SERVICETYPE_GENERAL_INFORMATION:
        case SERVICETYPE_NOCHANGE:
            return true;
        default:
            return false;
    }
}

bool is_one_host(Ipv4 address) noexcept {
    return !address.is_any() && !address.is_limited_broadcast() && !address.is_multicast();
}

}  // namespace

int validate_connect(const SocketCell& cell, const sockaddr* name, int namelen, const ConnectExtras& extras,
                     Name& out) noexcept {
    const bool stream = is_stream(cell);
    if (const int code = judge_name(name, namelen, out); code != 0) [[unlikely]] {
        if (code != WSAEAFNOSUPPORT || stream || family_of(name) != WS_AF_UNSPEC) return code;
        out.is_unspecified = true;
    }
    if (stream) {
        const Phase phase = phase_of(cell);
        if (phase == Phase::listening) return WSAEINVAL;
        if (phase == Phase::connecting) return WSAEALREADY;
        if (phase == Phase::connected) return WSAEISCONN;
    }
    if (extras.gqos != nullptr) return WSAEINVAL;
    if (stream && extras.caller_data != nullptr) return WSAEPROTONOSUPPORT;
    if (extras.sqos != nullptr && !(is_best_effort(extras.sqos->SendingFlowspec.ServiceType) &&
                                    is_best_effort(extras.sqos->ReceivingFlowspec.ServiceType))) {
        return WSAEOPNOTSUPP;
    }
    if (out.is_unspecified) return 0;
    if (stream) return is_one_host(out.address) && out.port.value != 0 ? 0 : WSAEADDRNOTAVAIL;
    if (out.address.is_any()) return 0;  // Disconnects.
    if (out.port.value == 0) return WSAEADDRNOTAVAIL;
    if (out.address.is_limited_broadcast() && cell.names.options.broadcast == 0) return WSAEACCES;
    return 0;
}

int validate_bind(const SocketCell& cell, const sockaddr* name, int namelen, Name& out) noexcept {
    if (const int code = judge_name(name, namelen, out); code != 0) return code;
    if (phase_of(cell) != Phase::open || has_flag(cell, kFlagBound)) return WSAEINVAL;
    if (is_stream(cell) && !out.address.is_any() && !is_one_host(out.address)) return WSAEADDRNOTAVAIL;
    return 0;
}

int validate_listen(const SocketCell& cell) noexcept {
    if (!is_stream(cell)) return WSAEOPNOTSUPP;
    switch (phase_of(cell)) {
        case Phase::connected:
            return WSAEISCONN;
        case Phase::bound:
        case Phase::listening:
            return 0;
        default:
            return WSAEINVAL;
    }
}

int validate_destination(const SocketCell& cell, const sockaddr* to, int to_length, Name& out) noexcept {
    if (const int code = judge_name(to, to_length, out); code != 0) return code;
    if (out.address.is_any() || out.port.value == 0) return WSAEADDRNOTAVAIL;
    if (out.address.is_limited_broadcast() && cell.names.options.broadcast == 0) return WSAEACCES;
    return 0;
}

int validate_buffers(const WSABUF* buffers, DWORD count, std::size_t& total) noexcept {
    total = 0;
    if (buffers == nullptr) return WSAEFAULT;
    if (count == 0) return WSAEINVAL;
    for (DWORD i = 0; i < count; ++i) {
        if (buffers[i].buf == nullptr && buffers[i].len != 0) return WSAEFAULT;
        total += buffers[i].len;
    }
    return total > INT_MAX ? WSAEINVAL : 0;
}

bool store_name(Ipv4 address, Port port, sockaddr* name, LPINT length) noexcept {
    constexpr INT kSize = sizeof(ws2_sockaddr_in);
    const bool fits = *length >= kSize;
    *length = kSize;
    if (!fits) return false;
    ws2_sockaddr_in in{};
    in.sin_family = WS_AF_INET;
    in.sin_port = __builtin_bswap16(port.value);
    in.sin_addr.S_un.S_addr = __builtin_bswap32(address.value);
    std::memcpy(name, &in, sizeof in);
    return true;
}

}  // namespace ringsock::spi
