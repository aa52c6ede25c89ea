// SPDX-License-Identifier: BSD-3-Clause
// Whose is a frame on a port that we drive and the kernel uses too (runtime/kernel)? Ours, the kernel's, or
// both: decided by link and network addresses; who has a socket is the engine's to know. Pure and total; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "inet/host_addresses.h"
#include "wire/parse_frame.h"

namespace ringsock {

enum class FrameOwner : std::uint8_t {
    nobody,     ///< To another station's link address, from our own, or too short for a link header.
    ours,       ///< The kernel must not see it: it would answer for an address it does not have.
    kernel,     ///< No business of ours.
    both,       ///< A group, or news that both tables want: broadcasts, ARP replies, ICMP errors.
    by_socket,  ///< To an address that both have: ours when a socket of ours takes it, else the kernel's.
};

/// `frame` is what `parsed` was made from, `own` the interface's link address; `addresses` tells ours, and
/// which of them the kernel has too (InterfaceAddress::is_shared).
[[nodiscard]] FrameOwner owner_of_frame(const ParsedFrame& parsed, std::span<const std::byte> frame,
                                        const MacAddress& own, const HostAddresses& addresses,
                                        InterfaceIndex interface) noexcept;

/// Whether the kernel is to get a frame of which we take nothing.
[[nodiscard]] constexpr bool is_for_kernel(FrameOwner owner) noexcept {
    return owner >= FrameOwner::kernel;
}

}  // namespace ringsock
