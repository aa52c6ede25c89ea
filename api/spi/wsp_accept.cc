// SPDX-License-Identifier: BSD-3-Clause
// WSPAccept: takes an established connection from the listener's queue and makes it a socket with the
// listener's properties. A connection that the peer reset meanwhile is returned all the same; its first
// receive says so. Winsock: WSPAccept, WSAAccept pages.
#include "spi/blocking.h"
#include "spi/listener.h"
#include "spi/siblings.h"
#include "spi/spi_table.h"
#include "spi/validate.h"
#include "spi/wsp_socket.h"
#include "sync/thread_host.h"

namespace ringsock::spi {

namespace {

SOCKET refuse(SocketCall& call, int code) noexcept {
    (void)call.fail(code);
    return INVALID_SOCKET;
}

/// A connection in our hand, and the engine that has it.
struct Taken {
    AcceptRecord record{};
    EnginePort* port = nullptr;
};

/// From the queues of all engines in turn.
bool take_record(EnginePort& port, SocketCell& cell, Listener& listener, Taken& taken) noexcept {
    if (listener.has_deferred) {
        listener.has_deferred = false;
        taken = {listener.deferred, listener.deferred_port};
        return true;
    }
    Siblings* const siblings = siblings_of(cell);
    const std::uint32_t parts = siblings != nullptr ? siblings->count + 1 : 1;
    const std::uint32_t first = siblings != nullptr ? siblings->turn++ : 0;
    for (std::uint32_t n = 0; n < parts; ++n) {
        const std::uint32_t part = (first + n) % parts;
        const bool is_own = part == parts - 1;
        Listener* const from = is_own ? &listener : siblings->members[part].listener;
        if (from == nullptr || !from->queue.try_pop(taken.record)) continue;
        taken.port = is_own ? &port : siblings->members[part].port;
        return true;
    }
    return false;
}

/// What is recorded from here on belongs to connections that this call may not see.
void see_accepts(SocketCell& cell) noexcept {
    see_edge(cell, Edge::accept);
    for_each_sibling(cell, [](EnginePort&, SocketCell& sibling) { see_edge(sibling, Edge::accept); });
    forget_rerecorded(cell, edge_bit(Edge::accept));
}

void help_engines(EnginePort& port, const SocketCell& cell) noexcept {
    port.drive->help(port);
    for_each_sibling(cell, [](EnginePort& other, SocketCell&) { other.drive->help(other); });
}

/// The new socket has the listener's options, mode and event selection. What happened to the connection
/// before it had an owner is recorded as if just now; a connect event it never gets.
void inherit(SocketCell& child, const SocketCell& listener) noexcept {
    child.names.options = listener.names.options;
    child.fixed.receive_timeout_ms = listener.fixed.receive_timeout_ms;
    child.fixed.send_timeout_ms = listener.fixed.send_timeout_ms;
    child.app.blocking = listener.app.blocking;
    set_phase(child, Phase::connected);
    see_edge(child, Edge::connect);
    see_edge(child, Edge::write);
    child.app.rerecord.store(edge_bit(Edge::write), std::memory_order_relaxed);
    if (!has_flag(listener, kFlagAssociated)) return;
    const std::uint8_t armed = listener.app.armed.load(std::memory_order_relaxed);
    constexpr unsigned kNeverOfAChild = edge_bit(Edge::accept) | edge_bit(Edge::connect);
    select_events(child, listener.app.event.load(std::memory_order_relaxed), armed,
                  (armed & ~kNeverOfAChild) != 0);
}

/// Asks the condition function, which may itself call anything: the lock is not held. The verdict, or -1 when
/// the listener was closed meanwhile.
int ask(SocketCall& call, const AcceptRecord& record, LPCONDITIONPROC condition, DWORD_PTR data) noexcept {
    ws2_sockaddr_in caller{};
    ws2_sockaddr_in callee{};
    INT length = sizeof caller;
    (void)store_name(Ipv4{record.key.remote}, record.key.remote_port, reinterpret_cast<sockaddr*>(&caller),
                     &length);
    (void)store_name(Ipv4{record.key.local}, record.key.local_port, reinterpret_cast<sockaddr*>(&callee),
                     &length);
    WSABUF caller_id{sizeof caller, reinterpret_cast<CHAR*>(&caller)};
    WSABUF callee_id{sizeof callee, reinterpret_cast<CHAR*>(&callee)};
    WSABUF callee_data{0, nullptr};
    GROUP group = 0;
    call.unlock();
    const int verdict =
        condition(&caller_id, nullptr, nullptr, nullptr, &callee_id, &callee_data, &group, data);
    return call.lock() ? verdict : -1;
}

/// After a connection was taken: whether more wait is an event again (accept re-enables FD_ACCEPT).
void rearm(SocketCell& cell) noexcept {
    if (waiting_anywhere(cell) != 0) record(cell, edge_bit(Edge::accept));
}

/// Handle and name for an accepted connection; the cell goes back to the engine if there is no handle.
SOCKET adopt(SocketCall& call, const Taken& taken, sockaddr* addr, LPINT addrlen) noexcept {
    EnginePort& port = *taken.port;
    SocketCell& child = *port.find(taken.record.socket);
    inherit(child, call.cell());
    int code = 0;
    const SOCKET s = create_handle(child, &code);
    if (s == INVALID_SOCKET) {
        refuse_connection(port, taken.record);
        return refuse(call, code);
    }
    if (addr != nullptr && addrlen != nullptr) {
        (void)store_name(Ipv4{taken.record.key.remote}, taken.record.key.remote_port, addr, addrlen);
    }
    return s;
}

}  // namespace

SOCKET wsp_accept(SOCKET s, sockaddr* addr, LPINT addrlen, LPCONDITIONPROC condition, DWORD_PTR data,
                  LPINT error) noexcept {
    SocketCall call(s, error);
    if (!call) return INVALID_SOCKET;
    SocketCell& cell = call.cell();
    EnginePort& port = call.port();
    if (!is_stream(cell)) return refuse(call, WSAEOPNOTSUPP);
    Listener* const listener = listener_of(cell);
    if (listener == nullptr) return refuse(call, WSAEINVAL);
    if (addr != nullptr && (addrlen == nullptr || *addrlen < static_cast<INT>(sizeof(ws2_sockaddr_in)))) {
        return refuse(call, WSAEFAULT);
    }
    Taken taken;
    for (;;) {  // Bounded by the queue, or by connections that arrive.
        see_accepts(cell);
        bool got = take_record(port, cell, *listener, taken);
        if (!got && !is_blocking(cell)) {
            help_engines(port, cell);
            got = take_record(port, cell, *listener, taken);
            if (!got) return refuse(call, WSAEWOULDBLOCK);
        }
        if (!got) {
            const WaitEnd end =
                wait_until(call, Instant::never(), [&] { return waiting_anywhere(cell) != 0; });
            if (end != WaitEnd::ready) return refuse(call, wsa_of(end));
            continue;
        }
        if (taken.port->find(taken.record.socket) != nullptr) break;
    }
    if (condition == nullptr) {
        rearm(cell);
        return adopt(call, taken, addr, addrlen);
    }
    const int verdict = ask(call, taken.record, condition, data);
    if (!call) {  // The condition function closed the listener.
        refuse_connection(*taken.port, taken.record);
        taken.port->drive->kick(*taken.port);
        return refuse(call, WSAEINTR);
    }
    if (verdict == CF_ACCEPT) {
        rearm(cell);
        return adopt(call, taken, addr, addrlen);
    }
    if (verdict == CF_DEFER) {  // Stays at the head, and no FD_ACCEPT while it does.
        if (!listener->has_deferred) {
            listener->deferred = taken.record;
            listener->deferred_port = taken.port;
            listener->has_deferred = true;
            return refuse(call, WSATRY_AGAIN);
        }
        // Another thread deferred one meanwhile: there is one head only.
    }
    refuse_connection(*taken.port, taken.record);
    rearm(cell);
    taken.port->drive->kick(*taken.port);
    return refuse(call, verdict == CF_REJECT || verdict == CF_DEFER ? WSAECONNREFUSED : WSAEINVAL);
}

}  // namespace ringsock::spi
