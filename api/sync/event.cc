// SPDX-License-Identifier: BSD-3-Clause
// The table of event objects: a high-water mark, and a first-in first-out list of closed ones, so that a
// stale handle stays recognisable as long as possible.
#include "sync/event.h"

#include <new>

#include "base/reserved_memory.h"
#include "sync/byte_lock.h"

namespace ringsock::sync {

namespace detail {
constinit EventCell* g_event_cells = nullptr;
}

namespace {

/// Closed events that wait before the first of them is used again.
constexpr std::uint32_t kReuseDistance = 256;

/// Everything under `lock`; address space for the bound, never given back.
struct EventTable {
    std::atomic<std::uint8_t> lock{0};
    std::uint32_t* closed = nullptr;  ///< Ring of kEventSlots indices.
    std::uint32_t closed_head = 0;    ///< Cumulative: taken out.
    std::uint32_t closed_tail = 0;    ///< Cumulative: put in.
    std::uint32_t fresh = 0;          ///< Slots never used yet begin here.
};
constinit EventTable g_table;

/// Reserves the table on first use. Under the lock.
bool ensure_table() noexcept {
    if (detail::g_event_cells != nullptr) return true;
    // Both mappings live as long as the process: an engine may hold a pointer into them at any time.
    alignas(ReservedMemory) static std::byte cells_place[sizeof(ReservedMemory)];
    alignas(ReservedMemory) static std::byte closed_place[sizeof(ReservedMemory)];
    auto* cells = new (cells_place) ReservedMemory(std::size_t{kEventSlots} * sizeof(EventCell));
    auto* closed = new (closed_place) ReservedMemory(std::size_t{kEventSlots} * sizeof(std::uint32_t));
    if (!cells->ok() || !closed->ok()) {
        cells->~ReservedMemory();
        closed->~ReservedMemory();
        return false;
    }
    g_table.closed = static_cast<std::uint32_t*>(closed->data());
    std::atomic_ref(detail::g_event_cells)
        .store(static_cast<EventCell*>(cells->data()), std::memory_order_release);
    return true;
}

bool take_slot(std::uint32_t& index) noexcept {
    const std::uint32_t waiting = g_table.closed_tail - g_table.closed_head;
    if (waiting > kReuseDistance || (waiting > 0 && g_table.fresh == kEventSlots)) {
        index = g_table.closed[g_table.closed_head++ % kEventSlots];
        return true;
    }
    if (g_table.fresh == kEventSlots) return false;
    index = g_table.fresh++;
    return true;
}

}  // namespace

HANDLE create_event(bool auto_reset, bool signalled) noexcept {
    const ByteLock held(g_table.lock);
    std::uint32_t index = 0;
    if (!ensure_table() || !take_slot(index)) return nullptr;
    EventCell& cell = detail::g_event_cells[index];
    const std::uint32_t generation = cell.generation + 1;
    cell.auto_reset = auto_reset ? 1 : 0;
    cell.state.store(signalled ? 1 : 0, std::memory_order_relaxed);
    std::atomic_ref(cell.in_use).store(std::uint8_t{1}, std::memory_order_relaxed);
    // (writer: create_event under the lock; pairs with the acquire in find_event)
    std::atomic_ref(cell.generation).store(generation, std::memory_order_release);
    const std::uint32_t bits = kEventHandleMark | (generation & kEventGenerationMask) << 22 | index << 2;
    return reinterpret_cast<HANDLE>(std::uintptr_t{bits});
}

bool close_event(HANDLE handle) noexcept {
    EventCell* cell = nullptr;
    {
        const ByteLock held(g_table.lock);
        cell = find_event(handle);
        if (cell == nullptr) return false;
        std::atomic_ref(cell->in_use).store(std::uint8_t{0}, std::memory_order_release);
        const auto index = static_cast<std::uint32_t>(cell - detail::g_event_cells);
        g_table.closed[g_table.closed_tail++ % kEventSlots] = index;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (cell->sleepers.load(std::memory_order_relaxed) != 0) cell->wake_sleepers();
    return true;
}

std::uint32_t event_count() noexcept {
    const ByteLock held(g_table.lock);
    return g_table.fresh - (g_table.closed_tail - g_table.closed_head);
}

}  // namespace ringsock::sync
