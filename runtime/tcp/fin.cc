// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.4, eighth step: the peer's FIN and the closing states (§3.6).
#include "tcp/deadlines.h"
#include "tcp/reassembly.h"
#include "tcp/steps.h"

namespace ringsock::tcp {

std::uint32_t take_fin(Tcb& tcb, Instant now, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    a.rcv_nxt += 1;
    a.traits &= ~kTraitFinKnown;
    std::uint32_t bits = kEffectPeerClosed;
    if (has_trait(tcb, kTraitGaps)) drop_gaps(tcb, out.released);  // Text behind the FIN: not from a TCP.
    switch (a.state) {
        case State::established:
            a.state = State::close_wait;
            // Like text, the FIN may wait for company (§3.8.6.3): a user who closes at once sends his FIN
            // with this ACK, and a connect and close take six frames instead of seven.
            return bits | owe_ack(tcb, now);
        case State::fin_wait_1:
            a.state = State::closing;
            break;  // An ACK of our FIN would have been seen before.
        case State::fin_wait_2:
            a.state = State::time_wait;
            a.output_due = kDueAck;
            stop_timers(tcb);
            break;
        default:
            break;
    }
    a.output_due |= kDueAck;
    return bits;
}

}  // namespace ringsock::tcp
