// SPDX-License-Identifier: BSD-3-Clause
// Engine: construction, the pass, links, and the end.
#include "engine/engine.h"

#include <algorithm>
#include <atomic>

#include "tcp/invariants.h"

namespace ringsock {

Engine::Engine(const EngineConfig& config, PacketIo& pool, Clock& clock, EnginePort& port) noexcept
    : config_(config),
      clock_(clock),
      port_(port),
      requests_(port.requests.consumer()),
      pool_(pool),
      loopback_(pool),
      burst_(new Burst),
      tcbs_(config.limits.connections),
      sides_(config.limits.connections),
      time_waits_(config.limits.time_wait_records),
      bindings_(config.limits.bindings),
      flows_(std::size_t{config.limits.connections} + config.limits.time_wait_records, config.flow_key),
      ports_(PortSetsConfig{config.tcp.ephemeral, config.limits.port_sets, config.port_key},
             config.port_steering),
      local_ports_(config.limits.bindings),
      udp_heads_(65536),
      neighbors_(config.limits.neighbors),
      wheel_(config.limits.connections, clock.read()),
      touched_(new Touched[kTouchedPerPass]),
      free_cells_(port.cell_count),
      retired_(port.cell_count),
      wait_links_(config.limits.connections),
      waiting_(new Waiting[config.limits.neighbors]) {
    interfaces_[kLoopbackInterface].io = &loopback_;
    interfaces_[kLoopbackInterface].mtu = loopback_.traits().mtu;
    for (const EngineInterface& wanted : config.interfaces) {
        Interface& i = interfaces_[interface_count_++];
        i.io = wanted.io;
        i.mtu = wanted.mtu;
        i.has_wire = wanted.has_wire;
        i.kernel = wanted.kernel;
        i.may_be_up = wanted.may_be_up;
        i.mac = wanted.io->traits().mac;
    }
    for (InterfaceIndex n = 0; n < interface_count_; ++n) {
        const IoTraits& traits = interfaces_[n].io->traits();
        interfaces_[n].build_rules = {traits.tx_ipv4_checksum, traits.tx_tcp_checksum};
        interfaces_[n].udp_rules = {traits.tx_ipv4_checksum, traits.tx_udp_checksum};
        unsigned offloads = 0;
        if (traits.tx_ipv4_checksum) offloads |= static_cast<unsigned>(TxOffload::ipv4_checksum);
        if (traits.tx_tcp_checksum) {
            offloads |= static_cast<unsigned>(TxOffload::tcp_checksum);
            interfaces_[n].cut = {traits.segmentation_bytes, traits.segmentation_pieces};
        }
        interfaces_[n].tcp_offloads = static_cast<std::uint8_t>(offloads);
        interfaces_[n].is_up =
            n == kLoopbackInterface || (interfaces_[n].io->link_up() && interfaces_[n].may_be_up);
        if (!interfaces_[n].is_up) ++links_down_;
    }
    set_subnets();
    now_ = clock.read();
    next_link_poll_ = now_;
    if (ok()) issue_cells();
}

Engine::~Engine() {
    RoleScope role(engine_role);
    if (!is_down_ && ok()) shut_down();
}

bool Engine::ok() const noexcept {
    return tcbs_.ok() && sides_.ok() && time_waits_.ok() && bindings_.ok() && flows_.ok() && ports_.ok() &&
           local_ports_.ok() && udp_heads_.ok() && wheel_.ok() && neighbors_.ok() && wait_links_.ok() &&
           free_cells_.ok() && retired_.ok() && port_.cell_memory.ok();
}

void Engine::run_once() noexcept {
    const Instant now = clock_.read();  // The only clock read of the pass.
    now_ = now;
    ++stats_.passes;
    flush_all();
    receive(now);
    take_requests(now);
    fire_timers(now);
    run_tail(now);
    if (now >= next_link_poll_) poll_links(now);
}

void Engine::run_short() noexcept {
    take_requests(now_);  // The last pass's time: a SYN's timers may start a few microseconds early.
    run_tail(now_);
}

void Engine::run_tail(Instant now) noexcept {
    transmit(now);
    publish();
    if (retired_count_ != 0) retry_retired();
    issue_cells();
}

std::uint64_t Engine::random() noexcept {
    SipState state(config_.random_key);
    state.compress<1>(++random_counter_);
    return state.finish<3>();
}

bool Engine::has_work() const noexcept {
    return tcbs_.in_use() != 0 || bindings_.in_use() != 0 || time_waits_.in_use() != 0 ||
           !loopback_.empty() || retired_count_ != 0 || links_down_ != 0 || port_.requests.looks_nonempty() ||
           port_.attention_any.load(std::memory_order_relaxed) != 0;
}

Instant Engine::next_deadline() const noexcept {
    Instant t = wheel_.next_expiry();
    if (const Instant n = neighbors_.next_deadline(); n < t) t = n;
    return t;
}

// Dropped frames and timers move no counter that a sleeper looks at, and need none: they leave nothing to do.
Instant Engine::next_pass_due() const noexcept {
    if (!loopback_.empty() || port_.requests.has_claims() ||
        port_.attention_any.load(std::memory_order_relaxed) != 0)
        return now_;
    Instant due = std::min(now_ + kRestingPass, wheel_.next_expiry());
    if (const Instant n = neighbors_.next_deadline(); n < due) due = std::max(n, next_link_poll_);
    if (retired_count_ != 0) due = std::min(due, now_ + kRetiredPause);
    bool is_held_up = ready_head_ != kNoIndex;
    for (InterfaceIndex n = 0; n < interface_count_; ++n) is_held_up |= interfaces_[n].pending != 0;
    return is_held_up ? std::min(due, now_ + kFullDevicePause) : due;
}

void Engine::poll_links(Instant now) noexcept {
    next_link_poll_ = now + config_.link_poll;
    for (InterfaceIndex n = 1; n < interface_count_; ++n) {
        const bool is_up = interfaces_[n].io->link_up() && interfaces_[n].may_be_up;
        if (is_up == interfaces_[n].is_up) continue;
        interfaces_[n].is_up = is_up;
        ++stats_.link_changes;
        links_down_ += is_up ? -1 : 1;
        path_cache_.is_valid = false;
        if (!is_up) take_link_down(n, now);
    }
    tend_neighbors(now);
    expire_time_waits(now);
    publish();
}

// The Winsock pages give WSAENETDOWN for connects, and as the code of FD_READ, FD_WRITE, FD_ACCEPT and
// FD_CLOSE. Like Windows' media sense, a link that goes down ends the connections that ran over it; listeners
// stay.
void Engine::take_link_down(InterfaceIndex interface, Instant now) noexcept {
    for (std::uint32_t i = 0; i < tcbs_.touched(); ++i) {
        if (tcbs_[i].arrive.state == tcp::State::closed || sides_[i].interface != interface) continue;
        tcp::TextOut out;
        apply(i, tcp::Effects::failed(ConnError::net_down), out, now);
    }
}

Engine::Holdings Engine::holdings() const noexcept {
    // Cells that were ever used, less those back in stock and those issued in advance.
    const std::uint32_t cells = fresh_cell_ - free_cell_count_ - port_.fresh_cells.count();
    return {tcbs_.in_use(), time_waits_.in_use(), half_open_,    bindings_.in_use(), local_ports_.count(),
            cells,          wheel_.armed(),       flows_.size(), packets_unread_};
}

void Engine::check_invariants() noexcept {
    for (std::uint32_t i = 0; i < tcbs_.touched(); ++i) {
        if (tcbs_[i].arrive.state == tcp::State::closed) continue;
        const char* const broken = tcp::check(tcbs_[i]);
        if (broken != nullptr) assertion_failed(broken, __FILE__, __LINE__);
    }
}

bool Engine::owes_text() noexcept {
    for (std::uint32_t i = 0; i < tcbs_.touched(); ++i) {
        const tcp::TcbArrive& a = tcbs_[i].arrive;
        if ((a.traits & tcp::kTraitOrphan) == 0) continue;
        using tcp::State;  // The three states of a FIN that is queued or on its way.
        if (a.state == State::fin_wait_1 || a.state == State::closing || a.state == State::last_ack)
            return true;
    }
    return false;
}

void Engine::shut_down() noexcept {
    if (is_down_) return;
    is_down_ = true;
    // What applications still want: packets in the ring must come home, closes must be honoured.
    for (std::uint32_t round = 0; round <= port_.requests.capacity() / kRequestsPerPass; ++round)
        take_requests(now_);
    for (InterfaceIndex n = 0; n < interface_count_; ++n) interfaces_[n].pending = 0;
    for (std::uint32_t i = 0; i < tcbs_.touched(); ++i) {
        if (tcbs_[i].arrive.state == tcp::State::closed) continue;
        tcp::TextOut out;
        apply(i, tcp::Effects::failed(ConnError::net_down), out, now_);
    }
    for (std::uint32_t i = 0; i < port_.cell_count && i < fresh_cell_; ++i) {
        SocketCell& cell = port_.cells[i];
        if ((cell.fixed.generation.load(std::memory_order_relaxed) & 1) == 0) continue;
        set_ready(cell, kReadyNetDown);
        bump(i, cell, Edge::close);
        release_receive_list(cell);
        if (touched_count_ >= kTouchedPerPass / 2) publish();
    }
    for (std::uint32_t n = 0; n < config_.limits.neighbors; ++n) pool_.release_all(waiting_[n].frames);
    for (auto& exchange : port_.exchanges) {
        if (!exchange) continue;
        Packet* p = nullptr;
        while (exchange->empties.try_pop(p)) pool_.release(p);
    }
    publish();
    pool_.release_all(deferred_);
}

}  // namespace ringsock
