// SPDX-License-Identifier: BSD-3-Clause
// Making and closing handles. Free slots travel in chains: a thread takes one chain of kSlotBatch from the
// front of the table's list, collects what it closes in another, and puts that at the back when it is full.
#include "ws2/handle_table.h"

#include <new>

#include "base/reserved_memory.h"
#include "sync/byte_lock.h"

namespace ringsock::ws2 {

namespace detail {
constinit HandleSlot* g_slots = nullptr;
}

namespace {

using detail::g_slots;

/// Everything under `lock`, but for `used`, which is also read without it.
struct alignas(kCacheLine) Table {
    std::atomic<std::uint8_t> lock{0};
    std::uint32_t first_batch = 0;  ///< First slot of the oldest waiting batch; 0: none waits.
    std::uint32_t last_batch = 0;
    std::uint32_t batches = 0;
    std::atomic<std::uint32_t> used{1};  ///< Slot 0 is never used, so that no handle is 0.
};
constinit Table g_table;

std::uint64_t pack_batch(std::uint32_t next, std::uint32_t count) noexcept {
    return std::uint64_t{count} << 32 | next;
}

/// Under the lock. The oldest waiting batch.
SlotChain pop_batch() noexcept {
    SlotChain chain;
    chain.first = g_table.first_batch;
    const std::uint64_t link = g_slots[chain.first].context.load(std::memory_order_relaxed);
    chain.count = static_cast<std::uint32_t>(link >> 32);
    g_table.first_batch = static_cast<std::uint32_t>(link);
    if (--g_table.batches == 0) g_table.first_batch = g_table.last_batch = 0;
    return chain;
}

/// Under the lock.
void push_batch(const SlotChain& chain) noexcept {
    g_slots[chain.first].context.store(pack_batch(0, chain.count), std::memory_order_relaxed);
    if (g_table.batches++ == 0) {
        g_table.first_batch = chain.first;
    } else {
        std::atomic<std::uint64_t>& link = g_slots[g_table.last_batch].context;
        const std::uint64_t old = link.load(std::memory_order_relaxed);
        link.store(pack_batch(chain.first, static_cast<std::uint32_t>(old >> 32)), std::memory_order_relaxed);
    }
    g_table.last_batch = chain.first;
}

/// Under the lock. Slots that no handle had yet; fewer than kSlotBatch at the table's end, none past it.
SlotChain take_unused() noexcept {
    SlotChain chain;
    const std::uint32_t used = g_table.used.load(std::memory_order_relaxed);
    const std::uint32_t end = used + kSlotBatch < kHandleSlots ? used + kSlotBatch : kHandleSlots;
    chain.count = end - used;
    if (chain.count == 0) return chain;
    chain.first = used;
    for (std::uint32_t i = used; i < end; ++i) g_slots[i].info.store(i + 1, std::memory_order_relaxed);
    g_table.used.store(end, std::memory_order_release);
    return chain;
}

bool refill(ThreadRecord& record) noexcept {
    if (!ensure_handle_table()) return false;
    {
        const sync::ByteLock held(g_table.lock);
        if (g_table.batches < kReuseBatches) record.spare = take_unused();
        if (record.spare.count == 0 && g_table.batches > 0) record.spare = pop_batch();
    }
    if (record.spare.count == 0) {  // The last resort: what this thread closed a moment ago.
        record.spare = record.closed;
        record.closed = SlotChain{};
    }
    return record.spare.count != 0;
}

/// Puts a free slot at the end of a chain.
void append(SlotChain& chain, std::uint32_t index) noexcept {
    if (chain.count++ == 0)
        chain.first = index;
    else
        g_slots[chain.last].info.store(index, std::memory_order_relaxed);
    chain.last = index;
}

std::uint32_t next_generation(std::uint32_t tag) noexcept {
    const std::uint32_t next = ((tag >> kGenerationShift) + 1) & kGenerationMask;
    return next == 0 ? 1 : next;
}

}  // namespace

bool ensure_handle_table() noexcept {
    const sync::ByteLock held(g_table.lock);
    if (g_slots != nullptr) return true;
    // Lives as long as the process: a stale handle may be looked up at any time.
    alignas(ReservedMemory) static std::byte place[sizeof(ReservedMemory)];
    auto* memory = new (place) ReservedMemory(std::size_t{kHandleSlots} * sizeof(HandleSlot));
    if (!memory->ok()) {
        memory->~ReservedMemory();
        return false;
    }
    std::atomic_ref(g_slots).store(static_cast<HandleSlot*>(memory->data()), std::memory_order_release);
    return true;
}

std::uintptr_t create_handle(HandleKind kind, std::uint64_t context, std::uint32_t detail) noexcept {
    ThreadRecord& record = this_thread_record();
    if (record.spare.count == 0 && !refill(record)) return 0;
    const std::uint32_t index = record.spare.first;
    HandleSlot& slot = g_slots[index];
    record.spare.first = slot.info.load(std::memory_order_relaxed);
    --record.spare.count;
    const std::uint32_t tag = slot.tag.load(std::memory_order_relaxed);
    // A closed slot already carries the generation of its next handle.
    const std::uint32_t generation = tag == 0 ? 1 : tag >> kGenerationShift;
    const std::uint32_t handle = generation << kGenerationShift | index << 2;
    std::atomic_thread_fence(std::memory_order_release);
    slot.context.store(context, std::memory_order_relaxed);
    slot.info.store(detail << 8 | static_cast<std::uint32_t>(kind), std::memory_order_relaxed);
    // (writer: the maker; pairs with the acquire in find_handle)
    slot.tag.store(handle, std::memory_order_release);
    return handle;
}

bool destroy_handle(std::uintptr_t handle, HandleKind kind) noexcept {
    HandleEntry entry;
    if (!find_handle(handle, entry) || entry.kind != kind) return false;
    const auto index = static_cast<std::uint32_t>(handle >> 2) & (kHandleSlots - 1);
    HandleSlot& slot = g_slots[index];
    auto expected = static_cast<std::uint32_t>(handle);
    const std::uint32_t closed_tag = next_generation(expected) << kGenerationShift | 1;
    if (!slot.tag.compare_exchange_strong(expected, closed_tag, std::memory_order_acq_rel,
                                          std::memory_order_relaxed)) {
        return false;
    }
    ThreadRecord& record = this_thread_record();
    append(record.closed, index);
    if (record.closed.count < kSlotBatch) return true;
    const sync::ByteLock held(g_table.lock);
    push_batch(record.closed);
    record.closed = SlotChain{};
    return true;
}

std::uint32_t handle_slots_used() noexcept {
    return g_slots == nullptr ? 0 : g_table.used.load(std::memory_order_acquire);
}

void return_slots(ThreadRecord& record) noexcept {
    const sync::ByteLock held(g_table.lock);
    if (record.spare.count != 0) push_batch(record.spare);
    if (record.closed.count != 0) push_batch(record.closed);
    record.spare = SlotChain{};
    record.closed = SlotChain{};
}

}  // namespace ringsock::ws2
