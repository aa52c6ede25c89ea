// SPDX-License-Identifier: BSD-3-Clause
#include "udp/endpoint.h"

namespace ringsock::udp {

Match match(const Endpoint& endpoint, Ipv4 destination, bool is_group, Ipv4 source,
            Port source_port) noexcept {
    const bool is_wildcard = endpoint.local.is_any();
    if (!is_wildcard && endpoint.local != destination) return Match::none;
    if (endpoint.has_peer) {
        // A default peer that is a group can not be a source: answers come from its members.
        const bool peer_is_group = endpoint.peer.is_multicast() || endpoint.peer.is_limited_broadcast();
        if (!peer_is_group && (endpoint.peer != source || endpoint.peer_port != source_port))
            return Match::filtered;
        return Match::peer;
    }
    (void)is_group;
    return is_wildcard ? Match::any : Match::specific;
}

}  // namespace ringsock::udp
