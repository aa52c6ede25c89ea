// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.4: SEGMENT ARRIVES in all other states, in the order of its steps; PAWS (RFC 7323 §5)
// before the first. RFC 5961 in the second, fourth and fifth.
#include "tcp/acceptability.h"
#include "tcp/reset.h"
#include "tcp/steps.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

Effects challenge(Tcb& tcb) {
    tcb.arrive.output_due |= kDueAck;
    return Effects::of(conclude(tcb, 0));
}
Effects ignore(const Tcb& tcb) {
    return Effects::of(conclude(tcb, 0));
}

enum class Paws { pass, drop, acknowledge };

/// RFC 7323 §3.2 (no timestamp: drop) and §5.3 R1 (older than TS.Recent: acknowledge and drop), resets
/// exempt.
Paws check_timestamp(const Tcb& tcb, const TcpFields& f, Instant now) noexcept {
    if (!has_trait(tcb, kTraitTimestamps) || f.has(TcpFlag::rst)) return Paws::pass;
    if (!f.has_option(kOptTimestamps)) return Paws::drop;
    if (static_cast<std::int32_t>(f.ts_value - tcb.arrive.ts_recent) >= 0) return Paws::pass;
    // §5.5: after 24 days of silence TS.Recent means nothing.
    const bool outdated = tick_of(now) - tcb.time.last_heard_tick > kTsRecentLifetimeTicks;
    return outdated ? Paws::pass : Paws::acknowledge;
}

/// Sequence numbers a segment takes.
std::uint32_t sequence_length(const SegmentIn& segment, bool syn) noexcept {
    return segment.text_length + (syn ? 1u : 0u) + (segment.fields.has(TcpFlag::fin) ? 1u : 0u);
}

/// The peer's SYN once more, in SYN-RECEIVED.
enum class SynAgain {
    no,       ///< Not that.
    repeat,   ///< Our SYN,ACK was lost: say it again.
    crossed,  ///< SYN,ACK of a simultaneous open (MUST-10, Figure 8): its SYN is known, its ACK counts.
};
SynAgain judge_syn_again(const Tcb& tcb, const TcpFields& f) noexcept {
    const TcbArrive& a = tcb.arrive;
    const bool known_syn = f.has(TcpFlag::syn) && !f.has(TcpFlag::rst) && f.seq + 1 == a.rcv_nxt;
    if (a.state != State::syn_received || !known_syn) return SynAgain::no;
    const bool acknowledges = f.has(TcpFlag::ack) && f.ack == a.snd_nxt;
    return acknowledges && !has_trait(tcb, kTraitPassive) ? SynAgain::crossed : SynAgain::repeat;
}

/// Fifth check in SYN-RECEIVED: the third segment of the handshake.
bool complete_handshake(Tcb& tcb, const TcpFields& f, SeqNum seq, Instant now, std::uint32_t& bits) {
    TcbArrive& a = tcb.arrive;
    if (f.ack != a.snd_nxt) {  // SND.UNA is ISS: nothing else is acceptable. <SEQ=SEG.ACK><CTL=RST>
        a.snd_wl1 = f.ack;
        a.output_due |= kDueReset;
        return false;
    }
    a.snd_una = f.ack;
    a.snd_wnd = std::uint32_t{f.window} << snd_wscale(tcb);
    a.snd_wl1 = seq;
    bits |= establish(tcb, now);
    return true;
}

/// Steps 7 and 8 when the segment has text or FIN. Sets `text_taken`.
Effects take_rest(Tcb& tcb, const SegmentIn& segment, SeqNum seq, Instant now, TextOut& out, bool& text_taken,
                  std::uint32_t bits) {
    TcbArrive& a = tcb.arrive;
    const bool fin = segment.fields.has(TcpFlag::fin);
    if ((segment.text_length == 0 && !fin) || !may_receive_text(a.state))
        return Effects::of(conclude(tcb, bits));
    if (has_trait(tcb, kTraitNotReading) && segment.text_length != 0 &&
        after(seq + segment.text_length, a.rcv_nxt)) {
        // §3.6.1 (SHLD-3): text for a user who closed is lost text, and the peer must learn it.
        const bool orphan = has_trait(tcb, kTraitOrphan);
        close_with_reset(tcb);
        return {.bits = kEffectOutputDue | (orphan ? 0u : std::uint32_t{kEffectFailed}),
                .error = orphan ? ConnError::none : ConnError::aborted};
    }
    text_taken = true;
    bits |= take_text(tcb, seq, segment.text_length, segment.text_kept, fin, now, out);
    return Effects::of(conclude(tcb, bits));
}

Effects steps(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out, bool& text_taken) {
    TcbArrive& a = tcb.arrive;
    const TcpFields& f = segment.fields;
    SeqNum seq = f.seq;
    bool syn = f.has(TcpFlag::syn);
    const bool rst = f.has(TcpFlag::rst);

    switch (check_timestamp(tcb, f, now)) {
        case Paws::pass:
            break;
        case Paws::drop:
            return ignore(tcb);
        case Paws::acknowledge:
            answer_by_ack(tcb, sequence_length(segment, syn), now);
            return ignore(tcb);
    }
    switch (judge_syn_again(tcb, f)) {
        case SynAgain::no:
            break;
        case SynAgain::repeat:
            if (has_trait(tcb, kTraitTimestamps)) a.ts_recent = f.ts_value;  // The peer measures this SYN.
            a.output_due |= kDueSyn;
            return ignore(tcb);
        case SynAgain::crossed:
            seq += 1;
            syn = false;
            break;
    }

    // First: sequence number.
    const std::uint32_t window = receive_window(tcb);
    const std::uint32_t length = rst ? 0 : sequence_length(segment, syn);
    bool text_wanted = true;
    if (!acceptable(seq, length, a.rcv_nxt, window)) {
        if (rst) return ignore(tcb);
        answer_by_ack(tcb, length, now);
        if (window != 0 || seq != a.rcv_nxt || syn) return ignore(tcb);
        text_wanted = false;  // MUST-66: with a closed window ACK and URG still count.
    }
    if (has_trait(tcb, kTraitTimestamps) && !rst && at_or_before(f.seq, a.last_ack_sent))
        a.ts_recent = f.ts_value;
    tcb.time.last_heard_tick = tick_of(now);

    // Second: reset. Third (security compartments) is not offered. Fourth: SYN.
    if (rst) return obey_reset(tcb, seq);
    if (syn) {
        if (a.state != State::syn_received || !has_trait(tcb, kTraitPassive)) return challenge(tcb);
        return fail(tcb, ConnError::reset);  // Back to LISTEN, without a word.
    }

    // Fifth: ACK.
    if (!f.has(TcpFlag::ack)) return ignore(tcb);
    std::uint32_t bits = 0;
    if (a.state == State::syn_received) {
        if (!complete_handshake(tcb, f, seq, now, bits)) return ignore(tcb);
    } else if (!process_ack(tcb, f, length, now, out, bits)) {
        return Effects::of(conclude(tcb, bits));
    }
    if (!text_wanted) return Effects::of(conclude(tcb, bits));
    if (a.state == State::time_wait && length != 0) a.output_due |= kDueAck;  // The peer's FIN again.
    return take_rest(tcb, segment, seq, now, out, text_taken, bits);
}

}  // namespace

Effects arrive_synchronized(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out) {
    bool text_taken = false;
    const Effects effects = steps(tcb, segment, now, out, text_taken);
    if (!text_taken && segment.text_kept != nullptr) out.released.push_back(segment.text_kept);
    return effects;
}

}  // namespace ringsock::tcp
