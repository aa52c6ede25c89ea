// SPDX-License-Identifier: BSD-3-Clause
// The three deadlines of a Tcb (RFC 9293 §3.10.8) and how they move. Private to the room; engine role.
// A deadline that moves later, or goes away, is not announced: the wheel finds out when it fires (house.md,
// 8).
#pragma once

#include <cstdint>

#include "tcp/connection.h"

namespace ringsock::tcp {

/// Arms the retransmission (or persist) timer. Returns kEffectDeadlineMoved when the wheel must know.
inline std::uint32_t arm_retransmit(Tcb& tcb, Instant at) noexcept {
    const Instant earliest = next_deadline(tcb);
    tcb.time.retransmit_at = at;
    return at < earliest ? std::uint32_t{kEffectDeadlineMoved} : 0;
}
inline std::uint32_t arm_delayed_ack(Tcb& tcb, Instant at) noexcept {
    const Instant earliest = next_deadline(tcb);
    tcb.time.ack_at = at;
    return at < earliest ? std::uint32_t{kEffectDeadlineMoved} : 0;
}
inline std::uint32_t arm_idle(Tcb& tcb, Instant at) noexcept {
    const Instant earliest = next_deadline(tcb);
    tcb.time.idle_at = at;
    return at < earliest ? std::uint32_t{kEffectDeadlineMoved} : 0;
}
inline void stop_timers(Tcb& tcb) noexcept {
    tcb.time.retransmit_at = tcb.time.ack_at = tcb.time.idle_at = Instant::never();
}

/// The instant of a tick in the near future (or past): the wrapped 32-bit tick as seen from `now`.
inline Instant instant_of_tick(std::uint32_t tick, Instant now) noexcept {
    const auto ahead = static_cast<std::int32_t>(tick - tick_of(now));
    return Instant{((now.micros >> kTickShift) + ahead) << kTickShift};
}

/// Keep-alive timer from now on, if the user asked for it (§3.8.4).
std::uint32_t start_keepalive(Tcb& tcb, Instant now) noexcept;
/// idle_at was reached: FIN-WAIT-2 without a user ends, or a keep-alive probe may be due. Returns effects.
Effects idle_expired(Tcb& tcb, Instant now);
/// persist timer was reached (persist.cc).
Effects persist_expired(Tcb& tcb, Instant now);
/// Nothing in flight, but text that may not go: probe later (§3.8.6.1). Returns effect bits.
std::uint32_t enter_persist(Tcb& tcb, Instant now);
/// The window opened: ends probing, sends what is due. Returns effect bits.
std::uint32_t leave_persist(Tcb& tcb, Instant now);

}  // namespace ringsock::tcp
