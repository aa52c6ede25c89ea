// SPDX-License-Identifier: BSD-3-Clause
// The stock of socket cells. The engine owns all free cells and issues some in advance to the application; a
// closed cell comes back once no call is parked on it.
#include <atomic>
#include <cstddef>
#include <cstring>

#include "engine/engine.h"
#include "ring/parker.h"

namespace ringsock {

std::uint32_t Engine::take_cell() noexcept {
    if (free_cell_count_ != 0) return free_cells_[--free_cell_count_];
    if (fresh_cell_ < port_.cell_count) return fresh_cell_++;
    return kNoIndex;
}

// All of a free cell is zero but for its (even) generation.
void Engine::free_cell(std::uint32_t cell_index) noexcept {
    SocketCell& cell = port_.cells[cell_index];
    std::uint32_t generation = cell.fixed.generation.load(std::memory_order_relaxed);
    if ((generation & 1) != 0) ++generation;
    if ((cell.names.engine_flags & kCellTouched) != 0)
        publish();  // Its number leaves the list of touched cells.
    cell.fixed.generation.store(generation, std::memory_order_release);
    // The lock stays as it is: a late call for the closed socket may hold it for a moment.
    static_assert(offsetof(SocketCell::AppWritten, lock) == 0);
    std::memset(reinterpret_cast<std::byte*>(&cell.app) + sizeof cell.app.lock, 0,
                sizeof cell.app - sizeof cell.app.lock);
    std::memset(static_cast<void*>(&cell.engine), 0, sizeof cell.engine);
    std::memset(static_cast<void*>(&cell.names), 0, sizeof cell.names);
    auto* const fixed = reinterpret_cast<std::byte*>(&cell.fixed);
    std::memset(fixed + sizeof(std::uint32_t), 0, sizeof cell.fixed - sizeof(std::uint32_t));
    free_cells_[free_cell_count_++] = cell_index;
}

void Engine::retire_cell(std::uint32_t cell_index) noexcept {
    SocketCell& cell = port_.cells[cell_index];
    if (std::atomic_ref<std::uint16_t>(cell.app.holds).load(std::memory_order_acquire) == 0)
        return free_cell(cell_index);
    retired_[retired_count_++] = cell_index;
    cell.names.wake_sequence.fetch_add(1, std::memory_order_release);  // Parked calls: not the data path.
    futex_wake(cell.names.wake_sequence, INT32_MAX);
}

void Engine::retry_retired() noexcept {
    for (std::uint32_t i = 0; i < retired_count_;) {
        SocketCell& cell = port_.cells[retired_[i]];
        if (std::atomic_ref<std::uint16_t>(cell.app.holds).load(std::memory_order_acquire) != 0) {
            ++i;
            continue;
        }
        const std::uint32_t index = retired_[i];
        retired_[i] = retired_[--retired_count_];
        free_cell(index);
    }
}

void Engine::issue_cells() noexcept {
    if (cells_issued_full_ != 0) {  // Looking at a full ring reads the application's line: not every pass.
        --cells_issued_full_;
        return;
    }
    while (port_.fresh_cells.count() < config_.limits.fresh_cells) {
        const std::uint32_t index = take_cell();
        const std::uint32_t is_out = index == kNoIndex ? 1 : 0;
        if (port_.out_of_cells.load(std::memory_order_relaxed) != is_out)
            port_.out_of_cells.store(is_out, std::memory_order_relaxed);
        if (index == kNoIndex) return;
        if (!port_.fresh_cells.try_push(index)) {
            free_cells_[free_cell_count_++] = index;
            return;
        }
    }
    cells_issued_full_ = 4;
}

void Engine::release_receive_list(SocketCell& cell) noexcept {
    // Calls that were inside the list when the socket closed are over: the closer took app.lock after them.
    PacketList list;
    for (Packet* p = cell.names.rx_first; p != nullptr;) {
        Packet* const next = p->next;
        list.push_back(p);
        --packets_unread_;
        p = next;
    }
    cell.names.rx_first = cell.names.rx_last = nullptr;
    cell.engine.rx_head.store(nullptr, std::memory_order_relaxed);
    release_later(list);
}

}  // namespace ringsock
