// SPDX-License-Identifier: BSD-3-Clause
// ICMP for IPv4 (RFC 792, RFC 1191 §4 for the next-hop MTU) and the datagram an error quotes. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/endian.h"
#include "base/seq.h"
#include "wire/ipv4.h"

namespace ringsock {

inline constexpr std::size_t kIcmpv4HeaderBytes = 8;
/// What every error quotes beyond the IP header at least: ports and, for TCP, the sequence number (RFC 792).
inline constexpr std::size_t kIcmpQuotedL4Bytes = 8;

enum class Icmpv4Type : std::uint8_t {
    echo_reply = 0,
    destination_unreachable = 3,
    source_quench = 4,
    redirect = 5,
    echo_request = 8,
    time_exceeded = 11,
    parameter_problem = 12,
};

/// Codes of destination_unreachable (RFC 792, RFC 1122 §3.2.2.1).
enum class Icmpv4Unreachable : std::uint8_t {
    network = 0,
    host = 1,
    protocol = 2,
    port = 3,
    fragmentation_needed = 4,
    source_route_failed = 5,
    network_unknown = 6,
    host_unknown = 7,
    source_isolated = 8,
    network_prohibited = 9,
    host_prohibited = 10,
    network_tos = 11,
    host_tos = 12,
    administratively_prohibited = 13,
    host_precedence = 14,
    precedence_cutoff = 15,
};

/// Header fields to be sent. `rest` is bytes 4 to 7 in host order: identifier << 16 | sequence number for an
/// echo, the next-hop MTU for fragmentation_needed, zero for the others.
struct Icmpv4Fields {
    Icmpv4Type type = Icmpv4Type::echo_reply;
    std::uint8_t code = 0;
    std::uint32_t rest = 0;
};

/// Reads the header at `at`, where at least kIcmpv4HeaderBytes are readable. Borrowed bytes.
struct Icmpv4View {
    static constexpr std::size_t kTypeAt = 0, kCodeAt = 1, kChecksumAt = 2, kRestAt = 4, kMtuAt = 6;

    const std::byte* at;

    [[nodiscard]] std::uint8_t type() const noexcept { return std::to_integer<std::uint8_t>(at[kTypeAt]); }
    [[nodiscard]] bool is(Icmpv4Type t) const noexcept { return type() == static_cast<std::uint8_t>(t); }
    [[nodiscard]] std::uint8_t code() const noexcept { return std::to_integer<std::uint8_t>(at[kCodeAt]); }
    /// Bytes 4 to 7 in host order; see Icmpv4Fields.
    [[nodiscard]] std::uint32_t rest() const noexcept { return load_be<std::uint32_t>(at + kRestAt); }
    /// RFC 1191 §4; 0 from a router that knows nothing of path MTU discovery.
    [[nodiscard]] std::uint16_t next_hop_mtu() const noexcept { return load_be<std::uint16_t>(at + kMtuAt); }
    /// Whether the message reports an error about a datagram it quotes (RFC 1122 §3.2.2).
    [[nodiscard]] bool is_error() const noexcept {
        return is(Icmpv4Type::destination_unreachable) || is(Icmpv4Type::source_quench) ||
               is(Icmpv4Type::redirect) || is(Icmpv4Type::time_exceeded) || is(Icmpv4Type::parameter_problem);
    }
};

/// The beginning of the datagram that an ICMP error is about; we were its source.
struct QuotedDatagram {
    bool is_valid = false;  ///< False: the quotation is too short or no IPv4 datagram; nothing else is set.
    bool is_fragment = false;        ///< Not the first fragment: ports and seq are not set.
    std::uint8_t protocol = 0;       ///< IpProtocol, or any other value.
    std::uint16_t total_length = 0;  ///< Of the datagram we sent, bytes.
    Ipv4 source, destination;
    Port source_port, destination_port;  ///< TCP and UDP.
    SeqNum seq;                          ///< TCP.
};

/// Decodes what follows the ICMP header of an error (RFC 792, RFC 1122 §3.2.2). Total on any input; the
/// quoted checksum is not verified because routers may have changed the header underway.
[[nodiscard]] inline QuotedDatagram read_quoted_datagram(std::span<const std::byte> quoted) noexcept {
    QuotedDatagram out;
    if (quoted.size() < kIpv4HeaderBytes) return out;
    const Ipv4View ip{quoted.data()};
    const std::size_t header_bytes = ip.header_bytes();
    if (ip.version() != 4 || header_bytes < kIpv4HeaderBytes) return out;
    if (quoted.size() < header_bytes + kIcmpQuotedL4Bytes) return out;
    out.is_valid = true;
    out.is_fragment = (ip.fragment_field() & Ipv4View::kFragmentOffsetMask) != 0;
    out.protocol = ip.protocol();
    out.total_length = ip.total_length();
    out.source = ip.source();
    out.destination = ip.destination();
    if (out.is_fragment) return out;
    const std::byte* l4 = quoted.data() + header_bytes;
    out.source_port = Port{load_be<std::uint16_t>(l4)};
    out.destination_port = Port{load_be<std::uint16_t>(l4 + 2)};
    out.seq = SeqNum{load_be<std::uint32_t>(l4 + 4)};
    return out;
}

}  // namespace ringsock
