// SPDX-License-Identifier: BSD-3-Clause
// Going to sleep against waking up, with real threads: whoever publishes something between a sleeper's
// declaration and its sleep must be seen or heard. The nap limit is a second, so a wake-up that got lost
// shows as a stall.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/doorbell.h"
#include "real_host.h"

namespace ringsock::test {
namespace {

constexpr std::int64_t kStallMicros = 125'000;

void spin_for(std::int64_t micros) {
    const Instant until = monotonic_now() + Micros{micros};
    while (monotonic_now() < until) {
    }
}

/// Spins, for the two must start together; yields where there is no second processor to do so.
void await(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
    for (std::uint32_t looks = 0; word.load(std::memory_order_acquire) < value; ++looks)
        if (looks > 1000) std::this_thread::yield();
}

// The pair itself, without an engine: two threads hand a number to and fro, each sleeping on a bell of its
// own.
TEST(DoorbellStress, NumbersHandedToAndFro_NeverStall) {
    constexpr std::uint32_t kHandovers = 20'000;
    static Doorbell bells[2];
    ASSERT_TRUE(bells[0].open() && bells[1].open());
    std::atomic<std::uint32_t> number{0};
    std::atomic<std::int64_t> worst{0};
    const auto play = [&](std::uint32_t side) {
        std::vector<pollfd> polled{{bells[side].descriptor(), POLLIN, 0}};
        std::uint32_t seed = side;
        for (std::uint32_t turn = side; turn < kHandovers; turn += 2) {
            const Instant began = monotonic_now();
            while (number.load(std::memory_order_acquire) != turn) {
                bells[side].declare();
                heavy_sleep_fence();
                polled[0].revents = 0;
                if (number.load(std::memory_order_acquire) != turn)
                    (void)sleep_on(polled, Micros::from_seconds(1));
                bells[side].withdraw((polled[0].revents & POLLIN) != 0);
            }
            const std::int64_t waited = (monotonic_now() - began).count;
            if (waited > worst.load()) worst.store(waited);
            seed = seed * 1664525 + 1013904223;  // Until the other one is about to lie down.
            for (std::uint32_t i = seed >> 24; i-- > 0;) cpu_relax();
            number.store(turn + 1, std::memory_order_release);
            bells[1 - side].ring_if_asleep();
        }
    };
    std::thread other([&] { play(1); });
    play(0);
    other.join();
    EXPECT_EQ(number.load(), kHandovers);
    EXPECT_LT(worst.load(), kStallMicros);
}

// The Dekker pair as a litmus test: in no round may the sleeper miss the number and the publisher the
// sleeper. Without the sleeper's fence a few of these rounds fail on any machine with store buffers.
TEST(DoorbellStress, DeclaringAndPublishing_NeverMissEachOther) {
    constexpr std::uint32_t kRounds = 100'000;
    prepare_sleep_fence();
    struct alignas(128) Word {
        std::atomic<std::uint32_t> value{0};
    };
    static Word asleep, number, start, done;
    std::vector<std::uint8_t> sleeper_missed(kRounds), publisher_missed(kRounds);
    std::thread publisher([&] {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            await(start.value, round + 1);
            number.value.store(round + 1, std::memory_order_release);
            light_sleep_fence();
            publisher_missed[round] = asleep.value.load(std::memory_order_relaxed) == round + 1 ? 0 : 1;
            done.value.store(round + 1, std::memory_order_release);
        }
    });
    for (std::uint32_t round = 0; round < kRounds; ++round) {
        start.value.store(round + 1, std::memory_order_release);
        for (std::uint32_t i = round % 128; i-- > 0;) std::atomic_signal_fence(std::memory_order_seq_cst);
        asleep.value.store(round + 1, std::memory_order_relaxed);
        heavy_sleep_fence();
        sleeper_missed[round] = number.value.load(std::memory_order_acquire) == round + 1 ? 0 : 1;
        await(done.value, round + 1);
    }
    publisher.join();
    std::uint32_t lost = 0;
    for (std::uint32_t round = 0; round < kRounds; ++round)
        lost += sleeper_missed[round] & publisher_missed[round];
    EXPECT_EQ(lost, 0u);
}

struct Pace {
    DriveKind kind;
    std::int64_t spin;
};

class WaitingStress : public ::testing::TestWithParam<Pace> {
  protected:
    WaitingStress() {
        real_host().pace = {.spin = Micros{GetParam().spin}, .idle_sleep = Micros::from_seconds(1)};
        provider = std::make_unique<Provider>(GetParam().kind);
    }
    ~WaitingStress() override {
        provider.reset();
        real_host().pace = DrivePace{};
    }
    /// Echoes until the other end closes.
    void echo(SOCKET s) {
        char byte = 0;
        while (provider->recv(s, &byte, 1) == 1)
            if (provider->send(s, &byte, 1) != 1) return;
    }
    /// Round trips with pauses around the spin; the longest, in microseconds. -1: a call failed.
    std::int64_t ping(SOCKET s, int rounds, std::uint32_t seed) {
        std::int64_t worst = 0;
        for (int i = 0; i < rounds; ++i) {
            seed = seed * 1664525 + 1013904223;
            if (i % 16 == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(seed >> 22));
            else
                spin_for(seed >> 26);
            char byte = static_cast<char>(i);
            const Instant sent = monotonic_now();
            if (provider->send(s, &byte, 1) != 1 || provider->recv(s, &byte, 1) != 1) return -1;
            worst = std::max(worst, (monotonic_now() - sent).count);
        }
        return worst;
    }
    std::unique_ptr<Provider> provider;
};

TEST_P(WaitingStress, BlockingPingPong_IsNeverLeftAsleep) {
    SOCKET near = INVALID_SOCKET, far = INVALID_SOCKET;
    provider->connect_pair(near, far);
    std::thread server([&] { echo(far); });
    const std::int64_t worst = ping(near, 2000, 1);
    EXPECT_GE(worst, 0);
    EXPECT_LT(worst, kStallMicros);
    EXPECT_EQ(provider->close(near), 0);
    server.join();
    EXPECT_EQ(provider->close(far), 0);
    EXPECT_TRUE(real_host().comes_to_rest(Micros::from_seconds(5)));
}

// Several threads asleep in one host: one watches, the others rely on it and on its successor.
TEST_P(WaitingStress, ThreeConnectionsAtOnce_AreNeverLeftAsleep) {
    constexpr int kPairs = 3;
    SOCKET near[kPairs], far[kPairs];
    std::vector<std::thread> threads;
    std::atomic<std::int64_t> worst{0};
    std::atomic<bool> failed{false};
    for (int p = 0; p < kPairs; ++p) {
        provider->connect_pair(near[p], far[p]);
        threads.emplace_back([&, p] { echo(far[p]); });
    }
    for (int p = 0; p < kPairs; ++p) {
        threads.emplace_back([&, p] {
            const std::int64_t mine = ping(near[p], 500, static_cast<std::uint32_t>(p));
            if (mine < 0) failed.store(true);
            for (std::int64_t seen = worst.load(); mine > seen && !worst.compare_exchange_weak(seen, mine);) {
            }
            (void)provider->close(near[p]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(failed.load());
    EXPECT_LT(worst.load(), kStallMicros);
    for (const SOCKET s : far) EXPECT_EQ(provider->close(s), 0);
    EXPECT_TRUE(real_host().comes_to_rest(Micros::from_seconds(5)));
}

// Nobody waits: what was pushed is taken all the same, long before the nap would end.
TEST_P(WaitingStress, APushWakesTheEngine) {
    EnginePort& port = real_host().port();
    for (int i = 0; i < 300; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(i % 60));
        const Instant pushed = monotonic_now();
        ASSERT_TRUE(port.requests.producer().try_push([](Request& request) {
            request.op = RequestOp::consumed;
            request.flags = 0;
            request.attempt = 0;
            request.socket = SocketId{7, 0xffffffff};
            request.overlapped = 0;
        }));
        port.drive->kick(port);
        while (port.requests.looks_nonempty()) {
            ASSERT_LT((monotonic_now() - pushed).count, kStallMicros);
            std::this_thread::yield();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Drives, WaitingStress,
                         ::testing::Values(Pace{DriveKind::inline_, 20}, Pace{DriveKind::inline_, 0},
                                           Pace{DriveKind::dedicated, 20}, Pace{DriveKind::dedicated, 0}),
                         [](const auto& which) {
                             return std::string(which.param.kind == DriveKind::inline_ ? "inline_"
                                                                                       : "dedicated") +
                                    (which.param.spin == 0 ? "_without_spin" : "");
                         });

}  // namespace
}  // namespace ringsock::test
