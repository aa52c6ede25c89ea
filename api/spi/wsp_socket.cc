// SPDX-License-Identifier: BSD-3-Clause
// Birth and end of a socket's cell, and what every entry needs of it.
#include "spi/wsp_socket.h"

#include <climits>

#include "ring/parker.h"
#include "spi/blocking.h"
#include "spi/provider.h"
#include "spi/spi_table.h"
#include "spi/wsa_errors.h"
#include "sync/thread_host.h"

namespace ringsock::spi {

constinit Provider g_provider;

namespace {

/// Looks at an engine that says it has no cell left before the process is told that it has too many sockets.
constexpr int kLooksWhenOut = 16;
/// An engine that does not answer a synchronous operation for so long is considered gone.
constexpr Micros kReplyPatience = Micros::from_seconds(10);

bool pop_fresh(EnginePort& port, std::uint32_t& index) noexcept {
    const sync::ByteLock held(port.fresh_lock);
    return port.fresh_cells.try_pop(index);
}

/// Waits for a cell: an engine that is behind issues more; one that has none left says so.
bool await_fresh(EnginePort& port, std::uint32_t& index) noexcept {
    port.drive->help(port);
    if (pop_fresh(port, index)) return true;
    Patience patience(port);
    for (int looks = 0; looks < kLooksWhenOut && patience.step();) {
        if (pop_fresh(port, index)) return true;
        // Closes that the engine has not taken yet bring cells back.
        if (port.out_of_cells.load(std::memory_order_relaxed) != 0 && !port.requests.looks_nonempty())
            ++looks;
    }
    return false;
}

/// Engine for a new socket: the host's only one, or the next in turn.
EnginePort& choose_engine(HostPort& host) noexcept {
    if (host.engine_count == 1) return *host.engines[0];
    return *host.engines[sync::t_thread_host.next_engine++ % host.engine_count];
}

/// What WSASocket asks for, once catalogue entry and defaults are applied; 0 or the error.
int judge_socket_kind(int af, int type, int protocol, GROUP g, DWORD flags, Protocol& kind) noexcept {
    constexpr DWORD kKnownFlags = 0x1ff;
    if (g != 0 || (flags & ~kKnownFlags) != 0) return WSAEINVAL;
    if (af == WS_AF_UNSPEC) {  // Windows takes the first entry that has the type or the protocol.
        if (type == 0 && protocol == 0) return WSAEINVAL;
        af = WS_AF_INET;
    }
    if (af != WS_AF_INET) return WSAEAFNOSUPPORT;  // IPv6 too, until the engine speaks it.
    if (type == 0) type = protocol == WS_IPPROTO_UDP ? WS_SOCK_DGRAM : WS_SOCK_STREAM;
    if (type != WS_SOCK_STREAM && type != WS_SOCK_DGRAM) return WSAESOCKTNOSUPPORT;
    const int natural = type == WS_SOCK_STREAM ? WS_IPPROTO_TCP : WS_IPPROTO_UDP;
    if (protocol != 0 && protocol != natural) {
        const bool is_other_one = protocol == WS_IPPROTO_TCP || protocol == WS_IPPROTO_UDP;
        return is_other_one ? WSAEPROTOTYPE : WSAEPROTONOSUPPORT;
    }
    if ((flags & (WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_ROOT |
                  WSA_FLAG_MULTIPOINT_D_LEAF)) != 0 &&
        natural == WS_IPPROTO_TCP) {
        return WSAEINVAL;
    }
    kind = natural == WS_IPPROTO_TCP ? Protocol::tcp : Protocol::udp;
    return 0;
}

/// Host that a catalogue entry names; nullptr when there is no such entry.
HostPort* host_of_entry(DWORD entry) noexcept {
    if (entry < kFirstCatalogEntry) return nullptr;
    const std::size_t number = (entry - kFirstCatalogEntry) / kOffersPerHost;
    const std::span<HostPort> hosts = runtime().hosts();
    return number < hosts.size() ? &hosts[number] : nullptr;
}

}  // namespace

SocketCell* take_fresh_cell(EnginePort& port, Protocol protocol) noexcept {
    std::uint32_t index = 0;
    if (!pop_fresh(port, index) && !await_fresh(port, index)) return nullptr;
    SocketCell& cell = port.cell(index);
    cell.fixed.generation.store(cell.fixed.generation.load(std::memory_order_relaxed) + 1,
                                std::memory_order_relaxed);
    cell.fixed.engine = port.index;
    cell.fixed.protocol = protocol;
    cell.fixed.family = Family::ipv4;
    cell.app.blocking = 1;
    cell.names.options = port.default_options;
    set_phase(cell, Phase::open);
    // Windows reports a datagram socket as writable from the start.
    if (protocol == Protocol::udp) cell.app.rerecord.store(edge_bit(Edge::write), std::memory_order_relaxed);
    return &cell;
}

void give_up_cell(EnginePort& port, SocketCell& cell) noexcept {
    set_phase(cell, Phase::closed);
    cell.app.armed.store(0, std::memory_order_relaxed);
    cell.app.rx_cursor = nullptr;
    // (writer: the closing call; pairs with the engine's acquire when it takes the request or the attention
    // bit)
    cell.app.closing.store(kClosingByRequest, std::memory_order_release);
    // Parked calls go on when we let go of the lock. From the push on the cell is the engine's.
    if (std::atomic_ref(cell.app.holds).load(std::memory_order_relaxed) != 0) {
        cell.names.wake_sequence.fetch_add(1, std::memory_order_seq_cst);
        futex_wake(cell.names.wake_sequence, INT_MAX);
    }
    const std::uint32_t index = id_of(port, cell).index;
    if (try_push_request(port, cell, RequestOp::close, [](Request&) {})) return;
    cell.app.closing.store(kClosingByBit, std::memory_order_release);
    port.raise_attention(index);
}

void settle_finished(SocketCell& cell, ConnError error) noexcept {
    if (error == ConnError::none) {
        cell.app.error = 0;
        set_phase(cell, Phase::connected);
        return;
    }
    cell.app.error = static_cast<std::uint16_t>(wsa_of(error));
    set_flag(cell, kFlagConnectFailed);
    set_phase(cell, has_flag(cell, kFlagBound) ? Phase::bound : Phase::open);
}

ConnError await_reply(EnginePort& port, SocketCell& cell, std::uint16_t attempt) noexcept {
    Drive& drive = *port.drive;
    std::uint32_t reply = 0;
    const auto is_answered = [&] {
        reply = cell.engine.reply.load(std::memory_order_acquire);
        return outcome_attempt(reply) == attempt;
    };
    drive.kick(port);
    if (is_answered()) return outcome_error(reply);
    const Instant deadline = drive.now() + kReplyPatience;
    bool is_declared = false;
    for (WaitPace pace(&drive); drive.now() < deadline;) {
        const std::uint32_t iteration = pace.next();
        if (iteration >= drive.spin_steps() && !is_declared) {
            is_declared = true;
            cell.app.sleepers.fetch_add(1, std::memory_order_seq_cst);  // Then the reply: a Dekker pair.
        }
        const std::uint32_t seen = cell.names.wake_sequence.load(std::memory_order_acquire);
        if (is_answered()) break;
        drive.wait_step(port, cell.names.wake_sequence, seen, deadline, iteration);
    }
    if (is_declared) cell.app.sleepers.fetch_sub(1, std::memory_order_relaxed);
    return is_answered() ? outcome_error(reply) : ConnError::net_down;
}

void record(SocketCell& cell, std::uint8_t edges) noexcept {
    const std::uint8_t before = cell.app.rerecord.load(std::memory_order_relaxed);
    cell.app.rerecord.store(static_cast<std::uint8_t>(before | edges), std::memory_order_relaxed);
    if ((cell.app.armed.load(std::memory_order_relaxed) & edges) == 0) return;
    if (EventCell* event = cell.app.event.load(std::memory_order_relaxed); event != nullptr) event->set();
}

SOCKET create_handle(SocketCell& cell, LPINT error) noexcept {
    const auto context = reinterpret_cast<DWORD_PTR>(&cell);
    const SOCKET s = g_provider.upcalls.lpWPUCreateSocketHandle(catalog_entry_of(cell), context, error);
    if (s != INVALID_SOCKET) {
        const sync::ByteLock held(cell.app.lock);  // A late call for the cell's former socket may be looking.
        cell.fixed.handle.store(s, std::memory_order_relaxed);
    }
    return s;
}

SOCKET wsp_socket(int af, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP g, DWORD flags,
                  LPINT error) noexcept {
    HostPort* host = sync::current_host();
    if (host == nullptr || g_provider.users.load(std::memory_order_relaxed) == 0) {
        *error = WSANOTINITIALISED;
        return INVALID_SOCKET;
    }
    if (info != nullptr) {
        host = host_of_entry(info->dwCatalogEntryId);
        if (host == nullptr) {
            *error = WSAEINVALIDPROVIDER;
            return INVALID_SOCKET;
        }
        if (af == FROM_PROTOCOL_INFO || af == 0) af = info->iAddressFamily;
        if (type == FROM_PROTOCOL_INFO || type == 0) type = info->iSocketType;
        if (protocol == FROM_PROTOCOL_INFO || protocol == 0) protocol = info->iProtocol;
    }
    Protocol kind = Protocol::none;
    if (const int code = judge_socket_kind(af, type, protocol, g, flags, kind); code != 0) {
        *error = code;
        return INVALID_SOCKET;
    }
    EnginePort& port = choose_engine(*host);
    SocketCell* const cell = take_fresh_cell(port, kind);
    if (cell == nullptr) {
        *error = WSAENOBUFS;
        return INVALID_SOCKET;
    }
    const SOCKET s = create_handle(*cell, error);
    if (s == INVALID_SOCKET) {
        give_up_cell(port, *cell);
        port.drive->kick(port);
    }
    return s;
}

}  // namespace ringsock::spi
