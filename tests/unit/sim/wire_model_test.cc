// SPDX-License-Identifier: BSD-3-Clause
// The simulated wire does to frames what its faults say, and nothing else; same seed, same fate.
#include <gtest/gtest.h>

#include "sim/wire_model.h"

namespace ringsock::sim {
namespace {

Frame frame_of(std::size_t length, unsigned fill) {
    return Frame(length, static_cast<std::byte>(fill));
}

/// What comes out, in order, with the times.
std::vector<std::pair<std::int64_t, Frame>> drain(WireModel& wire) {
    std::vector<std::pair<std::int64_t, Frame>> out;
    while (!wire.next_arrival().is_never()) {
        const Instant at = wire.next_arrival();
        while (auto frame = wire.receive(at)) out.emplace_back(at.micros, std::move(*frame));
    }
    return out;
}

TEST(WireModel, WithoutFaults_DelaysAndKeepsOrder) {
    WireModel wire(1, {.delay = Micros{250}});
    for (unsigned i = 0; i < 100; ++i) wire.send(frame_of(60, i), Instant{1000 + i});
    EXPECT_FALSE(wire.receive(Instant{1249}));
    const auto out = drain(wire);
    ASSERT_EQ(out.size(), 100u);
    for (unsigned i = 0; i < 100; ++i) {
        EXPECT_EQ(out[i].first, 1250 + i);
        EXPECT_EQ(out[i].second, frame_of(60, i));
    }
    EXPECT_EQ(wire.lost(), 0u);
}

TEST(WireModel, Loss_IsOfTheAskedRate) {
    WireModel wire(7, {.loss_ppm = 50'000});
    for (int i = 0; i < 100'000; ++i) wire.send(frame_of(1, 0), Instant{i});
    EXPECT_NEAR(static_cast<double>(wire.lost()), 5000.0, 300.0);
    EXPECT_EQ(drain(wire).size() + wire.lost(), 100'000u);
}

TEST(WireModel, Cut_LosesEverything) {
    WireModel wire(1, {.is_cut = true});
    for (int i = 0; i < 10; ++i) wire.send(frame_of(1, 0), Instant{i});
    EXPECT_TRUE(wire.next_arrival().is_never());
    EXPECT_EQ(wire.lost(), 10u);
}

TEST(WireModel, Duplication_DeliversEqualFramesTwice) {
    WireModel wire(1, {.duplicate_ppm = 1'000'000});
    for (unsigned i = 0; i < 20; ++i) wire.send(frame_of(30, i), Instant{i * 100});
    const auto out = drain(wire);
    ASSERT_EQ(out.size(), 40u);
    for (unsigned i = 0; i < 40; ++i) EXPECT_EQ(out[i].second, frame_of(30, i / 2));
}

TEST(WireModel, Reordering_LetsLaterFramesPass) {
    WireModel wire(3, {.reorder_ppm = 200'000, .reorder_by = Micros{5000}});
    for (unsigned i = 0; i < 200; ++i) wire.send(frame_of(4, i), Instant{i * 100});
    const auto out = drain(wire);
    ASSERT_EQ(out.size(), 200u);
    int inversions = 0;
    for (std::size_t i = 1; i < out.size(); ++i) inversions += out[i].second < out[i - 1].second;
    EXPECT_GT(inversions, 10);
}

TEST(WireModel, Jitter_KeepsOrder) {
    WireModel wire(3, {.jitter = Micros{5000}});
    for (unsigned i = 0; i < 200; ++i) wire.send(frame_of(4, i), Instant{i * 100});
    const auto out = drain(wire);
    ASSERT_EQ(out.size(), 200u);
    for (unsigned i = 0; i < 200; ++i) EXPECT_EQ(out[i].second, frame_of(4, i));
}

TEST(WireModel, Corruption_FlipsOneBit) {
    WireModel wire(5, {.corrupt_ppm = 1'000'000});
    for (int i = 0; i < 100; ++i) wire.send(frame_of(64, 0), Instant{i});
    for (const auto& [at, frame] : drain(wire)) {
        int bits = 0;
        for (const std::byte b : frame) bits += std::popcount(std::to_integer<unsigned>(b));
        EXPECT_EQ(bits, 1);
        EXPECT_EQ(frame.size(), 64u);
    }
}

TEST(WireModel, Truncation_Shortens) {
    WireModel wire(5, {.truncate_ppm = 1'000'000});
    for (int i = 0; i < 100; ++i) wire.send(frame_of(64, 0), Instant{i});
    for (const auto& [at, frame] : drain(wire)) EXPECT_LT(frame.size(), 64u);
    wire.send({}, Instant{1000});  // An empty frame is a frame.
    EXPECT_EQ(drain(wire).size(), 1u);
}

// 8 Mbit/s carries a byte in a microsecond; what does not fit the queue is lost.
TEST(WireModel, Rate_SpacesFramesAndBoundsItsQueue) {
    WireModel wire(1, {.delay = Micros{0}, .bits_per_second = 8'000'000, .queue_bytes = 10'000});
    for (int i = 0; i < 20; ++i) wire.send(frame_of(1000, 0), Instant{1});
    const auto out = drain(wire);
    ASSERT_EQ(out.size(), 10u);
    for (std::size_t i = 0; i < out.size(); ++i)
        EXPECT_EQ(out[i].first, 1 + 1000 * static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(wire.lost(), 10u);
}

TEST(WireModel, SameSeed_SameFate) {
    const WireFaults faults{.jitter = Micros{500},
                            .loss_ppm = 100'000,
                            .duplicate_ppm = 100'000,
                            .reorder_ppm = 100'000,
                            .corrupt_ppm = 100'000,
                            .truncate_ppm = 100'000};
    std::vector<std::pair<std::int64_t, Frame>> runs[3];
    for (unsigned run = 0; run < 3; ++run) {
        WireModel wire(run < 2 ? 42 : 43, faults);
        for (unsigned i = 0; i < 500; ++i) wire.send(frame_of(50 + i % 7, i), Instant{i * 10});
        runs[run] = drain(wire);
    }
    EXPECT_EQ(runs[0], runs[1]);
    EXPECT_NE(runs[0], runs[2]);
}

}  // namespace
}  // namespace ringsock::sim
