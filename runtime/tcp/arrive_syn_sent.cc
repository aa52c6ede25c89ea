// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.3: SEGMENT ARRIVES in SYN-SENT.
#include "tcp/reset.h"
#include "tcp/rtt.h"
#include "tcp/steps.h"

namespace ringsock::tcp {
namespace {

/// First check. Most often a challenge ACK from an old connection of the peer's (RFC 5961 §4): our reset ends
/// that one, and the SYN is repeated at once instead of after an RTO (house D7), a few times only.
Effects refuse_acknowledgment(Tcb& tcb, const SegmentIn& segment) {
    TcbArrive& a = tcb.arrive;
    if (segment.fields.has(TcpFlag::rst)) return Effects::of(conclude(tcb, 0));
    a.snd_wl1 = segment.fields.ack;
    a.output_due |= kDueReset;
    if (tcb.deliver.probes < kMaxSynRepeats) {
        ++tcb.deliver.probes;
        a.output_due |= kDueSyn;
        cancel_timing(tcb);
    }
    return Effects::of(kEffectOutputDue);
}

/// Fourth check, our SYN acknowledged: ESTABLISHED.
Effects open_complete(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    a.snd_una = segment.fields.ack;
    std::uint32_t bits = establish(tcb, now);
    tcb.deliver.probes = 0;
    a.output_due |= kDueAck;
    a.traits |= kTraitOpenAckDue;
    const bool fin = segment.fields.has(TcpFlag::fin);
    if (segment.text_length != 0 || fin)  // "Continue processing at the sixth step".
        bits |= take_text(tcb, a.rcv_nxt, segment.text_length, segment.text_kept, fin, now, out);
    return Effects::of(conclude(tcb, bits));
}

/// Fourth check, SYN alone: both sides open at the same time (MUST-10). Text on it is left to retransmission.
Effects cross_open(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    a.state = State::syn_received;
    a.output_due |= kDueSyn;
    tcb.deliver.probes = 0;
    return Effects::of(kEffectOutputDue | arm_retransmit(tcb, now + rto(tcb)));
}

}  // namespace

Effects arrive_syn_sent(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out) {
    const TcpFields& f = segment.fields;
    const bool ack = f.has(TcpFlag::ack);
    const bool completes = ack && f.has(TcpFlag::syn) && !f.has(TcpFlag::rst) && f.ack == tcb.arrive.snd_nxt;
    if (!completes || segment.text_length == 0) {
        if (segment.text_kept != nullptr) out.released.push_back(segment.text_kept);
    }
    // SND.UNA is ISS here, and nothing but the SYN was sent: only SND.NXT acknowledges it.
    if (ack && f.ack != tcb.arrive.snd_nxt) return refuse_acknowledgment(tcb, segment);
    if (f.has(TcpFlag::rst))  // Second: a reset that acknowledges our SYN is a refusal; without ACK it is
                              // nothing.
        return ack ? fail(tcb, ConnError::refused) : Effects::of(conclude(tcb, 0));
    if (!f.has(TcpFlag::syn)) return Effects::of(conclude(tcb, 0));  // Fifth.
    take_syn(tcb, f);
    tcb.time.last_heard_tick = tick_of(now);
    return ack ? open_complete(tcb, segment, now, out) : cross_open(tcb, now);
}

}  // namespace ringsock::tcp
