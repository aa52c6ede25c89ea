// SPDX-License-Identifier: BSD-3-Clause
// TIME-WAIT: RFC 9293 §3.6.1 and §3.10.7.4, RFC 1337, RFC 6191.
#include "tcp/time_wait.h"

#include <algorithm>

#include "tcp/acceptability.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

bool has_timestamps(const TimeWaitRecord& record) noexcept {
    return (record.traits & kTraitTimestamps) != 0;
}

/// RFC 6191 §2: is this SYN newer than everything the old incarnation said?
bool opens_new(const TimeWaitRecord& record, const TcpFields& syn) noexcept {
    if (has_timestamps(record) && syn.has_option(kOptTimestamps)) {
        const auto newer = static_cast<std::int32_t>(syn.ts_value - record.ts_recent);
        if (newer != 0) return newer > 0;
    }
    return after(syn.seq, record.rcv_nxt);
}

void fill_ack(TimeWaitRecord& record, Instant now, TcpFields& out) noexcept {
    out = TcpFields{};
    out.source = record.key.local_port;
    out.destination = record.key.remote_port;
    out.seq = record.snd_nxt;
    out.ack = record.rcv_nxt;
    out.window = record.window;
    out.flags = TcpFlag::ack;
    record.last_tick = tick_of(now);
    if (!has_timestamps(record)) return;
    out.options = kOptTimestamps;
    out.ts_value = record.last_tick + record.ts_offset;
    out.ts_echo = record.ts_recent;
}

bool too_old(const TimeWaitRecord& record, const TcpFields& segment) noexcept {
    return has_timestamps(record) && segment.has_option(kOptTimestamps) &&
           static_cast<std::int32_t>(segment.ts_value - record.ts_recent) < 0;
}

}  // namespace

TimeWaitRecord make_record(const Tcb& tcb, Instant now, Micros two_msl) {
    const TcbArrive& a = tcb.arrive;
    TimeWaitRecord record{};
    record.key = a.key;
    record.snd_nxt = a.snd_nxt;
    record.rcv_nxt = a.rcv_nxt;
    record.rcv_adv = a.rcv_adv;
    record.ts_recent = a.ts_recent;
    record.ts_offset = tcb.time.ts_offset;
    record.last_tick = tick_of(now);
    record.window =
        static_cast<std::uint16_t>(std::min(receive_window(tcb) >> rcv_wscale(tcb), kMaxWindowField));
    record.traits = static_cast<std::uint8_t>(a.traits & kTraitTimestamps);
    record.expires_at = now + two_msl;
    return record;
}

TimeWaitVerdict arrive(TimeWaitRecord& record, const TcpFields& segment, std::uint32_t text_length,
                       Instant now, TcpFields& out, Micros two_msl) {
    if (segment.has(TcpFlag::rst)) return TimeWaitVerdict::drop;  // RFC 1337 §3, fix F1.
    if (segment.has(TcpFlag::syn)) {
        if (!segment.has(TcpFlag::ack) && opens_new(record, segment)) return TimeWaitVerdict::new_connection;
        fill_ack(record, now, out);  // Challenge ACK (fourth step): a peer that is really new answers RST.
        return TimeWaitVerdict::acknowledge;
    }
    if (too_old(record, segment)) {
        fill_ack(record, now, out);
        return TimeWaitVerdict::acknowledge;
    }
    const std::uint32_t length = text_length + (segment.has(TcpFlag::fin) ? 1u : 0u);
    // The peer's FIN again, because our last ACK was lost: acknowledge it, 2MSL anew (eighth step).
    if (segment.has(TcpFlag::fin) && segment.seq + length == record.rcv_nxt) {
        if (has_timestamps(record) && segment.has_option(kOptTimestamps)) record.ts_recent = segment.ts_value;
        fill_ack(record, now, out);
        record.expires_at = now + two_msl;
        return TimeWaitVerdict::restart;
    }
    const bool fits =
        acceptable(segment.seq, length, record.rcv_nxt, distance(record.rcv_nxt, record.rcv_adv));
    if (fits && length == 0) return TimeWaitVerdict::drop;
    fill_ack(record, now, out);
    return TimeWaitVerdict::acknowledge;
}

bool may_reuse(const TimeWaitRecord& record, SeqNum new_iss, std::uint32_t new_ts) {
    if (!after(new_iss, record.snd_nxt)) return false;
    return !has_timestamps(record) ||
           static_cast<std::int32_t>(new_ts - (record.last_tick + record.ts_offset)) >= 0;
}

ReuseAdvice advise_reuse(const TimeWaitRecord& record, SeqNum proposed_iss) {
    if (after(proposed_iss, record.snd_nxt)) return {proposed_iss, record.ts_offset};
    return {record.snd_nxt + 1 + (proposed_iss.value & 0xffffff), record.ts_offset};
}

}  // namespace ringsock::tcp
