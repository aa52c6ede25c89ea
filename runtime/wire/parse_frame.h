// SPDX-License-Identifier: BSD-3-Clause
// A received Ethernet frame -> ParsedFrame, or the reason to drop it. Total on any bytes of any length; looks
// at no byte outside the frame. Ethernet II, one 802.1Q tag, ARP (RFC 826), IPv4 (RFC 791, RFC 1122 §3.2.1),
// TCP (RFC 9293 §3.1), UDP (RFC 768), ICMP (RFC 792). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"
#include "wire/ipv4.h"
#include "wire/tcp_fields.h"

namespace ringsock {

/// What a frame is. Says nothing about whom it is for.
enum class FrameKind : std::uint8_t {
    dropped,        ///< ParsedFrame::drop says why.
    arp,            ///< A request, reply or other operation for IPv4 over Ethernet; ArpView at l3_offset.
    ipv4_tcp,       ///< `tcp` is decoded.
    ipv4_udp,       ///< Ports are decoded.
    ipv4_icmp,      ///< Type and code are decoded; Icmpv4View at l4_offset.
    ipv4_fragment,  ///< Part of a datagram: IPv4 fields and fragment fields, nothing of layer 4.
    ipv4_other,     ///< Another protocol above IPv4 (`protocol`).
    ipv6,           ///< Recognised by its type only.
    other,          ///< Another Ethernet type, an 802.3 length, or a second tag.
};

/// Why a frame is not worth looking at. Counted by the engine; never logged per frame.
enum class DropReason : std::uint8_t {
    none,
    ethernet_truncated,  ///< Shorter than its link header.
    vlan_other,          ///< Tagged for a VLAN (IEEE 802.1Q): carriers take the tags of their own VLAN off.
    arp_truncated,
    arp_not_ipv4,      ///< Hardware type, protocol or address lengths are not those of IPv4 over Ethernet.
    ipv4_truncated,    ///< Fewer than 20 bytes.
    ipv4_version_bad,  ///< Not 4 (RFC 1122 §3.2.1.1).
    ipv4_header_length_bad,  ///< IHL below 5 or past the end of the frame.
    ipv4_total_length_bad,   ///< Below the header's length or past the end of the frame.
    ipv4_checksum_bad,       ///< RFC 1122 §3.2.1.2.
    tcp_truncated,           ///< Fewer than 20 bytes.
    tcp_offset_bad,          ///< Data offset below 5 or past the end of the segment.
    tcp_checksum_bad,        ///< RFC 9293 §3.1 (MUST-3).
    udp_truncated,           ///< Fewer than 8 bytes.
    udp_length_bad,          ///< Below 8 or past the end of the datagram.
    udp_checksum_bad,        ///< RFC 1122 §4.1.3.4.
    icmp_truncated,          ///< Fewer than 8 bytes.
    icmp_checksum_bad,       ///< RFC 792.
};
inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::icmp_checksum_bad) + 1;
inline constexpr std::size_t kFrameKinds = static_cast<std::size_t>(FrameKind::other) + 1;

/// The enumerator's own name, for counters and messages; "unknown" for a value that is none.
[[nodiscard]] std::string_view name_of(DropReason reason) noexcept;
[[nodiscard]] std::string_view name_of(FrameKind kind) noexcept;

/// Which checksums are ours to verify. False where the device has verified this very frame. ICMP is always
/// verified here: no device does it.
struct ParseRules {
    bool verify_ipv4_checksum = true;
    bool verify_l4_checksum = true;
};

inline constexpr std::uint16_t kNoVlan = 0xffff;

/// What parse_frame found. Offsets count from the first byte of the frame. Link addresses stay in the frame
/// (EthernetView). Fields below the group that `kind` names keep their defaults.
struct ParsedFrame {
    FrameKind kind = FrameKind::dropped;
    DropReason drop = DropReason::none;
    // From the link header, if there was a whole one:
    bool is_link_group = false;       ///< To a broadcast or multicast MAC: no RST or ICMP may answer it.
    std::uint8_t l3_offset = 0;       ///< 14 or 18.
    std::uint16_t vlan_id = kNoVlan;  ///< 0 to 4095 (0: a priority tag), or kNoVlan without a tag.
    // IPv4:
    std::uint8_t ttl = 0;
    std::uint8_t tos = 0;
    Ipv4 source, destination;
    std::uint16_t datagram_length = 0;  ///< IPv4 total length; padding behind it does not count.
    std::uint16_t ipv4_id = 0;
    std::uint16_t fragment_field = 0;     ///< Flags and offset as they stand (Ipv4View masks).
    std::uint8_t ipv4_header_length = 0;  ///< With options, which are skipped (RFC 9293 MUST-50).
    std::uint8_t protocol = 0;
    // Above IPv4; the payload of ipv4_fragment and ipv4_other is all that follows the IPv4 header:
    std::uint16_t l4_offset = 0;
    std::uint16_t payload_offset = 0;
    std::uint16_t payload_length = 0;  ///< Bytes of text; for UDP what its own length says.
    // TCP and UDP:
    Port source_port, destination_port;
    // ICMP:
    std::uint8_t icmp_type = 0;
    std::uint8_t icmp_code = 0;
    // TCP:
    TcpFields tcp;

    [[nodiscard]] Ecn ecn() const noexcept { return static_cast<Ecn>(tos & 3); }
    /// Bytes into the original datagram at which this fragment's payload belongs.
    [[nodiscard]] std::uint32_t fragment_offset() const noexcept {
        return (fragment_field & Ipv4View::kFragmentOffsetMask) * 8u;
    }
    [[nodiscard]] bool has_more_fragments() const noexcept {
        return (fragment_field & Ipv4View::kMoreFragments) != 0;
    }
    [[nodiscard]] bool has_dont_fragment() const noexcept {
        return (fragment_field & Ipv4View::kDontFragment) != 0;
    }
};
static_assert(sizeof(ParsedFrame) <= 112);

/// Decodes and verifies one frame, from the first byte of its Ethernet header. A priority tag (802.1Q with
/// VLAN 0) is stepped over; frames of any VLAN are none of ours. Bytes behind the IPv4 total length (Ethernet
/// padding) are ignored. A received IPv4 checksum or L4 checksum is looked at as `rules` say; a UDP checksum
/// of zero means none was sent. Addresses are not judged: that is for inet.
[[nodiscard]] ParsedFrame parse_frame(std::span<const std::byte> frame, const ParseRules& rules) noexcept;

}  // namespace ringsock
