// SPDX-License-Identifier: BSD-3-Clause
// Virtual time, the simulated carrier and the capture file.
#include <cstring>

#include "two_hosts.h"

namespace ringsock::sim {
namespace {

using namespace ringsock::testing;

TEST(SimClock, MovesForwardOnly) {
    SimClock clock;
    const Instant start = clock.now();
    EXPECT_GT(start.micros, 0);
    clock.advance_to(start + Micros{5});
    clock.advance_to(start);
    EXPECT_EQ(clock.read(), start + Micros{5});
}

TEST(SimIo, WithALimit_SaysFullAndCountsIt) {
    SimIo io({{2, 0, 0, 0, 0, 1}}, 1500, 8);
    std::vector<Frame> sent;
    io.set_sink([&](Frame&& frame) { sent.push_back(std::move(frame)); });
    TxFrame frames[4];
    for (auto& f : frames) f.header_length = 14;
    io.limit_transmissions(3);
    EXPECT_EQ(io.tx_burst(frames), 3u);
    EXPECT_EQ(io.tx_burst(frames), 0u);
    EXPECT_EQ(io.counters().tx_refused, 5u);
    io.limit_transmissions(UINT64_MAX);
    EXPECT_EQ(io.tx_burst(frames), 4u);
    EXPECT_EQ(sent.size(), 7u);
}

TEST(SimIo, Payload_IsGatheredAcrossPackets) {
    SimIo io({{2, 0, 0, 0, 0, 1}}, 1500, 8);
    Frame sent;
    io.set_sink([&](Frame&& frame) { sent = std::move(frame); });
    Packet* a = io.allocate();
    Packet* b = io.allocate();
    std::memcpy(a->data, "abcdef", 6);
    std::memcpy(b->data, "ghijkl", 6);
    a->length = b->length = 6;
    a->next = b;
    TxFrame f;
    f.header_length = 2;
    f.header[0] = f.header[1] = std::byte{'-'};
    f.payload = a;
    f.payload_offset = 4;
    f.payload_length = 5;
    EXPECT_EQ(io.tx_burst({&f, 1}), 1u);
    EXPECT_EQ(text_of(sent), "--efghi");
    io.release(a);
    io.release(b);
    EXPECT_EQ(io.pool().in_use(), 0u);
}

TEST(SimIo, FramesBeyondABuffer_AreDroppedAndCounted) {
    SimIo io({{2, 0, 0, 0, 0, 1}}, 1500, 8);
    io.deliver(Frame(1564));
    io.deliver(Frame(1565));
    EXPECT_EQ(io.oversized(), 1u);
    RxFrame out[4];
    ASSERT_EQ(io.rx_burst(out), 1u);
    EXPECT_EQ(out[0].length, 1564u);
    io.release_frames({out, 1});
}

TEST(SimIo, FailedAllocation_HappensOnce) {
    SimIo io({{2, 0, 0, 0, 0, 1}}, 1500, 8);
    io.fail_allocation(2);
    Packet* one = io.allocate();
    EXPECT_NE(one, nullptr);
    EXPECT_EQ(io.allocate(), nullptr);
    Packet* three = io.allocate();
    EXPECT_NE(three, nullptr);
    EXPECT_EQ(io.counters().no_buffer, 1u);
    io.release(one);
    io.release(three);
}

// An hour of nothing is one step.
TEST(SimWorld, WithNothingToDo_TimePassesAtOnce) {
    TwoHosts net;
    const Instant start = net.world.now();
    EXPECT_FALSE(net.world.step(start + Micros::from_seconds(3600)));
    EXPECT_EQ(net.world.now(), start + Micros::from_seconds(3600));
    EXPECT_FALSE(net.world.step());  // Nothing is ever to come: the time stays.
    EXPECT_EQ(net.world.now(), start + Micros::from_seconds(3600));
}

TEST(SimWorld, FindsHostsByName) {
    TwoHosts net;
    EXPECT_EQ(net.world.find("server"), &net.server);
    EXPECT_EQ(net.world.find("nobody"), nullptr);
    EXPECT_NE(net.world.wire(net.client, net.server), nullptr);
    EXPECT_EQ(net.world.wire(net.client, net.client), nullptr);
}

// The capture is a pcap file that tools read: magic, Ethernet, and one record per frame.
TEST(PcapWriter, HoldsEveryFrameOnce) {
    TwoHosts net;
    net.world.start_capture();
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    const auto& bytes = net.world.capture()->bytes();
    const auto word = [&](std::size_t at) {
        std::uint32_t v;
        std::memcpy(&v, bytes.data() + at, sizeof v);
        return v;
    };
    EXPECT_EQ(word(0), 0xa1b2c3d4u);
    EXPECT_EQ(word(20), 1u);
    std::size_t at = 24, records = 0;
    std::uint64_t last = 0;
    for (; at + 16 <= bytes.size(); at += 16 + word(at + 8), ++records) {
        const std::uint64_t micros = std::uint64_t{word(at)} * 1'000'000 + word(at + 4);
        EXPECT_GE(micros, last);
        last = micros;
        EXPECT_EQ(word(at + 8), word(at + 12));
    }
    EXPECT_EQ(at, bytes.size());
    EXPECT_EQ(records, net.client.engine->stats().tx_frames + net.server.engine->stats().tx_frames);
    near.close();
    far.close();
}

}  // namespace
}  // namespace ringsock::sim
