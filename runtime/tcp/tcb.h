// SPDX-License-Identifier: BSD-3-Clause
// Tcb: the transmission control block (RFC 9293 §3.3.1) as four cache lines, named by when they are touched.
// A connection that only opens and closes lives in lines 0 and 2. The engine role reads and writes it.
//
// A page of zeros is a closed Tcb. The fields `self`, `ready_next`, `socket` and `cold` are the engine's: the
// TCP room never writes them. Everything else is the TCP room's; others use the door (connection.h).
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/address.h"
#include "base/cache_line.h"
#include "base/conn_error.h"
#include "base/instant.h"
#include "base/seq.h"
#include "base/socket_id.h"
#include "packet/packet.h"
#include "tcp/constants.h"
#include "tcp/state.h"

namespace ringsock::tcp {

/// Bits of TcbArrive::traits: what was negotiated or asked for, and modes that hold for a while.
enum Trait : std::uint32_t {
    kTraitTimestamps = 1u << 0,    ///< Offered (SYN-SENT), then negotiated (RFC 7323 §3.2).
    kTraitWindowScale = 1u << 1,   ///< Offered, then negotiated (RFC 7323 §2.2).
    kTraitSack = 1u << 2,          ///< Offered, then negotiated (RFC 2018 §2).
    kTraitPassive = 1u << 3,       ///< Came from LISTEN (MUST-11).
    kTraitNagleOff = 1u << 4,      ///< MUST-17.
    kTraitAckAtOnce = 1u << 5,     ///< No delayed ACK.
    kTraitFinQueued = 1u << 6,     ///< The user closed his direction; FIN follows the queued text.
    kTraitFinSent = 1u << 7,       ///< FIN was sent at least once: snd_nxt counts it.
    kTraitSendLine = 1u << 8,      ///< Line 1 is in use; before that it has no meaning.
    kTraitTiming = 1u << 9,        ///< rtt_seq/rtt_started measure a segment (RFC 6298 §3, Karn).
    kTraitRecovery = 1u << 10,     ///< Fast recovery (RFC 6582).
    kTraitNotReading = 1u << 11,   ///< Nobody will read: arriving text is answered by RST (SHLD-3).
    kTraitOrphan = 1u << 12,       ///< CLOSE was called: FIN-WAIT-2 is limited in time.
    kTraitKeepalive = 1u << 13,    ///< §3.8.4, on request (MUST-24/25).
    kTraitSynRepeated = 1u << 14,  ///< A SYN was lost: RFC 6298 §5.7, RFC 5681 §3.1.
    kTraitGaps = 1u << 15,         ///< The reassembly queue is not empty.
    kTraitFinKnown = 1u << 16,     ///< The peer's FIN arrived out of order; it stands at rcv_fin.
    kTraitPersist = 1u << 17,      ///< retransmit_at is the persist timer (§3.8.6.1).
    kTraitResend = 1u << 18,       ///< [resend_nxt, resend_end) is to be sent again.
    kTraitPartialAck = 1u << 19,   ///< This fast recovery saw a partial ACK already (RFC 6582 §4).
    kTraitSynForever = 1u << 20,   ///< No R2 for the SYN.
    kTraitIpv6 = 1u << 21,         ///< Default send MSS 1220 (MUST-15).
    kTraitOpenAckDue =
        1u << 22,  ///< The ACK of the peer's SYN,ACK was not sent yet: no RST or FIN before it.
};
/// What keeps an arriving segment off the fast path.
inline constexpr std::uint32_t kTraitsSlow =
    kTraitRecovery | kTraitNotReading | kTraitGaps | kTraitFinKnown | kTraitPersist | kTraitResend;

/// Bits of TcbArrive::output_due: reasons to speak. next_segment() turns them into segments.
enum OutputDue : std::uint8_t {
    kDueReset = 1 << 0,      ///< RST: in CLOSED the last word, before ESTABLISHED at `snd_wl1`.
    kDueSyn = 1 << 1,        ///< SYN (SYN-SENT) or SYN,ACK (SYN-RECEIVED).
    kDueResend = 1 << 2,     ///< The range of kTraitResend.
    kDueText = 1 << 3,       ///< New text or FIN may be allowed to go.
    kDueProbe = 1 << 4,      ///< Zero-window probe.
    kDueKeepalive = 1 << 5,  ///< Keep-alive probe.
    kDueAck = 1 << 6,        ///< ACK now.
    kDueAckLater = 1 << 7,   ///< ACK by ack_at at the latest. Alone it is no reason to pull.
};
inline constexpr std::uint8_t kDueNow = 0x7f;

/// Line 0: every arriving segment. Holds the flow key, so that the match and the fast path need one line.
struct alignas(kCacheLine) TcbArrive {
    FlowKey key;
    std::uint32_t self;        ///< Engine's: index of this TCB.
    std::uint32_t ready_next;  ///< Engine's: ready list link.
    SeqNum snd_una;            ///< Oldest unacknowledged.
    SeqNum snd_nxt;            ///< After the highest ever sent (go-back-N moves resend_nxt, not this).
    std::uint32_t snd_wnd;     ///< Bytes, scaled, unsigned (MUST-1); counts from snd_una.
    SeqNum snd_wl1;            ///< SEG.SEQ of the last window update (WL2: see ack.cc). Before: of a due RST.
    SeqNum rcv_nxt;
    SeqNum rcv_adv;           ///< Right edge of the window as the peer was told it.
    SeqNum last_ack_sent;     ///< Last.ACK.sent of RFC 7323 §4.3.
    std::uint32_t ts_recent;  ///< RFC 7323 §4.3.
    std::uint32_t rcv_space;  ///< Receive buffer minus bytes delivered but not yet consumed.
    std::uint32_t traits;     ///< Trait bits.
    State state;
    std::uint8_t scales;      ///< Low nibble: shift of windows we receive; high nibble: of those we send.
    std::uint8_t output_due;  ///< OutputDue bits.
    std::uint8_t backoff;     ///< RTO doublings so far (RFC 6298 §5.5); kept until a valid sample.
};

/// Line 1: sending text. Without meaning until prepare_send_line() (kTraitSendLine).
struct alignas(kCacheLine) TcbSend {
    Packet* head;  ///< Unacknowledged and unsent text, one chain; holds snd_una.
    Packet* tail;
    Packet* next_packet;    ///< First packet with bytes never sent; nullptr: all sent.
    Packet* resend_packet;  ///< Holds resend_nxt; nullptr: look it up from head.
    SeqNum snd_end;         ///< After the last byte queued: where the FIN stands.
    SeqNum resend_nxt;
    SeqNum resend_end;
    SeqNum recover;  ///< RFC 6582 §3.2.
    std::uint32_t cwnd_bytes;
    std::uint32_t ssthresh_bytes;
    std::uint32_t snd_wnd_max;  ///< Largest window ever offered: SWS (§3.8.6.2.1) and RFC 5961 §5.
    std::uint8_t dup_acks;
    std::uint8_t congestion;       ///< CongestionKind.
    std::uint8_t retransmissions;  ///< Time-outs in a row without progress: R1 (§3.8.3).
    std::uint8_t spare;
};

/// Line 2: timers and RTT. Everything a handshake and a FIN need besides line 0.
struct alignas(kCacheLine) TcbTime {
    Instant retransmit_at;          ///< Retransmission or (kTraitPersist) persist timer; never() when off.
    Instant ack_at;                 ///< Delayed ACK; never() when off.
    Instant idle_at;                ///< Keep-alive or FIN-WAIT-2 timer; never() when off.
    std::uint32_t lifetime_tick;    ///< R2: give up at this tick; set at open, later by the first time-out.
    std::uint32_t last_heard_tick;  ///< Last acceptable segment.
    std::uint32_t srtt_us;          ///< 0: no sample yet.
    std::uint32_t rttvar_us;        ///< Before the first sample: initial RTO / 4.
    SeqNum rtt_seq;                 ///< ACK that ends the measurement.
    std::uint32_t rtt_started_us;   ///< Low 32 bits of its start; without kTraitTiming: last resend.
    std::uint32_t ts_offset;        ///< Added to the tick clock in TSval.
    SocketId socket;                ///< Engine's.
    std::uint16_t snd_mss;  ///< Effective send MSS (§3.7.1, MUST-16). Before the peer's SYN: the cap.
    std::uint16_t min_rto_ticks;
};

struct TcbCold;

/// Line 3: what the user asked for, out-of-order text, rare state.
struct alignas(kCacheLine) TcbDeliver {
    Packet* gap_head;  ///< Out-of-order text, sorted by seq, not overlapping.
    Packet* gap_tail;
    TcbCold* cold;                     ///< Engine's: attached lazily from its bounded pool; nullptr without.
    std::uint32_t receive_buffer;      ///< Bytes.
    std::uint32_t user_timeout_ticks;  ///< R2 for text (MUST-21); 0: never give up.
    std::uint32_t keepalive_idle_ticks;
    std::uint32_t keepalive_interval_ticks;
    std::uint32_t ack_delay_us : 24;     ///< Below half a second.
    std::uint32_t keepalive_probes : 8;  ///< Unanswered ones that end the connection.
    SeqNum rcv_fin;                      ///< With kTraitFinKnown: sequence number of the peer's FIN.
    SeqNum last_gap_seq;  ///< Start of the newest out-of-order text: first SACK block (RFC 2018 §4).
    std::uint32_t orphan_ticks;
    std::uint16_t rcv_mss;  ///< The MSS we advertise (MUST-67).
    std::uint16_t gap_packets;
    ConnError soft_error;  ///< Last soft ICMP error: the reason given at R2.
    std::uint8_t probes;   ///< Persist or keep-alive probes in a row; in SYN-SENT: SYNs repeated at once.
    std::uint8_t max_syn_retransmissions;  ///< 0: only the lifetime limits.
    std::uint8_t answered_slot;  ///< Half second of the last ACK that answer_by_ack() limited; 0: none yet.
};

/// The connection. 256 bytes; trivially copyable; all-zero is CLOSED.
struct Tcb {
    TcbArrive arrive;
    TcbSend send;
    TcbTime time;
    TcbDeliver deliver;
};
static_assert(sizeof(TcbArrive) == kCacheLine);
static_assert(sizeof(TcbSend) == kCacheLine);
static_assert(sizeof(TcbTime) == kCacheLine);
static_assert(sizeof(TcbDeliver) == kCacheLine);
static_assert(sizeof(Tcb) == 256);
static_assert(std::is_trivially_copyable_v<Tcb>);

/// Rare data, in a bounded pool of the engine: the full addresses of an IPv6 connection (its FlowKey holds
/// hashes, D10). What is rare and large belongs here (a SACK scoreboard, CUBIC, urgent mode).
struct alignas(kCacheLine) TcbCold {
    Ipv6 local;
    Ipv6 remote;
    std::uint32_t owner;  ///< Index of the TCB it belongs to.
};
static_assert(sizeof(TcbCold) == kCacheLine);

inline std::uint8_t snd_wscale(const Tcb& t) noexcept {
    return t.arrive.scales & 15;
}
inline std::uint8_t rcv_wscale(const Tcb& t) noexcept {
    return static_cast<std::uint8_t>(t.arrive.scales >> 4);
}
inline bool has_trait(const Tcb& t, std::uint32_t any_of) noexcept {
    return (t.arrive.traits & any_of) != 0;
}

/// Bytes delivered to the application and not yet consumed.
inline std::uint32_t unread_bytes(const Tcb& t) noexcept {
    return t.deliver.receive_buffer - t.arrive.rcv_space;
}
/// Text of ours that is not acknowledged yet, sent or not (bytes; FIN and SYN do not count).
inline std::uint32_t queued_bytes(const Tcb& t) noexcept {
    if (!has_trait(t, kTraitSendLine) || t.send.head == nullptr) return 0;
    return distance(before(t.arrive.snd_una, t.send.head->seq) ? t.send.head->seq : t.arrive.snd_una,
                    t.send.snd_end);
}

}  // namespace ringsock::tcp
