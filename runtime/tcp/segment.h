// SPDX-License-Identifier: BSD-3-Clause
// SegmentIn, SegmentOut, TextOut: what goes into and comes out of the TCP room. Plain values; engine role.
#pragma once

#include <cstdint>

#include "packet/packet.h"
#include "packet/packet_list.h"
#include "tcp/effects.h"
#include "wire/tcp_fields.h"

namespace ringsock::tcp {

/// One arrived segment: decoded header (borrowed for the call) and its text.
/// `text_kept` is a packet whose data/length are the text. It is tcp's from here and comes out on
/// TextOut.delivered or TextOut.released, at once or later. It is nullptr when `text_length` is 0; it may
/// also be nullptr with text (no buffer left): then the text is treated as lost on the way, the header is
/// obeyed.
struct SegmentIn {
    const TcpFields& fields;
    std::uint32_t text_length = 0;
    Packet* text_kept = nullptr;
    bool ecn_ce = false;  ///< Congestion experienced (RFC 3168). Not looked at while ECN is not negotiated.
};

/// Packets that leave the TCP room.
struct TextOut {
    PacketList delivered;  ///< In-order text for the application: data/length/seq trimmed, in order.
    PacketList released;   ///< Give back to the pool: acknowledged text of ours, refused or duplicate text.
};

/// What a carrier cuts into segments by itself: text of one frame at most, and packets it may lie in.
struct CutLimits {
    std::uint32_t bytes = 0;  ///< 0: it cuts nothing.
    std::uint32_t pieces = 0;
};

/// One segment to build, or several with one header for a carrier that cuts them. Payload: `payload_length`
/// bytes from `payload_offset` of `*payload`, going on through `payload->next`; borrowed until the next call
/// into this TCB.
struct SegmentOut {
    TcpFields fields;
    const Packet* payload = nullptr;
    std::uint32_t payload_offset = 0;
    std::uint32_t payload_length = 0;
    /// Text of each segment that the payload is to be cut into, all full; 0: it is one segment. What is said
    /// is exactly what as many calls would have said: PSH and FIN belong to the last.
    std::uint32_t segment_bytes = 0;
    Effects effects;  ///< deadline_moved; closed or time_wait after the last segment of this TCB.
};

}  // namespace ringsock::tcp
