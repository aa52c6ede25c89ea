// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.8: TIMEOUTS. One node in the wheel, three deadlines here; each may find that it came too
// early.
#include "tcp/deadlines.h"

#include "tcp/reset.h"
#include "tcp/retransmit.h"

namespace ringsock::tcp {

Effects expire(Tcb& tcb, Instant now, TextOut&) {
    TcbArrive& a = tcb.arrive;
    Effects effects;
    if (a.state == State::closed) return effects;
    if (now >= tcb.time.ack_at) {
        tcb.time.ack_at = Instant::never();
        if (a.output_due & kDueAckLater)
            a.output_due = static_cast<std::uint8_t>((a.output_due & ~kDueAckLater) | kDueAck);
    }
    if (now >= tcb.time.retransmit_at)
        effects |= has_trait(tcb, kTraitPersist) ? persist_expired(tcb, now) : retransmit_expired(tcb, now);
    if (a.state != State::closed && now >= tcb.time.idle_at) effects |= idle_expired(tcb, now);
    if (effects.has(kEffectClosed)) return effects;
    effects.bits = conclude(tcb, effects.bits);
    return effects;
}

}  // namespace ringsock::tcp
