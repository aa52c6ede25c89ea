// SPDX-License-Identifier: BSD-3-Clause
// Handles: SOCKETs, threads, mutexes, files and second names of events in one table; events have a table of
// their own (sync/event.h) whose handles carry bit 31, so the two never collide. Any application thread.
// Looking a handle up takes no lock and no atomic read-modify-write.
//
// A handle is 9 bits of generation, 20 of slot and two zero bits, because programs set the lowest bit of an
// event handle to suppress a completion record. It fits in 31 bits, for programs keep sockets in an int, and
// is at least 0x400000, so no Linux descriptor ever equals one.
#pragma once

#include <ringsock/base_types.h>

#include <atomic>
#include <cstdint>

#include "ws2/thread_record.h"

namespace ringsock::ws2 {

inline constexpr std::uint32_t kHandleSlots = 1u << 20;
inline constexpr std::uint32_t kGenerationShift = 22;
inline constexpr std::uint32_t kGenerationMask = 0x1ff;
/// Slots that a thread takes from, or gives to, the table at once: two threads that make and close handles at
/// full speed meet at the table's lock once in so many.
inline constexpr std::uint32_t kSlotBatch = 64;
/// Batches of closed slots that wait before the first is used again, so that a stale handle stays
/// recognisable.
inline constexpr std::uint32_t kReuseBatches = 16;

enum class HandleKind : std::uint8_t { none = 0, socket, thread, mutex, file, event_name, port };

/// One slot: 16 bytes, four to a cache line.
struct HandleSlot {
    std::atomic<std::uint64_t>
        context;  ///< The object; in the first slot of a waiting batch: next batch and count.
    std::atomic<std::uint32_t> tag;   ///< The handle while it is open; otherwise odd (or 0: never used).
    std::atomic<std::uint32_t> info;  ///< Kind and 24 bits of detail; the next slot of a chain while free.
};
static_assert(sizeof(HandleSlot) == 16);

/// What a handle stands for.
struct HandleEntry {
    std::uint64_t context = 0;
    HandleKind kind = HandleKind::none;
    std::uint32_t detail = 0;  ///< 24 bits: dwCatalogEntryId of a socket.
};

namespace detail {
extern HandleSlot*
    g_slots;  ///< kHandleSlots of them; null until the first handle. Writer: ensure_handle_table.
}

/// Reserves the table; touched on use. False when the address space is refused.
[[nodiscard]] bool ensure_handle_table() noexcept;

/// Makes a handle. 0 when the table is full or refused. The context is what find_handle gives back; never
/// looked at.
[[nodiscard]] std::uintptr_t create_handle(HandleKind kind, std::uint64_t context,
                                           std::uint32_t detail) noexcept;

/// Takes a handle out of use; exactly one of several callers succeeds. False when it names nothing of that
/// kind.
[[nodiscard]] bool destroy_handle(std::uintptr_t handle, HandleKind kind) noexcept;

/// What the handle names now; false when nothing.
[[nodiscard]] inline bool find_handle(std::uintptr_t handle, HandleEntry& out) noexcept {
    HandleSlot* const slots = detail::g_slots;
    if (slots == nullptr) return false;
    const HandleSlot& slot = slots[handle >> 2 & (kHandleSlots - 1)];
    // (writers: create_handle and destroy_handle; the pair of looks at the tag makes the reads between one
    // step)
    if (std::uintptr_t{slot.tag.load(std::memory_order_acquire)} != handle || handle == 0) return false;
    const std::uint32_t info = slot.info.load(std::memory_order_relaxed);
    out.context = slot.context.load(std::memory_order_relaxed);
    out.kind = static_cast<HandleKind>(info & 0xff);
    out.detail = info >> 8;
    std::atomic_thread_fence(std::memory_order_acquire);
    return slot.tag.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(handle);
}

/// Whether the handle is an open SOCKET at this moment.
[[nodiscard]] inline bool is_socket(SOCKET s) noexcept {
    HandleEntry entry;
    return find_handle(s, entry) && entry.kind == HandleKind::socket;
}

/// Calls visit(handle) for every open handle of a kind. Handles made or closed meanwhile may be missed.
template <typename Visit>
void for_each_handle(HandleKind kind, Visit&& visit) noexcept;

/// Slots that were ever used end here.
[[nodiscard]] std::uint32_t handle_slots_used() noexcept;
/// Gives a thread's stock back to the table, at its end.
void return_slots(ThreadRecord& record) noexcept;

template <typename Visit>
void for_each_handle(HandleKind kind, Visit&& visit) noexcept {
    const std::uint32_t end = handle_slots_used();
    for (std::uint32_t i = 1; i < end; ++i) {
        const std::uintptr_t handle = detail::g_slots[i].tag.load(std::memory_order_acquire);
        HandleEntry entry;
        if ((handle & 1) == 0 && find_handle(handle, entry) && entry.kind == kind) visit(handle);
    }
}

}  // namespace ringsock::ws2
