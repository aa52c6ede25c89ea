// SPDX-License-Identifier: BSD-3-Clause
// Life of listener blocks.
#include "spi/listener.h"

#include <mutex>
#include <new>

#include "sync/thread_host.h"

namespace ringsock::spi {

namespace {

constinit std::mutex g_retired_lock;
constinit Listener* g_retired = nullptr;

/// The engine bumps the generation when it takes the cell back; with the runtime gone, nobody holds anything.
bool is_let_go(const Listener& listener) noexcept {
    return listener.epoch != sync::g_host_epoch.load(std::memory_order_acquire) ||
           listener.cell->fixed.generation.load(std::memory_order_acquire) != listener.generation;
}

template <typename Predicate>
void free_retired_if(Predicate&& predicate) noexcept {
    const std::lock_guard held(g_retired_lock);
    for (Listener** link = &g_retired; *link != nullptr;) {
        Listener* const listener = *link;
        if (!predicate(*listener)) {
            link = &listener->next_retired;
            continue;
        }
        *link = listener->next_retired;
        delete listener;
    }
}

}  // namespace

Listener* make_listener(EnginePort&, SocketCell& cell, std::uint32_t room) noexcept {
    free_retired_if(is_let_go);
    auto* const listener = new (std::nothrow) Listener(room);
    if (listener == nullptr) return nullptr;
    listener->cell = &cell;
    listener->generation = cell.fixed.generation.load(std::memory_order_relaxed);
    listener->epoch = sync::g_host_epoch.load(std::memory_order_acquire);
    return listener;
}

void drop_listener(Listener* listener) noexcept {
    delete listener;
}

void retire_listener(Listener* listener) noexcept {
    const std::lock_guard held(g_retired_lock);
    listener->next_retired = g_retired;
    g_retired = listener;
}

void free_retired_listeners() noexcept {
    free_retired_if([](const Listener&) { return true; });
}

void refuse_connection(EnginePort& port, const AcceptRecord& record) noexcept {
    SocketCell* const child = port.find(record.socket);
    if (child == nullptr) return;
    child->app.linger_abort = 1;
    give_up_cell(port, *child);
}

}  // namespace ringsock::spi
