// SPDX-License-Identifier: BSD-3-Clause
// Threads over POSIX ones. Win32: CreateThread, ExitThread, GetExitCodeThread, _beginthread[ex],
// _endthread[ex], QueueUserAPC, GetCurrentThread and its kin.
#include <pthread.h>
#include <ringsock/win32.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <new>
#include <semaphore>

#include "win32/thread_state.h"
#include "ws2/apc.h"
#include "ws2/last_error.h"

using namespace ringsock;

namespace ringsock::win32 {

namespace {

constexpr DWORD kKnownFlags = STACK_SIZE_PARAM_IS_A_RESERVATION;

/// What a new thread is told. The maker keeps it until `adopted`, so that the thread's number is known and
/// procedures can be queued to it as soon as its handle exists.
struct Birth {
    ThreadState* state = nullptr;
    DWORD (*run)(void* function, void* argument) = nullptr;  ///< Calls `function`, whatever its type is.
    void* function = nullptr;
    void* argument = nullptr;
    std::binary_semaphore* adopted = nullptr;
};

DWORD run_thread_start(void* function, void* argument) {
    return reinterpret_cast<LPTHREAD_START_ROUTINE>(function)(argument);
}
DWORD run_runtime_start(void* function, void* argument) {
    return reinterpret_cast<_beginthreadex_proc_type>(function)(argument);
}
DWORD run_plain_start(void* function, void* argument) {
    reinterpret_cast<void (*)(void*)>(function)(argument);
    return 0;
}

// Not noexcept: ExitThread unwinds through it.
void* thread_main(void* pointer) {
    const Birth birth = *static_cast<Birth*>(pointer);
    adopt_thread_state(*birth.state);
    birth.adopted->release();  // From here on the maker's copy may be gone.
    birth.state->exit_code = birth.run(birth.function, birth.argument);
    return nullptr;
}

/// Starts a detached POSIX thread. 0 or its error.
int start_posix_thread(Birth& birth, std::size_t stack_bytes) noexcept {
    pthread_attr_t attributes;
    if (const int error = pthread_attr_init(&attributes); error != 0) return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_bytes != 0) {
        const std::size_t least = std::max<std::size_t>(stack_bytes, PTHREAD_STACK_MIN);
        pthread_attr_setstacksize(&attributes, (least + 0xffff) & ~std::size_t{0xffff});
    }
    pthread_t thread{};
    const int error = pthread_create(&thread, &attributes, thread_main, &birth);
    pthread_attr_destroy(&attributes);
    return error;
}

/// Makes the state of a thread to be, with its object and a handle; null without memory.
ThreadState* make_thread_state(HANDLE& handle) noexcept {
    auto* const state = new (std::nothrow) ThreadState;
    if (state == nullptr) return nullptr;
    const std::lock_guard held(objects_lock());
    state->object = make_thread_object();
    handle = state->object != nullptr ? make_handle(*state->object) : nullptr;
    if (handle != nullptr) return state;
    if (state->object != nullptr) release(*state->object);
    delete state;
    return nullptr;
}

/// Starts a thread that runs `birth`; its handle, or null with the last error set. `id` may be null.
HANDLE start_thread(Birth birth, std::size_t stack_bytes, DWORD flags, DWORD* id) noexcept {
    if (birth.function == nullptr) return ws2::fail_with<HANDLE>(ERROR_INVALID_PARAMETER, nullptr);
    if ((flags & ~kKnownFlags) != 0) return ws2::fail_with<HANDLE>(ERROR_NOT_SUPPORTED, nullptr);
    HANDLE handle = nullptr;
    std::binary_semaphore adopted(0);
    birth.adopted = &adopted;
    birth.state = make_thread_state(handle);
    if (birth.state == nullptr) return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    Object& object = *birth.state->object;
    if (start_posix_thread(birth, stack_bytes) != 0) {
        CloseHandle(handle);
        const std::lock_guard held(objects_lock());
        release(object);
        delete birth.state;
        return ws2::fail_with<HANDLE>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    }
    adopted.acquire();
    if (id != nullptr) {
        const std::lock_guard held(objects_lock());
        *id = object.thread_id;  // The object lives: we hold its handle.
    }
    return handle;
}

[[noreturn]] void exit_thread(DWORD code) {
    if (ThreadState* const state = this_thread(); state != nullptr) state->exit_code = code;
    pthread_exit(nullptr);
}

}  // namespace

}  // namespace ringsock::win32

HANDLE CreateThread(LPSECURITY_ATTRIBUTES, SIZE_T dwStackSize, LPTHREAD_START_ROUTINE lpStartAddress,
                    LPVOID lpParameter, DWORD dwCreationFlags, LPDWORD lpThreadId) {
    return win32::start_thread({.run = win32::run_thread_start,
                                .function = reinterpret_cast<void*>(lpStartAddress),
                                .argument = lpParameter},
                               dwStackSize, dwCreationFlags, lpThreadId);
}

uintptr_t _beginthreadex(void*, unsigned stack_size, _beginthreadex_proc_type start, void* argument,
                         unsigned flags, unsigned* thread_id) {
    return win32::bits_of(win32::start_thread(
        {.run = win32::run_runtime_start, .function = reinterpret_cast<void*>(start), .argument = argument},
        stack_size, flags, thread_id));
}

// Its handle closes itself: the value is only good for comparing with the sentinel.
uintptr_t _beginthread(void (*start)(void*), unsigned stack_size, void* argument) {
    const HANDLE handle = win32::start_thread(
        {.run = win32::run_plain_start, .function = reinterpret_cast<void*>(start), .argument = argument},
        stack_size, 0, nullptr);
    if (handle == nullptr) return ~uintptr_t{0};
    CloseHandle(handle);
    return win32::bits_of(handle);
}

void ExitThread(DWORD dwExitCode) {
    win32::exit_thread(dwExitCode);
}
void _endthreadex(unsigned exit_code) {
    win32::exit_thread(exit_code);
}
void _endthread() {
    win32::exit_thread(0);
}

BOOL GetExitCodeThread(HANDLE hThread, LPDWORD lpExitCode) {
    using namespace win32;
    if (lpExitCode == nullptr) return ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
    if (hThread == kThisThread) {
        *lpExitCode = STILL_ACTIVE;
        return TRUE;
    }
    const std::lock_guard held(objects_lock());
    const Object* const object = find_object(hThread, HandleKind::thread);
    if (object == nullptr) return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
    *lpExitCode = object->exit_code;
    return TRUE;
}

HANDLE GetCurrentThread() {
    return win32::kThisThread;
}
HANDLE GetCurrentProcess() {
    return win32::kThisProcess;
}
DWORD GetCurrentProcessId() {
    return static_cast<DWORD>(getpid());
}
DWORD GetCurrentThreadId() {
    const win32::ThreadState* const state = win32::this_thread();
    return state != nullptr ? state->object->thread_id : static_cast<DWORD>(gettid());
}

DWORD QueueUserAPC(PAPCFUNC pfnAPC, HANDLE hThread, ULONG_PTR dwData) {
    using namespace win32;
    if (pfnAPC == nullptr) return ws2::fail_with(ERROR_INVALID_PARAMETER, DWORD{0});
    ThreadState* const mine = hThread == kThisThread ? this_thread() : nullptr;
    const std::lock_guard held(objects_lock());
    const Object* const object = mine != nullptr ? mine->object : find_object(hThread, HandleKind::thread);
    if (object == nullptr) return ws2::fail_with(ERROR_INVALID_HANDLE, DWORD{0});
    const bool queued = object->thread != nullptr && ws2::queue_apc(*object->thread->record, pfnAPC, dwData);
    return queued ? 1 : ws2::fail_with(ERROR_INVALID_PARAMETER, DWORD{0});
}
