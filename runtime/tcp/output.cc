// SPDX-License-Identifier: BSD-3-Clause
// next_segment(): the one place that decides to speak. Nagle (RFC 9293 §3.7.4, MUST-17), silly-window
// avoidance of the sender (§3.8.6.2.1, MUST-38), what may be sent (RFC 5681 §3.1), options of every segment
// (§3.2, RFC 7323, RFC 2018).
#include <algorithm>

#include "tcp/reassembly.h"
#include "tcp/reset.h"
#include "tcp/retransmit.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"
#include "tcp/window.h"

namespace ringsock::tcp {
namespace {

constexpr std::uint8_t without(std::uint8_t due, unsigned bits) noexcept {
    return static_cast<std::uint8_t>(due & ~bits);
}

/// SACK blocks that fit beside the timestamps in 40 bytes of options.
std::uint8_t sack_room(const Tcb& tcb) noexcept {
    return has_trait(tcb, kTraitTimestamps) ? 3 : 4;
}
constexpr std::uint32_t kTraitsSack = kTraitGaps | kTraitSack;
bool reports_sack(const Tcb& tcb) noexcept {
    return (tcb.arrive.traits & kTraitsSack) == kTraitsSack;
}

/// Text bytes of one segment now (MUST-16: what the options of this very segment take is subtracted).
std::uint32_t segment_room(const Tcb& tcb) noexcept {
    if (!reports_sack(tcb)) return tcb.time.snd_mss;
    const std::uint32_t at_most = 4u + 8u * std::min<std::uint32_t>(sack_room(tcb), tcb.deliver.gap_packets);
    return tcb.time.snd_mss > at_most ? tcb.time.snd_mss - at_most : 1;
}

void address(const Tcb& tcb, TcpFields& f, SeqNum seq, std::uint8_t flags) noexcept {
    f.source = tcb.arrive.key.local_port;
    f.destination = tcb.arrive.key.remote_port;
    f.seq = seq;
    f.flags = flags;
    f.urgent_pointer = 0;
    f.options = 0;
    f.sack_count = 0;
}

void add_timestamps(const Tcb& tcb, TcpFields& f, Instant now, std::uint32_t echo) noexcept {
    if (!has_trait(tcb, kTraitTimestamps)) return;
    f.options |= kOptTimestamps;
    f.ts_value = tick_of(now) + tcb.time.ts_offset;
    f.ts_echo = echo;
}

/// Fields of a segment of a synchronized connection; every one acknowledges.
void speak(Tcb& tcb, Instant now, SegmentOut& out, SeqNum seq, std::uint8_t more_flags) noexcept {
    TcbArrive& a = tcb.arrive;
    TcpFields& f = out.fields;
    address(tcb, f, seq, static_cast<std::uint8_t>(TcpFlag::ack | more_flags));
    f.ack = a.rcv_nxt;
    f.window = advertise_window(tcb);
    add_timestamps(tcb, f, now, a.ts_recent);
    if (reports_sack(tcb)) {
        f.sack_count = sack_blocks(tcb, f.sack, sack_room(tcb));
        if (f.sack_count != 0) f.options |= kOptSack;
    }
    a.last_ack_sent = a.rcv_nxt;
    if (a.output_due & kDueAckLater) tcb.time.ack_at = Instant::never();
    a.output_due = without(a.output_due, kDueAck | kDueAckLater);
    a.traits &= ~kTraitOpenAckDue;
}

/// RFC 9293 §3.5.2: in CLOSED the end of a connection both knew; before ESTABLISHED the answer to a bad ACK.
void speak_reset(Tcb& tcb, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    TcpFields& f = out.fields;
    a.output_due = without(a.output_due, kDueReset);
    f.window = 0;
    f.ack = SeqNum{};
    if (a.state != State::closed) {
        address(tcb, f, a.snd_wl1, TcpFlag::rst);
        return;
    }
    address(tcb, f, a.snd_nxt, TcpFlag::rst | TcpFlag::ack);
    f.ack = a.rcv_nxt;
}

/// SYN or SYN,ACK with all options that are offered or agreed (MUST-14; only here is an MSS, MUST-65; window
/// unscaled, RFC 7323 §2.2).
void speak_syn(Tcb& tcb, Instant now, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    TcpFields& f = out.fields;
    const bool answer = a.state == State::syn_received;
    address(tcb, f, a.snd_una, static_cast<std::uint8_t>(TcpFlag::syn | (answer ? TcpFlag::ack : 0)));
    f.ack = a.rcv_nxt;
    f.window = static_cast<std::uint16_t>(std::min(a.rcv_space, kMaxWindowField));
    f.options |= kOptMss;
    f.mss = tcb.deliver.rcv_mss;
    if (has_trait(tcb, kTraitWindowScale)) {
        f.options |= kOptWindowScale;
        f.window_scale = rcv_wscale(tcb);
    }
    if (has_trait(tcb, kTraitSack)) f.options |= kOptSackPermitted;
    add_timestamps(tcb, f, now, answer ? a.ts_recent : 0);
    a.output_due = without(a.output_due, kDueSyn | kDueAck);
    if (!has_trait(tcb, kTraitSynRepeated) && tcb.deliver.probes == 0) start_timing(tcb, a.snd_nxt, now);
}

void point_at(SegmentOut& out, const Packet* packet, SeqNum seq, std::uint32_t length) noexcept {
    if (length == 0) return;
    out.payload = packet;
    out.payload_offset = distance(packet->seq, seq);
    out.payload_length = length;
}

/// Text of full segments of `room` bytes that a carrier cuts out of one frame, not above `most` bytes; below
/// two segments 0. Small packets end it: the device takes only so many buffers for one segment.
std::uint32_t text_to_cut(const Tcb& tcb, const CutLimits& cut, std::uint32_t most,
                          std::uint32_t room) noexcept {
    constexpr std::uint32_t kLeastSegment = 256;  // devices refuse to cut smaller ones
    constexpr std::uint32_t kPiecesPerSegment = 4;
    constexpr std::uint32_t kMostSegments = 48;  // net_tap gives up at 64; 64 KiB of 1448 bytes are 46
    most = std::min(most, cut.bytes);
    if (most < 2 * room || room < kLeastSegment) return 0;
    const Packet* packet = tcb.send.next_packet;
    std::uint32_t reach = packet->length - distance(packet->seq, tcb.arrive.snd_nxt);
    for (std::uint32_t pieces = 1; reach < most && pieces < cut.pieces; ++pieces) {
        packet = packet->next;
        if (packet == nullptr || packet->length < room / kPiecesPerSegment) break;
        reach += packet->length;
    }
    const std::uint32_t segments = std::min(std::min(reach, most) / room, kMostSegments);
    return segments >= 2 ? segments * room : 0;
}

void keep_timer(Tcb& tcb, Instant now, SegmentOut& out) noexcept {
    if (tcb.time.retransmit_at.is_never()) out.effects.bits |= arm_retransmit(tcb, now + rto(tcb));
}

/// The next part of the range that is sent again. False: it has to wait for an ACK or is done.
bool resend(Tcb& tcb, Instant now, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    TcbSend& s = tcb.send;
    a.output_due = without(a.output_due, kDueResend);
    trim_resend(tcb);
    if (!has_trait(tcb, kTraitResend)) return false;
    const std::uint32_t offset = distance(a.snd_una, s.resend_nxt);
    const SeqNum text_end = before(s.resend_end, s.snd_end) ? s.resend_end : s.snd_end;
    const std::uint32_t left = before(s.resend_nxt, text_end) ? distance(s.resend_nxt, text_end) : 0;
    std::uint32_t length = std::min(left, segment_room(tcb));
    const std::uint32_t limit = std::min(s.cwnd_bytes, a.snd_wnd);
    if (offset == 0) {
        if (a.snd_wnd != 0)
            length = std::min(length, a.snd_wnd);  // The first segment waits for nothing but a window.
    } else if (offset + length > limit) {
        a.output_due = without(a.output_due, kDueResend);
        return false;
    }
    const bool fin = has_trait(tcb, kTraitFinSent) && s.resend_end == a.snd_nxt && length == left;
    Packet* const packet =
        packet_holding(s.resend_packet != nullptr ? s.resend_packet : s.head, s.resend_nxt);
    point_at(out, packet, s.resend_nxt, length);
    const bool last = s.resend_nxt + length == s.snd_end;
    note_resend(tcb, now);
    speak(tcb, now, out, s.resend_nxt,
          static_cast<std::uint8_t>((fin ? TcpFlag::fin : 0) | (last && length != 0 ? TcpFlag::psh : 0)));
    s.resend_nxt += length + (fin ? 1 : 0);
    s.resend_packet = packet_holding(packet, s.resend_nxt);
    trim_resend(tcb);
    if (!has_trait(tcb, kTraitResend) && (unsent_bytes(tcb) != 0 || fin_unsent(tcb)))
        a.output_due |= kDueText;
    keep_timer(tcb, now, out);
    return true;
}

/// Sends `length` bytes of new text (may be 0) and the FIN if `fin`.
void send_new(Tcb& tcb, Instant now, SegmentOut& out, std::uint32_t length, bool fin, bool push) noexcept {
    TcbArrive& a = tcb.arrive;
    const SeqNum seq = a.snd_nxt;
    if (length != 0) {
        point_at(out, tcb.send.next_packet, seq, length);
        tcb.send.next_packet = packet_holding(tcb.send.next_packet, seq + length);
    }
    a.snd_nxt += length + (fin ? 1 : 0);
    if (fin) a.traits |= kTraitFinSent;
    speak(tcb, now, out, seq,
          static_cast<std::uint8_t>((fin ? TcpFlag::fin : 0) | (push ? TcpFlag::psh : 0)));
    // RFC 6298 §3 measures a segment: of several the first.
    start_timing(tcb, out.segment_bytes != 0 ? seq + out.segment_bytes : a.snd_nxt, now);
    keep_timer(tcb, now, out);
}

/// Bytes that the windows allow beyond SND.NXT. The first two duplicate ACKs let one more segment each go
/// (RFC 3042).
std::uint32_t usable_window(const Tcb& tcb, std::uint32_t flight) noexcept {
    const TcbSend& s = tcb.send;
    std::uint32_t cwnd = s.cwnd_bytes;
    if (s.dup_acks != 0 && s.dup_acks < kDupAckThreshold)
        cwnd += std::uint32_t{s.dup_acks} * tcb.time.snd_mss;
    const std::uint32_t window = std::min(cwnd, tcb.arrive.snd_wnd);
    return window > flight ? window - flight : 0;
}

/// §3.8.6.2.1 with Nagle (§3.7.4): a full segment; or all there is and nothing unacknowledged (or Nagle off,
/// or no more to come); or half of the largest window ever seen.
bool worth_sending(const Tcb& tcb, std::uint32_t length, std::uint32_t queued, std::uint32_t room,
                   std::uint32_t flight) noexcept {
    if (length == 0) return false;
    if (length >= room) return true;
    const bool free_to_go = flight == 0 || has_trait(tcb, kTraitNagleOff);
    if (length == queued && (free_to_go || has_trait(tcb, kTraitFinQueued))) return true;
    return free_to_go && length >= tcb.send.snd_wnd_max / 2;
}

bool send_text(Tcb& tcb, Instant now, const CutLimits& cut, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    a.output_due = without(a.output_due, kDueText);
    if (!may_send_text(a.state) || has_trait(tcb, kTraitResend)) return false;
    const std::uint32_t queued = unsent_bytes(tcb);
    if (queued == 0) {
        if (!fin_unsent(tcb)) return false;
        if (has_trait(tcb, kTraitOpenAckDue)) [[unlikely]] {
            a.output_due |= kDueText;
            return speak(tcb, now, out, a.snd_nxt, 0), true;
        }
        send_new(tcb, now, out, 0, true, false);
        return true;
    }
    const std::uint32_t flight = flight_size(tcb);
    const std::uint32_t room = segment_room(tcb);
    const std::uint32_t most = std::min(queued, usable_window(tcb, flight));
    std::uint32_t length = std::min(most, room);
    if (cut.bytes != 0) {
        if (const std::uint32_t text = text_to_cut(tcb, cut, most, room); text != 0) {
            length = text;
            out.segment_bytes = room;
        }
    }
    if (!worth_sending(tcb, length, queued, room, flight)) {
        if (flight == 0 && !has_trait(tcb, kTraitPersist)) out.effects.bits |= enter_persist(tcb, now);
        return false;
    }
    if (has_trait(tcb, kTraitPersist)) {
        a.traits &= ~kTraitPersist;
        tcb.time.retransmit_at = Instant::never();
    }
    const bool all = length == queued;
    send_new(tcb, now, out, length, all && has_trait(tcb, kTraitFinQueued),
             all);  // MUST-61: PSH on the last.
    if (!all) a.output_due |= kDueText;
    return true;
}

/// §3.8.6.1: at least one byte of text. Into a small window that SWS avoidance refused: all that fits, as
/// ordinary text.
bool probe(Tcb& tcb, Instant now, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    TcbSend& s = tcb.send;
    a.output_due = without(a.output_due, kDueProbe);
    if (!has_trait(tcb, kTraitPersist) || !may_send_text(a.state)) return false;
    const std::uint32_t queued = unsent_bytes(tcb);
    if (flight_size(tcb) == 0) {
        if (queued == 0) return false;
        const std::uint32_t length = std::min({queued, segment_room(tcb), std::max(a.snd_wnd, 1u)});
        if (a.snd_wnd != 0) {
            a.traits &= ~kTraitPersist;
            tcb.time.retransmit_at = Instant::never();
            a.output_due |= kDueText;
        }
        send_new(tcb, now, out, length, false, length == queued);
        if (a.snd_wnd == 0) cancel_timing(tcb);
        return true;
    }
    if (before(a.snd_una, s.snd_end)) {
        point_at(out, packet_holding(s.head, a.snd_una), a.snd_una, 1);
        speak(tcb, now, out, a.snd_una, 0);
    } else {
        speak(tcb, now, out, a.snd_una, TcpFlag::fin);
    }
    cancel_timing(tcb);
    return true;
}

bool say_what_is_due(Tcb& tcb, Instant now, const CutLimits& cut, SegmentOut& out) noexcept {
    TcbArrive& a = tcb.arrive;
    if (a.output_due & kDueReset) {
        // A user may be quicker than the ACK that opens the peer's side. A reset in its place would find the
        // peer in SYN-RECEIVED, and its user would never learn of the connection that ours saw succeed.
        if (has_trait(tcb, kTraitOpenAckDue)) [[unlikely]]
            return speak(tcb, now, out, a.snd_nxt, 0), true;
        return speak_reset(tcb, out), true;
    }
    if (a.output_due & kDueSyn) return speak_syn(tcb, now, out), true;
    if ((a.output_due & kDueResend) && resend(tcb, now, out)) return true;
    if ((a.output_due & kDueProbe) && probe(tcb, now, out)) return true;
    if ((a.output_due & kDueText) && send_text(tcb, now, cut, out)) return true;
    if (a.output_due & kDueKeepalive) {  // SND.NXT - 1, no text: the peer must answer with an ACK (§3.8.4).
        a.output_due = without(a.output_due, kDueKeepalive);
        return speak(tcb, now, out, a.snd_nxt - 1, 0), true;
    }
    if (a.output_due & kDueAck) return speak(tcb, now, out, a.snd_nxt, 0), true;
    return false;
}

}  // namespace

bool next_segment(Tcb& tcb, Instant now, const CutLimits& cut, SegmentOut& out) {
    out.effects = Effects::none();
    if ((tcb.arrive.output_due & kDueNow) == 0) return false;
    out.payload = nullptr;
    out.payload_offset = out.payload_length = 0;
    out.segment_bytes = 0;
    const bool spoke = say_what_is_due(tcb, now, cut, out);
    // Was it the last word of this Tcb?
    out.effects.bits = conclude(tcb, out.effects.bits) & ~std::uint32_t{kEffectOutputDue};
    return spoke;
}

}  // namespace ringsock::tcp
