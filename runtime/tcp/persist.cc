// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.8.6.1: probing a closed window, for ever while the peer answers (MUST-35, MUST-36, MUST-37, RFC
// 6429). The same timer is the override of silly-window avoidance (§3.8.6.2.1): text that waits for a better
// window is sent when it fires.
#include <algorithm>

#include "tcp/reset.h"
#include "tcp/retransmit.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"

namespace ringsock::tcp {
namespace {

Micros probe_interval(const Tcb& tcb) noexcept {
    const std::int64_t first = std::max(std::int64_t{base_rto_us(tcb)}, kMinPersist.count);
    return Micros{std::min(first << std::min(tcb.deliver.probes, kMaxBackoff), kMaxPersist.count)};
}

/// A peer that answers keeps the connection; one that is silent for R2 loses it. Nobody waits for the text of
/// an orphan: R2 counts from the closing of the window.
bool gave_up(const Tcb& tcb, Instant now) noexcept {
    const std::uint32_t r2 = tcb.deliver.user_timeout_ticks;
    if (has_trait(tcb, kTraitOrphan))
        return static_cast<std::int32_t>(tick_of(now) - tcb.time.lifetime_tick) >= 0;
    return r2 != 0 && tcb.deliver.probes != 0 && tick_of(now) - tcb.time.last_heard_tick > r2;
}

}  // namespace

std::uint32_t enter_persist(Tcb& tcb, Instant now) {
    const std::uint32_t r2 = tcb.deliver.user_timeout_ticks;
    tcb.arrive.traits |= kTraitPersist;
    tcb.deliver.probes = 0;
    tcb.time.lifetime_tick = tick_of(now) + (r2 != 0 ? r2 : ticks_in(kUserTimeout));
    return arm_retransmit(tcb, now + probe_interval(tcb));
}

Effects persist_expired(Tcb& tcb, Instant now) {
    tcb.time.retransmit_at = Instant::never();
    if (gave_up(tcb, now)) {
        const ConnError soft = tcb.deliver.soft_error;
        return fail(tcb, soft != ConnError::none ? soft : ConnError::aborted);
    }
    if (tcb.deliver.probes < UINT8_MAX) ++tcb.deliver.probes;
    tcb.arrive.output_due |= kDueProbe;
    return Effects::of(conclude(tcb, arm_retransmit(tcb, now + probe_interval(tcb))));
}

std::uint32_t leave_persist(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    a.traits &= ~kTraitPersist;
    a.output_due &= static_cast<std::uint8_t>(~kDueProbe);
    tcb.deliver.probes = 0;
    tcb.time.retransmit_at = Instant::never();
    if (unsent_bytes(tcb) != 0 || fin_unsent(tcb)) a.output_due |= kDueText;
    if (a.snd_una == a.snd_nxt) return 0;
    start_resend(tcb, a.snd_una, a.snd_nxt);  // What was sent into the closed window may have been dropped.
    return arm_retransmit(tcb, now + rto(tcb));
}

}  // namespace ringsock::tcp
