// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.8.4: keep-alive, on request only (MUST-24, MUST-25), only while nothing else is going on
// (MUST-26), several lost answers tolerated (MUST-29). Also the FIN-WAIT-2 limit, which shares the timer.
#include <algorithm>

#include "tcp/reset.h"
#include "tcp/send_queue.h"

namespace ringsock::tcp {
namespace {

bool keeps_alive(const Tcb& tcb) noexcept {
    const State s = tcb.arrive.state;
    return has_trait(tcb, kTraitKeepalive) &&
           (s == State::established || s == State::close_wait || s == State::fin_wait_2);
}

Effects probe_or_wait(Tcb& tcb, Instant now) {
    TcbDeliver& d = tcb.deliver;
    const std::uint32_t quiet = tick_of(now) - tcb.time.last_heard_tick;
    // Unanswered probes leave last_heard where it was: idle + interval for each of them behind.
    if (d.probes != 0 && quiet < d.keepalive_idle_ticks + d.probes * d.keepalive_interval_ticks) d.probes = 0;
    if (d.probes == 0 && quiet < d.keepalive_idle_ticks)
        return Effects::of(
            conclude(tcb, arm_idle(tcb, now + micros_in_ticks(d.keepalive_idle_ticks - quiet))));
    if (flight_size(tcb) != 0 || unsent_bytes(tcb) != 0) {  // Retransmission or persist will find out.
        d.probes = has_trait(tcb, kTraitPersist) ? d.probes : std::uint8_t{0};
        return Effects::of(conclude(tcb, arm_idle(tcb, now + micros_in_ticks(d.keepalive_idle_ticks))));
    }
    if (d.probes >= d.keepalive_probes) return fail(tcb, ConnError::aborted);
    ++d.probes;
    tcb.arrive.output_due |= kDueKeepalive;
    return Effects::of(conclude(tcb, arm_idle(tcb, now + micros_in_ticks(d.keepalive_interval_ticks))));
}

}  // namespace

std::uint32_t start_keepalive(Tcb& tcb, Instant now) noexcept {
    if (!has_trait(tcb, kTraitKeepalive)) return 0;
    return arm_idle(tcb, now + micros_in_ticks(tcb.deliver.keepalive_idle_ticks));
}

Effects idle_expired(Tcb& tcb, Instant now) {
    tcb.time.idle_at = Instant::never();
    if (tcb.arrive.state == State::fin_wait_2 && has_trait(tcb, kTraitOrphan)) {
        enter_closed(tcb);
        return Effects::of(kEffectClosed);
    }
    return keeps_alive(tcb) ? probe_or_wait(tcb, now) : Effects::of(conclude(tcb, 0));
}

Effects set_keepalive(Tcb& tcb, bool on, Micros idle, Micros interval, std::uint8_t probes, Instant now) {
    TcbDeliver& d = tcb.deliver;
    const bool orphan_timer = tcb.arrive.state == State::fin_wait_2 && has_trait(tcb, kTraitOrphan);
    if (!on) {
        tcb.arrive.traits &= ~kTraitKeepalive;
        if (!orphan_timer) tcb.time.idle_at = Instant::never();
        return Effects::none();
    }
    tcb.arrive.traits |= kTraitKeepalive;
    d.keepalive_idle_ticks = std::max(ticks_in(idle), 1u);
    d.keepalive_interval_ticks = std::max(ticks_in(interval), 1u);
    d.keepalive_probes = std::max<std::uint8_t>(probes, 1);
    if (!has_trait(tcb, kTraitPersist)) d.probes = 0;
    if (orphan_timer || !keeps_alive(tcb)) return Effects::none();  // establish() starts it.
    return Effects::of(start_keepalive(tcb, now));
}

}  // namespace ringsock::tcp
