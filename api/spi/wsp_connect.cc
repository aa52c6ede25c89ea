// SPDX-License-Identifier: BSD-3-Clause
// WSPConnect: validate, number the attempt, hand it to the engine, and wait or return WSAEWOULDBLOCK. A
// datagram's connect only sets the default peer. Winsock: LPWSPConnect page, WSAConnect page.
#include "base/address.h"
#include "spi/bind.h"
#include "spi/blocking.h"
#include "spi/receive_list.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsa_errors.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

namespace {

void store_ipv4(std::uint8_t (&bytes)[16], Ipv4 address) noexcept {
    const std::uint32_t wire = __builtin_bswap32(address.value);
    __builtin_memcpy(bytes, &wire, sizeof wire);
}

/// A socket that was bound connects from there: the engine knows where it is.
void fill_endpoint(Request& request, const SocketCell& cell, const Name& remote) noexcept {
    request.endpoint = EndpointArgs{};
    store_ipv4(request.endpoint.remote, remote.address);
    request.endpoint.remote_port = remote.port.value;
    request.endpoint.family = Family::ipv4;
    if (has_flag(cell, kFlagBound)) {
        request.endpoint.has_local = 1;
        store_ipv4(request.endpoint.local, Ipv4{cell.names.key.local});
        request.endpoint.local_port = cell.names.key.local_port.value;
    }
}

int connect_stream(SocketCall& call, const Name& remote) noexcept {
    SocketCell& cell = call.cell();
    EnginePort& port = call.port();
    const std::uint16_t attempt = next_attempt(cell);
    // What an earlier attempt recorded and nobody read is over. Before the engine hears of this one, which
    // may be done with it before this thread goes on.
    auto& seen = cell.fixed.seen_edges[static_cast<unsigned>(Edge::connect)];
    const std::uint32_t seen_before = seen.load(std::memory_order_relaxed);
    see_edge(cell, Edge::connect);
    if (!push_request(port, cell, RequestOp::connect,
                      [&](Request& request) { fill_endpoint(request, cell, remote); })) {
        seen.store(seen_before, std::memory_order_relaxed);
        return call.fail(WSAENOBUFS);  // Nothing was touched: the socket may try again.
    }
    set_phase(cell, Phase::connecting);
    clear_flag(cell, kFlagConnectFailed);
    if (!is_blocking(cell)) {
        call.kick();
        return call.fail(WSAEWOULDBLOCK);
    }
    call.kick();
    if (!call.lock()) return call.fail(WSAEINTR);
    const WaitEnd end = wait_until(call, Instant::never(), [&] {
        settle(cell);
        return phase_of(cell) != Phase::connecting ||
               cell.app.attempt.load(std::memory_order_relaxed) != attempt;
    });
    if (end != WaitEnd::ready) return call.fail(wsa_of(end));
    const std::uint32_t outcome = cell.engine.outcome.load(std::memory_order_acquire);
    if (outcome_attempt(outcome) == attempt && outcome_error(outcome) != ConnError::none) {
        return call.fail(wsa_of(outcome_error(outcome)));
    }
    return 0;
}

/// The default peer of a datagram socket, at one engine.
ConnError set_peer(EnginePort& port, SocketCell& cell, const Name& remote, bool disconnect) noexcept {
    return run_synchronously(port, cell, [&] {
        return push_request(port, cell, RequestOp::connect_datagram, [&](Request& request) {
            fill_endpoint(request, cell, remote);
            if (disconnect) request.endpoint.family = Family::none;
        });
    });
}

/// A sibling filters what it has by its own phase (current_datagram).
void share_phase(const SocketCell& cell, Phase phase) noexcept {
    for_each_sibling(cell, [&](EnginePort&, SocketCell& sibling) {
        set_flag(sibling, kFlagBound);
        set_phase(sibling, phase);
    });
}

/// Clauses 40 to 49: no frame on the wire, complete at once, queued datagrams of others thrown away.
int connect_datagram(SocketCall& call, const Name& remote) noexcept {
    SocketCell& cell = call.cell();
    EnginePort& port = call.port();
    const bool disconnect = remote.is_unspecified || remote.address.is_any();
    const FlowKey before = cell.names.key;
    const bool had_peer = phase_of(cell) == Phase::connected;
    const bool same_peer =
        had_peer && !disconnect && before.remote == remote.address.value && before.remote_port == remote.port;
    if (!disconnect && !has_flag(cell, kFlagBound) && host_with_several_engines(port) != nullptr) {
        if (const int code = bind_cell(call, Ipv4{}, Port{}); code != 0) return call.fail(code);
    }
    ConnError error = set_peer(port, cell, remote, disconnect);
    for_each_sibling(cell, [&](EnginePort& other, SocketCell& sibling) {
        if (error == ConnError::none) error = set_peer(other, sibling, remote, disconnect);
    });
    if (error != ConnError::none) return call.fail(wsa_of(error));
    share_phase(cell, disconnect ? Phase::bound : Phase::connected);
    if (disconnect) {
        if (had_peer || has_flag(cell, kFlagDisconnected)) set_flag(cell, kFlagDisconnected);
        if (had_peer) set_phase(cell, has_flag(cell, kFlagBound) ? Phase::bound : Phase::open);
        return 0;
    }
    set_flag(cell, kFlagBound);
    clear_flag(cell, kFlagDisconnected);
    set_phase(cell, Phase::connected);
    if (!same_peer) {
        drop_datagrams_of_others(port, cell);
        for_each_sibling(
            cell, [](EnginePort& other, SocketCell& sibling) { drop_datagrams_of_others(other, sibling); });
    }
    cell.app.error = 0;
    record(cell, static_cast<std::uint8_t>(edge_bit(Edge::connect) | edge_bit(Edge::write)));
    return 0;
}

}  // namespace

int wsp_connect(SOCKET s, const sockaddr* name, int namelen, LPWSABUF caller_data, LPWSABUF callee_data,
                LPQOS sqos, LPQOS gqos, LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return SOCKET_ERROR;
    settle(call.cell());
    Name remote;
    const ConnectExtras extras{.caller_data = caller_data, .sqos = sqos, .gqos = gqos};
    if (const int code = validate_connect(call.cell(), name, namelen, extras, remote); code != 0) {
        return call.fail(code);
    }
    if (callee_data != nullptr) callee_data->len = 0;  // Clause 52: no data is ever passed back.
    return is_stream(call.cell()) ? connect_stream(call, remote) : connect_datagram(call, remote);
}

}  // namespace ringsock::spi
