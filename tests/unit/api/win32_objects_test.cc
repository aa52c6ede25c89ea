// SPDX-License-Identifier: BSD-3-Clause
// Rule: events, mutexes, threads and queued procedures behave as their Win32 pages say, alone and mixed in
// one wait. They need no WSAStartup.
#include <gtest/gtest.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <atomic>
#include <memory>
#include <thread>

#include "recording_provider.h"

namespace ringsock::test {
namespace {

TEST(Win32Events, ManualStaysAutoIsTakenOnce) {
    const HANDLE manual = CreateEventA(nullptr, TRUE, TRUE, nullptr);
    const HANDLE automatic = CreateEventA(nullptr, FALSE, TRUE, nullptr);
    EXPECT_EQ(WaitForSingleObject(manual, 0), WAIT_OBJECT_0);
    EXPECT_EQ(WaitForSingleObject(manual, 0), WAIT_OBJECT_0);
    EXPECT_EQ(WaitForSingleObject(automatic, 0), WAIT_OBJECT_0);
    EXPECT_EQ(WaitForSingleObject(automatic, 0), WAIT_TIMEOUT);
    EXPECT_TRUE(ResetEvent(manual));
    EXPECT_EQ(WaitForSingleObject(manual, 1), WAIT_TIMEOUT);
    EXPECT_TRUE(CloseHandle(manual));
    EXPECT_FALSE(CloseHandle(manual));
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
    EXPECT_FALSE(SetEvent(manual));
    EXPECT_EQ(WaitForSingleObject(manual, 0), WAIT_FAILED);
    EXPECT_TRUE(CloseHandle(automatic));
}

TEST(Win32Events, ANameFindsTheSameEvent) {
    const HANDLE first = CreateEventA(nullptr, TRUE, FALSE, "ready");
    EXPECT_EQ(GetLastError(), 0u);
    const HANDLE second = CreateEventW(nullptr, FALSE, FALSE, u"ready");
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_ALREADY_EXISTS));
    EXPECT_NE(first, second);
    EXPECT_TRUE(SetEvent(first));
    EXPECT_EQ(WaitForSingleObject(second, 0), WAIT_OBJECT_0);
    EXPECT_TRUE(CloseHandle(first));
    EXPECT_EQ(WaitForSingleObject(second, 0), WAIT_OBJECT_0) << "lives while one handle does";
    EXPECT_TRUE(CloseHandle(second));
    const HANDLE third = CreateEventA(nullptr, TRUE, FALSE, "ready");
    EXPECT_EQ(GetLastError(), 0u) << "the name went with the last handle";
    EXPECT_EQ(WaitForSingleObject(third, 0), WAIT_TIMEOUT);
    EXPECT_TRUE(CloseHandle(third));
}

TEST(Win32Events, ADuplicateOutlivesTheFirstHandle) {
    const HANDLE event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
    HANDLE copy = nullptr;
    ASSERT_TRUE(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE, 0));
    EXPECT_TRUE(SetEvent(copy));
    EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    EXPECT_TRUE(CloseHandle(event));
    EXPECT_FALSE(CloseHandle(event)) << "closed once already";
    EXPECT_EQ(WaitForSingleObject(copy, 0), WAIT_OBJECT_0);
    EXPECT_TRUE(ResetEvent(copy));
    EXPECT_TRUE(CloseHandle(copy));
    EXPECT_FALSE(SetEvent(copy));
}

TEST(Win32Events, TheProviderSeesThePlainEvent) {
    const Started shell;
    const HANDLE named = CreateEventA(nullptr, TRUE, FALSE, "for a socket");
    EXPECT_EQ(WSAEventSelect(provider().make_socket(), named, FD_READ), 0);
    const auto plain = reinterpret_cast<HANDLE>(provider().calls.back().arguments[1]);
    EXPECT_NE(plain, named);
    int error = 0;
    EXPECT_TRUE(WPUSetEvent(plain, &error));
    const WSAEVENT waited = named;
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &waited, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    EXPECT_TRUE(WSACloseEvent(named));
}

TEST(Win32Waits, LowestIndexWinsAndAllIsOneStep) {
    HANDLE events[3];
    for (HANDLE& event : events) event = CreateEventA(nullptr, FALSE, FALSE, nullptr);
    SetEvent(events[2]);
    SetEvent(events[1]);
    EXPECT_EQ(WaitForMultipleObjects(3, events, TRUE, 1), WAIT_TIMEOUT)
        << "takes nothing while one is missing";
    EXPECT_EQ(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_OBJECT_0 + 1);
    EXPECT_EQ(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_OBJECT_0 + 2);
    for (HANDLE event : events) SetEvent(event);
    EXPECT_EQ(WaitForMultipleObjects(3, events, TRUE, 0), WAIT_OBJECT_0);
    EXPECT_EQ(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_TIMEOUT);
    const HANDLE twice[] = {events[0], events[0]};
    EXPECT_EQ(WaitForMultipleObjects(2, twice, TRUE, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_PARAMETER));
    HANDLE many[65] = {};
    EXPECT_EQ(WaitForMultipleObjects(65, many, FALSE, 0), WAIT_FAILED);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_PARAMETER));
    EXPECT_EQ(WaitForMultipleObjects(0, many, FALSE, 0), WAIT_FAILED);
    for (HANDLE event : events) CloseHandle(event);
}

TEST(Win32Waits, ASleeperIsWoken) {
    const HANDLE event = CreateEventA(nullptr, FALSE, FALSE, nullptr);
    std::thread waiter([&] { EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0); });
    EXPECT_TRUE(SetEvent(event));
    waiter.join();
    const DWORD start = GetTickCount();
    EXPECT_EQ(WaitForSingleObject(event, 20), WAIT_TIMEOUT);
    EXPECT_GE(GetTickCount() - start, 19u);
    CloseHandle(event);
}

TEST(Win32Mutexes, AreRecursiveAndOwned) {
    const HANDLE mutex = CreateMutexA(nullptr, TRUE, nullptr);
    EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    std::thread([&] {
        EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
        EXPECT_FALSE(ReleaseMutex(mutex));
        EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_OWNER));
    }).join();
    EXPECT_TRUE(ReleaseMutex(mutex));
    std::thread([&] { EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT); }).join();
    std::thread other([&] {
        EXPECT_EQ(WaitForSingleObject(mutex, INFINITE), WAIT_OBJECT_0);
        EXPECT_TRUE(ReleaseMutex(mutex));
    });
    EXPECT_TRUE(ReleaseMutex(mutex));
    other.join();
    EXPECT_FALSE(ReleaseMutex(mutex));
    EXPECT_TRUE(CloseHandle(mutex));
}

TEST(Win32Mutexes, TheirThreadsEndAbandonsThem) {
    const HANDLE mutex = CreateMutexW(nullptr, FALSE, u"shared");
    const HANDLE again = CreateMutexA(nullptr, FALSE, "shared");
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_ALREADY_EXISTS));
    std::thread([&] { EXPECT_EQ(WaitForSingleObject(again, 0), WAIT_OBJECT_0); }).join();
    EXPECT_EQ(WaitForSingleObject(mutex, 1000), WAIT_ABANDONED);
    EXPECT_TRUE(ReleaseMutex(mutex));
    EXPECT_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0) << "told once";
    EXPECT_TRUE(ReleaseMutex(mutex));
    EXPECT_TRUE(CloseHandle(mutex));
    EXPECT_TRUE(CloseHandle(again));
}

DWORD answer(LPVOID value) {
    return *static_cast<DWORD*>(value);
}
DWORD exit_early(LPVOID) {
    ExitThread(9);
    return 8;
}

TEST(Win32Threads, HandleTellsTheEndAndTheCode) {
    DWORD value = 42;
    DWORD id = 0;
    const HANDLE thread = CreateThread(nullptr, 0, answer, &value, 0, &id);
    ASSERT_NE(thread, nullptr);
    EXPECT_NE(id, 0u);
    EXPECT_NE(id, GetCurrentThreadId());
    EXPECT_EQ(WaitForSingleObject(thread, 10'000), WAIT_OBJECT_0);
    DWORD code = 0;
    EXPECT_TRUE(GetExitCodeThread(thread, &code));
    EXPECT_EQ(code, 42u);
    EXPECT_TRUE(CloseHandle(thread));
    EXPECT_FALSE(GetExitCodeThread(thread, &code));
    const HANDLE early = CreateThread(nullptr, 256 * 1024, exit_early, nullptr, 0, nullptr);
    EXPECT_EQ(WaitForSingleObject(early, 10'000), WAIT_OBJECT_0);
    EXPECT_TRUE(GetExitCodeThread(early, &code));
    EXPECT_EQ(code, 9u);
    CloseHandle(early);
    EXPECT_EQ(CreateThread(nullptr, 0, answer, &value, CREATE_SUSPENDED, nullptr), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_SUPPORTED));
}

TEST(Win32Threads, AnEventAThreadAndAMutexInOneWait) {
    DWORD value = 1;
    HANDLE objects[3] = {CreateEventA(nullptr, TRUE, TRUE, nullptr),
                         CreateThread(nullptr, 0, answer, &value, 0, nullptr),
                         CreateMutexA(nullptr, FALSE, nullptr)};
    EXPECT_EQ(WaitForMultipleObjects(3, objects, TRUE, 10'000), WAIT_OBJECT_0);
    EXPECT_TRUE(ReleaseMutex(objects[2])) << "taken with the rest";
    EXPECT_EQ(WaitForMultipleObjects(2, objects + 1, FALSE, 0), WAIT_OBJECT_0);
    for (HANDLE object : objects) EXPECT_TRUE(CloseHandle(object));
}

void count_apc(ULONG_PTR counter) {
    ++*reinterpret_cast<std::atomic<int>*>(counter);
}

TEST(Win32Apcs, RunInAlertableWaitsOnly) {
    std::atomic<int> runs{0};
    const HANDLE event = CreateEventA(nullptr, TRUE, TRUE, nullptr);
    const auto data = reinterpret_cast<ULONG_PTR>(&runs);
    EXPECT_NE(QueueUserAPC(count_apc, GetCurrentThread(), data), 0u);
    EXPECT_NE(QueueUserAPC(count_apc, GetCurrentThread(), data), 0u);
    EXPECT_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    EXPECT_EQ(SleepEx(0, FALSE), 0u);
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(WaitForSingleObjectEx(event, INFINITE, TRUE), WAIT_IO_COMPLETION) << "procedures come first";
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(WaitForSingleObjectEx(event, 0, TRUE), WAIT_OBJECT_0);
    EXPECT_EQ(SleepEx(1, TRUE), 0u);
    EXPECT_EQ(QueueUserAPC(count_apc, event, data), 0u);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
    CloseHandle(event);
}

DWORD sleep_alertably(LPVOID) {
    return SleepEx(INFINITE, TRUE);
}

TEST(Win32Apcs, WakeAnotherThread) {
    std::atomic<int> runs{0};
    const HANDLE thread = CreateThread(nullptr, 0, sleep_alertably, nullptr, 0, nullptr);
    EXPECT_NE(QueueUserAPC(count_apc, thread, reinterpret_cast<ULONG_PTR>(&runs)), 0u)
        << "as soon as it exists";
    EXPECT_EQ(WaitForSingleObject(thread, 10'000), WAIT_OBJECT_0);
    DWORD code = 0;
    EXPECT_TRUE(GetExitCodeThread(thread, &code));
    EXPECT_EQ(code, WAIT_IO_COMPLETION);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(QueueUserAPC(count_apc, thread, 0), 0u) << "it has ended";
    CloseHandle(thread);
}

TEST(Win32Apcs, ComeBackThroughTheProvidersUpcalls) {
    WSATHREADID id{};
    int error = 0;
    std::atomic<int> runs{0};
    ASSERT_EQ(WPUOpenCurrentThread(&id, &error), 0);
    std::thread([&] {
        EXPECT_EQ(WPUQueueApc(
                      &id, [](DWORD_PTR counter) { count_apc(counter); }, reinterpret_cast<DWORD_PTR>(&runs),
                      &error),
                  0);
    }).join();
    EXPECT_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(WPUCloseThread(&id, &error), 0);
    EXPECT_EQ(WPUCloseThread(&id, &error), SOCKET_ERROR);
}

TEST(Win32Waits, WSAWaitIsAlertableToo) {
    const Started shell;
    std::atomic<int> runs{0};
    const WSAEVENT event = WSACreateEvent();
    QueueUserAPC(count_apc, GetCurrentThread(), reinterpret_cast<ULONG_PTR>(&runs));
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, TRUE), WSA_WAIT_IO_COMPLETION);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 5, TRUE), WSA_WAIT_TIMEOUT);
    const WSAEVENT bad = reinterpret_cast<WSAEVENT>(0xdeadbeef);
    EXPECT_EQ(WSAWaitForMultipleEvents(1, &bad, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    EXPECT_EQ(WSAGetLastError(), WSA_INVALID_HANDLE);
    EXPECT_EQ(WSAWaitForMultipleEvents(0, &event, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    EXPECT_EQ(WSAGetLastError(), WSA_INVALID_PARAMETER);
    const auto s = reinterpret_cast<WSAEVENT>(provider().make_socket());
    EXPECT_FALSE(WSASetEvent(s)) << "a socket is no event";
    EXPECT_EQ(WSAGetLastError(), WSA_INVALID_HANDLE);
    EXPECT_TRUE(WSACloseEvent(event));
}

// A wait for something else must neither hold WSACleanup up for long nor end with it.
TEST(Win32Waits, GoOnThroughACleanup) {
    const HANDLE event = CreateEventA(nullptr, TRUE, FALSE, nullptr);
    std::atomic<bool> waiting{false};
    auto shell = std::make_unique<Started>();
    std::thread waiter([&] {
        waiting = true;
        EXPECT_EQ(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    });
    while (!waiting) std::this_thread::yield();
    const DWORD start = GetTickCount();
    shell.reset();
    EXPECT_LT(GetTickCount() - start, 5000u);
    EXPECT_TRUE(SetEvent(event));
    waiter.join();
    CloseHandle(event);
}

}  // namespace
}  // namespace ringsock::test
