// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.7: SEGMENT ARRIVES. The fast path (header prediction), then dispatch by state.
#include "tcp/reset.h"
#include "tcp/rtt.h"
#include "tcp/steps.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

constexpr std::uint32_t bit_if(bool condition, SlowReason reason) noexcept {
    return condition ? std::uint32_t{reason} : 0u;
}

/// Everything that forbids the fast path, gathered and tested once. Zero: ESTABLISHED, only ACK (and PSH),
/// exactly at RCV.NXT and inside the window, acknowledges what was sent, nothing out of the ordinary is going
/// on.
std::uint32_t slow_reasons(const Tcb& tcb, const SegmentIn& segment) noexcept {
    const TcbArrive& a = tcb.arrive;
    const TcpFields& f = segment.fields;
    const bool timestamps = (a.traits & kTraitTimestamps) != 0;
    const bool bad_timestamp = timestamps && (!f.has_option(kOptTimestamps) ||
                                              static_cast<std::int32_t>(f.ts_value - a.ts_recent) < 0);
    return bit_if(a.state != State::established, kSlowState) |
           bit_if((f.flags & ~TcpFlag::psh) != TcpFlag::ack, kSlowFlags) |
           bit_if(f.seq != a.rcv_nxt || segment.text_length > receive_window(tcb), kSlowSequence) |
           bit_if(distance(a.snd_una, f.ack) > distance(a.snd_una, a.snd_nxt), kSlowAck) |
           bit_if((a.traits & kTraitsSlow) != 0, kSlowMode) | bit_if(bad_timestamp, kSlowTimestamp) |
           bit_if(segment.text_length == 0 && f.ack == a.snd_una, kSlowEmpty) |
           bit_if(segment.text_length != 0 && segment.text_kept == nullptr, kSlowNoBuffer);
}

Effects arrive_predicted(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out) {
    TcbArrive& a = tcb.arrive;
    const TcpFields& f = segment.fields;
    // RFC 7323 §4.3: only a segment that covers Last.ACK.sent is echoed.
    if (has_trait(tcb, kTraitTimestamps) && at_or_before(f.seq, a.last_ack_sent)) a.ts_recent = f.ts_value;
    tcb.time.last_heard_tick = tick_of(now);
    std::uint32_t bits = 0;
    if (f.ack != a.snd_una) bits |= acknowledge(tcb, f, now, out);
    bits |= update_send_window(tcb, f, now);
    if (segment.text_length != 0) {
        segment.text_kept->seq = f.seq;
        bits |= deliver_in_order(tcb, segment.text_kept, out) | owe_ack(tcb, now);
    }
    return Effects::of(conclude(tcb, bits));
}

}  // namespace

Effects arrive(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out) {
    const std::uint32_t reasons = slow_reasons(tcb, segment);
    if (reasons == 0) return arrive_predicted(tcb, segment, now, out);
    Effects effects;
    switch (tcb.arrive.state) {
        case State::closed:
        case State::listen:  // The owner answers for these (reset_for, judge_listen).
            if (segment.text_kept != nullptr) out.released.push_back(segment.text_kept);
            effects.bits = conclude(tcb, 0);
            break;
        case State::syn_sent:
            effects = arrive_syn_sent(tcb, segment, now, out);
            break;
        default:
            effects = arrive_synchronized(tcb, segment, now, out);
            break;
    }
    effects.slow_reasons = static_cast<std::uint8_t>(reasons);
    return effects;
}

}  // namespace ringsock::tcp
