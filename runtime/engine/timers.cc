// SPDX-License-Identifier: BSD-3-Clause
// Timers: wheel -> tcp::expire (RFC 9293 §3.10.8). Lazy: a node stands at the earliest deadline it was ever
// told; one that fires early is put back at the real one, so that an ACK never touches the wheel.
#include "engine/engine.h"

namespace ringsock {

void Engine::watch_deadline(std::uint32_t tcb_index) noexcept {
    const Instant at = tcp::next_deadline(tcbs_[tcb_index]);
    if (!at.is_never()) wheel_.arm_by(tcb_index, at);
}

void Engine::fire_timers(Instant now) noexcept {
    wheel_.advance(now, kTimersPerPass, [&](std::uint32_t index) {
        tcp::Tcb& tcb = tcbs_[index];
        if (tcb.arrive.state == tcp::State::closed) return;
        if (tcp::next_deadline(tcb) > now) return watch_deadline(index);
        tcp::TextOut out;
        tcp::Effects effects = tcp::expire(tcb, now, out);
        effects |= tcp::kEffectDeadlineMoved;  // The node has left the wheel: it must come back.
        apply(index, effects, out, now);
    });
}

}  // namespace ringsock
