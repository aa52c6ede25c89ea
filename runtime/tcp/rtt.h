// SPDX-License-Identifier: BSD-3-Clause
// Round-trip time and RTO: RFC 6298 §2, §3 (Karn, MUST-18). Private to the room; engine role.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/tcb.h"
#include "wire/tcp_fields.h"

namespace ringsock::tcp {

/// RTO before doubling, microseconds (§2.3, §2.4). Before the first sample rttvar_us holds a quarter of it.
inline std::uint32_t base_rto_us(const Tcb& tcb) noexcept {
    const std::uint32_t variance =
        std::max(static_cast<std::uint32_t>(kClockGranularity.count), 4 * tcb.time.rttvar_us);
    const std::uint32_t rto = tcb.time.srtt_us + variance;
    return std::max(rto, static_cast<std::uint32_t>(micros_in_ticks(tcb.time.min_rto_ticks).count));
}
/// RTO now: doubled once for each time-out in a row (§5.5), at most kMaxRto.
inline Micros rto(const Tcb& tcb) noexcept {
    const std::int64_t doubled = std::int64_t{base_rto_us(tcb)} << std::min(tcb.arrive.backoff, kMaxBackoff);
    return Micros{std::min(doubled, kMaxRto.count)};
}

/// Starts measuring: the ACK of `end` ends it. Does nothing while a measurement runs (§3: one per RTT).
inline void start_timing(Tcb& tcb, SeqNum end, Instant now) noexcept {
    if (has_trait(tcb, kTraitTiming)) return;
    tcb.arrive.traits |= kTraitTiming;
    tcb.time.rtt_seq = end;
    tcb.time.rtt_started_us = static_cast<std::uint32_t>(now.micros);
}
/// Something was sent again: its ACK would be ambiguous (Karn).
inline void cancel_timing(Tcb& tcb) noexcept {
    tcb.arrive.traits &= ~kTraitTiming;
}
/// Something is sent again now: with timestamps its echo will tell (measure()).
inline void note_resend(Tcb& tcb, Instant now) noexcept {
    cancel_timing(tcb);
    tcb.time.rtt_started_us = static_cast<std::uint32_t>(now.micros);
}

/// One measured round trip (§2.2, §2.3); ends back-off (Karn's second half).
void take_rtt_sample(Tcb& tcb, std::uint32_t rtt_us) noexcept;

/// An ACK that advances SND.UNA may end a measurement; without one, an echoed timestamp serves after
/// a back-off (RFC 7323 §4.1: then the ambiguity is gone).
void measure(Tcb& tcb, const TcpFields& fields, Instant now) noexcept;

}  // namespace ringsock::tcp
