// SPDX-License-Identifier: BSD-3-Clause
// The one chain of unacknowledged and unsent text (TcbSend). Every packet's `seq` is the number of its first
// byte, so a place in the chain is a packet and a sequence number. Private to the room; engine role.
#pragma once

#include <cstdint>

#include "packet/packet_list.h"
#include "tcp/tcb.h"

namespace ringsock::tcp {

/// First use of line 1: an empty chain that starts where text starts; congestion state (IW). Idempotent.
void prepare_send_line(Tcb& tcb);

/// Text that was never sent, bytes.
inline std::uint32_t unsent_bytes(const Tcb& tcb) noexcept {
    if (!has_trait(tcb, kTraitSendLine) || !before(tcb.arrive.snd_nxt, tcb.send.snd_end)) return 0;
    return distance(tcb.arrive.snd_nxt, tcb.send.snd_end);
}
/// FIN is queued and was never sent.
inline bool fin_unsent(const Tcb& tcb) noexcept {
    return (tcb.arrive.traits & (kTraitFinQueued | kTraitFinSent)) == kTraitFinQueued;
}
/// Bytes (and FIN) sent and not acknowledged.
inline std::uint32_t flight_size(const Tcb& tcb) noexcept {
    return distance(tcb.arrive.snd_una, tcb.arrive.snd_nxt);
}

/// The packet that holds `seq`, looking from `from` on; nullptr when `seq` is at the end of the chain.
inline Packet* packet_holding(Packet* from, SeqNum seq) noexcept {
    while (from != nullptr && at_or_before(from->seq + from->length, seq)) from = from->next;
    return from;
}

/// Appends text; the chain owns it.
void append_text(Tcb& tcb, PacketList& text_taken);
/// Moves packets below SND.UNA to `released`.
void release_acknowledged(Tcb& tcb, PacketList& released);

}  // namespace ringsock::tcp
