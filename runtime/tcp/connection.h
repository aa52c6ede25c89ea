// SPDX-License-Identifier: BSD-3-Clause
// The door of the TCP room: RFC 9293 as functions on a Tcb. Pure and deterministic: time, initial sequence
// number and timestamp offset are arguments; nothing is allocated, logged or sent. Engine role for all of it.
//
// The owner (the engine) obeys the returned Effects, pulls segments with next_segment() while
// kEffectOutputDue was seen, calls expire() at next_deadline(), and when kEffectTimeWait or kEffectClosed
// comes takes what packets are left (take_packets) and frees the Tcb.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/conn_error.h"
#include "base/instant.h"
#include "base/seq.h"
#include "tcp/constants.h"
#include "tcp/effects.h"
#include "tcp/segment.h"
#include "tcp/tcb.h"

namespace ringsock::tcp {

/// Bits of OpenParams::flags.
enum OpenFlag : std::uint8_t {
    kOpenTimestamps = 1,   ///< Offer or accept RFC 7323 timestamps.
    kOpenWindowScale = 2,  ///< Offer or accept RFC 7323 window scaling.
    kOpenSack = 4,  ///< Offer or accept SACK (RFC 2018): we report blocks; received ones are not used yet.
    kOpenNagleOff = 8,    ///< TCP_NODELAY (MUST-17).
    kOpenAckAtOnce = 16,  ///< No delayed ACK.
    kOpenIpv6 = 32,       ///< The peer's default MSS is 1220 instead of 536 (MUST-15).
};

/// What an OPEN needs to know. Plain value; can be kept as a template and changed per connection.
struct OpenParams {
    FlowKey key;
    SeqNum iss;                         ///< From iss.h, or ReuseAdvice when a TIME_WAIT tuple is reused.
    std::uint32_t ts_offset = 0;        ///< Added to the tick clock in TSval (RFC 7323 §5.4).
    std::uint16_t mss = 1460;           ///< Advertised: MTU - 40 (IPv6: - 60), never less options (MUST-67).
    std::uint16_t send_mss_cap = 1460;  ///< What the path and interface take (MMS_S - 20).
    std::uint8_t flags = kOpenTimestamps | kOpenWindowScale | kOpenSack;
    std::uint8_t max_syn_retransmissions = 0;  ///< SIO_TCP_INITIAL_RTO; 0: only syn_lifetime limits.
    std::uint32_t receive_buffer = 65536;      ///< Bytes; at most kMaxReceiveBuffer.
    Micros syn_lifetime = kSynLifetime;        ///< R2 for SYN (MUST-23). Zero: never give up.
    Micros initial_rto = kInitialRto;
    Micros min_rto = kMinRto;
    Micros ack_delay = kAckDelay;            ///< Capped below 0.5 s (MUST-40).
    Micros user_timeout = kUserTimeout;      ///< R2 for text (MUST-21); zero: never give up.
    Micros orphan_timeout = kOrphanTimeout;  ///< FIN-WAIT-2 after close().
};

// --- open (§3.10.1) ------------------------------------------------------------------------------------

/// Active OPEN: CLOSED -> SYN-SENT; a SYN is due. Initialises every field but the engine's own.
/// Effects: output_due, deadline_moved.
[[nodiscard]] Effects open_active(Tcb& tcb, const OpenParams& params, Instant now);

/// What LISTEN makes of a segment (§3.10.7.2).
enum class ListenVerdict : std::uint8_t {
    drop,   ///< RST, or nothing of interest.
    reset,  ///< An ACK can not be for us: `reset` was filled in, send it.
    open,   ///< A SYN: take a Tcb and call open_passive().
};
[[nodiscard]] ListenVerdict judge_listen(const TcpFields& segment, std::uint32_t text_length,
                                         TcpFields& reset);

/// A SYN reached LISTEN: a new Tcb in SYN-RECEIVED; SYN,ACK is due. `params.flags` are what we accept; the
/// SYN says what is used. Text and FIN on the SYN are left to the peer's retransmission. Remembers its
/// passive origin (MUST-11): a reset or time-out in SYN-RECEIVED closes it silently. Effects: output_due,
/// deadline_moved.
[[nodiscard]] Effects open_passive(Tcb& tcb, const OpenParams& params, const TcpFields& syn, Instant now);

// --- segments ------------------------------------------------------------------------------------------

/// SEGMENT ARRIVES (§3.10.7) for a Tcb that is not CLOSED. Takes segment.text_kept.
[[nodiscard]] Effects arrive(Tcb& tcb, const SegmentIn& segment, Instant now, TextOut& out);

/// SEGMENT ARRIVES without a Tcb (§3.10.7.1). True: `out` is the RST to send back (ports swapped); false: the
/// segment was a reset and is not answered.
[[nodiscard]] bool reset_for(const TcpFields& segment, std::uint32_t text_length, TcpFields& out);

/// Pulls the next segment that is due (MUST-58/59: acknowledgements are aggregated by pulling late). False:
/// nothing is due now. Never produces more than the windows allow; call until false or the device is full.
/// `out.effects` is valid in both cases (a refusal to send may have started the persist timer). New text for
/// a carrier that cuts it may be several segments at once (SegmentOut::segment_bytes).
[[nodiscard]] bool next_segment(Tcb& tcb, Instant now, const CutLimits& cut, SegmentOut& out);

// --- user calls (§3.10.2 to 3.10.5) ----------------------------------------------------------------------

/// SEND: appends packets (data, length > 0) to the one chain of unacknowledged and unsent text; `bytes` is
/// their sum. They come back on TextOut.released whole, once fully acknowledged. The caller bounds
/// queued_bytes(). In a state where nothing can be sent any more (after shutdown_send(), CLOSED, ...)
/// `text_taken` is left as it is and error is ConnError::invalid.
[[nodiscard]] Effects send(Tcb& tcb, PacketList& text_taken, std::uint32_t bytes, Instant now);

/// RECEIVE: the application consumed bytes that were delivered; the window may open (§3.8.6.2.2, MUST-39).
[[nodiscard]] Effects receive(Tcb& tcb, std::uint32_t bytes_consumed, Instant now);

/// Half close (SD_SEND): FIN after the queued text. Idempotent.
[[nodiscard]] Effects shutdown_send(Tcb& tcb, Instant now);

/// SD_RECEIVE: text that arrives from now on is answered by a reset (as on Windows). Unread text stays
/// readable.
void shutdown_receive(Tcb& tcb);

/// CLOSE (§3.10.4) by a user who will neither send nor read any more. `abortive` (SO_LINGER 0) or unread text
/// (`unread_data_pending`, or delivered and not consumed) makes it a reset (§3.6.1, SHLD-3); text that
/// arrives later too. FIN-WAIT-2 is then limited in time.
[[nodiscard]] Effects close(Tcb& tcb, bool abortive, bool unread_data_pending, Instant now);

/// ABORT (§3.10.5): RST if the peer knows of us, and CLOSED. Effects: output_due (then closed with the RST)
/// or closed.
[[nodiscard]] Effects abort(Tcb& tcb, Instant now);

/// Moves every packet the Tcb still owns (send queue, out-of-order text) to `released`. Before freeing it.
void take_packets(Tcb& tcb, PacketList& released);

/// Changes options of a living connection: Nagle, delayed ACK, R2 for text (zero: never give up).
[[nodiscard]] Effects set_nagle(Tcb& tcb, bool on);
void set_ack_at_once(Tcb& tcb, bool on);
void set_user_timeout(Tcb& tcb, Micros r2);
/// Keep-alive (§3.8.4): off unless asked for (MUST-25). Probes after `idle` (default 2 h, MUST-28), then
/// every `interval`; `probes` (1 at least) unanswered in a row fail the connection with ConnError::aborted.
[[nodiscard]] Effects set_keepalive(Tcb& tcb, bool on, Micros idle, Micros interval, std::uint8_t probes,
                                    Instant now);

// --- time and errors -------------------------------------------------------------------------------------

/// The earliest of the deadlines; never() when none runs.
[[nodiscard]] inline Instant next_deadline(const Tcb& tcb) noexcept {
    if (tcb.arrive.state == State::closed) return Instant::never();
    Instant t = tcb.time.retransmit_at;
    if (tcb.time.ack_at < t) t = tcb.time.ack_at;
    if (tcb.time.idle_at < t) t = tcb.time.idle_at;
    return t;
}

/// TIMEOUTS (§3.10.8). May be called early: does nothing then.
[[nodiscard]] Effects expire(Tcb& tcb, Instant now, TextOut& out);

/// An ICMP error about a segment of ours (MUST-54). Errors whose quoted sequence number is not in flight are
/// ignored (RFC 5927 §4.1). `hard`: protocol or port unreachable. In SYN-SENT a hard error, or any error with
/// `fail_connect_now`, fails at once with `error`; a soft one is remembered and is the reason given at R2.
/// In synchronized states every error is soft (MUST-56, RFC 5927 §5.2).
[[nodiscard]] Effects icmp_error(Tcb& tcb, ConnError error, bool hard, SeqNum quoted_seq,
                                 bool fail_connect_now, Instant now);

/// The path takes less than we thought (RFC 1191, RFC 8201): `send_mss_cap` = path MTU - headers without
/// options. Lowers the send MSS, never raises it, and sends again what is in flight. Same check of
/// `quoted_seq`.
[[nodiscard]] Effects path_too_small(Tcb& tcb, std::uint16_t send_mss_cap, SeqNum quoted_seq);

}  // namespace ringsock::tcp
