// SPDX-License-Identifier: BSD-3-Clause
// The list of thread records.
#include "ws2/thread_record.h"

#include <pthread.h>

#include <mutex>

#include "base/assert.h"
#include "ws2/apc.h"
#include "ws2/handle_table.h"

namespace ringsock::ws2 {

constinit thread_local ThreadRecord* t_record __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

constinit std::atomic<ThreadRecord*> g_records{nullptr};
constinit std::mutex g_records_lock;

/// At the end of a thread, after the destructors of its C++ thread-local objects, which may still call in.
void give_record_back(void* pointer) noexcept {
    auto& record = *static_cast<ThreadRecord*>(pointer);
    t_record = &record;  // For what the end of the thread calls.
    if (record.end_win32_thread != nullptr) record.end_win32_thread(record.win32_thread);
    record.win32_thread = nullptr;
    record.end_win32_thread = nullptr;
    t_record = nullptr;
    return_slots(record);
    close_apc_queue(record);
    record.blocking_hook = nullptr;
    record.error_text.clear();
    // A thread that ends inside a call (ExitThread in a condition function) is inside no more.
    record.depth.store(0, std::memory_order_release);
    // (writer: the ending thread; pairs with the acquire in take_thread_record)
    record.taken.store(false, std::memory_order_release);
}

pthread_key_t exit_key() noexcept {
    static const pthread_key_t key = [] {
        pthread_key_t made{};
        RS_ASSERT(pthread_key_create(&made, give_record_back) == 0);
        return made;
    }();
    return key;
}

}  // namespace

ThreadRecord& take_thread_record() noexcept {
    ThreadRecord* record = nullptr;
    {
        const std::lock_guard held(g_records_lock);
        ThreadRecord* const head = g_records.load(std::memory_order_relaxed);
        for (record = head; record != nullptr; record = record->next)
            if (!record->taken.load(std::memory_order_acquire)) break;
        const bool is_new = record == nullptr;
        if (is_new) record = new ThreadRecord;
        record->taken.store(true, std::memory_order_relaxed);
        if (is_new) {
            record->next = head;
            // (writer: any thread under the lock; pairs with the acquire in first_thread_record)
            g_records.store(record, std::memory_order_release);
        }
    }
    t_record = record;
    pthread_setspecific(exit_key(), record);
    return *record;
}

ThreadRecord* first_thread_record() noexcept {
    return g_records.load(std::memory_order_acquire);
}

}  // namespace ringsock::ws2
