// SPDX-License-Identifier: BSD-3-Clause
// What an ICMP error means for a connection (RFC 9293 §3.9.2.2, RFC 1122 §3.2.2 and §4.2.3.9, RFC 5927,
// RFC 4443 §3), and which connection it is about. Pure functions of decoded fields; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/conn_error.h"
#include "base/seq.h"
#include "wire/icmpv4.h"

namespace ringsock {

enum class IcmpErrorClass : std::uint8_t {
    ignored,  ///< Says nothing a connection may act on: redirect, source quench (MUST-55), unknown types.
    soft,     ///< Remembered, reported at R2, never a reason to abort by itself (MUST-56).
    hard,     ///< Ends a connection attempt (SHLD-26); soft once synchronized (RFC 5927 §5.2).
    packet_too_big,  ///< The path takes less (RFC 1191, RFC 8201): `mtu`.
};

/// Fits tcp::icmp_error(error, hard) and tcp::path_too_small.
struct IcmpVerdict {
    IcmpErrorClass kind = IcmpErrorClass::ignored;
    ConnError error = ConnError::none;  ///< For soft and hard: the reason to give.
    /// For packet_too_big: bytes of the largest network-layer packet, never below what the family must carry
    /// (68 or 1280). 0: the router did not say; the caller takes the next plateau (RFC 1191 §7).
    std::uint32_t mtu = 0;
};

/// `type` and `code` as received; `mtu` is bytes 6..7 of an ICMPv4 error.
[[nodiscard]] IcmpVerdict classify_icmpv4(std::uint8_t type, std::uint8_t code, std::uint16_t mtu) noexcept;
/// `mtu` is bytes 4..7 of an ICMPv6 packet-too-big.
[[nodiscard]] IcmpVerdict classify_icmpv6(std::uint8_t type, std::uint8_t code, std::uint32_t mtu) noexcept;

/// The next lower value of RFC 1191 §7's table for a datagram of `total_length` bytes that did not fit.
[[nodiscard]] std::uint32_t lower_plateau(std::uint32_t total_length) noexcept;

/// The flow an error is about, seen from us: the quoted source is the local end.
struct QuotedFlow {
    FlowKey flow;
    std::uint8_t protocol = 0;       ///< IpProtocol::tcp or udp.
    SeqNum seq;                      ///< TCP only; the TCB must find it in flight (RFC 5927 §4.1).
    std::uint16_t total_length = 0;  ///< Of the datagram quoted.
};

/// nullopt when the quotation is not valid, is a later fragment (no ports), or neither TCP nor UDP. Whether
/// the quoted source is an address of ours is for the flow table to say: no flow, no effect.
[[nodiscard]] std::optional<QuotedFlow> quoted_flow(const QuotedDatagram& quoted) noexcept;

}  // namespace ringsock
