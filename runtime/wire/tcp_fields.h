// SPDX-License-Identifier: BSD-3-Clause
// TcpFields: a decoded TCP header (RFC 9293 §3.1, RFC 7323, RFC 2018). The vocabulary that wire and tcp
// share, so that neither needs the other. Plain value; any thread.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/seq.h"

namespace ringsock {

/// The control bits, as they stand in the header (RFC 9293 §3.1).
struct TcpFlag {
    static constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10, urg = 0x20,
                                  ece = 0x40, cwr = 0x80;
};

/// One SACK block: [left, right).
struct SackBlock {
    SeqNum left, right;
};

/// Which options were present, as bits of TcpFields::options.
enum TcpOptionBit : std::uint8_t {
    kOptMss = 1,
    kOptWindowScale = 2,
    kOptSackPermitted = 4,
    kOptTimestamps = 8,
    kOptSack = 16,
    kOptMalformed = 32,  ///< The walk stopped at an illegal length; what came before it counts (MUST-7).
};

/// Header fields in host order. `window` is the 16-bit field as it stands on the wire (not scaled).
struct TcpFields {
    Port source, destination;
    SeqNum seq, ack;
    std::uint16_t window = 0;
    std::uint16_t urgent_pointer = 0;
    std::uint8_t flags = 0;        ///< TcpFlag bits.
    std::uint8_t options = 0;      ///< TcpOptionBit bits.
    std::uint8_t window_scale = 0;  ///< Shift count, valid with kOptWindowScale; the parser caps it at 14.
    std::uint8_t sack_count = 0;    ///< Blocks in `sack`, valid with kOptSack; at most 4.
    std::uint16_t mss = 0;         ///< Valid with kOptMss.
    std::uint32_t ts_value = 0;    ///< TSval, valid with kOptTimestamps.
    std::uint32_t ts_echo = 0;     ///< TSecr, valid with kOptTimestamps.
    SackBlock sack[4];             ///< Only the first `sack_count` are set.

    [[nodiscard]] constexpr bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    [[nodiscard]] constexpr bool has_option(TcpOptionBit bit) const noexcept { return (options & bit) != 0; }
};

}  // namespace ringsock
