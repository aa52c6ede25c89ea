// SPDX-License-Identifier: BSD-3-Clause
// Invariants of a Tcb (RFC 9293 §3.3.1, §3.4) and of its queues and timers.
#include "tcp/invariants.h"

#include "tcp/send_queue.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

#define RS_RULE(condition, what) \
    if (!(condition)) return what

const char* check_numbers(const Tcb& t) noexcept {
    const TcbArrive& a = t.arrive;
    RS_RULE(at_or_before(a.snd_una, a.snd_nxt), "SND.UNA is after SND.NXT");
    RS_RULE(flight_size(t) <= kMaxWindow + 1, "more in flight than any window allows");
    RS_RULE(a.rcv_space <= t.deliver.receive_buffer, "more receive space than buffer");
    RS_RULE(!is_synchronized(a.state) || t.time.snd_mss >= kMinSendMss, "send MSS below the floor");
    if (a.state < State::syn_received) return nullptr;
    RS_RULE(at_or_before(a.rcv_nxt, a.rcv_adv), "RCV.NXT is beyond the advertised window");
    RS_RULE(receive_window(t) <= a.rcv_space, "more advertised than there is space");
    RS_RULE(at_or_before(a.last_ack_sent, a.rcv_nxt), "acknowledged more than received");
    return nullptr;
}

const char* check_state(const Tcb& t) noexcept {
    const TcbArrive& a = t.arrive;
    const bool queued = has_trait(t, kTraitFinQueued);
    const bool sent = has_trait(t, kTraitFinSent);
    RS_RULE(!sent || queued, "FIN sent but not queued");
    switch (a.state) {
        case State::established:
        case State::close_wait:
            RS_RULE(!queued, "FIN queued in an open state");
            break;
        case State::fin_wait_1:
        case State::closing:
        case State::last_ack:
            RS_RULE(queued, "closing without a FIN queued");
            RS_RULE(!sent || a.snd_una != a.snd_nxt, "FIN acknowledged, state not moved");
            break;
        case State::fin_wait_2:
        case State::time_wait:
            RS_RULE(sent && a.snd_una == a.snd_nxt, "FIN not acknowledged");
            break;
        case State::syn_sent:
        case State::syn_received:
            RS_RULE(a.snd_nxt == a.snd_una + 1 && !sent,
                    "more than a SYN sent before the handshake was over");
            break;
        default:
            break;
    }
    RS_RULE((a.output_due & (kDueReset | kDueSyn)) == 0 || !is_synchronized(a.state),
            "SYN or bare RST due too late");
    return nullptr;
}

const char* check_send_queue(const Tcb& t) noexcept {
    if (!has_trait(t, kTraitSendLine)) return nullptr;
    const TcbArrive& a = t.arrive;
    const TcbSend& s = t.send;
    RS_RULE((s.head == nullptr) == (s.tail == nullptr), "send queue has one end");
    SeqNum at = s.head != nullptr ? s.head->seq : s.snd_end;
    const Packet* next = nullptr;
    const Packet* last = nullptr;
    for (const Packet* p = s.head; p != nullptr; p = p->next) {
        RS_RULE(p->length != 0, "empty packet in the send queue");
        RS_RULE(p->seq == at, "hole in the send queue");
        at += p->length;
        if (next == nullptr && after(at, a.snd_nxt)) next = p;
        last = p;
    }
    RS_RULE(at == s.snd_end, "send queue does not end at snd_end");
    RS_RULE(last == s.tail, "send queue tail is not the last packet");
    RS_RULE(s.next_packet == next, "next_packet does not hold SND.NXT");
    if (s.head != nullptr && is_synchronized(a.state)) {
        RS_RULE(at_or_before(s.head->seq, a.snd_una), "unacknowledged text is missing");
        RS_RULE(after(s.head->seq + s.head->length, a.snd_una), "acknowledged packet kept");
    }
    RS_RULE(has_trait(t, kTraitFinSent) ? a.snd_nxt == s.snd_end + 1
                                        : at_or_before(a.snd_nxt, s.snd_end) || !is_synchronized(a.state),
            "SND.NXT is beyond the queue");
    RS_RULE(s.cwnd_bytes != 0, "cwnd is zero");
    if (has_trait(t, kTraitResend))
        RS_RULE(before(s.resend_nxt, s.resend_end) && at_or_before(s.resend_end, a.snd_nxt), "resend range");
    return nullptr;
}

const char* check_timers(const Tcb& t) noexcept {
    const TcbArrive& a = t.arrive;
    const bool timer = !t.time.retransmit_at.is_never();
    const bool due = (a.output_due & kDueNow) != 0;
    RS_RULE(!has_trait(t, kTraitPersist) || timer, "persisting without a timer");
    RS_RULE((a.output_due & kDueAckLater) == 0 || !t.time.ack_at.is_never(), "delayed ACK without a timer");
    if (a.state == State::syn_sent || a.state == State::syn_received)
        RS_RULE(timer, "opening without a timer");
    if (!is_synchronized(a.state) || a.state == State::time_wait) return nullptr;
    RS_RULE(a.snd_una == a.snd_nxt || timer || due, "in flight without a timer");
    const bool waiting = unsent_bytes(t) != 0 || (fin_unsent(t) && may_send_text(a.state));
    RS_RULE(!waiting || timer || due, "text waits and nothing will ever send it");
    return nullptr;
}

const char* check_gaps(const Tcb& t) noexcept {
    const TcbArrive& a = t.arrive;
    const TcbDeliver& d = t.deliver;
    RS_RULE(has_trait(t, kTraitGaps) == (d.gap_head != nullptr), "gap trait does not match the queue");
    std::uint32_t count = 0;
    SeqNum at = a.rcv_nxt;
    const Packet* last = nullptr;
    for (const Packet* p = d.gap_head; p != nullptr; p = p->next, ++count) {
        RS_RULE(p->length != 0, "empty packet out of order");
        RS_RULE(last == nullptr ? after(p->seq, at) : at_or_after(p->seq, at), "out-of-order text overlaps");
        at = p->seq + p->length;
        RS_RULE(at_or_before(at, a.rcv_adv), "out-of-order text beyond the window");
        last = p;
    }
    RS_RULE(last == d.gap_tail, "gap tail is not the last packet");
    RS_RULE(count == d.gap_packets && count <= kMaxOutOfOrderPackets, "gap count");
    return nullptr;
}

#undef RS_RULE

}  // namespace

const char* check(const Tcb& tcb) noexcept {
    if (tcb.arrive.state == State::closed) return nullptr;
    if (const char* broken = check_numbers(tcb)) return broken;
    if (const char* broken = check_state(tcb)) return broken;
    if (const char* broken = check_send_queue(tcb)) return broken;
    if (const char* broken = check_timers(tcb)) return broken;
    return check_gaps(tcb);
}

}  // namespace ringsock::tcp
