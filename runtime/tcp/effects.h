// SPDX-License-Identifier: BSD-3-Clause
// Effects: what the owner of a TCB must do after a call into the TCP room. Eight bytes, returned in a
// register.
#pragma once

#include <cstdint>

#include "base/conn_error.h"

namespace ringsock::tcp {

/// Bits of Effects::bits.
enum EffectBit : std::uint32_t {
    /// Put the TCB on the ready list and pull next_segment().
    kEffectOutputDue = 1u << 0,
    /// next_deadline() may be earlier than it was: compare it with the wheel.
    kEffectDeadlineMoved = 1u << 1,
    /// TextOut.delivered received text.
    kEffectTextDelivered = 1u << 2,
    /// Text of ours was acknowledged: queued_bytes() went down.
    kEffectSendSpace = 1u << 3,
    /// The peer's FIN was reached in order: end of the stream (FD_CLOSE, recv returns 0).
    kEffectPeerClosed = 1u << 4,
    /// Our FIN and all text before it were acknowledged.
    kEffectFinAcked = 1u << 5,
    /// Handshake complete: active (report success) or passive (accept queue).
    kEffectEstablished = 1u << 6,
    /// The connection is lost; `error` says why. kEffectClosed comes with it, or with the reset that is due.
    kEffectFailed = 1u << 7,
    /// Nothing more to say: make a TIME_WAIT record, take_packets(), free the TCB.
    kEffectTimeWait = 1u << 8,
    /// Nothing more to say: take_packets() and free the TCB.
    kEffectClosed = 1u << 9,
    /// A soft ICMP error was noted in `error` (MUST-47); the connection lives on.
    kEffectSoftError = 1u << 10,
    /// R1 reached: the neighbour or route may be dead (§3.8.3 (a), MUST-20).
    kEffectPathDoubtful = 1u << 11,
};

/// Why a segment left the fast path (house.md, section 8), for counters.
enum SlowReason : std::uint8_t {
    kSlowState = 1u << 0,      ///< Not ESTABLISHED.
    kSlowFlags = 1u << 1,      ///< Other flags than ACK and PSH.
    kSlowSequence = 1u << 2,   ///< Not at RCV.NXT, or beyond the window.
    kSlowAck = 1u << 3,        ///< Not in [SND.UNA, SND.NXT].
    kSlowMode = 1u << 4,       ///< kTraitsSlow: recovery, gaps, persist, ...
    kSlowTimestamp = 1u << 5,  ///< Missing or older than TS.Recent.
    kSlowEmpty = 1u << 6,      ///< No text and nothing acknowledged: duplicate ACK or window update.
    kSlowNoBuffer = 1u << 7,   ///< Text without a packet.
};

/// An empty Effects means: nothing to do. kEffectTimeWait and kEffectClosed come only when no segment is due
/// any more; when one is, they come with the SegmentOut that carries it.
struct Effects {
    std::uint32_t bits = 0;
    ConnError error = ConnError::none;
    std::uint8_t slow_reasons = 0;  ///< After arrive(): SlowReason bits that kept it off the fast path.
    std::uint8_t pad[2]{};

    static constexpr Effects none() noexcept { return {}; }
    static constexpr Effects of(std::uint32_t bits) noexcept { return {.bits = bits}; }
    static constexpr Effects failed(ConnError why) noexcept {
        return {.bits = kEffectFailed | kEffectClosed, .error = why};
    }
    [[nodiscard]] constexpr bool has(std::uint32_t any_of) const noexcept { return (bits & any_of) != 0; }
    constexpr Effects& operator|=(Effects other) noexcept {
        bits |= other.bits;
        if (other.error != ConnError::none) error = other.error;
        return *this;
    }
    constexpr Effects& operator|=(EffectBit bit) noexcept {
        bits |= bit;
        return *this;
    }
};
static_assert(sizeof(Effects) == 8);

}  // namespace ringsock::tcp
