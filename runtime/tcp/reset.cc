// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.5.2 group 1 and §3.10.7.1: resets for segments nobody has a Tcb for; §3.5.3 and RFC 5961 §3:
// resets that arrive.
#include "tcp/reset.h"

#include "tcp/send_queue.h"

namespace ringsock::tcp {

void answer_by_ack(Tcb& tcb, std::uint32_t length, Instant now) noexcept {
    if (length == 0) {
        // 512 ticks of 1024 us; seven bits of it, so that a slot comes again after a minute.
        const auto slot = static_cast<std::uint8_t>(tick_of(now) >> 9 | 0x80);
        if (tcb.deliver.answered_slot == slot) return;
        tcb.deliver.answered_slot = slot;
    }
    tcb.arrive.output_due |= kDueAck;
}

Effects obey_reset(Tcb& tcb, SeqNum seq) {
    TcbArrive& a = tcb.arrive;
    if (a.state == State::time_wait) return Effects::of(conclude(tcb, 0));  // RFC 1337: not assassinated.
    if (seq != a.rcv_nxt) {                                                 // RFC 5961 §3.2: challenge ACK.
        a.output_due |= kDueAck;
        return Effects::of(conclude(tcb, 0));
    }
    switch (a.state) {
        case State::syn_received:
            return fail(tcb, ConnError::refused);
        case State::closing:
        case State::last_ack:  // Both sides have closed: lost is only text of ours the peer did not take.
            if (queued_bytes(tcb) != 0) return fail(tcb, ConnError::reset);
            enter_closed(tcb);
            return Effects::of(kEffectClosed);
        default:
            return fail(tcb, ConnError::reset);
    }
}

}  // namespace ringsock::tcp
