// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.9.2.2 (MUST-54 to MUST-56): ICMP errors; RFC 5927: which of them to believe.
#include <algorithm>

#include "tcp/congestion.h"
#include "tcp/reset.h"
#include "tcp/retransmit.h"
#include "tcp/send_queue.h"

namespace ringsock::tcp {
namespace {

/// RFC 5927 §4.1: SND.UNA <= SEG.SEQ < SND.NXT, which an attacker off the path does not know.
bool quotes_flight(const Tcb& tcb, SeqNum quoted_seq) noexcept {
    return in_window(quoted_seq, tcb.arrive.snd_una, flight_size(tcb));
}

}  // namespace

Effects icmp_error(Tcb& tcb, ConnError error, bool hard, SeqNum quoted_seq, bool fail_connect_now, Instant) {
    const State state = tcb.arrive.state;
    if (state == State::closed || state == State::time_wait || !quotes_flight(tcb, quoted_seq))
        return Effects::none();
    const bool opening = state == State::syn_sent || state == State::syn_received;
    if (opening && (hard || fail_connect_now)) return fail(tcb, error);
    tcb.deliver.soft_error = error;
    return {.bits = conclude(tcb, kEffectSoftError), .error = error};
}

Effects path_too_small(Tcb& tcb, std::uint16_t send_mss_cap, SeqNum quoted_seq) {
    TcbArrive& a = tcb.arrive;
    if (!is_synchronized(a.state) || a.state == State::time_wait || !quotes_flight(tcb, quoted_seq))
        return Effects::none();
    const std::uint16_t options = has_trait(tcb, kTraitTimestamps) ? kTimestampOptionBytes : std::uint16_t{0};
    const int room = int{send_mss_cap} - int{options};
    const auto mss = static_cast<std::uint16_t>(std::max(room, int{kMinSendMss}));
    if (mss >= tcb.time.snd_mss) return Effects::none();
    tcb.time.snd_mss = mss;
    if (!has_trait(tcb, kTraitSendLine) || has_trait(tcb, kTraitPersist)) return Effects::none();
    tcb.send.cwnd_bytes = std::max(tcb.send.cwnd_bytes, std::uint32_t{mss});
    start_resend(tcb, a.snd_una, a.snd_nxt);
    return Effects::of(conclude(tcb, 0));
}

}  // namespace ringsock::tcp
