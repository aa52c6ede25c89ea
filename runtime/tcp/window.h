// SPDX-License-Identifier: BSD-3-Clause
// The window we advertise, and silly-window avoidance of the receiver: RFC 9293 §3.8.6.2.2 (MUST-39), RFC
// 7323 §2. Private to the room; engine role.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/tcb.h"

namespace ringsock::tcp {

/// Bytes from RCV.NXT to the right edge the peer was told (RCV.WND).
inline std::uint32_t receive_window(const Tcb& tcb) noexcept {
    return distance(tcb.arrive.rcv_nxt, tcb.arrive.rcv_adv);
}

/// Smallest shift with which the whole buffer can be advertised (RFC 7323 §2.3: at most 14).
std::uint8_t window_shift_for(std::uint32_t receive_buffer) noexcept;

/// Bytes by which the right edge could move up now, at most what the field can say.
inline std::uint32_t window_gain(const Tcb& tcb) noexcept {
    const std::uint32_t limit = kMaxWindowField << rcv_wscale(tcb);
    const std::uint32_t open = receive_window(tcb);
    const std::uint32_t possible = std::min(tcb.arrive.rcv_space, limit);
    return possible > open ? possible - open : 0;
}
/// SWS: the edge moves only by at least min(buffer / 2, Eff.snd.MSS). The second operand of && is implied by
/// the third, but lives in a line that is at hand.
inline bool worth_opening(const Tcb& tcb, std::uint32_t gain) noexcept {
    if (gain >= tcb.time.snd_mss) return true;
    return gain != 0 && gain >= tcb.arrive.rcv_space / 2 && gain >= tcb.deliver.receive_buffer / 2;
}

/// The window field of a segment that leaves now; moves RCV.ADV. Never takes back what was offered (SHLD-14).
/// The field counts units of 2^shift: rounded up where the buffer has room for it, or the peer would see its
/// right edge move back (RFC 7323 §2.4); rounded down where not, and the lost fraction stays acceptable.
inline std::uint16_t advertise_window(Tcb& tcb) noexcept {
    TcbArrive& a = tcb.arrive;
    if (const std::uint32_t gain = window_gain(tcb); worth_opening(tcb, gain)) a.rcv_adv += gain;
    const std::uint32_t window = receive_window(tcb);
    const std::uint8_t shift = rcv_wscale(tcb);
    if (shift == 0) return static_cast<std::uint16_t>(window);
    std::uint32_t field = window >> shift;
    if ((field << shift) != window && field < kMaxWindowField && ((field + 1) << shift) <= a.rcv_space) {
        ++field;
        a.rcv_adv = a.rcv_nxt + (field << shift);
    }
    return static_cast<std::uint16_t>(field);
}

/// After text was consumed: is the window to be announced without waiting for another reason to speak? Every
/// two segments or half a buffer, and as soon as SWS allows when less than a segment was left.
inline bool window_update_due(const Tcb& tcb) noexcept {
    const std::uint32_t gain = window_gain(tcb);
    if (!worth_opening(tcb, gain)) return false;
    return gain >= 2u * tcb.time.snd_mss || gain >= tcb.deliver.receive_buffer / 2 ||
           receive_window(tcb) < tcb.time.snd_mss;
}

}  // namespace ringsock::tcp
