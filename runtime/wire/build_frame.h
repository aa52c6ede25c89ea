// SPDX-License-Identifier: BSD-3-Clause
// Addresses and fields -> the header bytes of a frame. TCP (RFC 9293 §3.1), UDP (RFC 768), ICMP (RFC 792),
// ARP (RFC 826) over IPv4 (RFC 791). The payload is not touched: its checksum contribution comes as a sum.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"
#include "wire/tcp_fields.h"

namespace ringsock {

/// Room that every builder asks for, and the size of TxFrame::header. Bytes behind the returned length are
/// undefined.
inline constexpr std::size_t kHeaderRoomBytes = 120;
using HeaderRoom = std::span<std::byte, kHeaderRoomBytes>;

/// Most bytes of a datagram that an ICMP message can quote inside the header room.
inline constexpr std::size_t kMaxIcmpQuoteBytes =
    kHeaderRoomBytes - kMaxLinkHeaderBytes - kIpv4HeaderBytes - kIcmpv4HeaderBytes;

/// Bytes written, layer by layer; they follow each other from the start of the room.
struct HeaderLengths {
    std::uint8_t l2 = 0;
    std::uint8_t l3 = 0;
    std::uint8_t l4 = 0;
    [[nodiscard]] constexpr std::uint16_t total() const noexcept {
        return static_cast<std::uint16_t>(l2 + l3 + l4);
    }
    friend constexpr bool operator==(HeaderLengths, HeaderLengths) noexcept = default;
};

/// What goes into the IPv4 header besides lengths and protocol.
struct Ipv4Fields {
    Ipv4 source, destination;
    std::uint16_t id = 0;  ///< May be 0 with dont_fragment (RFC 6864 §4.1).
    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;  ///< DSCP and, in the two low bits, Ecn.
    bool dont_fragment = true;
};

/// The bytes that will follow the built header, as a length and a sum. At most 65535 bytes with all headers.
struct PayloadSum {
    std::uint32_t length = 0;
    ChecksumAccumulator sum;  ///< Not looked at when the device computes the L4 checksum.
};

/// Which checksums the device completes. The IPv4 field is then 0, the L4 field the pseudo-header's sum.
struct BuildRules {
    bool device_ipv4_checksum = false;
    bool device_l4_checksum = false;
};

/// A TCP segment's headers. `link` carries the type 0x0800.
[[nodiscard]] HeaderLengths build_tcp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip,
                                           const TcpFields& tcp, const PayloadSum& payload,
                                           BuildRules rules) noexcept;

/// The headers of a TCP frame (built with device_l4_checksum) that a device is to cut into segments: the sum
/// of the pseudo-header is then without the length, which is each segment's own. The IPv4 header stays that
/// of the whole.
void leave_length_to_device(HeaderRoom out, HeaderLengths lengths, const Ipv4Fields& ip) noexcept;

/// A UDP datagram's headers. A checksum that comes out as zero is sent as 0xffff (RFC 768).
[[nodiscard]] HeaderLengths build_udp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip,
                                           Port source_port, Port destination_port, const PayloadSum& payload,
                                           BuildRules rules) noexcept;

/// An ICMP message: its header, then `quoted` (the beginning of the datagram an error is about, or the data
/// of a short echo), cut at kMaxIcmpQuoteBytes, then the payload that is not copied. l4 counts the quoted
/// bytes. The ICMP checksum is always computed here: no device does it.
[[nodiscard]] HeaderLengths build_icmp_ipv4(HeaderRoom out, const LinkHeader& link, const Ipv4Fields& ip,
                                            const Icmpv4Fields& icmp, std::span<const std::byte> quoted,
                                            const PayloadSum& payload, BuildRules rules) noexcept;

/// An ARP packet; l3 is 28, l4 is 0. `link` carries the type 0x0806. Padding to 60 bytes is the device's.
[[nodiscard]] HeaderLengths build_arp(HeaderRoom out, const LinkHeader& link, const ArpFields& arp) noexcept;

}  // namespace ringsock
