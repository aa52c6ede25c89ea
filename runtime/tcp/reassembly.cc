// SPDX-License-Identifier: BSD-3-Clause
// The out-of-order queue (SHLD-31) and the SACK blocks it yields (RFC 2018 §4).
#include "tcp/reassembly.h"

namespace ringsock::tcp {
namespace {

SeqNum end_of(const Packet& p) noexcept {
    return p.seq + p.length;
}

void unlink_after(TcbDeliver& d, Packet* before_it, Packet* p, PacketList& released) {
    (before_it != nullptr ? before_it->next : d.gap_head) = p->next;
    if (d.gap_tail == p) d.gap_tail = before_it;
    --d.gap_packets;
    released.push_back(p);
}

void link_after(TcbDeliver& d, Packet* before_it, Packet* p) {
    Packet*& link = before_it != nullptr ? before_it->next : d.gap_head;
    p->next = link;
    link = p;
    if (p->next == nullptr) d.gap_tail = p;
    ++d.gap_packets;
}

}  // namespace

void keep_out_of_order(Tcb& tcb, Packet* packet_kept, PacketList& released) {
    TcbDeliver& d = tcb.deliver;
    Packet* const p = packet_kept;
    if (d.gap_packets >= kMaxOutOfOrderPackets) {
        released.push_back(p);
        return;
    }
    Packet* before_it = nullptr;
    if (d.gap_tail != nullptr && at_or_after(p->seq, d.gap_tail->seq)) {
        before_it = d.gap_tail;  // The usual case: behind everything.
    } else {
        for (Packet* at = d.gap_head; at != nullptr && at_or_before(at->seq, p->seq); at = at->next)
            before_it = at;
    }
    if (before_it != nullptr && after(end_of(*before_it), p->seq)) {
        const std::uint32_t held = distance(p->seq, end_of(*before_it));
        if (held >= p->length) {
            released.push_back(p);
            return;
        }
        trim_front(*p, held);
    }
    for (Packet* at = before_it != nullptr ? before_it->next : d.gap_head; at != nullptr;) {
        if (at_or_after(at->seq, end_of(*p))) break;
        if (after(end_of(*at), end_of(*p))) {  // Its head is behind our tail.
            p->length = distance(p->seq, at->seq);
            break;
        }
        Packet* const next = at->next;
        unlink_after(d, before_it, at, released);  // Wholly inside the new one.
        at = next;
    }
    if (p->length == 0) {
        released.push_back(p);
        return;
    }
    link_after(d, before_it, p);
    d.last_gap_seq = p->seq;
    tcb.arrive.traits |= kTraitGaps;
}

bool deliver_from_gaps(Tcb& tcb, PacketList& delivered, PacketList& released) {
    TcbArrive& a = tcb.arrive;
    TcbDeliver& d = tcb.deliver;
    bool any = false;
    while (d.gap_head != nullptr && at_or_before(d.gap_head->seq, a.rcv_nxt)) {
        Packet* const p = d.gap_head;
        d.gap_head = p->next;
        --d.gap_packets;
        const std::uint32_t front = distance(p->seq, a.rcv_nxt);
        if (front >= p->length) {
            released.push_back(p);
            continue;
        }
        trim_front(*p, front);
        a.rcv_nxt += p->length;
        a.rcv_space -= p->length;
        delivered.push_back(p);
        any = true;
    }
    if (d.gap_head == nullptr) {
        d.gap_tail = nullptr;
        a.traits &= ~kTraitGaps;
    }
    return any;
}

void drop_gaps(Tcb& tcb, PacketList& released) {
    TcbDeliver& d = tcb.deliver;
    for (Packet* p = d.gap_head; p != nullptr;) {
        Packet* const next = p->next;
        released.push_back(p);
        p = next;
    }
    d.gap_head = d.gap_tail = nullptr;
    d.gap_packets = 0;
    tcb.arrive.traits &= ~kTraitGaps;
}

std::uint8_t sack_blocks(const Tcb& tcb, SackBlock* blocks, std::uint8_t room) noexcept {
    const TcbDeliver& d = tcb.deliver;
    if (room == 0) return 0;
    std::uint8_t others = 0;  // Blocks behind slot 0.
    bool newest_found = false;
    for (const Packet* p = d.gap_head; p != nullptr;) {
        SackBlock run{p->seq, end_of(*p)};
        for (p = p->next; p != nullptr && p->seq == run.right; p = p->next) run.right = end_of(*p);
        if (!newest_found && in_window(d.last_gap_seq, run.left, distance(run.left, run.right))) {
            blocks[0] = run;
            newest_found = true;
        } else if (others + 1 < room) {
            blocks[++others] = run;
        }
    }
    if (newest_found) return static_cast<std::uint8_t>(others + 1);
    for (std::uint8_t i = 0; i < others; ++i)
        blocks[i] = blocks[i + 1];  // The newest was delivered meanwhile.
    return others;
}

}  // namespace ringsock::tcp
