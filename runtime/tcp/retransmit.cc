// SPDX-License-Identifier: BSD-3-Clause
// RFC 6298 §5 (time-outs), RFC 9293 §3.8.3 (R1, R2: MUST-20, MUST-21, MUST-22, MUST-23), RFC 5681 §3.2 and
// RFC 6582 (fast retransmit and recovery without SACK).
#include "tcp/retransmit.h"

#include <algorithm>

#include "tcp/congestion.h"
#include "tcp/reset.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"

namespace ringsock::tcp {
namespace {

bool tick_reached(std::uint32_t tick, Instant now) noexcept {
    return static_cast<std::int32_t>(tick_of(now) - tick) >= 0;
}

/// What the user is told at R2: a soft ICMP error if there was one (§3.9.2.2, MUST-47).
ConnError reason_of(const Tcb& tcb, ConnError otherwise) noexcept {
    return tcb.deliver.soft_error != ConnError::none ? tcb.deliver.soft_error : otherwise;
}

/// The timer for the next time-out, not later than R2.
std::uint32_t arm_within_lifetime(Tcb& tcb, Instant now, bool limited) noexcept {
    Instant at = now + rto(tcb);
    if (limited) at = std::min(at, std::max(instant_of_tick(tcb.time.lifetime_tick, now), now + Micros{1}));
    return arm_retransmit(tcb, at);
}

Effects syn_expired(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    const bool limited = !has_trait(tcb, kTraitSynForever);
    const std::uint8_t most = tcb.deliver.max_syn_retransmissions;
    const bool exhausted = most != 0 && a.backoff >= most;
    if (exhausted || (limited && tick_reached(tcb.time.lifetime_tick, now)))
        return fail(tcb, reason_of(tcb, ConnError::timed_out));
    if (a.backoff < UINT8_MAX) ++a.backoff;
    a.traits |= kTraitSynRepeated;
    cancel_timing(tcb);
    a.output_due |= kDueSyn;
    std::uint32_t bits = arm_within_lifetime(tcb, now, limited);
    if (a.backoff == kR1Retransmissions) bits |= kEffectPathDoubtful;
    return Effects::of(conclude(tcb, bits));
}

/// RFC 5681 equation 4 and §3.1: the loss window is one segment; the threshold is set by the first time-out
/// only.
void shrink_for_timeout(Tcb& tcb) {
    TcbSend& s = tcb.send;
    if (s.retransmissions == 0) s.ssthresh_bytes = reduced_threshold(tcb, flight_size(tcb));
    s.cwnd_bytes = tcb.time.snd_mss;
    s.dup_acks = 0;
    s.recover = tcb.arrive.snd_nxt;  // RFC 6582 §3.2 step 4.
    tcb.arrive.traits &= ~(kTraitRecovery | kTraitPartialAck);
}

void start_fast_recovery(Tcb& tcb) {
    TcbSend& s = tcb.send;
    const std::uint32_t mss = tcb.time.snd_mss;
    s.ssthresh_bytes = reduced_threshold(tcb, flight_size(tcb));
    s.cwnd_bytes = s.ssthresh_bytes + kDupAckThreshold * mss;
    s.recover = tcb.arrive.snd_nxt;
    tcb.arrive.traits &= ~kTraitPartialAck;
    tcb.arrive.traits |= kTraitRecovery;
    start_resend(tcb, tcb.arrive.snd_una, tcb.arrive.snd_una + std::min(mss, flight_size(tcb)));
}

}  // namespace

void start_resend(Tcb& tcb, SeqNum from, SeqNum to) {
    tcb.send.resend_nxt = from;
    tcb.send.resend_end = to;
    tcb.send.resend_packet = nullptr;
    tcb.arrive.traits |= kTraitResend;
    tcb.arrive.output_due |= kDueResend;
    cancel_timing(tcb);
}

void trim_resend(Tcb& tcb) {
    TcbSend& s = tcb.send;
    if (!has_trait(tcb, kTraitResend)) return;
    if (before(s.resend_nxt, tcb.arrive.snd_una)) {
        s.resend_nxt = tcb.arrive.snd_una;
        s.resend_packet = nullptr;
    }
    if (before(s.resend_nxt, s.resend_end)) {
        tcb.arrive.output_due |= kDueResend;
        return;
    }
    tcb.arrive.traits &= ~kTraitResend;
    tcb.arrive.output_due &= static_cast<std::uint8_t>(~kDueResend);
}

Effects retransmit_expired(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    tcb.time.retransmit_at = Instant::never();
    if (a.state == State::syn_sent || a.state == State::syn_received) return syn_expired(tcb, now);
    if (a.snd_una == a.snd_nxt) return Effects::of(conclude(tcb, 0));
    prepare_send_line(tcb);
    if (a.snd_wnd == 0) {  // The window closed over what is in flight (MUST-34): probe, at once.
        a.output_due |= kDueProbe;
        return Effects::of(conclude(tcb, enter_persist(tcb, now)));
    }

    TcbSend& s = tcb.send;
    std::uint32_t r2 = tcb.deliver.user_timeout_ticks;
    if (r2 == 0 && has_trait(tcb, kTraitOrphan)) r2 = ticks_in(kUserTimeout);  // Nobody is left to give up.
    if (s.retransmissions == 0) tcb.time.lifetime_tick = tick_of(now) + r2 + 1;
    if (r2 != 0 && s.retransmissions != 0 && tick_reached(tcb.time.lifetime_tick, now))
        return fail(tcb, reason_of(tcb, ConnError::aborted));

    shrink_for_timeout(tcb);
    if (s.retransmissions < UINT8_MAX) ++s.retransmissions;
    if (a.backoff < UINT8_MAX) ++a.backoff;
    start_resend(tcb, a.snd_una, a.snd_nxt);
    std::uint32_t bits = arm_within_lifetime(tcb, now, r2 != 0);
    if (s.retransmissions == kR1Retransmissions) bits |= kEffectPathDoubtful;
    return Effects::of(conclude(tcb, bits));
}

void duplicate_ack(Tcb& tcb) {
    if (!has_trait(tcb, kTraitSendLine)) return;  // Only a FIN is out: its time-out is enough.
    if (has_trait(tcb, kTraitPersist)) return;    // Answers to probes.
    TcbSend& s = tcb.send;
    if (s.dup_acks < UINT8_MAX) ++s.dup_acks;
    if (has_trait(tcb, kTraitRecovery)) {
        s.cwnd_bytes =
            std::min(s.cwnd_bytes + tcb.time.snd_mss, kMaxWindow);  // One segment left the network.
    } else if (s.dup_acks == kDupAckThreshold && after(tcb.arrive.snd_una, s.recover)) {
        start_fast_recovery(tcb);
    }
    if (unsent_bytes(tcb) != 0) tcb.arrive.output_due |= kDueText;  // Also limited transmit (RFC 3042).
}

bool ack_in_recovery(Tcb& tcb, std::uint32_t acked) {
    TcbSend& s = tcb.send;
    TcbArrive& a = tcb.arrive;
    const std::uint32_t mss = tcb.time.snd_mss;
    if (at_or_after(a.snd_una, s.recover)) {  // Full acknowledgment.
        s.cwnd_bytes = std::min(s.ssthresh_bytes, std::max(flight_size(tcb), mss) + mss);
        s.dup_acks = 0;
        a.traits &= ~(kTraitRecovery | kTraitPartialAck);
        return true;
    }
    start_resend(tcb, a.snd_una, a.snd_una + std::min(mss, flight_size(tcb)));
    s.cwnd_bytes = s.cwnd_bytes > acked ? s.cwnd_bytes - acked : 0;
    if (acked >= mss) s.cwnd_bytes += mss;
    s.cwnd_bytes = std::max(s.cwnd_bytes, mss);
    const bool first = !has_trait(tcb, kTraitPartialAck);
    a.traits |= kTraitPartialAck;
    return first;  // "Impatient": only the first partial ACK restarts the timer.
}

}  // namespace ringsock::tcp
