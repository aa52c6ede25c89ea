// SPDX-License-Identifier: BSD-3-Clause
// What the tests of nic/ on real DPDK devices share: a ring pair, and frames to send over it. No privileges,
// no hugepages.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "nic/nic.h"

namespace ringsock::testing {

inline NicConfig small_config(const char* name) {
    NicConfig config;
    config.name = name;
    config.packets = 512;
    config.rx_descriptors = 256;
    config.tx_descriptors = 256;
    return config;
}

/// A frame of `bytes` header bytes that begin with `mark`.
inline TxFrame frame_of(std::uint32_t mark, std::uint16_t bytes = 66) {
    TxFrame frame;
    frame.header.fill(std::byte{0});
    for (std::size_t i = 0; i < bytes; ++i) frame.header[i] = static_cast<std::byte>(mark + i);
    std::memcpy(frame.header.data(), &mark, sizeof mark);
    frame.header_length = bytes;
    return frame;
}

inline std::uint32_t mark_of(const RxFrame& frame) {
    std::uint32_t mark = 0;
    std::memcpy(&mark, frame.data, sizeof mark);
    return mark;
}

/// Fills a packet with a pattern that begins at `first`.
inline void fill(Packet& packet, std::uint32_t length, unsigned first) {
    packet.length = length;
    for (std::uint32_t i = 0; i < length; ++i) packet.data[i] = static_cast<std::byte>(first + i * 7);
}

inline bool has_pattern(const std::byte* data, std::uint32_t length, unsigned first) {
    for (std::uint32_t i = 0; i < length; ++i)
        if (data[i] != static_cast<std::byte>(first + i * 7)) return false;
    return true;
}

/// Every buffer of every queue is back in its pool and nobody holds a packet.
inline void expect_whole(const Nic& nic, std::uint32_t driver_holds = 0) {
    for (std::size_t i = 0; i < nic.queue_count(); ++i) {
        const NicPools pools = nic.pools(i);
        EXPECT_EQ(pools.packets_held, 0u);
        EXPECT_EQ(pools.packets_in_use, driver_holds);
        EXPECT_EQ(pools.headers_in_use, 0u);
        EXPECT_EQ(pools.references_in_use, 0u);
    }
}

/// Two ends joined by rings; after each test every buffer must be home.
class RingPairTest : public ::testing::Test {
  protected:
    void SetUp() override { open(small_config("test/a"), small_config("test/b")); }
    void open(const NicConfig& a, const NicConfig& b) {
        pair_ = {};
        auto opened = open_ring_pair(a, b);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        pair_ = std::move(opened).value();
    }
    void TearDown() override {
        if (pair_.a != nullptr) expect_whole(*pair_.a);
        if (pair_.b != nullptr) expect_whole(*pair_.b);
    }
    PacketIo& a() { return pair_.a->queue(0); }
    PacketIo& b() { return pair_.b->queue(0); }

    /// Receives up to kBurst frames at `io`.
    static std::vector<RxFrame> receive(PacketIo& io) {
        std::vector<RxFrame> frames(kBurst);
        frames.resize(io.rx_burst(frames));
        return frames;
    }
    /// A packet of `io` with pattern `first`.
    static Packet* make_packet(PacketIo& io, std::uint32_t length, unsigned first) {
        Packet* packet = io.allocate();
        if (packet != nullptr) fill(*packet, length, first);
        return packet;
    }
    NicPair pair_;
};

}  // namespace ringsock::testing
