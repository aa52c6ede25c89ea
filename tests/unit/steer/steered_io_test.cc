// SPDX-License-Identifier: BSD-3-Clause
#include "steer/steered_io.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "frames.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;

/// Three engines on a device with `queues` queues.
class Engines {
  public:
    static constexpr std::uint16_t kCount = 3;
    explicit Engines(std::uint16_t queues) : links(kCount, queues, 1500) {
        for (std::uint16_t e = 0; e < kCount; ++e)
            io[e] = std::make_unique<SteeredIo>(base[e], base[e].traits(), steering, links, e, false);
    }
    /// A local port whose segments belong to `engine`.
    std::uint16_t port_of(std::uint16_t engine, std::uint16_t after = 1024) {
        for (std::uint16_t port = after; port != 0; ++port)
            if (steering.home_of({kUs.value, kPeer.value, Port{port}, Port{80}}) == engine) return port;
        return 0;
    }
    std::vector<Bytes> receive(std::uint16_t engine) {
        RxFrame frames[kBurst];
        const std::size_t count = io[engine]->rx_burst(frames);
        std::vector<Bytes> out;
        for (std::size_t i = 0; i < count; ++i) {
            out.emplace_back(frames[i].data, frames[i].data + frames[i].length);
            verdicts.push_back(frames[i].verdict);
        }
        io[engine]->release_frames({frames, count});
        return out;
    }

    FlowSteering steering{test_key(), SipKey{1, 2}, kCount};
    SteerLinks links;
    MemoryIo base[kCount];
    std::unique_ptr<SteeredIo> io[kCount];
    std::vector<std::uint16_t> verdicts;
};

// Rule: house D2: where the device hashes as we do, nothing is handed on.
TEST(SteeredIo, OwnFrames_PassUntouched) {
    Engines engines(3);
    const Bytes frame = transport(6, 80, engines.port_of(1));
    engines.base[1].arriving.push_back(frame);
    EXPECT_EQ(engines.receive(1), std::vector<Bytes>{frame});
    EXPECT_EQ(engines.io[1]->steer_counters().handed_out, 0u);
    EXPECT_EQ(engines.base[1].lent, 0u);
}

// Rule: a frame of another engine reaches it whole, is counted at both, and the device gets its buffer back.
TEST(SteeredIo, ForeignFrames_AreHandedToTheirEngine) {
    Engines engines(3);
    const Bytes mine = transport(6, 80, engines.port_of(0)), other = transport(17, 80, engines.port_of(2));
    for (const Bytes& b : {other, mine, other}) engines.base[0].arriving.push_back(b);
    EXPECT_EQ(engines.receive(0), std::vector<Bytes>{mine});
    EXPECT_EQ(engines.base[0].lent, 0u);
    EXPECT_TRUE(engines.receive(1).empty());
    EXPECT_EQ(engines.receive(2), (std::vector<Bytes>{other, other}));
    EXPECT_TRUE(engines.receive(2).empty());
    EXPECT_EQ(engines.io[0]->steer_counters().handed_out, 2u);
    EXPECT_EQ(engines.io[2]->steer_counters().handed_in, 2u);
}

// Rule: RFC 826: every engine learns, one answers.
TEST(SteeredIo, Arp_IsSeenByAllAndAnsweredByOne) {
    Engines engines(3);
    engines.base[1].arriving.push_back(ethernet(0x0806, 60));
    for (const std::uint16_t e : {std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{2}})
        EXPECT_EQ(engines.receive(e).size(), 1u);
    EXPECT_EQ(engines.verdicts, (std::vector<std::uint16_t>{0, kRxSharedCopy, kRxSharedCopy}));
}

// Rule: a full ring loses frames like a full device does, counted, and works again once there is room.
TEST(SteeredIo, FullRing_LosesAndCounts) {
    Engines engines(3);
    const Bytes frame = transport(6, 80, engines.port_of(2));
    for (std::uint32_t i = 0; i < SteerLinks::kSlots + 40; ++i) {
        engines.base[0].arriving.push_back(frame);
        EXPECT_TRUE(engines.receive(0).empty());
    }
    EXPECT_EQ(engines.io[0]->steer_counters().full, 40u);
    EXPECT_EQ(engines.base[0].lent, 0u);
    std::size_t got = 0;
    for (std::uint32_t burst = 0; burst <= SteerLinks::kSlots / (kBurst / 2); ++burst)
        got += engines.receive(2).size();
    EXPECT_EQ(got, SteerLinks::kSlots);
    engines.base[0].arriving.push_back(frame);
    (void)engines.receive(0);
    EXPECT_EQ(engines.receive(2).size(), 1u);
}

// Rule: what was handed over can be kept: the text comes into a packet of the keeper's pool.
TEST(SteeredIo, HandedFrames_CanBeKept) {
    Engines engines(3);
    Bytes frame = transport(6, 80, engines.port_of(2));
    std::ranges::fill(frame.begin() + 40, frame.end(), std::byte{0x5a});
    engines.base[0].arriving.push_back(frame);
    (void)engines.receive(0);
    RxFrame frames[kBurst];
    ASSERT_EQ(engines.io[2]->rx_burst(frames), 1u);
    Packet* const p = engines.io[2]->keep(frames[0], 40, 24);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(p->length, 24u);
    EXPECT_TRUE(std::all_of(p->data, p->data + 24, [](std::byte b) { return b == std::byte{0x5a}; }));
    EXPECT_EQ(engines.base[2].packets_out(), 1u);
    engines.io[2]->release(p);
    EXPECT_EQ(engines.base[2].packets_out(), 0u);
}

// Rule: an engine without a queue sends and receives through one that has one; what the device refuses waits.
TEST(SteeredIo, EngineWithoutAQueue_WorksThroughItsCarrier) {
    Engines engines(1);
    MemoryIo text_pool;
    Packet* const text = text_pool.allocate();
    text->length = 600;
    std::fill_n(text->data, 600, std::byte{7});
    TxFrame frames[3];
    for (TxFrame& f : frames) {
        f.header_length = 54;
        f.header.fill(std::byte{3});
    }
    frames[1].payload = text;
    frames[1].payload_offset = 100;
    frames[1].payload_length = 500;
    EXPECT_EQ(engines.io[2]->tx_burst(frames), 3u);
    text_pool.release(text);
    EXPECT_TRUE(engines.base[2].sent.empty());
    engines.base[0].room = 2;
    (void)engines.receive(0);
    ASSERT_EQ(engines.base[0].sent.size(), 2u);
    EXPECT_EQ(engines.base[0].sent[0].size(), 54u);
    EXPECT_EQ(engines.base[0].sent[1].size(), 554u);
    EXPECT_EQ(engines.base[0].sent[1][553], std::byte{7});
    engines.base[0].room = 10;
    (void)engines.receive(0);
    EXPECT_EQ(engines.base[0].sent.size(), 3u);
    EXPECT_EQ(engines.base[0].packets_out(), 0u);
    EXPECT_EQ(engines.io[2]->steer_counters().sent_by_other, 3u);

    const Bytes answer = transport(6, 80, engines.port_of(2));
    engines.base[0].arriving.push_back(answer);
    (void)engines.receive(0);
    EXPECT_EQ(engines.receive(2), std::vector<Bytes>{answer});
}

// Rule: back-pressure: a full ring takes a prefix, as a device does.
TEST(SteeredIo, SendRing_TakesAPrefixWhenFull) {
    Engines engines(1);
    TxFrame frames[kBurst];
    for (TxFrame& f : frames) f.header_length = 54;
    std::size_t sent = 0;
    for (std::uint32_t i = 0; i <= SteerLinks::kSlots / kBurst; ++i) sent += engines.io[1]->tx_burst(frames);
    EXPECT_EQ(sent, SteerLinks::kSlots);
}

// Rule: virtio 1.2, 5.1.4: a guest may use fewer queues than the host offers; those of the host then take
// nothing.
TEST(SteeredIo, MuteQueue_SendsThroughEngine0) {
    Engines engines(3);
    for (auto& io : engines.io) ASSERT_TRUE(io->link_up());
    engines.base[2].room = 0;
    TxFrame frame;
    frame.header_length = 54;
    EXPECT_EQ(engines.io[2]->tx_burst({&frame, 1}), 0u) << "tried once";
    EXPECT_EQ(engines.io[2]->tx_burst({&frame, 1}), 1u);
    (void)engines.receive(0);
    EXPECT_EQ(engines.base[0].sent.size(), 1u);
    EXPECT_EQ(engines.io[2]->steer_counters().sent_by_other, 1u);
    EXPECT_TRUE(engines.base[2].sent.empty());

    // The peer went and came back with that queue.
    engines.base[2].up = false;
    EXPECT_FALSE(engines.io[2]->link_up());
    engines.base[2].up = true;
    engines.base[2].room = SIZE_MAX;
    EXPECT_TRUE(engines.io[2]->link_up());
    EXPECT_EQ(engines.io[2]->tx_burst({&frame, 1}), 1u);
    EXPECT_EQ(engines.base[2].sent.size(), 1u);
}

// Rule: a queue that took frames and takes none for a while is full, not mute: order is kept.
TEST(SteeredIo, FullQueue_IsWaitedFor) {
    Engines engines(3);
    for (auto& io : engines.io) ASSERT_TRUE(io->link_up());
    TxFrame frame;
    frame.header_length = 54;
    EXPECT_EQ(engines.io[1]->tx_burst({&frame, 1}), 1u);
    engines.base[1].room = 0;
    EXPECT_EQ(engines.io[1]->tx_burst({&frame, 1}), 0u);
    EXPECT_EQ(engines.io[1]->tx_burst({&frame, 1}), 0u);
    engines.base[1].room = 1;
    EXPECT_EQ(engines.io[1]->tx_burst({&frame, 1}), 1u);
    EXPECT_EQ(engines.base[1].sent.size(), 2u);
}

// Rule: engines without a queue learn of the link from the one that can see it.
TEST(SteeredIo, LinkState_ReachesEnginesWithoutAQueue) {
    Engines engines(1);
    EXPECT_TRUE(engines.io[1]->link_up());
    engines.base[0].up = false;
    EXPECT_FALSE(engines.io[0]->link_up());
    EXPECT_FALSE(engines.io[1]->link_up());
}

// Rule: a sleeping engine is woken by what is handed to it, and by frames it has to send for others.
TEST(SteeredIo, HandedFrames_WakeASleeper) {
    Engines engines(1);
    Doorbell bells[Engines::kCount];
    for (std::uint16_t e = 0; e < Engines::kCount; ++e) {
        ASSERT_TRUE(bells[e].open());
        (void)engines.io[e]->wake_by(&bells[e]);
        bells[e].declare();
    }
    engines.base[0].arriving.push_back(transport(6, 80, engines.port_of(2)));
    (void)engines.receive(0);
    EXPECT_TRUE(bells[0].is_awaited());
    EXPECT_TRUE(bells[1].is_awaited());
    EXPECT_FALSE(bells[2].is_awaited()) << "rung";
    TxFrame frame;
    frame.header_length = 54;
    EXPECT_EQ(engines.io[1]->tx_burst({&frame, 1}), 1u);
    EXPECT_FALSE(bells[0].is_awaited()) << "rung";
}

// Rule: the ring between two engines loses, doubles and tears nothing when both run at full speed.
TEST(FrameRing, TwoThreads_AgreeOnEveryFrame) {
    constexpr std::uint32_t kFrames = 200'000;
    FrameRing ring(64, 64);
    ASSERT_TRUE(ring.ok());
    std::thread producer([&] {
        for (std::uint32_t i = 0; i < kFrames;) {
            FrameRing::Head* const head = ring.reserve();
            if (head == nullptr) {
                std::this_thread::yield();
                continue;
            }
            head->length = i % 60 + 4;
            std::memset(FrameRing::bytes_of(head), static_cast<int>(i & 0xff), head->length);
            std::memcpy(FrameRing::bytes_of(head), &i, 4);
            ring.publish();
            ++i;
        }
    });
    for (std::uint32_t i = 0; i < kFrames;) {
        FrameRing::Head* const head = ring.peek(0);
        if (head == nullptr) {
            std::this_thread::yield();
            continue;
        }
        std::uint32_t number = 0;
        std::memcpy(&number, FrameRing::bytes_of(head), 4);
        ASSERT_EQ(number, i);
        ASSERT_EQ(head->length, i % 60 + 4);
        const std::byte last = FrameRing::bytes_of(head)[head->length - 1];
        ASSERT_TRUE(head->length == 4 || last == std::byte(i & 0xff));
        ring.retire(1);
        ++i;
    }
    producer.join();
}

}  // namespace
}  // namespace ringsock
