// SPDX-License-Identifier: BSD-3-Clause
// Birth and end of threads as objects.
#include "win32/thread_state.h"

#include <unistd.h>

#include <new>

#include "sync/event.h"
#include "win32/mutex.h"

namespace ringsock::win32 {

namespace {

/// The thread ends: its mutexes are abandoned, then whoever waits for it is told.
void end_thread(void* pointer) noexcept {
    auto* const state = static_cast<ThreadState*>(pointer);
    const std::lock_guard held(objects_lock());
    abandon_mutexes(*state);
    Object& object = *state->object;
    object.exit_code = state->exit_code;
    object.thread = nullptr;
    sync::set_event(object.event);
    release(object);
    delete state;
}

}  // namespace

Object* make_thread_object() noexcept {
    auto* object = new (std::nothrow) Object;
    if (object == nullptr) return nullptr;
    object->kind = HandleKind::thread;
    object->references = 1;
    object->event = sync::create_event(false, false);
    if (object->event != nullptr) return object;
    delete object;
    return nullptr;
}

void adopt_thread_state(ThreadState& state) noexcept {
    ws2::ThreadRecord& record = ws2::this_thread_record();
    record.win32_thread = &state;
    record.end_win32_thread = end_thread;
    const std::lock_guard held(objects_lock());
    state.record = &record;
    state.object->thread = &state;
    state.object->thread_id = static_cast<DWORD>(gettid());
}

ThreadState* this_thread() noexcept {
    ws2::ThreadRecord& record = ws2::this_thread_record();
    if (record.win32_thread != nullptr) return static_cast<ThreadState*>(record.win32_thread);
    auto* state = new (std::nothrow) ThreadState;
    if (state == nullptr) return nullptr;
    {
        const std::lock_guard held(objects_lock());
        state->object = make_thread_object();
    }
    if (state->object == nullptr) {
        delete state;
        return nullptr;
    }
    adopt_thread_state(*state);
    return state;
}

}  // namespace ringsock::win32
