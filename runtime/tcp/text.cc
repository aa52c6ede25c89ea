// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.4, seventh step: segment text; when to acknowledge it (§3.8.6.3, RFC 5681 §4.2).
#include "tcp/deadlines.h"
#include "tcp/reassembly.h"
#include "tcp/steps.h"

namespace ringsock::tcp {

std::uint32_t deliver_in_order(Tcb& tcb, Packet* text_kept, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    a.rcv_nxt += text_kept->length;
    a.rcv_space -= text_kept->length;
    out.delivered.push_back(text_kept);
    return kEffectTextDelivered;
}

std::uint32_t owe_ack(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    if ((a.output_due & (kDueAck | kDueAckLater)) != 0 || has_trait(tcb, kTraitAckAtOnce)) {
        a.output_due |= kDueAck;  // Every second segment (SHLD-19).
        return 0;
    }
    a.output_due |= kDueAckLater;
    return arm_delayed_ack(tcb, now + Micros{tcb.deliver.ack_delay_us});
}

namespace {

/// Text in the window, trimmed to what is new; `text_kept->length` > 0.
std::uint32_t place_text(Tcb& tcb, Packet* text_kept, Instant now, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    if (text_kept->seq != a.rcv_nxt) {  // A hole: duplicate ACK at once, with SACK blocks.
        keep_out_of_order(tcb, text_kept, out.released);
        a.output_due |= kDueAck;
        return 0;
    }
    const std::uint32_t bits = deliver_in_order(tcb, text_kept, out);
    if (!has_trait(tcb, kTraitGaps)) return bits | owe_ack(tcb, now);
    deliver_from_gaps(tcb, out.delivered, out.released);
    a.output_due |= kDueAck;  // It filled a hole, or part of one.
    return bits;
}

}  // namespace

std::uint32_t take_text(Tcb& tcb, SeqNum seq, std::uint32_t length, Packet* text_kept, bool fin, Instant now,
                        TextOut& out) {
    TcbArrive& a = tcb.arrive;
    const SeqNum end = seq + length;  // Where the FIN stands.
    std::uint32_t back = 0;           // Bytes beyond the right edge.
    if (after(end, a.rcv_adv)) back = distance(a.rcv_adv, end);
    if (!before(end, a.rcv_adv)) fin = false;
    const std::uint32_t front = before(seq, a.rcv_nxt) ? distance(seq, a.rcv_nxt) : 0;

    std::uint32_t bits = 0;
    if (front != 0) a.output_due |= kDueAck;  // The peer sends again what we have: it missed our ACK.
    if (length > front + back && text_kept != nullptr) {
        text_kept->length = length - back;
        text_kept->seq = seq;
        trim_front(*text_kept, front);
        bits |= place_text(tcb, text_kept, now, out);
    } else {
        if (length != 0) a.output_due |= kDueAck;
        if (text_kept != nullptr) out.released.push_back(text_kept);
    }

    if (fin && !before(end, a.rcv_nxt)) {
        a.traits |= kTraitFinKnown;
        tcb.deliver.rcv_fin = end;
        if (end != a.rcv_nxt) a.output_due |= kDueAck;  // In order it may wait: take_fin() decides.
    }
    if (!has_trait(tcb, kTraitFinKnown) || after(tcb.deliver.rcv_fin, a.rcv_nxt)) return bits;
    if (tcb.deliver.rcv_fin == a.rcv_nxt) return bits | take_fin(tcb, now, out);
    a.traits &= ~kTraitFinKnown;  // A peer that sends text behind its own FIN.
    return bits;
}

}  // namespace ringsock::tcp
