// SPDX-License-Identifier: BSD-3-Clause
// SocketCell: what an application thread and an engine share about one socket. The hot lines `app` and
// `engine` are each written by one side only; the name of the writer stands in every access
// (`cell.engine.readiness`).
//
// Events are edge counters that the engine increments and the application compares with its last-seen copy,
// never bits that both sides clear. "Engine stores edge, reads mask" against "application stores mask, reads
// edge" is a Dekker pair: the engine issues one seq_cst fence per publish pass before it reads `app.armed`,
// `app.want_write` and `app.sleepers`; the application fences (seq_cst) between writing them and looking at
// the engine's line.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/address.h"
#include "base/cache_line.h"
#include "base/conn_error.h"
#include "base/socket_id.h"
#include "packet/packet.h"
#include "ring/event_cell.h"

namespace ringsock {

enum class Protocol : std::uint8_t { none = 0, tcp = 6, udp = 17 };

/// Network events that have an edge counter. Values are indices, and the bit numbers of Winsock's FD_*
/// (api/spi asserts it).
enum class Edge : std::uint8_t {
    read = 0,
    write = 1,
    oob = 2,
    accept = 3,
    connect = 4,
    close = 5,
    count_ = 6
};
inline constexpr unsigned kEdgeCount = static_cast<unsigned>(Edge::count_);
constexpr std::uint8_t edge_bit(Edge e) noexcept {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(e));
}

/// Bits of EngineWritten::readiness, the level a poller sees.
enum Ready : std::uint32_t {
    kReadyConnected = 1,   ///< Established, or a datagram socket with a default peer.
    kReadyFailed = 2,      ///< The last connect attempt failed: see outcome. Cleared by the next attempt.
    kReadyPeerClosed = 4,  ///< FIN arrived in order: end of stream after the queued text.
    kReadyReset = 8,       ///< RST arrived, or the connection was given up: see `broken_error`.
    kReadySendShut = 16,   ///< FIN queued: no more sends.
    kReadyNetDown = 32,    ///< The interface is down.
    kReadyDone = 64,       ///< TCP has nothing left of this connection (closed both ways, or TIME_WAIT).
};

/// Values of AppWritten::closing.
enum Closing : std::uint8_t {
    kNotClosing = 0,
    kClosingByRequest = 1,  ///< A close request is, or is about to be, in the ring.
    kClosingByBit = 2,      ///< The ring was full: the attention bit stands for the request.
};

/// Options of a socket that the engine reads at connect, listen, and at set_options.
struct SocketOptions {
    std::uint32_t send_buffer_bytes = 0;     ///< 0: the configured default.
    std::uint32_t receive_buffer_bytes = 0;  ///< 0: the configured default.
    std::int32_t max_rt_seconds = 0;         ///< TCP_MAXRT: 0 default, -1 for ever.
    std::uint16_t linger_seconds = 0;
    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;
    std::uint8_t no_delay : 1 = 0;    ///< TCP_NODELAY
    std::uint8_t keep_alive : 1 = 0;  ///< SO_KEEPALIVE
    std::uint8_t linger_on : 1 = 0;   ///< SO_LINGER l_onoff
    std::uint8_t reuse_address : 1 = 0;
    std::uint8_t exclusive_address : 1 = 0;
    std::uint8_t broadcast : 1 = 0;
    std::uint8_t dont_fragment : 1 = 1;
    std::uint8_t fail_connect_on_icmp : 1 = 0;
    std::uint8_t oob_inline : 1 = 0;
    std::uint8_t v6_only : 1 = 1;
    std::uint8_t keep_count = 10;  ///< TCP_KEEPCNT
    std::uint8_t pad = 0;
    std::uint16_t keep_idle_seconds = 7200;   ///< TCP_KEEPIDLE
    std::uint16_t keep_interval_seconds = 1;  ///< TCP_KEEPINTVL
};
static_assert(sizeof(SocketOptions) == 24);

struct alignas(kCacheLine) SocketCell {
    /// Written by the application under app.lock, or at birth: by whoever takes the cell into use (the engine
    /// for an accepted connection, before the accept queue hands it over).
    struct Fixed {
        std::atomic<std::uint32_t> generation{0};  ///< Odd: in use. Even: free.
        std::uint16_t engine = 0;                  ///< Index of the engine's port in the process.
        Protocol protocol = Protocol::none;
        Family family = Family::ipv4;
        std::uint32_t receive_timeout_ms = 0;  ///< SO_RCVTIMEO; 0: none.
        std::uint32_t send_timeout_ms = 0;     ///< SO_SNDTIMEO; 0: none.
        std::atomic<std::uint64_t> handle{0};  ///< The SOCKET value; 0 while the application has none.
        void* extra =
            nullptr;  ///< Application's block for rare things (a listener's queue ...); owned by api/spi.
        void* siblings = nullptr;  ///< Cells of this socket on other engines; owned by api/spi.
        std::atomic<std::uint32_t> seen_edges[kEdgeCount] =
            {};  ///< What the application last saw of engine.edges.
    };
    /// Written by application threads only. `lock` serialises them among themselves, never with the engine.
    struct AppWritten {
        std::atomic<std::uint8_t> lock{0};
        std::atomic<std::uint8_t> phase{0};  ///< api/spi's Phase (open, bound, listening, connecting, ...).
        std::atomic<std::uint8_t> armed{0};  ///< edge_bit mask of WSAEventSelect.
        std::atomic<std::uint8_t> want_write{
            0};  ///< A send found no room: the engine reports space as Edge::write.
        std::uint8_t blocking = 1;
        std::uint8_t shut = 0;                   ///< Bit 0 receive, bit 1 send.
        std::atomic<std::uint16_t> attempt{0};   ///< Number of the latest connect or synchronous operation.
        std::atomic<EventCell*> event{nullptr};  ///< Of WSAEventSelect; valid while `armed` is not 0.
        std::atomic<std::uint32_t> sleepers{0};  ///< Threads parked on engine.wake_sequence.
        std::atomic<std::uint32_t> rx_consumed{0};  ///< Packets of the receive list consumed, cumulative.
        std::atomic<std::uint32_t> rx_consumed_bytes{0};  ///< Cumulative, modulo 2^32.
        std::uint32_t rx_offset = 0;                      ///< Bytes already taken of `rx_cursor`.
        Packet* rx_cursor = nullptr;  ///< Next packet to read, or nullptr: see rx protocol below.
        std::uint32_t tx_queued = 0;  ///< Bytes handed to the engine for sending, cumulative.
        std::uint16_t holds = 0;      ///< Calls parked on this cell (under lock).
        std::atomic<std::uint8_t> rerecord{
            0};                  ///< edge_bit mask the application recorded again by itself (re-enabling).
        std::uint8_t flags = 0;  ///< api/spi's own.
        std::atomic<std::uint8_t> closing{0};  ///< A Closing: set before the request or the attention bit.
        std::uint8_t linger_abort = 0;         ///< With closing: RST instead of FIN.
        std::uint8_t unread_at_close = 0;  ///< With closing: text was left unread (RFC 1122 §4.2.2.13: RST).
        std::uint8_t pad = 0;
        std::uint16_t error = 0;  ///< SO_ERROR: api/spi's code of the last asynchronous failure.
    };
    /// Written by the engine only.
    struct EngineWritten {
        std::atomic<std::uint32_t> readiness{0};
        std::atomic<std::uint32_t> edges[kEdgeCount] = {};
        std::atomic<std::uint32_t> outcome{
            0};  ///< attempt << 16 | ConnError: the end of that connect attempt.
        std::atomic<std::uint32_t> reply{
            0};  ///< attempt << 16 | ConnError: the end of that synchronous operation.
        std::atomic<std::uint32_t> tx_acked{0};  ///< Bytes of tx_queued that left the send queue, cumulative.
        std::atomic<std::uint32_t> rx_published{0};  ///< Packets of the receive list published, cumulative.
        std::atomic<std::uint32_t> rx_bytes{0};      ///< Bytes published, cumulative modulo 2^32 (FIONREAD).
        std::atomic<std::uint32_t> rx_head_seq{
            0};  ///< Number of the packet `rx_head` names: stored after it (release).
        std::atomic<std::uint32_t> connected_at{
            0};  ///< Whole seconds of the Instant of establishment; 0: not told.
        std::atomic<Packet*> rx_head{nullptr};
    };
    /// Names and the engine's private hold on the receive list. `options` is the application's (under
    /// app.lock), read by the engine when a request tells it to.
    struct Names {
        SocketOptions options;
        FlowKey key;  ///< Local and remote (IPv4), valid after reply or outcome.
        std::atomic<std::uint32_t> wake_sequence{
            0};  ///< Futex word of parked calls. Writer: engine, closing calls.
        std::atomic<std::uint8_t> broken_error{0};  ///< ConnError with kReadyReset.
        std::uint8_t engine_flags = 0;              ///< The engine's own.
        std::uint16_t engine_pad = 0;
        std::uint32_t transport =
            UINT32_MAX;              ///< The engine's: index of the TCB, listener or datagram endpoint.
        Packet* rx_first = nullptr;  ///< The engine's: oldest packet not yet given back.
        Packet* rx_last = nullptr;   ///< The engine's: newest packet published.
    };

    alignas(kCacheLine) AppWritten app;
    alignas(kCacheLine) EngineWritten engine;
    alignas(kCacheLine) Fixed fixed;
    alignas(kCacheLine) Names names;
};
static_assert(sizeof(SocketCell) == 4 * kCacheLine);

/// The receive list. Packets are numbered 0, 1, 2 ... per socket. The engine appends packet n so: if every
/// earlier one was given back (its own count), it stores rx_head = packet and rx_head_seq = n; else it links
/// previous->next (release); then it stores rx_published = n + 1 (release). The application, its cursor at
/// packet k, follows cursor->next; when that is null it sets the cursor to null and, as soon as rx_published
/// says more, takes rx_head if rx_head_seq == rx_consumed (else the engine has not yet heard of the
/// consumption: push `consumed` again or drive). It counts rx_consumed and rx_consumed_bytes up (release) and
/// pushes one `consumed` request per call that consumed a packet or more (or sets the attention bit where the
/// ring is full); packets stay readable until then and are released by the engine, which then stores rx_head
/// and rx_head_seq of the first packet it still has. (writer of Packet::next: engine; pairs with the
/// application's acquire)
inline Packet* observe_next(const Packet* p) noexcept {
    return std::atomic_ref<Packet*>(const_cast<Packet*&>(p->next)).load(std::memory_order_acquire);
}
inline void publish_next(Packet* p, Packet* next) noexcept {
    std::atomic_ref<Packet*>(p->next).store(next, std::memory_order_release);
}

constexpr std::uint32_t pack_outcome(std::uint16_t attempt, ConnError error) noexcept {
    return (std::uint32_t{attempt} << 16) | static_cast<std::uint32_t>(error);
}
constexpr std::uint16_t outcome_attempt(std::uint32_t outcome) noexcept {
    return static_cast<std::uint16_t>(outcome >> 16);
}
constexpr ConnError outcome_error(std::uint32_t outcome) noexcept {
    return static_cast<ConnError>(outcome & 0xff);
}

}  // namespace ringsock
