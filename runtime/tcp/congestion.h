// SPDX-License-Identifier: BSD-3-Clause
// Congestion control: a closed set chosen by a byte in the Tcb, no virtual calls (house.md, section 5.5).
// Here the rules all algorithms share; newreno.cc has the increase of RFC 5681. Private to the room; engine
// role.
#pragma once

#include <cstdint>

#include "tcp/tcb.h"

namespace ringsock::tcp {

enum class CongestionKind : std::uint8_t { newreno = 0 };

/// Initial window (RFC 6928; one segment after a lost SYN, RFC 5681 §3.1), ssthresh unlimited.
void open_congestion(Tcb& tcb) noexcept;
/// After an idle RTO the window restarts from at most the initial window (RFC 5681 §4.1).
void restart_after_idle(Tcb& tcb) noexcept;
/// `acked` bytes of text left the network outside of recovery; `flight_before` was in flight. The window
/// grows only when it was what limited the sender.
void congestion_on_ack(Tcb& tcb, std::uint32_t acked, std::uint32_t flight_before) noexcept;
/// Half of what is in flight, at least two segments (RFC 5681 equation 4).
std::uint32_t reduced_threshold(const Tcb& tcb, std::uint32_t flight) noexcept;

/// RFC 5681 §3.1 increase (newreno.cc).
void newreno_increase(Tcb& tcb, std::uint32_t acked) noexcept;

}  // namespace ringsock::tcp
