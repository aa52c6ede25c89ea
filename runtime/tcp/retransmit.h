// SPDX-License-Identifier: BSD-3-Clause
// Retransmission: time-outs (RFC 6298 §5), fast retransmit and recovery (RFC 5681 §3.2, RFC 6582). Private to
// the room; engine role.
#pragma once

#include <cstdint>

#include "tcp/deadlines.h"

namespace ringsock::tcp {

/// Asks output for [from, to) again; `from` is at or after SND.UNA.
void start_resend(Tcb& tcb, SeqNum from, SeqNum to);
/// Keeps the resend range above SND.UNA after an ACK.
void trim_resend(Tcb& tcb);

/// The retransmission timer was reached. SYN, text or FIN.
Effects retransmit_expired(Tcb& tcb, Instant now);

/// A duplicate ACK (RFC 5681 §2) arrived.
void duplicate_ack(Tcb& tcb);
/// `acked` bytes were acknowledged during fast recovery (RFC 6582 §3.2 step 3). True: the retransmission
/// timer is to be restarted.
bool ack_in_recovery(Tcb& tcb, std::uint32_t acked);

}  // namespace ringsock::tcp
