// SPDX-License-Identifier: BSD-3-Clause
// Applications in: one function per RequestOp (ring/request.h).
#include <algorithm>
#include <cstring>

#include "engine/engine.h"
#include "inet/ipv4_input.h"

namespace ringsock {

void Engine::take_requests(Instant now) noexcept {
    for (std::uint32_t n = 0; n < kRequestsPerPass; ++n) {
        const Request* request = requests_.front();
        if (request == nullptr) break;
        ++stats_.requests;
        take_request(*request, now);
        requests_.pop();
    }
    if (port_.attention_any.load(std::memory_order_relaxed) != 0) [[unlikely]]
        take_attention(now);
}

void Engine::take_request(const Request& request, Instant now) noexcept {
    if (request.op >= RequestOp::credit) return take_request_without_socket(request, now);
    SocketCell* cell = port_.find(request.socket);
    if (cell == nullptr || (request.socket.generation & 1) == 0) {
        ++stats_.stale_requests;
        cell = nullptr;
    }
    // Packets travel with these two: they come home even when the socket is gone.
    if (request.op == RequestOp::send) return request_send(request, cell, now);
    if (request.op == RequestOp::send_to) return request_send_to(request, cell, now);
    if (cell == nullptr) return;
    switch (request.op) {
        case RequestOp::connect:
            return request_connect(request, *cell, now);
        case RequestOp::close:
            return request_close(request.socket.index, now);
        case RequestOp::consumed:
            return request_consumed(*cell, now);
        case RequestOp::send_small:
            return request_send_small(request, cell, now);
        case RequestOp::shutdown_send:
            return request_shutdown(*cell, now);
        case RequestOp::bind:
            return request_bind(request, *cell);
        case RequestOp::listen:
            return request_listen(request, *cell);
        case RequestOp::connect_datagram:
            return request_connect_datagram(request, *cell);
        case RequestOp::set_options:
            return request_options(*cell, now);
        case RequestOp::none:
        case RequestOp::send:
        case RequestOp::send_to:
        case RequestOp::credit:
        case RequestOp::change_carrier:
        case RequestOp::change_neighborhood:
            return;
    }
}

void Engine::take_request_without_socket(const Request& request, Instant now) noexcept {
    if (request.op == RequestOp::credit) return request_credit(request.credit.exchange);
    if (request.op == RequestOp::change_neighborhood) {
        take_neighborhood(*request.neighborhood.news, now);
        return request.neighborhood.done->store(1, std::memory_order_release);
    }
    set_carrier(request.carrier.interface, *request.carrier.io);
    request.carrier.done->store(1, std::memory_order_release);
}

void Engine::set_carrier(std::uint32_t interface, PacketIo& io) noexcept {
    RS_ASSERT(interface != kLoopbackInterface && interface < interface_count_);
    interfaces_[interface].io = &io;
}

// Closes and consumptions that found the ring full.
void Engine::take_attention(Instant now) noexcept {
    if (port_.requests.looks_nonempty()) return;
    // Reads what the threads stored, so that their bits are seen below.
    (void)port_.attention_any.exchange(0, std::memory_order_acquire);
    const std::uint32_t words = (port_.cell_count + 63) / 64;
    for (std::uint32_t w = 0; w < words; ++w) {
        if (port_.attention[w].load(std::memory_order_relaxed) == 0) continue;
        // Rare by construction (a full ring), so this read-modify-write is not on the data path.
        std::uint64_t bits = port_.attention[w].exchange(0, std::memory_order_acquire);
        for (; bits != 0; bits &= bits - 1) {
            const std::uint32_t index = w * 64 + static_cast<std::uint32_t>(__builtin_ctzll(bits));
            SocketCell& cell = port_.cells[index];
            if (cell.app.closing.load(std::memory_order_acquire) != kClosingByBit) {
                request_consumed(cell, now);
            } else if (port_.requests.has_claims()) {
                port_.raise_attention(index);  // A close must not overtake the sends of its thread.
            } else {
                request_close(index, now);
            }
        }
    }
}

void Engine::reply(std::uint32_t cell_index, SocketCell& cell, std::uint16_t attempt,
                   ConnError error) noexcept {
    cell.engine.reply.store(pack_outcome(attempt, error), std::memory_order_release);
    touch(cell_index, cell, 0);
}

static Ipv4 ipv4_of(const std::uint8_t (&bytes)[16]) noexcept {
    return Ipv4{load_be<std::uint32_t>(reinterpret_cast<const std::byte*>(bytes))};
}

ConnError Engine::enter_binding(std::uint32_t cell_index, SocketCell& cell, PortSpace space, Ipv4 local,
                                Port port, std::uint32_t& binding) noexcept {
    if (!local.is_any() && !config_.addresses.is_local(local) &&
        !(space == PortSpace::udp &&
          (local.is_multicast() || config_.addresses.is_broadcast_anywhere(local))))
        return ConnError::address_unavailable;
    const std::uint32_t index = bindings_.take();
    if (index == kNoIndex) return ConnError::no_buffers;
    const SocketOptions& options = cell.names.options;
    BindClaim claim{IpAddress(local), port, space,
                    options.exclusive_address ? BindSharing::exclusive
                    : options.reuse_address   ? BindSharing::reuse
                                              : BindSharing::none};
    if (port.value == 0) {
        const std::optional<Port> chosen =
            local_ports_.choose(space, config_.tcp.ephemeral, static_cast<std::uint32_t>(random()));
        if (!chosen) {
            bindings_.give(index);
            return ConnError::address_in_use;
        }
        claim.port = *chosen;
    }
    const LocalPorts::Bound bound = local_ports_.bind(claim, index);
    if (bound.verdict != BindVerdict::ok) {
        bindings_.give(index);
        return bound.verdict == BindVerdict::in_use   ? ConnError::address_in_use
               : bound.verdict == BindVerdict::denied ? ConnError::access
                                                      : ConnError::no_buffers;
    }
    Binding& b = bindings_[index];
    b = Binding{};
    b.cell = cell_index;
    b.handle = bound.handle;
    b.local = local;
    b.port = claim.port;
    b.kind = space == PortSpace::tcp ? BindingKind::tcp_bound : BindingKind::udp;
    if (space == PortSpace::tcp) {
        ports_.exclude(claim.port);
        b.is_excluded = true;
    } else {
        link_datagram_binding(index);
    }
    cell.names.key.local = local.value;
    cell.names.key.local_port = claim.port;
    cell.names.transport = index;
    cell.names.engine_flags |= kCellBound;
    binding = index;
    return ConnError::none;
}

void Engine::leave_binding(std::uint32_t binding) noexcept {
    Binding& b = bindings_[binding];
    if (b.is_excluded) ports_.admit(b.port);
    if (b.kind == BindingKind::udp) unlink_datagram_binding(binding);
    local_ports_.unbind(b.handle);
    b.kind = BindingKind::free;
    bindings_.give(binding);
}

void Engine::request_bind(const Request& request, SocketCell& cell) noexcept {
    std::uint32_t binding = kNoIndex;
    ConnError error = ConnError::invalid;
    if ((cell.names.engine_flags & (kCellBound | kCellTcb)) == 0)
        error = enter_binding(request.socket.index, cell,
                              cell.fixed.protocol == Protocol::udp ? PortSpace::udp : PortSpace::tcp,
                              ipv4_of(request.endpoint.local), Port{request.endpoint.local_port}, binding);
    reply(request.socket.index, cell, request.attempt, error);
}

void Engine::request_listen(const Request& request, SocketCell& cell) noexcept {
    ConnError error = ConnError::invalid;
    if ((cell.names.engine_flags & (kCellBound | kCellTcb)) == kCellBound) {
        Binding& b = bindings_[cell.names.transport];
        if (b.kind == BindingKind::tcp_bound) {
            b.kind = BindingKind::tcp_listener;
            b.queue = request.listen.queue;
        }
        if (b.kind == BindingKind::tcp_listener) {
            b.backlog = std::max(1u, std::min(request.listen.backlog, b.queue->capacity()));
            error = ConnError::none;
        }
    }
    reply(request.socket.index, cell, request.attempt, error);
}

void Engine::request_connect(const Request& request, SocketCell& cell, Instant now) noexcept {
    if ((cell.names.engine_flags & kCellTcb) != 0)
        return finish_connect(request.socket.index, cell, request.attempt, ConnError::invalid);
    clear_ready(cell, kReadyFailed | kReadyDone);
    const ConnError error = open_connection(request, cell, now);
    if (error != ConnError::none) {
        ++stats_.failed_opens;
        finish_connect(request.socket.index, cell, request.attempt, error);
    }
}

void Engine::send_text(SocketCell* cell, PacketList& text, std::uint32_t bytes, Instant now) noexcept {
    if (cell == nullptr || (cell->names.engine_flags & kCellTcb) == 0) return release_later(text);
    const std::uint32_t index = cell->names.transport;
    sides_[index].tx_taken += bytes;
    tcp::TextOut out;
    const tcp::Effects effects = tcp::send(tcbs_[index], text, bytes, now);
    if (!text.empty()) release_later(text);  // Refused: the connection can not send any more.
    apply(index, effects, out, now);
}

void Engine::request_send(const Request& request, SocketCell* cell, Instant now) noexcept {
    PacketList text;
    Packet* p = request.send.first;
    for (std::uint32_t n = 0; n < request.send.count && p != nullptr; ++n) {
        Packet* const next = p->next;
        text.push_back(p);
        p = next;
    }
    send_text(cell, text, request.send.bytes, now);
}

void Engine::request_send_small(const Request& request, SocketCell* cell, Instant now) noexcept {
    Packet* p = pool_.allocate();
    if (p == nullptr) {  // The stream can not go on with a hole: better no connection than a wrong one.
        ++stats_.no_packet;
        if ((cell->names.engine_flags & kCellTcb) == 0) return;
        const std::uint32_t index = cell->names.transport;
        tcp::TextOut out;
        tcp::Effects effects = tcp::abort(tcbs_[index], now);
        take_failure(index, cell, ConnError::no_buffers);
        return apply(index, effects, out, now);
    }
    std::memcpy(p->data, request.small.bytes, request.small.length);
    p->length = request.small.length;
    PacketList text;
    text.push_back(p);
    send_text(cell, text, request.small.length, now);
}

void Engine::request_consumed(SocketCell& cell, Instant now) noexcept {
    const std::uint32_t consumed = cell.app.rx_consumed.load(std::memory_order_acquire);
    const std::uint32_t published = cell.engine.rx_published.load(std::memory_order_relaxed);
    std::uint32_t given =
        cell.names.rx_first != nullptr ? cell.engine.rx_head_seq.load(std::memory_order_relaxed) : published;
    PacketList done;
    while (given != consumed && cell.names.rx_first != nullptr) {
        Packet* const p = cell.names.rx_first;
        cell.names.rx_first = p->next;
        done.push_back(p);
        --packets_unread_;
        ++given;
    }
    if (!done.empty()) {
        if (cell.names.rx_first == nullptr)
            cell.names.rx_last = nullptr;
        else  // A parked receiver could not reach the next packet before: it may have to be woken.
            touch(static_cast<std::uint32_t>(&cell - port_.cells), cell, 0);
        cell.engine.rx_head.store(cell.names.rx_first, std::memory_order_relaxed);
        cell.engine.rx_head_seq.store(given, std::memory_order_release);
        release_later(done);
    }
    if ((cell.names.engine_flags & kCellTcb) == 0) return;
    // Bytes still unread by the application against what the TCB believes unread.
    const std::uint32_t index = cell.names.transport;
    const std::uint32_t unread = cell.engine.rx_bytes.load(std::memory_order_relaxed) -
                                 cell.app.rx_consumed_bytes.load(std::memory_order_acquire);
    const std::uint32_t believed = tcp::unread_bytes(tcbs_[index]);
    if (believed <= unread) return;
    tcp::TextOut out;
    const tcp::Effects effects = tcp::receive(tcbs_[index], believed - unread, now);
    apply(index, effects, out, now);
}

void Engine::request_shutdown(SocketCell& cell, Instant now) noexcept {
    if ((cell.names.engine_flags & kCellTcb) == 0) return;
    const std::uint32_t index = cell.names.transport;
    set_ready(cell, kReadySendShut);
    tcp::TextOut out;
    const tcp::Effects effects = tcp::shutdown_send(tcbs_[index], now);
    apply(index, effects, out, now);
}

tcp::Effects Engine::keep_alive(tcp::Tcb& tcb, const SocketOptions& options, Instant now) noexcept {
    return tcp::set_keepalive(tcb, options.keep_alive != 0, Micros::from_seconds(options.keep_idle_seconds),
                              Micros::from_seconds(options.keep_interval_seconds), options.keep_count, now);
}

void Engine::request_options(SocketCell& cell, Instant now) noexcept {
    if ((cell.names.engine_flags & kCellTcb) == 0) return;
    const std::uint32_t index = cell.names.transport;
    const SocketOptions& options = cell.names.options;
    tcp::Tcb& tcb = tcbs_[index];
    sides_[index].ttl = options.ttl;
    sides_[index].tos = options.tos;
    tcp::TextOut out;
    tcp::Effects effects = tcp::set_nagle(tcb, !options.no_delay && config_.tcp.nagle);
    effects |= keep_alive(tcb, options, now);
    if (options.max_rt_seconds != 0)
        tcp::set_user_timeout(
            tcb, options.max_rt_seconds < 0 ? Micros{0} : Micros::from_seconds(options.max_rt_seconds));
    apply(index, effects, out, now);
}

void Engine::request_credit(std::uint32_t exchange) noexcept {
    if (exchange >= kMaxExchanges || !port_.exchanges[exchange]) return;
    PacketExchange& e = *port_.exchanges[exchange];
    e.asked.store(0, std::memory_order_relaxed);
    for (std::uint32_t n = e.empties.count(); n < kExchangeDepth; ++n) {
        Packet* p = pool_.allocate();
        if (p == nullptr) {
            ++stats_.no_packet;
            return;
        }
        if (!e.empties.try_push(p)) return pool_.release(p);
    }
}

void Engine::request_close(std::uint32_t cell_index, Instant now) noexcept {
    SocketCell& cell = port_.cells[cell_index];
    const bool unread =
        cell.app.unread_at_close != 0 || cell.engine.rx_published.load(std::memory_order_relaxed) !=
                                             cell.app.rx_consumed.load(std::memory_order_acquire);
    if ((cell.names.engine_flags & kCellTcb) != 0) {
        const std::uint32_t index = cell.names.transport;
        tcp::Tcb& tcb = tcbs_[index];
        if (!unread) request_consumed(cell, now);
        tcb.time.socket = SocketId{};
        cell.names.engine_flags &= static_cast<std::uint8_t>(~(kCellTcb | kCellBound));
        tcp::TextOut out;
        const tcp::Effects effects = tcp::close(tcb, cell.app.linger_abort != 0, unread, now);
        apply(index, effects, out, now);
    } else if ((cell.names.engine_flags & kCellBound) != 0) {
        const std::uint32_t binding = cell.names.transport;
        if (bindings_[binding].kind == BindingKind::tcp_listener) drop_backlog(binding, now);
        leave_binding(binding);
        cell.names.engine_flags &= static_cast<std::uint8_t>(~kCellBound);
    }
    release_receive_list(cell);
    retire_cell(cell_index);
}

// A listener closes: connections nobody accepted, and handshakes under way, are reset.
void Engine::drop_backlog(std::uint32_t binding, Instant now) noexcept {
    Binding& listener = bindings_[binding];
    AcceptRecord record;
    while (listener.queue->try_pop(record)) {
        SocketCell* cell = port_.find(record.socket);
        if (cell == nullptr) continue;
        cell->app.linger_abort = 1;
        request_close(record.socket.index, now);
    }
    for (std::uint32_t i = 0; i < tcbs_.touched() && listener.half_open != 0; ++i) {
        if (tcbs_[i].arrive.state == tcp::State::closed || sides_[i].binding != binding ||
            (sides_[i].flags & kSideHalfOpen) == 0)
            continue;
        sides_[i].flags &= static_cast<std::uint8_t>(~kSideHalfOpen);
        --listener.half_open;
        --half_open_;
        sides_[i].binding = kNoIndex;
        tcp::TextOut out;
        const tcp::Effects effects = tcp::abort(tcbs_[i], now);
        apply(i, effects, out, now);
    }
}

}  // namespace ringsock
