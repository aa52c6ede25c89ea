// SPDX-License-Identifier: BSD-3-Clause
// RFC 5681 §3.1: slow start and congestion avoidance of NewReno. Its fast recovery (RFC 6582) is in
// retransmit.cc.
#include <algorithm>

#include "tcp/congestion.h"

namespace ringsock::tcp {

void newreno_increase(Tcb& tcb, std::uint32_t acked) noexcept {
    TcbSend& s = tcb.send;
    const std::uint32_t mss = tcb.time.snd_mss;
    if (s.cwnd_bytes < s.ssthresh_bytes) {
        s.cwnd_bytes += std::min(acked, mss);  // Equation 2.
        return;
    }
    s.cwnd_bytes += std::max(1u, mss * mss / s.cwnd_bytes);  // Equation 3; at least one byte.
}

}  // namespace ringsock::tcp
