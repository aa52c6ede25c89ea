// SPDX-License-Identifier: BSD-3-Clause
// The hand-over of an inline engine between threads (house.md, D1): the engine is never in two hands, and no
// request stays behind when its pusher found the engine taken.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "real_host.h"

namespace ringsock::test {
namespace {

class DriveStress : public ::testing::Test {
  protected:
    DriveStress() : provider(DriveKind::inline_) {}
    /// A request for no socket: the engine counts it as stale and does nothing else.
    static bool push_stale(EnginePort& port) {
        return port.requests.producer().try_push([](Request& request) {
            request.op = RequestOp::consumed;
            request.flags = 0;
            request.attempt = 0;
            request.socket = SocketId{7, 0xffffffff};
            request.overlapped = 0;
        });
    }
    Provider provider;
};

// Each push is followed by a kick. Whoever finds the engine taken relies on the driver's second look;
// ThreadSanitizer would tell of a pass by two threads at once, for the engine has no lock of its own.
TEST_F(DriveStress, PushAndKickFromThreeThreads_LeaveNothingBehind) {
    constexpr std::uint64_t kPushes = 4000;
    constexpr std::uint64_t kThreads = 3;
    EnginePort& port = real_host().port();
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (std::uint64_t i = 0; i < kPushes; ++i) {
                while (!push_stale(port)) port.drive->help(port);
                if (i % 5 == 0)
                    port.drive->help(port);
                else
                    port.drive->kick(port);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(real_host().comes_to_rest(Micros::from_seconds(5)));
    EXPECT_EQ(real_host().engine().stats().stale_requests, kPushes * kThreads);
}

// Without any other caller: after the last kick returned the ring is empty, or the helper empties it within
// its period.
TEST_F(DriveStress, AfterTheLastKick_TheRingEmptiesByItself) {
    EnginePort& port = real_host().port();
    for (int round = 0; round < 100; ++round) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 20; ++i) {
                    while (!push_stale(port)) port.drive->help(port);
                    port.drive->kick(port);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        const Instant deadline = monotonic_now() + Micros::from_seconds(5);
        while (port.requests.looks_nonempty() && monotonic_now() < deadline) std::this_thread::yield();
        ASSERT_FALSE(port.requests.looks_nonempty());
    }
}

// The helper and the callers of wait_step share the engine with everybody else.
TEST_F(DriveStress, WaitStepsOfManyThreads_ShareTheEngine) {
    EnginePort& port = real_host().port();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            std::atomic<std::uint32_t> word{0};
            const Instant deadline = port.drive->now() + Micros::from_millis(300);
            for (std::uint32_t i = 0; port.drive->now() < deadline; ++i) {
                (void)push_stale(port);
                const Instant near = port.drive->now() + Micros{500};
                port.drive->wait_step(port, word, 0, near, i % 400 < 256 ? 0 : port.drive->spin_steps());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(real_host().comes_to_rest(Micros::from_seconds(5)));
}

}  // namespace
}  // namespace ringsock::test
