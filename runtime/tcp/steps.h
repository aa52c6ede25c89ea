// SPDX-License-Identifier: BSD-3-Clause
// The steps of SEGMENT ARRIVES (RFC 9293 §3.10.7), one declaration each; arrive.cc calls them. Private to the
// room; engine role. Functions that return std::uint32_t return EffectBit bits.
#pragma once

#include <cstdint>

#include "tcp/connection.h"

namespace ringsock::tcp {

/// §3.10.7.3.
Effects arrive_syn_sent(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out);
/// §3.10.7.4.
Effects arrive_synchronized(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out);

/// What both ways into ESTABLISHED share: timers, RTT, keep-alive, queued FIN and text. Returns effects with
/// kEffectEstablished. SND.UNA, SND.WND are set already.
std::uint32_t establish(Tcb& tcb, Instant now);
/// The peer's SYN: its number, window, and what its options leave of ours (RFC 7323, 2018; MUST-14, MUST-15,
/// MUST-16).
void take_syn(Tcb& tcb, const TcpFields& syn);

/// Step 5: SEG.ACK lies after SND.UNA, at or before SND.NXT.
std::uint32_t acknowledge(Tcb& tcb, const TcpFields& fields, Instant now, TextOut& out);
/// Step 5: window update for SND.UNA <= SEG.ACK. `raw_window` as on the wire.
std::uint32_t update_send_window(Tcb& tcb, const TcpFields& fields, Instant now);
/// Step 5, whole, for synchronized states. False: the segment must not be processed further.
bool process_ack(Tcb& tcb, const TcpFields& fields, std::uint32_t length, Instant now, TextOut& out,
                 std::uint32_t& bits);

/// Text at RCV.NXT goes to the application, an ACK is owed.
std::uint32_t deliver_in_order(Tcb& tcb, Packet* text_kept, TextOut& out);
/// An ACK is owed for text: now for every second segment, else within the delay (§3.8.6.3, MUST-40).
std::uint32_t owe_ack(Tcb& tcb, Instant now);

/// Steps 7 and 8 for one segment: text of `length` bytes at `seq`, FIN behind it if `fin`.
std::uint32_t take_text(Tcb& tcb, SeqNum seq, std::uint32_t length, Packet* text_kept, bool fin, Instant now,
                        TextOut& out);
/// Step 8: the peer's FIN stands at RCV.NXT.
std::uint32_t take_fin(Tcb& tcb, Instant now, TextOut& out);

/// Our FIN was acknowledged: FIN-WAIT-1, CLOSING and LAST-ACK move on.
std::uint32_t fin_acknowledged(Tcb& tcb, Instant now);

}  // namespace ringsock::tcp
