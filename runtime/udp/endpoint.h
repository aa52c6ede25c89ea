// SPDX-License-Identifier: BSD-3-Clause
// UDP endpoint (RFC 768, RFC 1122 §4.1.3): which arriving datagrams a socket takes. Pure; any thread.
#pragma once

#include <cstdint>

#include "base/address.h"

namespace ringsock::udp {

/// A datagram socket's addresses. `local` may be any; `peer` counts with `has_peer` (Winsock: a connected
/// datagram socket discards what comes from any other address or port).
struct Endpoint {
    Ipv4 local;
    Port port;
    Ipv4 peer;
    Port peer_port;
    bool has_peer = false;
};

/// How well a datagram fits, better ones last.
enum class Match : std::uint8_t {
    none,      ///< Another local address.
    filtered,  ///< Ours but for the peer: discarded.
    any,       ///< Wildcard local address, no peer.
    specific,  ///< The very local address, no peer.
    peer,      ///< From the default peer.
};

/// Judges a datagram whose destination port is `endpoint.port`. `is_group`: sent to a broadcast or multicast
/// address, which a socket bound to the wildcard or to that group takes.
[[nodiscard]] Match match(const Endpoint& endpoint, Ipv4 destination, bool is_group, Ipv4 source,
                          Port source_port) noexcept;

}  // namespace ringsock::udp
