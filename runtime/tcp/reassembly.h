// SPDX-License-Identifier: BSD-3-Clause
// Out-of-order text: a sorted chain without overlaps (RFC 9293 §3.10.7.4, SHLD-31), source of SACK blocks
// (RFC 2018 §4). Private to the room; engine role.
#pragma once

#include <cstdint>

#include "packet/packet_list.h"
#include "tcp/tcb.h"
#include "wire/tcp_fields.h"

namespace ringsock::tcp {

/// Takes `cut` bytes off the front of a packet of text.
inline void trim_front(Packet& p, std::uint32_t cut) noexcept {
    p.data += cut;
    p.length -= cut;
    p.capacity -= cut;
    p.seq += cut;
}

/// Keeps text that does not start at RCV.NXT; `packet_kept->seq` is set. Bytes already held win over new ones
/// (the peer must send the same twice). What is not needed goes to `released`: all of it when the queue has
/// kMaxOutOfOrderPackets.
void keep_out_of_order(Tcb& tcb, Packet* packet_kept, PacketList& released);

/// Moves the text that now follows RCV.NXT to `delivered`, advancing RCV.NXT and taking receive space. True
/// when there was any.
bool deliver_from_gaps(Tcb& tcb, PacketList& delivered, PacketList& released);

/// Lets go of all out-of-order text.
void drop_gaps(Tcb& tcb, PacketList& released);

/// Fills SACK blocks, the newest first; returns how many (at most `room`).
std::uint8_t sack_blocks(const Tcb& tcb, SackBlock* blocks, std::uint8_t room) noexcept;

}  // namespace ringsock::tcp
