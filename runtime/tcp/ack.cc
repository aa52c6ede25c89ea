// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.4, fifth check: SND.UNA, the send window, duplicate ACKs; RFC 5961 §5; and what the ACK of
// our FIN means.
//
// SND.WL2 is not kept. The RFC updates the window when SND.UNA <= SEG.ACK and (WL1 < SEG.SEQ or WL1 = SEG.SEQ
// and WL2
// <= SEG.ACK). WL2 is the SEG.ACK of a segment that was processed, so WL2 <= SND.UNA: the last part always
// holds.
#include <algorithm>

#include "tcp/congestion.h"
#include "tcp/reset.h"
#include "tcp/retransmit.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"
#include "tcp/steps.h"

namespace ringsock::tcp {
namespace {

/// Text of ours left: the queue, recovery or congestion avoidance. Returns effect bits; `restart_timer` for
/// the caller.
std::uint32_t acknowledge_text(Tcb& tcb, std::uint32_t acked, std::uint32_t flight_before, TextOut& out,
                               bool& restart_timer) {
    TcbSend& s = tcb.send;
    s.retransmissions = 0;
    release_acknowledged(tcb, out.released);
    trim_resend(tcb);
    if (has_trait(tcb, kTraitRecovery)) {
        restart_timer = ack_in_recovery(tcb, acked);
    } else {
        s.dup_acks = 0;
        if (acked != 0) congestion_on_ack(tcb, acked, flight_before);
    }
    if (unsent_bytes(tcb) != 0 || fin_unsent(tcb)) tcb.arrive.output_due |= kDueText;
    return acked != 0 ? std::uint32_t{kEffectSendSpace} : 0;
}

}  // namespace

std::uint32_t acknowledge(Tcb& tcb, const TcpFields& fields, Instant now, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    const std::uint32_t flight_before = flight_size(tcb);
    const bool all = fields.ack == a.snd_nxt;
    const bool fin_acked = all && has_trait(tcb, kTraitFinSent);
    const std::uint32_t acked = distance(a.snd_una, fields.ack) - (fin_acked ? 1 : 0);
    measure(tcb, fields, now);
    a.snd_una = fields.ack;

    std::uint32_t bits = 0;
    bool restart_timer = true;
    if (has_trait(tcb, kTraitSendLine))
        bits |= acknowledge_text(tcb, acked, flight_before, out, restart_timer);
    if (!has_trait(tcb, kTraitPersist)) {
        if (all)
            tcb.time.retransmit_at = Instant::never();  // RFC 6298 §5.2.
        else if (restart_timer)
            bits |= arm_retransmit(tcb, now + rto(tcb));  // §5.3.
    } else if (all && unsent_bytes(tcb) == 0 && !fin_unsent(tcb)) {
        a.traits &= ~kTraitPersist;  // The probe was the last of it.
        tcb.time.retransmit_at = Instant::never();
    }
    if (fin_acked) bits |= fin_acknowledged(tcb, now);
    return bits;
}

std::uint32_t update_send_window(Tcb& tcb, const TcpFields& fields, Instant now) {
    TcbArrive& a = tcb.arrive;
    if (after(a.snd_wl1, fields.seq)) return 0;
    a.snd_wl1 = fields.seq;
    const std::uint32_t window = std::uint32_t{fields.window} << snd_wscale(tcb);
    const std::uint32_t before_update = a.snd_wnd;
    a.snd_wnd = window;
    if (!has_trait(tcb, kTraitSendLine) || window == before_update) return 0;
    tcb.send.snd_wnd_max = std::max(tcb.send.snd_wnd_max, window);
    if (has_trait(tcb, kTraitPersist) && window != 0) return leave_persist(tcb, now);
    if (window > before_update && unsent_bytes(tcb) != 0) a.output_due |= kDueText;
    if (window > before_update && has_trait(tcb, kTraitResend)) a.output_due |= kDueResend;
    return 0;
}

bool process_ack(Tcb& tcb, const TcpFields& fields, std::uint32_t length, Instant now, TextOut& out,
                 std::uint32_t& bits) {
    TcbArrive& a = tcb.arrive;
    if (after(fields.ack, a.snd_nxt)) {  // Something not yet sent.
        answer_by_ack(tcb, length, now);
        return false;
    }
    if (before(fields.ack, a.snd_una)) {
        const std::uint32_t reach = has_trait(tcb, kTraitSendLine) ? tcb.send.snd_wnd_max : a.snd_wnd;
        if (distance(fields.ack, a.snd_una) <= reach) return true;  // An old ACK; text and FIN still count.
        answer_by_ack(tcb, length, now);  // RFC 5961 §5.2: nobody of ours said that.
        return false;
    }
    if (after(fields.ack, a.snd_una)) {
        bits |= acknowledge(tcb, fields, now, out);
        if (a.state == State::closed || a.state == State::time_wait)
            return false;  // LAST-ACK, CLOSING ended.
        bits |= update_send_window(tcb, fields, now);
        return true;
    }
    const bool same_window = (std::uint32_t{fields.window} << snd_wscale(tcb)) == a.snd_wnd;
    bits |= update_send_window(tcb, fields, now);
    if (length == 0 && same_window && a.snd_una != a.snd_nxt) duplicate_ack(tcb);  // RFC 5681 §2.
    return true;
}

std::uint32_t fin_acknowledged(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    switch (a.state) {
        case State::fin_wait_1:
            a.state = State::fin_wait_2;
            if (has_trait(tcb, kTraitOrphan))
                return kEffectFinAcked | arm_idle(tcb, now + micros_in_ticks(tcb.deliver.orphan_ticks));
            break;
        case State::closing:
            a.state = State::time_wait;
            stop_timers(tcb);
            break;
        case State::last_ack:
            enter_closed(tcb);
            break;
        default:
            break;
    }
    return kEffectFinAcked;
}

}  // namespace ringsock::tcp
