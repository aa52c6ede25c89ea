// SPDX-License-Identifier: BSD-3-Clause
// Effects of the protocols to cells, events and sleepers. Stores happen as effects come; events and wakes
// once per pass, behind one fence (house.md, section 8: the Dekker pair of edges and masks).
#include <atomic>

#include "engine/engine.h"
#include "ring/parker.h"

namespace ringsock {

SocketCell* Engine::cell_of(const tcp::Tcb& tcb) noexcept {
    return tcb.time.socket.is_none() || tcb.time.socket.generation == 0 ? nullptr
                                                                        : &port_.cells[tcb.time.socket.index];
}

void Engine::set_ready(SocketCell& cell, std::uint32_t bits) noexcept {
    auto& word = cell.engine.readiness;  // One writer: load and store, no read-modify-write.
    word.store(word.load(std::memory_order_relaxed) | bits, std::memory_order_release);
}

void Engine::clear_ready(SocketCell& cell, std::uint32_t bits) noexcept {
    auto& word = cell.engine.readiness;
    word.store(word.load(std::memory_order_relaxed) & ~bits, std::memory_order_release);
}

void Engine::touch(std::uint32_t cell_index, SocketCell& cell, std::uint8_t what) noexcept {
    cell.names.engine_pad = static_cast<std::uint16_t>(cell.names.engine_pad | what);
    if ((cell.names.engine_flags & kCellTouched) != 0) return;
    if (touched_count_ == kTouchedPerPass) publish();
    cell.names.engine_flags |= kCellTouched;
    touched_[touched_count_++] = {cell_index};
}

void Engine::bump(std::uint32_t cell_index, SocketCell& cell, Edge edge) noexcept {
    auto& counter = cell.engine.edges[static_cast<unsigned>(edge)];
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    touch(cell_index, cell, edge_bit(edge));
}

void Engine::finish_connect(std::uint32_t cell_index, SocketCell& cell, std::uint16_t attempt,
                            ConnError error) noexcept {
    set_ready(cell, error == ConnError::none ? kReadyConnected : kReadyFailed);
    cell.engine.outcome.store(pack_outcome(attempt, error), std::memory_order_release);
    bump(cell_index, cell, Edge::connect);
    if (error == ConnError::none) bump(cell_index, cell, Edge::write);
}

void Engine::apply(std::uint32_t tcb_index, tcp::Effects effects, tcp::TextOut& out, Instant now) noexcept {
    tcp::Tcb& tcb = tcbs_[tcb_index];
    TcbSide& side = sides_[tcb_index];
    if (effects.has(tcp::kEffectEstablished)) {
        ++stats_.established;
        if (!side.neighbor.is_none()) neighbors_.confirm(side.neighbor.index, now);
        if ((side.flags & kSideActive) != 0) {
            if (SocketCell* cell = cell_of(tcb); cell != nullptr)
                finish_connect(tcb.time.socket.index, *cell, side.attempt, ConnError::none);
        } else if (!hand_to_listener(tcb_index)) {
            effects |= tcp::abort(tcb, now);
        }
    }
    SocketCell* const cell = cell_of(tcb);
    if (!out.delivered.empty()) {
        if (cell != nullptr) {
            const std::uint32_t index = tcb.time.socket.index;
            while (Packet* p = out.delivered.take_front()) deliver(index, *cell, p);
            bump(index, *cell, Edge::read);
        } else {
            release_later(out.delivered);
        }
    }
    if (!out.released.empty()) release_later(out.released);
    if (effects.has(tcp::kEffectSendSpace | tcp::kEffectPeerClosed) && cell != nullptr) {
        const std::uint32_t index = tcb.time.socket.index;
        if (effects.has(tcp::kEffectSendSpace)) {
            cell->engine.tx_acked.store(side.tx_taken - tcp::queued_bytes(tcb), std::memory_order_release);
            touch(index, *cell, kTouchedSpace);
        }
        if (effects.has(tcp::kEffectPeerClosed)) {
            set_ready(*cell, kReadyPeerClosed);
            bump(index, *cell, Edge::close);
        }
    }
    if (effects.has(tcp::kEffectFailed)) take_failure(tcb_index, cell, effects.error);
    if (effects.has(tcp::kEffectTimeWait | tcp::kEffectClosed)) return apply_ending(tcb_index, effects, now);
    if (effects.has(tcp::kEffectOutputDue)) mark_ready(tcb_index);
    if (effects.has(tcp::kEffectDeadlineMoved)) watch_deadline(tcb_index);
}

void Engine::apply_ending(std::uint32_t tcb_index, tcp::Effects effects, Instant now) noexcept {
    if (effects.has(tcp::kEffectTimeWait)) enter_time_wait(tcb_index, now);
    free_connection(tcb_index);
}

void Engine::take_failure(std::uint32_t tcb_index, SocketCell* cell, ConnError error) noexcept {
    if (cell == nullptr) return;
    const TcbSide& side = sides_[tcb_index];
    const std::uint32_t index = tcbs_[tcb_index].time.socket.index;
    const bool was_connected =
        (cell->engine.readiness.load(std::memory_order_relaxed) & kReadyConnected) != 0;
    if ((side.flags & kSideActive) != 0 && !was_connected) {
        ++stats_.failed_opens;
        return finish_connect(index, *cell, side.attempt, error);
    }
    cell->names.broken_error.store(static_cast<std::uint8_t>(error), std::memory_order_relaxed);
    set_ready(*cell, kReadyReset);
    bump(index, *cell, Edge::close);
}

// The receive list of socket_cell.h, engine's side.
void Engine::deliver(std::uint32_t cell_index, SocketCell& cell, Packet* packet_kept) noexcept {
    packet_kept->next = nullptr;
    const std::uint32_t number = cell.engine.rx_published.load(std::memory_order_relaxed);
    if (cell.names.rx_first == nullptr) {
        cell.names.rx_first = packet_kept;
        cell.engine.rx_head.store(packet_kept, std::memory_order_relaxed);
        cell.engine.rx_head_seq.store(number, std::memory_order_release);
    } else {
        publish_next(cell.names.rx_last, packet_kept);
    }
    cell.names.rx_last = packet_kept;
    ++packets_unread_;
    cell.engine.rx_bytes.store(cell.engine.rx_bytes.load(std::memory_order_relaxed) + packet_kept->length,
                               std::memory_order_relaxed);
    cell.engine.rx_published.store(number + 1, std::memory_order_release);
    touch(cell_index, cell, 0);
}

void Engine::publish() noexcept {
    if (touched_count_ == 0) return;
    // Pairs with the application's fence between arming (armed, want_write, sleepers) and looking at edges.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (std::uint32_t i = 0; i < touched_count_; ++i) {
        SocketCell& cell = port_.cells[touched_[i].cell];
        auto what = static_cast<std::uint8_t>(cell.names.engine_pad);
        cell.names.engine_pad = 0;
        cell.names.engine_flags &= static_cast<std::uint8_t>(~kCellTouched);
        if ((what & kTouchedSpace) != 0 && cell.app.want_write.load(std::memory_order_relaxed) != 0) {
            auto& counter = cell.engine.edges[static_cast<unsigned>(Edge::write)];
            counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
            what |= edge_bit(Edge::write);
        }
        if ((what & cell.app.armed.load(std::memory_order_acquire)) != 0) {
            EventCell* event = cell.app.event.load(std::memory_order_relaxed);
            if (event != nullptr) {
                event->set_without_wake();
                ++stats_.events_set;
                if (events_.empty() || events_[events_.size() - 1] != event) {
                    if (events_.full()) {  // Rare: more than 64 different events in one pass.
                        for (EventCell* e : events_) e->set();
                        events_.clear();
                    }
                    events_.push(event);
                }
            }
        }
        if (cell.app.sleepers.load(std::memory_order_relaxed) != 0) {
            ++stats_.wakes;
            auto& word = cell.names.wake_sequence;
            word.fetch_add(1, std::memory_order_release);  // Somebody sleeps: not the data path.
            futex_wake(word, INT32_MAX);
        }
    }
    touched_count_ = 0;
    if (events_.empty()) return;
    // Pairs with the sleeper's fence between declaring itself and looking at the state.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (EventCell* event : events_) {
        if (event->sleepers.load(std::memory_order_relaxed) == 0) continue;
        ++stats_.wakes;
        event->wake_sleepers();
    }
    events_.clear();
}

}  // namespace ringsock
