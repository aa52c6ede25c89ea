// SPDX-License-Identifier: BSD-3-Clause
// TIME-WAIT as a record instead of a TCB (RFC 9293 §3.6.1, §3.10.7.4; RFC 1337; RFC 6191; house D7). Pure;
// the engine owns the bounded pool of records, their hash and their expiry. Engine role.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/address.h"
#include "base/instant.h"
#include "base/seq.h"
#include "tcp/constants.h"
#include "tcp/tcb.h"
#include "wire/tcp_fields.h"

namespace ringsock::tcp {

/// What must outlive a connection that closed first. 48 bytes: leaves 16 to the engine for links in one line.
struct TimeWaitRecord {
    FlowKey key;
    SeqNum snd_nxt;
    SeqNum rcv_nxt;
    SeqNum rcv_adv;           ///< Right edge of our last window.
    std::uint32_t ts_recent;  ///< The peer's last timestamp, valid with kTraitTimestamps.
    std::uint32_t ts_offset;  ///< Ours.
    std::uint32_t last_tick;  ///< When we spoke last: our last TSval was at most last_tick + ts_offset.
    std::uint16_t window;     ///< The window field to repeat.
    std::uint8_t traits;      ///< Low bits of Trait: kTraitTimestamps.
    std::uint8_t spare;
    Instant expires_at;
};
static_assert(sizeof(TimeWaitRecord) == 48);
static_assert(std::is_trivially_copyable_v<TimeWaitRecord>);

/// Makes the record of a Tcb in TIME-WAIT; 2MSL runs from `now` (MUST-13).
[[nodiscard]] TimeWaitRecord make_record(const Tcb& tcb, Instant now, Micros two_msl = kTimeWait);

enum class TimeWaitVerdict : std::uint8_t {
    drop,            ///< Nothing to do (every RST: RFC 1337).
    acknowledge,     ///< Send `out`.
    restart,         ///< The peer's FIN again: `expires_at` was moved, requeue the record; send `out`.
    new_connection,  ///< A SYN of a new incarnation (RFC 6191): free the record, then treat it as in LISTEN
                     ///< (or reset it when nobody listens). For the ISS of the answer see advise_reuse().
};
/// SEGMENT ARRIVES in TIME-WAIT. `out` is an ACK (ports swapped), valid with acknowledge and restart.
[[nodiscard]] TimeWaitVerdict arrive(TimeWaitRecord& record, const TcpFields& segment,
                                     std::uint32_t text_length, Instant now, TcpFields& out,
                                     Micros two_msl = kTimeWait);

/// Whether our own active open may take this tuple now (house D7): the new ISS lies above the old SND.NXT,
/// and with timestamps the first new TSval (`new_ts`) is not smaller than any old one.
[[nodiscard]] bool may_reuse(const TimeWaitRecord& record, SeqNum new_iss, std::uint32_t new_ts);

/// An ISS and timestamp offset with which may_reuse() holds.
struct ReuseAdvice {
    SeqNum iss;
    std::uint32_t ts_offset;
};
/// `proposed_iss` if it lies above the old SND.NXT, else a number above it (by the same distance an attacker
/// can not know: `proposed_iss` low bits are kept). The timestamp offset of the old incarnation goes on.
[[nodiscard]] ReuseAdvice advise_reuse(const TimeWaitRecord& record, SeqNum proposed_iss);

}  // namespace ringsock::tcp
