// SPDX-License-Identifier: BSD-3-Clause
// Does a packet leave the host at all (house.md, D5; RFC 1122 §3.2.1.3 (g): 127 never appears on a wire)? The
// queue of frames that are turned round is the engine's. Pure; any thread.
#pragma once

#include "base/address.h"
#include "inet/host_addresses.h"

namespace ringsock {

/// True for 127.0.0.0/8, ::1 and every address of the host: such a packet is turned round inside the engine
/// and must not reach a PacketIo.
[[nodiscard]] inline bool is_turned_round(const HostAddresses& addresses,
                                          const IpAddress& destination) noexcept {
    return addresses.is_local(destination);
}
[[nodiscard]] inline bool is_turned_round(const HostAddresses& addresses, Ipv4 destination) noexcept {
    return addresses.is_local(destination);
}

/// May a packet with this source go out of a real interface? A loopback source may not (RFC 1122 §3.2.1.3).
[[nodiscard]] constexpr bool may_leave_host(Ipv4 source, Ipv4 destination) noexcept {
    return !source.is_loopback() && !destination.is_loopback();
}

}  // namespace ringsock
