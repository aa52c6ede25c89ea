// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7.4, Table 6: is a segment inside the receive window? Pure; any thread.
#pragma once

#include <cstdint>

#include "base/seq.h"

namespace ringsock::tcp {

/// The four rows of Table 6. `length` is SEG.LEN (text + SYN + FIN), `window` RCV.WND in bytes.
constexpr bool acceptable(SeqNum seq, std::uint32_t length, SeqNum rcv_nxt, std::uint32_t window) noexcept {
    if (length == 0) return window == 0 ? seq == rcv_nxt : in_window(seq, rcv_nxt, window);
    if (window == 0) return false;
    return in_window(seq, rcv_nxt, window) || in_window(seq + (length - 1), rcv_nxt, window);
}

}  // namespace ringsock::tcp
