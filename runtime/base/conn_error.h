// SPDX-License-Identifier: BSD-3-Clause
// ConnError: what the network or the engine says about a socket. The only mapping to WSAE* codes is
// api/spi/wsa_errors.cc. Plain value; any thread.
#pragma once

#include <cstdint>

namespace ringsock {

/// Outcome of an operation of the engine. `none` is success.
enum class ConnError : std::uint8_t {
    none = 0,
    refused,             ///< RST to our SYN, or ICMP port/protocol unreachable.
    reset,               ///< RST on an established connection.
    aborted,             ///< Given up locally after establishment (time-out of retransmission, local abort).
    timed_out,           ///< No answer until R2.
    net_unreachable,     ///< No route, or ICMP net unreachable.
    host_unreachable,    ///< No ARP answer, or ICMP host unreachable.
    net_down,            ///< The link is down or the engine stopped.
    address_in_use,      ///< The 4-tuple or the local port is taken.
    address_unavailable, ///< Not one of our addresses, or no ephemeral port left for the destination.
    no_buffers,          ///< A pool or table is full.
    invalid,             ///< The request does not fit the state of the socket.
    access,              ///< Broadcast without permission, or an exclusive address.
    message_too_long,    ///< A datagram larger than the path takes.
    canceled,            ///< Closed or cancelled while pending.
    not_supported,
    count_
};

/// A short name for logs and test failures.
const char* name_of(ConnError error) noexcept;

}  // namespace ringsock
