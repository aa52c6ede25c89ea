// SPDX-License-Identifier: BSD-3-Clause
// RFC 7323 §2.3: choosing the window shift.
#include "tcp/window.h"

namespace ringsock::tcp {

std::uint8_t window_shift_for(std::uint32_t receive_buffer) noexcept {
    std::uint8_t shift = 0;
    while (shift < kMaxWindowShift && (receive_buffer >> shift) > kMaxWindowField) ++shift;
    return shift;
}

}  // namespace ringsock::tcp
