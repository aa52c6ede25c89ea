// SPDX-License-Identifier: BSD-3-Clause
// RFC 9293 §3.10.1: OPEN, active and passive; what both learn from the peer's SYN (§3.7.1, RFC 7323, RFC
// 2018).
#include <algorithm>

#include "tcp/congestion.h"
#include "tcp/deadlines.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"
#include "tcp/steps.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

std::uint32_t traits_of(const OpenParams& params) noexcept {
    std::uint32_t traits = 0;
    if (params.flags & kOpenTimestamps) traits |= kTraitTimestamps;
    if (params.flags & kOpenWindowScale) traits |= kTraitWindowScale;
    if (params.flags & kOpenSack) traits |= kTraitSack;
    if (params.flags & kOpenNagleOff) traits |= kTraitNagleOff;
    if (params.flags & kOpenAckAtOnce) traits |= kTraitAckAtOnce;
    if (params.flags & kOpenIpv6) traits |= kTraitIpv6;
    if (params.syn_lifetime.count <= 0) traits |= kTraitSynForever;
    return traits;
}

std::uint32_t micros32(Micros span, Micros at_most) noexcept {
    return static_cast<std::uint32_t>(std::clamp(span.count, std::int64_t{1}, at_most.count));
}

void fill_arrive_line(Tcb& tcb, const OpenParams& params, State state) noexcept {
    TcbArrive& a = tcb.arrive;
    a.key = params.key;
    a.snd_una = params.iss;
    a.snd_nxt = params.iss + 1;
    a.snd_wnd = 0;
    a.snd_wl1 = SeqNum{};
    a.rcv_nxt = a.rcv_adv = a.last_ack_sent = SeqNum{};
    a.ts_recent = 0;
    a.rcv_space = std::min(params.receive_buffer, kMaxReceiveBuffer);
    a.traits = traits_of(params);
    a.state = state;
    a.scales = static_cast<std::uint8_t>(window_shift_for(a.rcv_space) << 4);
    a.output_due = kDueSyn;
    a.backoff = 0;
}

void fill_time_line(Tcb& tcb, const OpenParams& params, Instant now) noexcept {
    TcbTime& t = tcb.time;
    stop_timers(tcb);
    t.lifetime_tick = tick_of(now) + ticks_in(params.syn_lifetime) + 1;  // Not a tick too early (MUST-23).
    t.last_heard_tick = tick_of(now);
    t.srtt_us = 0;
    t.rttvar_us = micros32(params.initial_rto, kMaxRto) / 4;
    t.rtt_seq = SeqNum{};
    t.rtt_started_us = 0;
    t.ts_offset = params.ts_offset;
    t.snd_mss = params.send_mss_cap;
    t.min_rto_ticks =
        static_cast<std::uint16_t>(std::min<std::uint32_t>(ticks_in(params.min_rto), UINT16_MAX));
}

void fill_deliver_line(Tcb& tcb, const OpenParams& params) noexcept {
    TcbDeliver& d = tcb.deliver;
    d.gap_head = d.gap_tail = nullptr;
    d.receive_buffer = tcb.arrive.rcv_space;
    d.user_timeout_ticks = ticks_in(params.user_timeout);
    d.keepalive_idle_ticks = ticks_in(kKeepaliveIdle);
    d.keepalive_interval_ticks = ticks_in(kKeepaliveInterval);
    d.ack_delay_us = micros32(params.ack_delay, kMaxAckDelay) & 0xffffff;
    d.keepalive_probes = kKeepaliveProbes;
    d.rcv_fin = d.last_gap_seq = SeqNum{};
    d.orphan_ticks = ticks_in(params.orphan_timeout);
    d.rcv_mss = params.mss;
    d.gap_packets = 0;
    d.soft_error = ConnError::none;
    d.probes = 0;
    d.max_syn_retransmissions = params.max_syn_retransmissions;
    d.answered_slot = 0;
}

/// Every field but the engine's own and line 1, which begins with prepare_send_line().
Effects open(Tcb& tcb, const OpenParams& params, State state, Instant now) {
    fill_arrive_line(tcb, params, state);
    fill_time_line(tcb, params, now);
    fill_deliver_line(tcb, params);
    // The timer runs from here, not from the first transmission: R2 counts while an address is being
    // resolved.
    tcb.time.retransmit_at = now + rto(tcb);
    return Effects::of(kEffectOutputDue | kEffectDeadlineMoved);
}

}  // namespace

Effects open_active(Tcb& tcb, const OpenParams& params, Instant now) {
    return open(tcb, params, State::syn_sent, now);
}

Effects open_passive(Tcb& tcb, const OpenParams& params, const TcpFields& syn, Instant now) {
    const Effects effects = open(tcb, params, State::syn_received, now);
    tcb.arrive.traits |= kTraitPassive;
    take_syn(tcb, syn);
    return effects;
}

void take_syn(Tcb& tcb, const TcpFields& syn) {
    TcbArrive& a = tcb.arrive;
    a.rcv_nxt = a.last_ack_sent = syn.seq + 1;
    a.rcv_adv = a.rcv_nxt +
                std::min(a.rcv_space, kMaxWindowField);  // Windows on SYNs are not scaled (RFC 7323 §2.2).
    a.snd_wnd = syn.window;
    a.snd_wl1 = syn.seq;
    a.output_due &= static_cast<std::uint8_t>(~kDueReset);  // Of an older ACK in the same burst.

    std::uint32_t refused = 0;
    if (!syn.has_option(kOptTimestamps)) refused |= kTraitTimestamps;
    if (!syn.has_option(kOptWindowScale)) refused |= kTraitWindowScale;
    if (!syn.has_option(kOptSackPermitted)) refused |= kTraitSack;
    a.traits &= ~refused;

    if (has_trait(tcb, kTraitTimestamps)) a.ts_recent = syn.ts_value;
    if (has_trait(tcb, kTraitWindowScale))
        a.scales = static_cast<std::uint8_t>((a.scales & 0xf0) | std::min(syn.window_scale, kMaxWindowShift));
    else
        a.scales = 0;

    // §3.7.1 (MUST-14, MUST-15, MUST-16): the peer's MSS or the default, what the path takes, less the
    // options that every segment will carry.
    const std::uint16_t unnamed = has_trait(tcb, kTraitIpv6) ? kDefaultSendMssIpv6 : kDefaultSendMss;
    std::uint16_t mss = std::min(syn.has_option(kOptMss) ? syn.mss : unnamed, tcb.time.snd_mss);
    const std::uint16_t options = has_trait(tcb, kTraitTimestamps) ? kTimestampOptionBytes : std::uint16_t{0};
    mss = mss > options ? static_cast<std::uint16_t>(mss - options) : std::uint16_t{0};
    tcb.time.snd_mss = std::max(mss, kMinSendMss);
}

std::uint32_t establish(Tcb& tcb, Instant now) {
    TcbArrive& a = tcb.arrive;
    if (has_trait(tcb, kTraitSynRepeated)) {  // RFC 6298 §5.7: 3 s until text gives a sample.
        a.traits &= ~kTraitTiming;
        tcb.time.srtt_us = 0;
        tcb.time.rttvar_us = static_cast<std::uint32_t>(kRtoAfterLostSyn.count) / 4;
        a.backoff = 0;
    } else if (has_trait(tcb, kTraitTiming)) {
        a.traits &= ~kTraitTiming;
        take_rtt_sample(tcb, static_cast<std::uint32_t>(now.micros) - tcb.time.rtt_started_us);
    }
    tcb.time.retransmit_at = Instant::never();
    a.output_due &= static_cast<std::uint8_t>(~(kDueSyn | kDueReset));
    a.state = State::established;

    std::uint32_t bits = kEffectEstablished;
    if (has_trait(tcb, kTraitSendLine | kTraitFinQueued | kTraitKeepalive)) {
        // SEND and CLOSE before the handshake was over (§3.10.2, §3.10.4): now they take effect.
        if (has_trait(tcb, kTraitSendLine)) {
            open_congestion(tcb);
            tcb.send.snd_wnd_max = a.snd_wnd;
        }
        if (has_trait(tcb, kTraitFinQueued)) a.state = State::fin_wait_1;
        if (unsent_bytes(tcb) != 0 || fin_unsent(tcb)) a.output_due |= kDueText;
        bits |= start_keepalive(tcb, now);
    }
    return bits;
}

}  // namespace ringsock::tcp
