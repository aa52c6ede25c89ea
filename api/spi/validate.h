// SPDX-License-Identifier: BSD-3-Clause
// Argument checks of the entries, in one pinned order. The pages do not say which error wins when several
// apply; the tables below do, and tests/unit/api/validate_test.cc tries every row and every pair of rows.
// Pure functions.
#pragma once

#include <ringsock/spi.h>

#include "base/address.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// An IPv4 name as the checks understood it.
struct Name {
    Ipv4 address;
    Port port;
    bool is_unspecified = false;  ///< Family AF_UNSPEC: a datagram's disconnect.
};

/// What a connect was called with, besides the name.
struct ConnectExtras {
    LPWSABUF caller_data;
    LPQOS sqos;
    LPQOS gqos;
};

/// Checks of WSPConnect, strongest first:
///   1 WSAEFAULT           name is null, or shorter than an address of the socket's family
///   2 WSAEAFNOSUPPORT     another family (AF_UNSPEC disconnects a datagram socket)
///   3 WSAEINVAL           the socket listens
///   4 WSAEALREADY         a connect is on its way (stream)
///   5 WSAEISCONN          already connected (stream)
///   6 WSAEINVAL           lpGQOS is not null: groups are not supported
///   7 WSAEPROTONOSUPPORT  caller data on a stream (a datagram ignores it, clause 49)
///   8 WSAEOPNOTSUPP       a flow specification that is more than best effort
///   9 WSAEADDRNOTAVAIL    a stream to the any-address, port 0, a broadcast or multicast address; a datagram
///   to port 0
///  10 WSAEACCES           a datagram to 255.255.255.255 without SO_BROADCAST (the engine knows the subnet's)
/// Returns 0 and fills `name`, or the code. Under the cell's lock, settled.
[[nodiscard]] int validate_connect(const SocketCell& cell, const sockaddr* name, int namelen,
                                   const ConnectExtras& extras, Name& out) noexcept;

/// Checks of WSPBind: 1 WSAEFAULT (null, short), 2 WSAEAFNOSUPPORT (family), 3 WSAEINVAL (already bound,
/// connecting, connected or listening), 4 WSAEADDRNOTAVAIL (broadcast or multicast address on a stream).
[[nodiscard]] int validate_bind(const SocketCell& cell, const sockaddr* name, int namelen,
                                Name& out) noexcept;

/// Checks of WSPListen: 1 WSAEOPNOTSUPP (datagram), 2 WSAEISCONN (connected), 3 WSAEINVAL (connecting, not
/// bound). Listening again is 0: the backlog stays.
[[nodiscard]] int validate_listen(const SocketCell& cell) noexcept;

/// Checks of lpTo of WSPSendTo on a datagram socket: 1 WSAEFAULT (short), 2 WSAEAFNOSUPPORT, 3
/// WSAEADDRNOTAVAIL (any address or port 0), 4 WSAEACCES (255.255.255.255 without SO_BROADCAST;
/// the broadcast addresses of our networks are looked at in wsp_send_to.cc).
[[nodiscard]] int validate_destination(const SocketCell& cell, const sockaddr* to, int to_length,
                                       Name& out) noexcept;

/// Checks of a buffer list: 1 WSAEFAULT (null list, or a null buffer with a length), 2 WSAEINVAL (no buffer,
/// or more bytes than a LONG counts). `total` is the sum of lengths.
[[nodiscard]] int validate_buffers(const WSABUF* buffers, DWORD count, std::size_t& total) noexcept;

/// Checks of the overlapped forms of send, receive and ioctl: they are not offered yet, WSAEOPNOTSUPP.
[[nodiscard]] constexpr int validate_overlapped(const WSAOVERLAPPED* overlapped,
                                                LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) noexcept {
    return overlapped != nullptr || routine != nullptr ? WSAEOPNOTSUPP : 0;
}

/// Writes an IPv4 name; false when *length is too small (then it holds the size needed).
[[nodiscard]] bool store_name(Ipv4 address, Port port, sockaddr* name, LPINT length) noexcept;

}  // namespace ringsock::spi
