// SPDX-License-Identifier: BSD-3-Clause
// RFC 5681 §3.1, §4.1 (MUST-19) and RFC 6928: what does not depend on the algorithm.
#include "tcp/congestion.h"

#include <algorithm>

namespace ringsock::tcp {
namespace {

std::uint32_t initial_window(const Tcb& tcb) noexcept {
    const std::uint32_t mss = tcb.time.snd_mss;
    if (has_trait(tcb, kTraitSynRepeated)) return mss;
    return std::min(kInitialWindowSegments * mss, std::max(2 * mss, kInitialWindowBytes));
}

}  // namespace

void open_congestion(Tcb& tcb) noexcept {
    tcb.send.congestion = static_cast<std::uint8_t>(CongestionKind::newreno);
    tcb.send.cwnd_bytes = initial_window(tcb);
    tcb.send.ssthresh_bytes = kMaxWindow;
}

void restart_after_idle(Tcb& tcb) noexcept {
    tcb.send.cwnd_bytes = std::min(tcb.send.cwnd_bytes, initial_window(tcb));
}

std::uint32_t reduced_threshold(const Tcb& tcb, std::uint32_t flight) noexcept {
    return std::max(flight / 2, 2u * tcb.time.snd_mss);
}

void congestion_on_ack(Tcb& tcb, std::uint32_t acked, std::uint32_t flight_before) noexcept {
    TcbSend& s = tcb.send;
    const bool slow_start = s.cwnd_bytes < s.ssthresh_bytes;
    const bool limited =
        slow_start ? 2 * flight_before >= s.cwnd_bytes : flight_before + tcb.time.snd_mss >= s.cwnd_bytes;
    if (!limited) return;
    switch (static_cast<CongestionKind>(s.congestion)) {
        case CongestionKind::newreno:
            newreno_increase(tcb, acked);
            break;
    }
    s.cwnd_bytes = std::min(s.cwnd_bytes, kMaxWindow);
}

}  // namespace ringsock::tcp
