// SPDX-License-Identifier: BSD-3-Clause
// Every number of the TCP room, with its unit in its type or name and the section it comes from. Any thread.
#pragma once

#include <cstdint>

#include "base/instant.h"

namespace ringsock::tcp {

/// Ticks: the clock of timestamps (RFC 7323 §5.4 asks for 1 ms to 1 s) and of coarse intervals. One tick is
/// 1024 us, so that no division is needed; 32 bits of it wrap after 50 days.
inline constexpr int kTickShift = 10;
constexpr std::uint32_t tick_of(Instant t) noexcept {
    return static_cast<std::uint32_t>(t.micros >> kTickShift);
}
/// Rounded up, at least one tick for any positive span, at most 2^31 - 1 ticks (25 days).
constexpr std::uint32_t ticks_in(Micros span) noexcept {
    if (span.count <= 0) return 0;
    const std::int64_t ticks = (span.count + (1 << kTickShift) - 1) >> kTickShift;
    return ticks > INT32_MAX ? std::uint32_t{INT32_MAX} : static_cast<std::uint32_t>(ticks);
}
constexpr Micros micros_in_ticks(std::uint32_t ticks) noexcept {
    return Micros{std::int64_t{ticks} << kTickShift};
}

// --- retransmission ---------------------------------------------------------------------------------------
inline constexpr Micros kInitialRto = Micros::from_seconds(1);       // RFC 6298 §2.1.
inline constexpr Micros kRtoAfterLostSyn = Micros::from_seconds(3);  // RFC 6298 §5.7.
// RFC 6298 §2.4 says 1 s; with clocks this fine 200 ms has proved itself. OpenParams can raise it.
inline constexpr Micros kMinRto = Micros::from_millis(200);
inline constexpr Micros kMaxRto = Micros::from_seconds(60);  // RFC 6298 §2.5.
inline constexpr Micros kClockGranularity{1000};             // RFC 6298 §2.3: G.
inline constexpr std::uint8_t kMaxBackoff = 12;              // Doublings; kMaxRto is reached long before.

// --- giving up (§3.8.3) -----------------------------------------------------------------------------------
inline constexpr Micros kSynLifetime = Micros::from_seconds(180);  // MUST-23: R2 for SYN >= 3 minutes.
inline constexpr Micros kUserTimeout = Micros::from_seconds(300);  // MUST-20: R2 >= 100 s; §3.9.1: 5 minutes.
inline constexpr std::uint8_t kR1Retransmissions = 3;              // MUST-20: R1, advice to the IP layer.
inline constexpr std::uint8_t kMaxSynRepeats = 3;  // House D7: SYN at once after our RST to a challenge.

// --- acknowledging (§3.8.6.3) -----------------------------------------------------------------------------
inline constexpr Micros kAckDelay = Micros::from_millis(40);      // SHLD-18.
inline constexpr Micros kMaxAckDelay = Micros::from_millis(499);  // MUST-40: < 0.5 s.

// --- probing (§3.8.6.1, §3.8.4) ---------------------------------------------------------------------------
inline constexpr Micros kMinPersist = Micros::from_millis(200);        // SHLD-29: the first after one RTO.
inline constexpr Micros kMaxPersist = Micros::from_seconds(60);        // SHLD-30: back-off.
inline constexpr Micros kKeepaliveIdle = Micros::from_seconds(7200);   // MUST-28: not below 2 h.
inline constexpr Micros kKeepaliveInterval = Micros::from_seconds(1);  // Winsock's default.
inline constexpr std::uint8_t kKeepaliveProbes = 10;                   // Winsock's count; MUST-29.

// --- closing ----------------------------------------------------------------------------------------------
inline constexpr Micros kOrphanTimeout = Micros::from_seconds(60);  // House D7: FIN-WAIT-2 without a user.
inline constexpr Micros kTimeWait = Micros::from_seconds(60);       // §3.6.1 (MUST-13): 2MSL, house D7.

// --- sizes ------------------------------------------------------------------------------------------------
inline constexpr std::uint16_t kDefaultSendMss = 536;       // §3.7.1 (MUST-15), IPv4.
inline constexpr std::uint16_t kDefaultSendMssIpv6 = 1220;  // §3.7.1 (MUST-15).
inline constexpr std::uint16_t kMinSendMss = 48;            // Ours: a peer's MSS of 1 must not cost 40:1.
inline constexpr std::uint16_t kTimestampOptionBytes = 12;  // RFC 7323 App. A: padded to a multiple of four.
inline constexpr std::uint8_t kMaxWindowShift = 14;         // RFC 7323 §2.3.
inline constexpr std::uint32_t kMaxWindowField = 65535;
inline constexpr std::uint32_t kMaxReceiveBuffer = std::uint32_t{1} << 30;  // RFC 7323 §2.3: below 2^30.
inline constexpr std::uint32_t kMaxWindow = kMaxWindowField << kMaxWindowShift;
inline constexpr std::uint16_t kMaxOutOfOrderPackets = 1024;            // Reassembly queue of one connection.
inline constexpr std::uint32_t kTsRecentLifetimeTicks = 2'025'000'000;  // RFC 7323 §5.5: 24 days, in ticks.

// --- congestion -------------------------------------------------------------------------------------------
inline constexpr std::uint8_t kDupAckThreshold = 3;          // RFC 5681 §3.2.
inline constexpr std::uint32_t kInitialWindowSegments = 10;  // RFC 6928.
inline constexpr std::uint32_t kInitialWindowBytes = 14600;  // RFC 6928: max(2*MSS, 14600).

}  // namespace ringsock::tcp
