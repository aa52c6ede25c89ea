// SPDX-License-Identifier: BSD-3-Clause
// Queues of asynchronous procedure calls. Rare and short, so a lock and a heap node each will do.
#include "ws2/apc.h"

#include <deque>
#include <mutex>
#include <new>

#include "sync/event.h"

namespace ringsock::ws2 {

struct ApcQueue {
    struct Entry {
        ApcFunction function;
        std::uintptr_t argument;
    };
    std::mutex lock;
    std::deque<Entry> entries;
    bool is_open = true;     ///< The thread lives.
    HANDLE event = nullptr;  ///< Manual-reset: signalled while entries is not empty.
};

namespace {

/// The record's queue, made on first use. A queue is as immortal as its record.
ApcQueue* queue_of(ThreadRecord& record) noexcept {
    ApcQueue* queue = record.apcs.load(std::memory_order_acquire);
    if (queue != nullptr) return queue;
    auto* made = new (std::nothrow) ApcQueue;
    if (made == nullptr) return nullptr;
    // (writers: the first of several threads; pairs with the acquire above)
    if (record.apcs.compare_exchange_strong(queue, made, std::memory_order_acq_rel)) return made;
    delete made;
    return queue;
}

/// Under the queue's lock.
bool ensure_event(ApcQueue& queue) noexcept {
    if (queue.event == nullptr) queue.event = sync::create_event(false, !queue.entries.empty());
    return queue.event != nullptr;
}

}  // namespace

HANDLE apc_event() noexcept {
    ApcQueue* queue = queue_of(this_thread_record());
    if (queue == nullptr) return nullptr;
    const std::lock_guard held(queue->lock);
    queue->is_open = true;
    return ensure_event(*queue) ? queue->event : nullptr;
}

bool queue_apc(ThreadRecord& record, ApcFunction function, std::uintptr_t argument) noexcept {
    ApcQueue* queue = queue_of(record);
    if (queue == nullptr) return false;
    const std::lock_guard held(queue->lock);
    if (!queue->is_open || queue->entries.size() >= kMaxApcs || !ensure_event(*queue)) return false;
    queue->entries.push_back({function, argument});
    sync::set_event(queue->event);
    return true;
}

bool run_apcs() noexcept {
    ApcQueue* queue = this_thread_record().apcs.load(std::memory_order_acquire);
    if (queue == nullptr) return false;
    bool any = false;
    for (std::uint32_t count = 0; count < kMaxApcs; ++count) {
        ApcQueue::Entry entry{};
        {
            const std::lock_guard held(queue->lock);
            if (queue->entries.empty()) {
                if (queue->event != nullptr) sync::reset_event(queue->event);
                return any;
            }
            entry = queue->entries.front();
            queue->entries.pop_front();
        }
        any = true;
        entry.function(entry.argument);  // Without the lock: it may queue another.
    }
    return any;
}

bool has_apcs() noexcept {
    ApcQueue* queue = this_thread_record().apcs.load(std::memory_order_acquire);
    if (queue == nullptr) return false;
    const std::lock_guard held(queue->lock);
    return !queue->entries.empty();
}

void close_apc_queue(ThreadRecord& record) noexcept {
    ApcQueue* queue = record.apcs.load(std::memory_order_acquire);
    if (queue == nullptr) return;
    const std::lock_guard held(queue->lock);
    queue->entries.clear();
    if (queue->event != nullptr) sync::close_event(queue->event);
    queue->event = nullptr;
}

}  // namespace ringsock::ws2
