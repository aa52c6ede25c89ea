// SPDX-License-Identifier: BSD-3-Clause
// Registration of application threads, cancelling their waits, and their stock of empty packets.
#include "spi/thread_state.h"

#include <climits>
#include <mutex>
#include <new>

#include "ring/parker.h"
#include "spi/patience.h"
#include "spi/wsp_socket.h"
#include "sync/thread_host.h"

namespace ringsock::spi {

namespace {

/// Guards the list of threads, the creation of exchanges, and thread exit against a stop of the runtime.
/// Never taken on a path that moves data.
constinit std::mutex g_registry_lock;
constinit ThreadState* g_threads = nullptr;

thread_local ThreadState* t_state __attribute__((tls_model("initial-exec"))) = nullptr;

/// Asks the engine for packets unless a request is on its way.
void ask_for_credit(EnginePort& port, PacketExchange& exchange, std::uint32_t index) noexcept {
    if (exchange.asked.load(std::memory_order_relaxed) != 0) return;
    exchange.asked.store(1, std::memory_order_relaxed);
    const bool pushed = port.requests.producer().try_push([&](Request& request) {
        request.op = RequestOp::credit;
        request.flags = 0;
        request.attempt = 0;
        request.socket = SocketId{};
        request.overlapped = 0;
        request.credit.exchange = index;
    });
    if (!pushed) exchange.asked.store(0, std::memory_order_relaxed);
}

/// Hands a chain back: a send for no socket, which the engine releases. An engine that takes nothing for so
/// long as Patience lasts is gone, and its pool with it.
void push_back_chain(EnginePort& port, Packet* chain) noexcept {
    SendArgs args{.first = chain, .last = chain, .count = 1, .bytes = 0};
    while (args.last->next != nullptr) {
        args.last = args.last->next;
        ++args.count;
    }
    const auto fill = [&](Request& request) {
        request.op = RequestOp::send;
        request.flags = 0;
        request.attempt = 0;
        request.socket = SocketId{};
        request.overlapped = 0;
        request.send = args;
    };
    Patience patience(port);
    while (!port.requests.producer().try_push(fill))
        if (!patience.step()) return;
}

/// Hands all packets of an exchange back and lets go of it.
void give_back(EnginePort& port, const ThreadState::HeldExchange& held) noexcept {
    Packet* chain = held.spare;
    Packet* packet = nullptr;
    for (std::uint32_t i = 0; i < kExchangeDepth && held.exchange->empties.try_pop(packet); ++i) {
        packet->next = chain;
        chain = packet;
    }
    // (writer: the owner; pairs with the exchange in claim())
    held.exchange->taken.store(0, std::memory_order_release);
    if (chain == nullptr) return;
    push_back_chain(port, chain);
    port.drive->kick(port);
}

/// Unregisters the thread at its end.
struct ThreadExit {
    ThreadState state;
    ~ThreadExit() {
        const std::lock_guard held(g_registry_lock);
        for (ThreadState** link = &g_threads; *link != nullptr; link = &(*link)->next) {
            if (*link == &state) {
                *link = state.next;
                break;
            }
        }
        t_state = nullptr;
        if (state.epoch != sync::g_host_epoch.load(std::memory_order_acquire)) return;
        for (std::uint32_t i = 0; i < state.held_count; ++i) {
            EnginePort* const port = g_engine_ports[state.held[i].engine];
            if (port != nullptr) give_back(*port, state.held[i]);
        }
    }
};
thread_local ThreadExit t_exit;

/// Claims a free exchange of the port, or makes one. Under the registry lock.
PacketExchange* claim(EnginePort& port, std::uint32_t& index) noexcept {
    for (std::uint32_t i = 0; i < kMaxExchanges; ++i) {
        if (port.exchanges[i] == nullptr) {
            port.exchanges[i].reset(new (std::nothrow) PacketExchange);
            if (port.exchanges[i] == nullptr) return nullptr;
        }
        if (port.exchanges[i]->taken.exchange(1, std::memory_order_acquire) == 0) {
            index = i;
            return port.exchanges[i].get();
        }
    }
    return nullptr;
}

}  // namespace

ThreadState& this_thread() noexcept {
    if (t_state != nullptr) return *t_state;
    ThreadState& state = t_exit.state;
    const std::lock_guard held(g_registry_lock);
    state.next = g_threads;
    g_threads = &state;
    t_state = &state;
    return state;
}

namespace {

void wake_parked(ThreadState& thread, SocketCell& cell) noexcept {
    thread.cancelled.store(1, std::memory_order_release);
    cell.names.wake_sequence.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(cell.names.wake_sequence, INT_MAX);
}

}  // namespace

bool cancel_blocking_calls() noexcept {
    ThreadState& mine = this_thread();
    const std::lock_guard held(g_registry_lock);
    if (SocketCell* cell = mine.parked.load(std::memory_order_acquire); cell != nullptr) {
        wake_parked(mine, *cell);
        return true;
    }
    bool any = false;
    for (ThreadState* thread = g_threads; thread != nullptr; thread = thread->next) {
        SocketCell* cell = thread->parked.load(std::memory_order_acquire);
        if (cell == nullptr) continue;
        wake_parked(*thread, *cell);
        any = true;
    }
    return any;
}

namespace {

/// What this thread holds of an engine; nullptr when it holds nothing.
ThreadState::HeldExchange* find_held(ThreadState& mine, const EnginePort& port) noexcept {
    const std::uint32_t epoch = sync::g_host_epoch.load(std::memory_order_acquire);
    if (mine.epoch != epoch) {
        mine.epoch = epoch;
        mine.held_count = 0;
    }
    for (std::uint32_t i = 0; i < mine.held_count; ++i)
        if (mine.held[i].engine == port.index) return &mine.held[i];
    return nullptr;
}

/// Claims an exchange with an engine that the thread had none with; nullptr when all are taken.
ThreadState::HeldExchange* hold_new(ThreadState& mine, EnginePort& port) noexcept {
    const std::lock_guard held(g_registry_lock);
    if (mine.held_count == kExchangesPerThread) {  // Give up the one held longest.
        const ThreadState::HeldExchange oldest = mine.held[0];
        for (std::uint32_t i = 1; i < kExchangesPerThread; ++i) mine.held[i - 1] = mine.held[i];
        --mine.held_count;
        give_back(*g_engine_ports[oldest.engine], oldest);
    }
    std::uint32_t index = 0;
    PacketExchange* const exchange = claim(port, index);
    if (exchange == nullptr) return nullptr;
    mine.held[mine.held_count] = {port.index, static_cast<std::uint16_t>(index), exchange, nullptr};
    return &mine.held[mine.held_count++];
}

}  // namespace

Packet* take_empty_packet(EnginePort& port) noexcept {
    ThreadState& mine = this_thread();
    ThreadState::HeldExchange* held = find_held(mine, port);
    if (held == nullptr) held = hold_new(mine, port);
    if (held == nullptr) return nullptr;
    if (Packet* const packet = held->spare; packet != nullptr) {
        held->spare = packet->next;
        return packet;
    }
    Packet* packet = nullptr;
    const bool got = held->exchange->empties.try_pop(packet);
    if (!got || held->exchange->empties.count() < kExchangeDepth / 2)
        ask_for_credit(port, *held->exchange, held->index);
    return got ? packet : nullptr;
}

void return_empty_packets(EnginePort& port, Packet* chain_given) noexcept {
    ThreadState::HeldExchange* const held = find_held(this_thread(), port);
    if (held == nullptr) return push_back_chain(port, chain_given);
    Packet* last = chain_given;
    while (last->next != nullptr) last = last->next;  // Bounded by what one request carries.
    last->next = held->spare;
    held->spare = chain_given;
}

void forget_exchanges() noexcept {
    const std::lock_guard held(g_registry_lock);
    sync::hosts_changed();
}

}  // namespace ringsock::spi
