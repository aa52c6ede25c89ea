// SPDX-License-Identifier: BSD-3-Clause
// Event objects and waits for them (api/sync). Rules: WSACreateEvent and WSAWaitForMultipleEvents pages;
// handle rules of existing programs (bit 0, signed integers, stale handles).
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "fake_engine.h"
#include "ring/parker.h"
#include "sync/byte_lock.h"
#include "sync/event.h"
#include "sync/multi_wait.h"
#include "sync/thread_host.h"

namespace ringsock::test {
namespace {

/// Events closed at the end of a test.
class Events : public ::testing::Test {
  protected:
    ~Events() override {
        for (HANDLE handle : made_) sync::close_event(handle);
    }
    HANDLE make(bool auto_reset = false, bool signalled = false) {
        made_.push_back(sync::create_event(auto_reset, signalled));
        return made_.back();
    }
    static bool is_set(HANDLE handle) { return sync::find_event(handle)->state.load() != 0; }
    static DWORD wait(std::vector<HANDLE> handles, bool all = false, DWORD timeout_ms = 0) {
        return sync::wait_for_events(static_cast<std::uint32_t>(handles.size()), handles.data(), all,
                                     timeout_ms)
            .result;
    }
    static int wait_error(std::vector<HANDLE> handles, bool all = false) {
        const auto outcome =
            sync::wait_for_events(static_cast<std::uint32_t>(handles.size()), handles.data(), all, 0);
        EXPECT_EQ(outcome.result, WSA_WAIT_FAILED);
        return outcome.error;
    }

  private:
    std::vector<HANDLE> made_;
};

// Handles: a multiple of four, in 32 bits, bit 31 set.
TEST_F(Events, Handles_LeaveTheLowBitsAlone) {
    for (int i = 0; i < 100; ++i) {
        const auto bits = reinterpret_cast<std::uintptr_t>(make());
        EXPECT_EQ(bits & 3, 0u);
        EXPECT_EQ(bits >> 32, 0u);
        EXPECT_NE(bits & sync::kEventHandleMark, 0u);
    }
}

// A handle that a program kept in an int comes back with its sign bit spread.
TEST_F(Events, HandleThroughASignedInteger_IsFound) {
    const HANDLE handle = make();
    const auto kept = static_cast<int>(reinterpret_cast<std::uintptr_t>(handle));
    const auto back = reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(kept));
    EXPECT_EQ(sync::find_event(back), sync::find_event(handle));
    EXPECT_NE(sync::find_event(back), nullptr);
}

// What names no event: other handles, closed ones, ones with bits that no handle has.
TEST_F(Events, OtherHandles_AreNotFound) {
    const HANDLE handle = make();
    const auto bits = reinterpret_cast<std::uintptr_t>(handle);
    for (const std::uintptr_t wrong :
         {std::uintptr_t{0}, std::uintptr_t{4}, std::uintptr_t{0xdeadbeec}, bits | 1, bits ^ 1u << 22,
          bits & 0x7fffffff, bits | std::uintptr_t{1} << 32}) {
        EXPECT_EQ(sync::find_event(reinterpret_cast<HANDLE>(wrong)), nullptr) << std::hex << wrong;
        EXPECT_FALSE(sync::set_event(reinterpret_cast<HANDLE>(wrong)));
        EXPECT_FALSE(sync::reset_event(reinterpret_cast<HANDLE>(wrong)));
    }
    EXPECT_TRUE(sync::close_event(handle));
    EXPECT_FALSE(sync::close_event(handle));
    EXPECT_FALSE(sync::set_event(handle));
}

// A slot is used again late, and under another generation: a stale handle stays one.
TEST_F(Events, StaleHandles_StayStale) {
    const HANDLE stale = sync::create_event(false, false);
    ASSERT_TRUE(sync::close_event(stale));
    const std::uint32_t before = sync::event_count();
    bool reused = false;
    for (int i = 0; i < 600; ++i) {
        const HANDLE handle = sync::create_event(false, true);
        reused |= (reinterpret_cast<std::uintptr_t>(handle) >> 2 & (sync::kEventSlots - 1)) ==
                  (reinterpret_cast<std::uintptr_t>(stale) >> 2 & (sync::kEventSlots - 1));
        EXPECT_NE(handle, stale);
        EXPECT_EQ(sync::find_event(stale), nullptr);
        sync::close_event(handle);
    }
    EXPECT_TRUE(reused);
    EXPECT_EQ(sync::event_count(), before);
}

TEST_F(Events, SetAndReset_Last) {
    const HANDLE handle = make();
    EXPECT_FALSE(is_set(handle));
    EXPECT_TRUE(sync::set_event(handle));
    EXPECT_TRUE(sync::set_event(handle));
    EXPECT_TRUE(is_set(handle));
    EXPECT_TRUE(sync::reset_event(handle));
    EXPECT_FALSE(is_set(handle));
    EXPECT_TRUE(is_set(make(false, true)));
}

// The lowest signalled index wins; a manual event stays signalled, an automatic one is taken.
TEST_F(Events, WaitForAny_GivesTheLowest) {
    const HANDLE a = make(), b = make(true), c = make();
    EXPECT_EQ(wait({a, b, c}), WSA_WAIT_TIMEOUT);
    sync::set_event(b);
    sync::set_event(c);
    EXPECT_EQ(wait({a, b, c}), WSA_WAIT_EVENT_0 + 1);
    EXPECT_FALSE(is_set(b));
    EXPECT_EQ(wait({a, b, c}), WSA_WAIT_EVENT_0 + 2);
    EXPECT_EQ(wait({a, b, c}), WSA_WAIT_EVENT_0 + 2);
    sync::set_event(a);
    EXPECT_EQ(wait({a, b, c}), WSA_WAIT_EVENT_0);
    EXPECT_EQ(wait({c, a, c}), WSA_WAIT_EVENT_0);
}

// All or none: no automatic event is taken before all are signalled.
TEST_F(Events, WaitForAll_TakesAllOrNone) {
    const HANDLE a = make(true), b = make(true);
    sync::set_event(a);
    EXPECT_EQ(wait({a, b}, true), WSA_WAIT_TIMEOUT);
    EXPECT_TRUE(is_set(a));
    sync::set_event(b);
    EXPECT_EQ(wait({a, b}, true), WSA_WAIT_EVENT_0);
    EXPECT_FALSE(is_set(a));
    EXPECT_FALSE(is_set(b));
}

// The table of errors, in its order.
TEST_F(Events, WaitWithBadArguments_Fails) {
    const HANDLE a = make(false, true);
    EXPECT_EQ(wait_error({}), WSA_INVALID_PARAMETER);
    EXPECT_EQ(sync::wait_for_events(1, nullptr, false, 0).error, WSA_INVALID_PARAMETER);
    EXPECT_EQ(wait_error(std::vector<HANDLE>(WSA_MAXIMUM_WAIT_EVENTS + 1, a)), WSA_INVALID_PARAMETER);
    EXPECT_EQ(wait_error({a, nullptr}), WSA_INVALID_HANDLE);  // Although the first is signalled.
    EXPECT_EQ(wait_error({a, a}, true), WSA_INVALID_PARAMETER);
    EXPECT_EQ(wait_error({a, a, nullptr}, true), WSA_INVALID_HANDLE);
    EXPECT_EQ(wait(std::vector<HANDLE>(WSA_MAXIMUM_WAIT_EVENTS, a)), WSA_WAIT_EVENT_0);
}

// Real threads from here on: no runtime, so waits sleep on the kernel's clock.

TEST_F(Events, WaitingThread_IsWoken) {
    for (const bool all : {false, true}) {
        std::vector<HANDLE> handles;
        for (int i = 0; i < 5; ++i) handles.push_back(make(true));
        DWORD result = 0;
        std::thread waiter(
            [&] { result = sync::wait_for_events(5, handles.data(), all, WSA_INFINITE).result; });
        EventCell* const last = sync::find_event(handles[4]);
        while (last->sleepers.load() == 0) std::this_thread::yield();
        if (all)
            for (int i = 0; i < 4; ++i) sync::set_event(handles[static_cast<std::size_t>(i)]);
        sync::set_event(handles[4]);
        waiter.join();
        EXPECT_EQ(result, WSA_WAIT_EVENT_0 + (all ? 0u : 4u));
        for (HANDLE handle : handles) EXPECT_EQ(sync::find_event(handle)->sleepers.load(), 0u);
    }
}

// Closing an event that somebody waits for ends the wait.
TEST_F(Events, ClosedWhileWaitedFor_EndsTheWait) {
    const HANDLE handle = sync::create_event(false, false);
    sync::WaitOutcome outcome;
    std::thread waiter([&] { outcome = sync::wait_for_events(1, &handle, false, WSA_INFINITE); });
    while (sync::find_event(handle)->sleepers.load() == 0) std::this_thread::yield();
    EXPECT_TRUE(sync::close_event(handle));
    waiter.join();
    EXPECT_EQ(outcome.result, WSA_WAIT_FAILED);
    EXPECT_EQ(outcome.error, WSA_INVALID_HANDLE);
}

TEST_F(Events, WaitWithATimeout_TakesThatLong) {
    const HANDLE handle = make();
    const Instant before = sync::wait_clock_now();
    EXPECT_EQ(wait({handle, make()}, false, 20), WSA_WAIT_TIMEOUT);
    EXPECT_GE(sync::wait_clock_now(), before + Micros::from_millis(20));
    EXPECT_EQ(sync::find_event(handle)->sleepers.load(), 0u);
}

// ---- with engines ----

class EngineWait : public ::testing::Test, public ProviderFixture {};

// A look without time is worth one full pass of the host's engines.
TEST_F(EngineWait, WithoutTime_DrivesOnce) {
    const HANDLE handle = sync::create_event(false, false);
    const std::uint32_t before = engine().passes;
    EXPECT_EQ(sync::wait_for_events(1, &handle, false, 0).result, WSA_WAIT_TIMEOUT);
    EXPECT_EQ(engine().passes, before + 1);
    engine().on_help = [&] { sync::set_event(handle); };  // What the pass brings is seen by the same look.
    EXPECT_EQ(sync::wait_for_events(1, &handle, false, 0).result, WSA_WAIT_EVENT_0);
    sync::close_event(handle);
}

// A longer wait drives until the event comes; its clock is the engine's.
TEST_F(EngineWait, WithTime_DrivesUntilTheEvent) {
    const HANDLE handles[] = {sync::create_event(false, false), sync::create_event(true, false)};
    const std::uint32_t before = engine().steps;
    engine().on_wait = [&] {
        if (engine().steps == before + 30) sync::set_event(handles[1]);
    };
    EXPECT_EQ(sync::wait_for_events(2, handles, false, 100'000).result, WSA_WAIT_EVENT_0 + 1);
    const Instant then = engine().clock;
    EXPECT_EQ(sync::wait_for_events(2, handles, false, 50).result, WSA_WAIT_TIMEOUT);
    EXPECT_GE(engine().clock, then + Micros::from_millis(50));
    for (HANDLE handle : handles) {
        EXPECT_EQ(sync::find_event(handle)->sleepers.load(), 0u);
        sync::close_event(handle);
    }
}

// A thread that used two hosts drives the engines of both while it waits.
TEST_F(EngineWait, OfAThreadWithTwoHosts_DrivesBoth) {
    ASSERT_TRUE(sync::set_current_host("client"));
    ASSERT_TRUE(sync::set_current_host("server"));
    const HANDLE handle = sync::create_event(false, false);
    const std::uint32_t client = fake_runtime().engines[0]->passes;
    const std::uint32_t server = fake_runtime().engines[1]->passes;
    EXPECT_EQ(sync::wait_for_events(1, &handle, false, 5).result, WSA_WAIT_TIMEOUT);
    EXPECT_GT(fake_runtime().engines[0]->passes, client);
    EXPECT_GT(fake_runtime().engines[1]->passes, server);
    ASSERT_TRUE(sync::set_current_host("client"));
    sync::close_event(handle);
}

// ---- the lock ----

TEST(ByteLock, ExcludesOthers) {
    std::atomic<std::uint8_t> byte{0};
    int shared = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                const sync::ByteLock held(byte);
                ++shared;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(shared, 6000);
    EXPECT_EQ(byte.load(), 0);
}

}  // namespace
}  // namespace ringsock::test
