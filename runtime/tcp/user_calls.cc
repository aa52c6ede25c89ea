// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.2 to §3.10.5: SEND, RECEIVE, CLOSE, ABORT, and the options of a living connection.
#include <algorithm>

#include "tcp/congestion.h"
#include "tcp/reassembly.h"
#include "tcp/reset.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"
#include "tcp/steps.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

bool may_queue_text(const Tcb& tcb) noexcept {
    switch (tcb.arrive.state) {
        case State::syn_sent:
        case State::syn_received:
        case State::established:
        case State::close_wait:
            return !has_trait(tcb, kTraitFinQueued);
        default:
            return false;
    }
}

/// An orphan in FIN-WAIT-2 waits for a peer who may never close: only so long.
std::uint32_t limit_orphan(Tcb& tcb, Instant now) {
    if (tcb.arrive.state != State::fin_wait_2) return 0;
    return arm_idle(tcb, now + micros_in_ticks(tcb.deliver.orphan_ticks));
}

}  // namespace

Effects send(Tcb& tcb, PacketList& text_taken, std::uint32_t bytes, Instant now) {
    if (!may_queue_text(tcb)) return {.error = ConnError::invalid};
    if (text_taken.empty()) return Effects::none();
    prepare_send_line(tcb);
    [[maybe_unused]] const SeqNum start = tcb.send.snd_end;
    if (queued_bytes(tcb) == 0 && tick_of(now) - tcb.time.last_heard_tick > ticks_in(rto(tcb)))
        restart_after_idle(tcb);
    append_text(tcb, text_taken);
    RS_DCHECK(distance(start, tcb.send.snd_end) == bytes);
    if (!may_send_text(tcb.arrive.state)) return Effects::none();  // §3.10.2: queued until ESTABLISHED.
    tcb.arrive.output_due |= kDueText;
    return Effects::of(kEffectOutputDue);
}

Effects receive(Tcb& tcb, std::uint32_t bytes_consumed, Instant) {
    TcbArrive& a = tcb.arrive;
    a.rcv_space += std::min(bytes_consumed, unread_bytes(tcb));
    if (!may_receive_text(a.state) || !window_update_due(tcb)) return Effects::none();
    a.output_due |= kDueAck;
    return Effects::of(kEffectOutputDue);
}

Effects shutdown_send(Tcb& tcb, Instant) {
    TcbArrive& a = tcb.arrive;
    if (has_trait(tcb, kTraitFinQueued)) return Effects::none();
    switch (a.state) {
        case State::syn_sent:
        case State::syn_received:
            a.traits |= kTraitFinQueued;
            return Effects::none();  // establish() goes on.
        case State::established:
            a.state = State::fin_wait_1;
            break;
        case State::close_wait:
            a.state = State::last_ack;
            break;
        default:
            return Effects::none();
    }
    a.traits |= kTraitFinQueued;
    a.output_due |= kDueText;
    return Effects::of(kEffectOutputDue);
}

void shutdown_receive(Tcb& tcb) {
    tcb.arrive.traits |= kTraitNotReading;
}

Effects close(Tcb& tcb, bool abortive, bool unread_data_pending, Instant now) {
    TcbArrive& a = tcb.arrive;
    switch (a.state) {
        case State::closed:
            return Effects::of(conclude(tcb, 0));
        case State::listen:
        case State::syn_sent:
            enter_closed(tcb);
            return Effects::of(kEffectClosed);
        default:
            break;
    }
    a.traits |= kTraitOrphan | kTraitNotReading;
    const bool unread = unread_data_pending || a.rcv_space != tcb.deliver.receive_buffer;
    if (abortive || unread) return abort(tcb, now);
    Effects effects = shutdown_send(tcb, now);
    effects.bits |= limit_orphan(tcb, now);
    // Out-of-order text would never be read either, but it may be old duplicates: it decides when it is in
    // order.
    effects.bits = conclude(tcb, effects.bits);
    return effects;
}

Effects abort(Tcb& tcb, Instant) {
    switch (tcb.arrive.state) {
        case State::syn_received:
        case State::established:
        case State::fin_wait_1:
        case State::fin_wait_2:
        case State::close_wait:
            close_with_reset(tcb);
            break;
        case State::closed:
            break;
        default:
            enter_closed(tcb);
            break;  // LISTEN, SYN-SENT, CLOSING, LAST-ACK, TIME-WAIT: no RST (§3.10.5).
    }
    return Effects::of(conclude(tcb, 0));
}

void take_packets(Tcb& tcb, PacketList& released) {
    TcbSend& s = tcb.send;
    if (has_trait(tcb, kTraitSendLine)) {
        for (Packet* p = s.head; p != nullptr;) {
            Packet* const next = p->next;
            released.push_back(p);
            p = next;
        }
        s.head = s.tail = s.next_packet = s.resend_packet = nullptr;
        s.snd_end = tcb.arrive.snd_nxt;
    }
    if (has_trait(tcb, kTraitGaps)) drop_gaps(tcb, released);
    tcb.arrive.traits &= ~(kTraitSendLine | kTraitResend);
}

Effects set_nagle(Tcb& tcb, bool on) {
    TcbArrive& a = tcb.arrive;
    if (on) {
        a.traits &= ~kTraitNagleOff;
        return Effects::none();
    }
    a.traits |= kTraitNagleOff;
    if (!may_send_text(a.state) || unsent_bytes(tcb) == 0) return Effects::none();
    a.output_due |= kDueText;
    return Effects::of(kEffectOutputDue);
}

void set_ack_at_once(Tcb& tcb, bool on) {
    if (on)
        tcb.arrive.traits |= kTraitAckAtOnce;
    else
        tcb.arrive.traits &= ~kTraitAckAtOnce;
}

void set_user_timeout(Tcb& tcb, Micros r2) {
    tcb.deliver.user_timeout_ticks = ticks_in(r2);
}

}  // namespace ringsock::tcp
