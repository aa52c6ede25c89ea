// SPDX-License-Identifier: BSD-3-Clause
// Active opens, and the life of a connection's records: route, source port (RFC 6056, house.md D2), initial
// sequence number (RFC 6528), flow-table entry, TIME-WAIT record (RFC 9293 §3.6.1, D7).
#include <cstring>

#include "engine/engine.h"
#include "inet/ipv4_input.h"
#include "tcp/iss.h"

namespace ringsock {

Engine::Path Engine::path_to(Ipv4 destination) noexcept {
    if (path_cache_.is_valid && path_cache_.destination == destination) [[likely]] {
        const NeighborRef ref = path_cache_.path.neighbor;
        if (ref.is_none() || neighbors_.get(ref) != nullptr) return path_cache_.path;
    }
    const Route route = config_.routes.lookup(IpAddress(destination), config_.addresses);
    Path path;
    path.kind = route.kind;
    path.interface = route.interface;
    path.source = route.source.family == Family::ipv4 ? route.source.v4 : Ipv4{};
    path.next_hop = destination;
    if (route.kind == RouteKind::local) {
        path.interface = kLoopbackInterface;
        path.source = destination;
    } else if (route.kind == RouteKind::unicast) {
        path.next_hop = route.next_hop.v4;
        if (!interfaces_[path.interface].is_up) return path;  // No question goes out on a dead link.
        if (destination.is_multicast() || config_.addresses.is_broadcast(destination, path.interface))
            return path;  // The link address of a group is computed, not asked for.
        const NeighborAnswer answer = neighbors_.resolve(path.interface, path.next_hop, now_);
        act_on(answer.action, now_);
        path.neighbor = answer.ref;
        if (answer.ref.is_none()) return path;  // The table is full: asked again at the next use.
    }
    path_cache_ = {destination, path, true};
    return path;
}

void Engine::fill_params(tcp::OpenParams& params, const FlowKey& key, const SocketOptions& options,
                         InterfaceIndex interface, Instant now) noexcept {
    const EngineTcp& t = config_.tcp;
    params.key = key;
    const tcp::InitialNumbers initial = tcp::initial_numbers(config_.iss_key, key, Family::ipv4, now);
    params.iss = initial.iss;
    params.ts_offset = initial.ts_offset;
    const auto mss = static_cast<std::uint16_t>(interfaces_[interface].mtu - 40);
    params.mss = mss;
    params.send_mss_cap = mss;
    params.flags = static_cast<std::uint8_t>(
        (t.timestamps ? tcp::kOpenTimestamps : 0) | (t.window_scale ? tcp::kOpenWindowScale : 0) |
        (t.sack ? tcp::kOpenSack : 0) | (options.no_delay || !t.nagle ? tcp::kOpenNagleOff : 0) |
        (t.ack_delay.count == 0 ? tcp::kOpenAckAtOnce : 0));
    params.receive_buffer =
        options.receive_buffer_bytes != 0 ? options.receive_buffer_bytes : port_.default_receive_buffer_bytes;
    params.initial_rto = t.initial_rto;
    params.min_rto = t.min_rto;
    params.ack_delay = t.ack_delay;
    params.orphan_timeout = t.orphan_timeout;
    params.syn_lifetime = t.syn_lifetime;
    params.user_timeout = t.user_timeout;
    if (options.max_rt_seconds > 0) {
        params.syn_lifetime = params.user_timeout = Micros::from_seconds(options.max_rt_seconds);
    } else if (options.max_rt_seconds < 0) {
        params.syn_lifetime = Micros::from_seconds(INT32_MAX);
        params.user_timeout = Micros{0};
    }
}

// The 4-tuple of an active open. A tuple in TIME-WAIT counts as free: whether it may be taken is asked
// afterwards.
ConnError Engine::choose_port(FlowKey& key, const SocketCell& cell, std::uint32_t binding, FlowHash& hash,
                              std::uint32_t& old_time_wait) noexcept {
    const Destination destination = Destination::of(key);
    const std::uint32_t residue =
        config_.port_steering == nullptr
            ? 0
            : config_.port_steering->residue(Ipv4{key.local}, Ipv4{key.remote}, key.remote_port);
    const auto index_of = [&](Port port) {
        FlowKey candidate = key;
        candidate.local_port = port;
        return find_flow(candidate, flows_.hash_of(candidate));
    };
    const auto in_use = [&](Port port) {
        const std::uint32_t index = index_of(port);
        return index != FlowTable::kNone && (index & kFlowTimeWait) == 0;
    };
    if (binding != kNoIndex) {
        key.local_port = bindings_[binding].port;
        // The late form of WSAEADDRINUSE: only now is the whole tuple known.
        if (in_use(key.local_port) || !ports_.reserve(destination, residue, key.local_port, in_use))
            return ConnError::address_in_use;
        if (const ConnError e = pin(key); e != ConnError::none) {
            ports_.release(destination, key.local_port);
            return e;
        }
    } else {
        const std::optional<Port> port =
            ports_.choose(destination, residue, static_cast<std::uint32_t>(random()), in_use);
        if (!port) {
            ++stats_.no_port;
            return ConnError::address_unavailable;
        }
        key.local_port = *port;
    }
    hash = flows_.hash_of(key);
    const std::uint32_t index = find_flow(key, hash);
    if (index != FlowTable::kNone) {
        if ((index & kFlowTimeWait) == 0) {  // Another connection that no port set knows: an accepted one.
            ports_.release(destination, key.local_port);
            unpin(key);
            return ConnError::address_in_use;
        }
        old_time_wait = index & ~kFlowTimeWait;
    }
    (void)cell;
    return ConnError::none;
}

// A connection whose port the application chose may hash to another engine: its frames are led here.
ConnError Engine::pin(const FlowKey& key) noexcept {
    if (config_.steering == nullptr || config_.steering->home_of(key) == config_.engine)
        return ConnError::none;
    FlowPins& pins = config_.steering->pins();
    constexpr std::uint16_t kNobody = UINT16_MAX;
    if (pins.find(key, kNobody) != kNobody) return ConnError::address_in_use;
    return pins.pin(key, config_.engine) ? ConnError::none : ConnError::no_buffers;
}

void Engine::unpin(const FlowKey& key) noexcept {
    if (config_.steering == nullptr || config_.steering->pins().count() == 0) [[likely]]
        return;
    if (config_.steering->home_of(key) != config_.engine) config_.steering->pins().unpin(key);
}

ConnError Engine::open_connection(const Request& request, SocketCell& cell, Instant now) noexcept {
    const EndpointArgs& args = request.endpoint;
    const Ipv4 remote{load_be<std::uint32_t>(reinterpret_cast<const std::byte*>(args.remote))};
    switch (classify_destination(config_.addresses, remote)) {
        case Ipv4DestinationKind::unspecified:
        case Ipv4DestinationKind::invalid:
        case Ipv4DestinationKind::broadcast:
        case Ipv4DestinationKind::multicast:
            return ConnError::address_unavailable;  // MUST-46.
        case Ipv4DestinationKind::local:
        case Ipv4DestinationKind::unicast:
            break;
    }
    const Path path = path_to(remote);
    if (path.kind == RouteKind::none || path.kind == RouteKind::unreachable)
        return ConnError::net_unreachable;
    if (path.kind == RouteKind::unicast) {
        if (!interfaces_[path.interface].is_up) return ConnError::net_down;
        if (path.neighbor.is_none()) return ConnError::no_buffers;
    }
    const bool has_binding = (cell.names.engine_flags & kCellBound) != 0;
    const std::uint32_t binding = has_binding ? cell.names.transport : kNoIndex;
    Ipv4 local = path.source;
    if (has_binding && !bindings_[binding].local.is_any()) local = bindings_[binding].local;
    if (local.is_any()) return ConnError::address_unavailable;
    const bool swallow = path.kind == RouteKind::blackhole;

    FlowKey key = FlowKey::ipv4(local, Port{}, remote, Port{args.remote_port});
    FlowHash hash;
    std::uint32_t old_slot = kNoIndex;
    if (const ConnError e = choose_port(key, cell, binding, hash, old_slot); e != ConnError::none) return e;
    const Destination destination = Destination::of(key);
    const std::uint32_t index = tcbs_.take();
    if (index == kNoIndex) {
        ++stats_.no_tcb;
        ports_.release(destination, key.local_port);
        unpin(key);
        return ConnError::no_buffers;
    }
    tcp::OpenParams params;
    const InterfaceIndex interface = swallow ? kLoopbackInterface : path.interface;
    fill_params(params, key, cell.names.options, interface, now);
    if (old_slot != kNoIndex) {  // Our own TIME-WAIT gives way to a connection the peer can tell apart (D7).
        const tcp::ReuseAdvice advice = tcp::advise_reuse(time_waits_[old_slot].record, params.iss);
        params.iss = advice.iss;
        params.ts_offset = advice.ts_offset;
        free_time_wait(old_slot);
        ++stats_.time_wait_reused;
    }
    tcp::Tcb& tcb = tcbs_[index];
    tcp::Effects effects = tcp::open_active(tcb, params, now);
    if (cell.names.options.keep_alive != 0) effects |= keep_alive(tcb, cell.names.options, now);
    TcbSide& side = sides_[index];
    side = TcbSide{};
    side.neighbor = path.neighbor;
    side.binding = binding;
    side.attempt = request.attempt;
    side.flags = static_cast<std::uint8_t>(kSideActive | kSidePortTaken | (swallow ? kSideSwallow : 0));
    side.interface = interface;
    side.ttl = cell.names.options.ttl;
    side.tos = cell.names.options.tos;
    tcb.arrive.self = index;
    tcb.time.socket = request.socket;
    if (!attach(index, hash)) {
        tcb.arrive.state = tcp::State::closed;
        tcbs_.give(index);
        ports_.release(destination, key.local_port);
        unpin(key);
        return ConnError::no_buffers;
    }
    cell.names.key = key;
    cell.names.transport = index;
    cell.names.engine_flags |= kCellTcb;
    ++stats_.active_opens;
    tcp::TextOut out;
    apply(index, effects, out, now);
    return ConnError::none;
}

bool Engine::attach(std::uint32_t tcb_index, FlowHash hash) noexcept {
    if (flows_.insert(hash, tcb_index)) [[likely]]
        return true;
    ++stats_.no_flow_slot;
    return false;
}

// The record takes over the flow-table entry; the port is free for choice again, and the record says whether
// the tuple may be used.
void Engine::enter_time_wait(std::uint32_t tcb_index, Instant now) noexcept {
    const auto link_of = [this](std::uint32_t i) -> IndexLink& { return time_waits_[i].link; };
    std::uint32_t slot = time_waits_.take();
    if (slot == kNoIndex) {  // Full: the oldest has waited longest.
        slot = time_wait_order_.front();
        if (slot == kNoIndex) return;  // A pool of size zero: no TIME-WAIT at all.
        ++stats_.time_wait_recycled;
        free_time_wait(slot);
        slot = time_waits_.take();
    }
    TimeWaitSlot& s = time_waits_[slot];
    s.record = tcp::make_record(tcbs_[tcb_index], now, config_.tcp.two_msl);
    s.hash = flows_.hash_of(tcbs_[tcb_index].arrive.key);
    ++stats_.time_wait_made;
    time_wait_order_.push_back(slot, link_of);
    flows_.erase(s.hash, tcb_index);
    sides_[tcb_index].flags |= kSideUnlisted;
    if (!flows_.insert(s.hash, slot | kFlowTimeWait)) {
        time_wait_order_.remove(slot, link_of);
        time_waits_.give(slot);
        unpin(tcbs_[tcb_index].arrive.key);
    }
}

void Engine::free_time_wait(std::uint32_t slot) noexcept {
    TimeWaitSlot& s = time_waits_[slot];
    flows_.erase(s.hash, slot | kFlowTimeWait);
    time_wait_order_.remove(slot, [this](std::uint32_t i) -> IndexLink& { return time_waits_[i].link; });
    unpin(s.record.key);
    time_waits_.give(slot);
}

void Engine::expire_time_waits(Instant now) noexcept {
    // Bounded: a thousand a millisecond is more than the pool can fill.
    for (int budget = 1024; budget > 0 && !time_wait_order_.empty(); --budget) {
        const std::uint32_t slot = time_wait_order_.front();
        if (time_waits_[slot].record.expires_at > now) return;
        free_time_wait(slot);
    }
}

void Engine::free_connection(std::uint32_t tcb_index) noexcept {
    tcp::Tcb& tcb = tcbs_[tcb_index];
    TcbSide& side = sides_[tcb_index];
    PacketList left;
    tcp::take_packets(tcb, left);
    release_later(left);
    // The hash is cheaper to make again than eight bytes for every idle connection.
    if ((side.flags & kSideUnlisted) == 0) {
        flows_.erase(flows_.hash_of(tcb.arrive.key), tcb_index);
        unpin(tcb.arrive.key);
    }
    if ((side.flags & kSidePortTaken) != 0)
        ports_.release(Destination::of(tcb.arrive.key), tcb.arrive.key.local_port);
    if ((side.flags & kSideHalfOpen) != 0) {
        --half_open_;
        --bindings_[side.binding].half_open;
    }
    if ((side.flags & kSideParked) != 0) unpark(tcb_index);
    wheel_.cancel(tcb_index);
    if (SocketCell* cell = cell_of(tcb); cell != nullptr) {
        set_ready(*cell, kReadyDone);
        touch(tcb.time.socket.index, *cell, 0);
        cell->names.engine_flags &= static_cast<std::uint8_t>(~kCellTcb);
        // A bound socket is only bound again: it may connect once more (seed pages, clause 16).
        cell->names.transport = (cell->names.engine_flags & kCellBound) != 0 ? side.binding : kNoIndex;
    } else if ((side.flags & kSideActive) != 0 && side.binding != kNoIndex) {
        leave_binding(side.binding);  // The socket went first and left its bind to us.
    }
    tcb.arrive.state = tcp::State::closed;
    tcb.arrive.output_due =
        0;  // Tells transmit() that it was freed, should it still stand on the ready list.
    tcb.time.socket = SocketId{};
    if ((side.flags & kSideReady) == 0) tcbs_.give(tcb_index);
    // else the ready list still links it; transmit() gives it back when it comes to it.
}

// A passive connection is established: it gets a cell and goes to the accept queue.
bool Engine::hand_to_listener(std::uint32_t tcb_index) noexcept {
    tcp::Tcb& tcb = tcbs_[tcb_index];
    TcbSide& side = sides_[tcb_index];
    Binding& listener = bindings_[side.binding];
    side.flags &= static_cast<std::uint8_t>(~kSideHalfOpen);
    --half_open_;
    --listener.half_open;
    const std::uint32_t cell_index = take_cell();
    if (cell_index == kNoIndex) {
        ++stats_.no_cell;
        return false;
    }
    SocketCell& from = port_.cells[listener.cell];
    SocketCell& cell = port_.cells[cell_index];
    const std::uint32_t generation = cell.fixed.generation.load(std::memory_order_relaxed) + 1;
    cell.fixed.engine = port_.index;
    cell.fixed.protocol = Protocol::tcp;
    cell.fixed.family = Family::ipv4;
    cell.names.options = from.names.options;
    cell.names.key = tcb.arrive.key;
    cell.names.transport = tcb_index;
    cell.names.engine_flags = kCellTcb;
    cell.engine.readiness.store(kReadyConnected, std::memory_order_relaxed);
    cell.fixed.generation.store(generation, std::memory_order_release);
    const SocketId id{cell_index, generation};
    tcb.time.socket = id;
    side.binding = kNoIndex;
    if (!listener.queue->try_push({id, tcb.arrive.key})) {
        ++stats_.backlog_drops;
        tcb.time.socket = SocketId{};
        free_cell(cell_index);
        return false;
    }
    bump(cell_index, cell,
         Edge::write);  // Writable from the start: FD_WRITE fires on accepted sockets (winsock.md 4.2).
    bump(listener.cell, from, Edge::accept);
    return true;
}

}  // namespace ringsock
