// SPDX-License-Identifier: BSD-3-Clause
// Event cells and their sleepers under real threads: no set is slept through. A lost wake would hang a wait
// without a time-out. Rule: ring/event_cell.h (declare, look, sleep against store, fence, look).
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "real_host.h"
#include "sync/event.h"
#include "sync/multi_wait.h"

namespace ringsock::test {
namespace {

/// Events of a test.
struct Events {
    explicit Events(std::size_t count, bool auto_reset) {
        for (std::size_t i = 0; i < count; ++i) handles.push_back(sync::create_event(auto_reset, false));
    }
    ~Events() {
        for (HANDLE handle : handles) sync::close_event(handle);
    }
    std::vector<HANDLE> handles;
};

DWORD wait(const std::vector<HANDLE>& handles, bool all = false) {
    return sync::wait_for_events(static_cast<std::uint32_t>(handles.size()), handles.data(), all,
                                 WSA_INFINITE)
        .result;
}

// Two threads hand a token to and fro: each sleeps while the other works.
TEST(EventStress, TwoThreadsTakingTurns_LoseNoWake) {
    constexpr int kRounds = 3000;
    Events events(2, true);
    std::thread other([&] {
        for (int i = 0; i < kRounds; ++i) {
            EXPECT_EQ(wait({events.handles[0]}), WSA_WAIT_EVENT_0);
            sync::set_event(events.handles[1]);
        }
    });
    for (int i = 0; i < kRounds; ++i) {
        sync::set_event(events.handles[0]);
        EXPECT_EQ(wait({events.handles[1]}), WSA_WAIT_EVENT_0);
    }
    other.join();
}

// A program resets the event of several sockets and then looks at each: what it does not find recorded
// signals the event again. Without the fence of reset_event a few of these rounds lose it on any machine with
// store buffers: the reset arrives after the set.
TEST(EventStress, ResetAndLook_MissesNothing) {
    constexpr std::uint32_t kRounds = 200'000;
    struct alignas(128) Word {
        std::atomic<std::uint32_t> value{0};
    };
    static Word recorded, start, done;
    const auto await = [](const Word& word, std::uint32_t value) {
        for (std::uint32_t spins = 0; word.value.load(std::memory_order_acquire) != value; ++spins)
            if (spins > 1000) std::this_thread::yield();
    };
    Events events(1, false);
    EventCell& cell = *sync::find_event(events.handles[0]);
    std::thread engine([&] {
        for (std::uint32_t round = 1; round <= kRounds; ++round) {
            await(start, round);
            for (std::uint32_t i = round % 64; i-- > 0;) std::atomic_signal_fence(std::memory_order_seq_cst);
            recorded.value.store(round, std::memory_order_release);
            std::atomic_thread_fence(std::memory_order_seq_cst);  // Engine::publish
            cell.set_without_wake();
            done.value.store(round, std::memory_order_release);
        }
    });
    std::uint32_t lost = 0;
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
        start.value.store(round, std::memory_order_release);
        for (std::uint32_t i = round / 64 % 64; i-- > 0;) std::atomic_signal_fence(std::memory_order_seq_cst);
        sync::reset_event(events.handles[0]);
        const bool found = recorded.value.load(std::memory_order_acquire) == round;
        await(done, round);
        lost += !found && cell.state.load(std::memory_order_acquire) == 0 ? 1 : 0;
    }
    engine.join();
    EXPECT_EQ(lost, 0u);
}

// An automatic event lets exactly one waiter through for each set.
TEST(EventStress, AutoResetEvent_LetsOneThroughPerSet) {
    constexpr int kSets = 2000;
    constexpr int kWaiters = 3;
    Events events(2, true);  // 0: work; 1: done.
    std::atomic<int> through{0};
    std::atomic<bool> over{false};
    std::vector<std::thread> waiters;
    for (int w = 0; w < kWaiters; ++w) {
        waiters.emplace_back([&] {
            for (;;) {
                wait({events.handles[0]});
                if (over.load()) {
                    sync::set_event(events.handles[0]);  // For the next waiter.
                    return;
                }
                through.fetch_add(1);
                sync::set_event(events.handles[1]);
            }
        });
    }
    for (int i = 0; i < kSets; ++i) {
        sync::set_event(events.handles[0]);
        wait({events.handles[1]});
    }
    EXPECT_EQ(through.load(), kSets);
    over.store(true);
    sync::set_event(events.handles[0]);
    for (std::thread& waiter : waiters) waiter.join();
}

// A waiter of many events, and a setter of any one of them: futex_waitv.
TEST(EventStress, WaitForAnyOfMany_LosesNoWake) {
    constexpr int kRounds = 2000;
    Events events(40, true);
    Events done(1, true);
    std::thread setter([&] {
        for (int i = 0; i < kRounds; ++i) {
            sync::set_event(events.handles[static_cast<std::size_t>(i * 7 % 40)]);
            wait(done.handles);
        }
    });
    for (int i = 0; i < kRounds; ++i) {
        EXPECT_EQ(wait(events.handles), WSA_WAIT_EVENT_0 + static_cast<DWORD>(i * 7 % 40));
        sync::set_event(done.handles[0]);
    }
    setter.join();
}

// Waiting for all, with setters that work in any order.
TEST(EventStress, WaitForAll_LosesNoWake) {
    constexpr int kRounds = 500;
    Events events(3, true);
    Events done(1, true);
    std::atomic<int> round{0};
    std::vector<std::thread> setters;
    for (std::size_t k = 0; k < 3; ++k) {
        setters.emplace_back([&, k] {
            for (int i = 0; i < kRounds; ++i) {
                while (round.load() < i) std::this_thread::yield();
                sync::set_event(events.handles[k]);
            }
        });
    }
    for (int i = 0; i < kRounds; ++i) {
        EXPECT_EQ(wait(events.handles, true), WSA_WAIT_EVENT_0);
        round.store(i + 1);
    }
    for (std::thread& setter : setters) setter.join();
}

// Events are made, set and closed by several threads at once; stale handles are harmless.
TEST(EventStress, CreateAndClose_FromSeveralThreads) {
    const std::uint32_t before = sync::event_count();
    std::atomic<HANDLE> shared{nullptr};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1500; ++i) {
                const HANDLE mine = sync::create_event(i % 2 == 0, false);
                ASSERT_NE(mine, nullptr);
                EXPECT_TRUE(sync::set_event(mine));
                (void)sync::set_event(shared.exchange(mine));  // Somebody's, perhaps closed.
                EXPECT_TRUE(sync::close_event(mine));
                EXPECT_FALSE(sync::close_event(mine));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(sync::event_count(), before);
}

}  // namespace
}  // namespace ringsock::test
