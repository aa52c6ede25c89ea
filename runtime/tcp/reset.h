// SPDX-License-Identifier: BSD-3-Clause
// Resets and challenge ACKs: RFC 9293 §3.5.2, §3.5.3; RFC 5961. Private to the room; engine role.
#pragma once

#include <cstdint>

#include "tcp/deadlines.h"

namespace ringsock::tcp {

/// Ends the call: what remains to be said decides whether the Tcb can go already.
inline std::uint32_t conclude(const Tcb& tcb, std::uint32_t bits) noexcept {
    if ((tcb.arrive.output_due & kDueNow) != 0) return bits | kEffectOutputDue;
    if (tcb.arrive.state == State::closed) return bits | kEffectClosed;
    if (tcb.arrive.state == State::time_wait) return bits | kEffectTimeWait;
    return bits;
}

/// Drops the connection without a word.
inline void enter_closed(Tcb& tcb) noexcept {
    tcb.arrive.state = State::closed;
    tcb.arrive.output_due = 0;
    stop_timers(tcb);
}
/// Drops the connection; the RST that says so is due (§3.10.4, §3.10.5).
inline void close_with_reset(Tcb& tcb) noexcept {
    enter_closed(tcb);
    tcb.arrive.output_due = kDueReset;
}
/// The connection is lost: the user, if there still is one, learns `why` (MUST-12).
inline Effects fail(Tcb& tcb, ConnError why) noexcept {
    const bool silent = has_trait(tcb, kTraitOrphan) || (tcb.arrive.state == State::syn_received &&
                                                         has_trait(tcb, kTraitPassive));  // MUST-11.
    enter_closed(tcb);
    return silent ? Effects::of(kEffectClosed) : Effects::failed(why);
}

/// Owes an ACK for a segment that is not acceptable or acknowledges the impossible. One without text, SYN or
/// FIN
/// (`length` 0) is answered once in half a second only (RFC 5961 §7): two ends out of step, which one forged
/// segment can bring about, would else answer each other's ACKs for ever, as fast as the wire carries them.
void answer_by_ack(Tcb& tcb, std::uint32_t length, Instant now) noexcept;

/// Second check of §3.10.7.4: a RST whose sequence number lies in the window. Returns the effects; sets
/// `proceed` to false always.
Effects obey_reset(Tcb& tcb, SeqNum seq);

}  // namespace ringsock::tcp
