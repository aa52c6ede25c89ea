// SPDX-License-Identifier: BSD-3-Clause
// TxFrame: a frame to be sent, by value: its header bytes and a borrowed reference to the payload.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "packet/packet.h"

namespace ringsock {

/// Largest header stack we build: Ethernet 14 + VLAN 4 + IPv6 40 + TCP 60, rounded up.
inline constexpr std::size_t kMaxHeaderBytes = 120;

/// What the device is asked to compute. The engine sets a bit only where IoTraits offers it, and then
/// leaves the field as the offload wants it (IPv4 checksum 0; TCP/UDP checksum = pseudo-header sum).
enum class TxOffload : std::uint8_t {
    none = 0,
    ipv4_checksum = 1,
    tcp_checksum = 2,
    udp_checksum = 4,
    /// The payload is several segments' text of `segment_bytes` each, the last one may be shorter. The device
    /// repeats the headers and counts on sequence numbers; FIN and PSH go with the last. With tcp_checksum;
    /// the pseudo-header's sum is then without length. The IPv4 header is that of the whole.
    tcp_segmentation = 8
};

/// Header bytes are copied by tx_burst. The payload is `payload_length` bytes from `payload_offset` of
/// packet `payload`, going on through `payload->next` where the packet ends before the length does; it
/// stays the caller's, who must not change it until tx_burst returned.
struct TxFrame {
    alignas(8) std::array<std::byte, kMaxHeaderBytes> header;
    std::uint16_t header_length = 0;
    std::uint8_t l2_length = 0;       ///< For offloads: bytes of link header.
    std::uint8_t l3_length = 0;       ///< For offloads: bytes of network header.
    std::uint8_t l4_length = 0;       ///< For offloads: bytes of transport header.
    std::uint8_t offloads = 0;        ///< TxOffload bits.
    std::uint16_t segment_bytes = 0;  ///< With tcp_segmentation.
    const Packet* payload = nullptr;
    std::uint32_t payload_offset = 0;
    std::uint32_t payload_length = 0;
};

}  // namespace ringsock
