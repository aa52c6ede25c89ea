// SPDX-License-Identifier: BSD-3-Clause
// Event objects: manual- or auto-reset, in one table of EventCells that is never unmapped, so that an engine
// or a late setter may always touch one. The handle carries index and generation. Any application thread.
#pragma once

#include <ringsock/types.h>

#include <cstdint>

#include "ring/event_cell.h"

namespace ringsock::sync {

/// Event objects of a process at most; address space is reserved for all, memory is used by those that
/// existed.
inline constexpr std::uint32_t kEventSlots = 1u << 20;

/// Handle of an event: bit 31 set (a SOCKET never has it), 9 bits of generation, 20 of index, and two zero
/// bits, because programs set the lowest bit of an event handle to suppress a completion record.
inline constexpr std::uint32_t kEventHandleMark = 0x80000000u;
inline constexpr std::uint32_t kEventGenerationMask = 0x1ff;

/// Makes an event; the caller closes it. Null when the table is full or memory is refused.
[[nodiscard]] HANDLE create_event(bool auto_reset, bool signalled) noexcept;

/// Frees the event. False when the handle names none. A thread that still waits on it is woken and fails.
bool close_event(HANDLE handle) noexcept;

namespace detail {
extern EventCell* g_event_cells;  ///< Null until the first event. Writer: create_event, once.
}

/// The event a handle names, or nullptr. The cell stays readable and writable even after close_event.
[[nodiscard]] inline EventCell* find_event(HANDLE handle) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(handle);
    const auto low = static_cast<std::uint32_t>(bits);
    // A handle that went through a signed 32-bit integer comes back with its sign bit spread.
    const auto high = static_cast<std::uint32_t>(bits >> 32);
    if ((low & kEventHandleMark) == 0 || (low & 3) != 0 || (high != 0 && high != UINT32_MAX)) return nullptr;
    if (detail::g_event_cells == nullptr) return nullptr;
    EventCell& cell = detail::g_event_cells[(low >> 2) & (kEventSlots - 1)];
    const std::uint32_t generation = std::atomic_ref(cell.generation).load(std::memory_order_acquire);
    if ((generation & kEventGenerationMask) != (low >> 22 & kEventGenerationMask)) return nullptr;
    return std::atomic_ref(cell.in_use).load(std::memory_order_relaxed) != 0 ? &cell : nullptr;
}

/// Signals; false when the handle names no event.
inline bool set_event(HANDLE handle) noexcept {
    EventCell* cell = find_event(handle);
    if (cell == nullptr) return false;
    cell->set();
    return true;
}
/// Clears; false when the handle names no event. What an engine records and the caller does not find recorded
/// afterwards signals the event again.
inline bool reset_event(HANDLE handle) noexcept {
    EventCell* cell = find_event(handle);
    if (cell == nullptr) return false;
    cell->state.store(0, std::memory_order_relaxed);
    // Pairs with the fence in Engine::publish between what it records and the set: without it the store may
    // stay behind until after that set, and undo it.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return true;
}

/// Events that exist now; for tests and statistics.
[[nodiscard]] std::uint32_t event_count() noexcept;

}  // namespace ringsock::sync
