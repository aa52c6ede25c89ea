// SPDX-License-Identifier: BSD-3-Clause
// RFC 6298 §2: SRTT, RTTVAR, RTO in integer microseconds; §3 and RFC 7323 §4: which samples count.
#include "tcp/rtt.h"

namespace ringsock::tcp {

void take_rtt_sample(Tcb& tcb, std::uint32_t rtt_us) noexcept {
    TcbTime& time = tcb.time;
    const std::uint32_t ceiling = static_cast<std::uint32_t>(kMaxRto.count);
    const std::uint32_t r = std::clamp(rtt_us, 1u, ceiling);
    if (time.srtt_us == 0) {
        time.srtt_us = r;
        time.rttvar_us = r / 2;
    } else {
        const std::uint32_t error = time.srtt_us > r ? time.srtt_us - r : r - time.srtt_us;
        time.rttvar_us = time.rttvar_us - time.rttvar_us / 4 + error / 4;
        time.srtt_us = std::max(time.srtt_us - time.srtt_us / 8 + r / 8, 1u);
    }
    tcb.arrive.backoff = 0;
}

void measure(Tcb& tcb, const TcpFields& fields, Instant now) noexcept {
    if (has_trait(tcb, kTraitTiming)) {
        if (before(fields.ack, tcb.time.rtt_seq)) return;
        tcb.arrive.traits &= ~kTraitTiming;
        take_rtt_sample(tcb, static_cast<std::uint32_t>(now.micros) - tcb.time.rtt_started_us);
        return;
    }
    if (tcb.arrive.backoff == 0 || !has_trait(tcb, kTraitTimestamps) || !fields.has_option(kOptTimestamps))
        return;
    // After a time-out the echo says which transmission was meant. An older one than the last is no sample:
    // its ACK may have been lost, and the wait for the time-out would be taken for a round trip.
    const std::uint32_t echo_age = tick_of(now) + tcb.time.ts_offset - fields.ts_echo;
    const std::uint32_t since_resend_us = static_cast<std::uint32_t>(now.micros) - tcb.time.rtt_started_us;
    if (echo_age <= (since_resend_us >> kTickShift) + 1) take_rtt_sample(tcb, since_resend_us);
}

}  // namespace ringsock::tcp
