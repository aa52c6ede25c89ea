// SPDX-License-Identifier: BSD-3-Clause
// KernelIo: what the kernel wants sent leaves whole, in order, a burst a pass; nothing of it stays behind.
#include "kernel/kernel_io.h"

#include <gtest/gtest.h>

#include <vector>

#include "packet/array_pool.h"

namespace ringsock {
namespace {

using Bytes = std::vector<std::byte>;

/// A device that takes as many frames as it is allowed to.
class MeteredIo final : public PacketIo {
  public:
    explicit MeteredIo(std::uint32_t packets) : pool(packets, 1600) {}
    std::size_t rx_burst(std::span<RxFrame>) noexcept override { return 0; }
    std::size_t tx_burst(std::span<const TxFrame> frames) noexcept override {
        std::size_t taken = 0;
        for (; taken < frames.size() && allowance != 0; ++taken, --allowance) {
            const TxFrame& f = frames[taken];
            Bytes whole(f.header.begin(), f.header.begin() + f.header_length);
            if (f.payload != nullptr) {
                EXPECT_EQ(f.payload->length, f.payload_length);
                whole.insert(whole.end(), f.payload->data, f.payload->data + f.payload_length);
            }
            EXPECT_EQ(f.offloads, 0);
            sent.push_back(whole);
        }
        return taken;
    }
    Packet* keep(const RxFrame&, std::uint32_t, std::uint32_t) noexcept override { return nullptr; }
    void release_frames(std::span<const RxFrame>) noexcept override {}
    Packet* allocate() noexcept override { return pool.allocate(); }
    void release(Packet* packet) noexcept override { pool.release(packet); }
    const IoTraits& traits() const noexcept override { return traits_; }
    const IoCounters& counters() const noexcept override { return counters_; }
    bool link_up() noexcept override { return is_up; }
    Wakeup wake_by(Doorbell*) noexcept override { return {Wakeup::By::doorbell}; }

    ArrayPool pool;
    std::size_t allowance = 1000;
    bool is_up = true;
    std::vector<Bytes> sent;

  private:
    IoTraits traits_;
    IoCounters counters_;
};

Bytes frame_of(std::size_t length, unsigned seed) {
    Bytes out(length);
    for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<std::byte>(i * 7 + seed);
    return out;
}

struct Path {
    explicit Path(std::uint32_t packets = 64) : device(packets), io(device, rings) {}
    void put(const Bytes& frame) {
        std::byte* const at = rings.from_kernel.reserve(static_cast<std::uint32_t>(frame.size()));
        ASSERT_NE(at, nullptr);
        std::copy(frame.begin(), frame.end(), at);
        rings.from_kernel.commit();
    }
    void pass() {
        std::array<RxFrame, kBurst> out;
        EXPECT_EQ(io.rx_burst(out), 0u);
    }
    Doorbell bell;
    KernelRings rings{bell};
    MeteredIo device;
    KernelIo io;
};

TEST(KernelIo, FramesOfEveryLength_LeaveWholeAndInOrder) {
    Path path;
    std::vector<Bytes> expected;
    for (std::size_t length : {14, 42, 53, 54, 55, 60, 100, 1513, 1514, 1518}) {
        expected.push_back(frame_of(length, static_cast<unsigned>(length)));
        path.put(expected.back());
    }
    path.pass();
    EXPECT_EQ(path.device.sent, expected);
    EXPECT_EQ(path.rings.sent.load(), expected.size());
    EXPECT_EQ(path.device.pool.in_use(), 0u);
}

TEST(KernelIo, AFullDevice_GetsTheRestInLaterPasses) {
    Path path;
    std::vector<Bytes> expected;
    for (unsigned n = 0; n < 100; ++n) {
        expected.push_back(frame_of(200 + n, n));
        path.put(expected.back());
    }
    for (int pass = 0; pass < 60; ++pass) {
        path.device.allowance = pass % 3 == 0 ? 0 : 5;
        path.pass();
        EXPECT_LE(path.device.pool.in_use(), kBurst) << "no more than a burst waits outside the ring";
    }
    EXPECT_EQ(path.device.sent, expected);
    EXPECT_EQ(path.device.pool.in_use(), 0u);
}

TEST(KernelIo, OnePass_SendsABurstAtMost) {
    Path path;
    for (unsigned n = 0; n < 50; ++n) path.put(frame_of(60, n));
    path.pass();
    EXPECT_EQ(path.device.sent.size(), kBurst);
    path.pass();
    EXPECT_EQ(path.device.sent.size(), 50u);
}

TEST(KernelIo, WithoutPackets_FramesAreLostAndCounted) {
    Path path(2);
    for (unsigned n = 0; n < 4; ++n) path.put(frame_of(500, n));
    path.put(frame_of(40, 9));
    path.pass();
    EXPECT_EQ(path.device.sent.size(), 3u) << "two that had a packet, and one that needs none";
    EXPECT_EQ(path.rings.lost_from_kernel.load(), 2u);
    EXPECT_EQ(path.device.pool.in_use(), 0u);
}

TEST(KernelIo, ItsEnd_GivesBackWhatTheDeviceNeverTook) {
    ArrayPool* pool = nullptr;
    Doorbell bell;
    KernelRings rings(bell);
    MeteredIo device(64);
    {
        KernelIo io(device, rings);
        device.allowance = 0;
        std::byte* const at = rings.from_kernel.reserve(1000);
        std::fill_n(at, 1000, std::byte{1});
        rings.from_kernel.commit();
        std::array<RxFrame, kBurst> out;
        EXPECT_EQ(io.rx_burst(out), 0u);
        pool = &device.pool;
        EXPECT_EQ(pool->in_use(), 1u);
    }
    EXPECT_EQ(pool->in_use(), 0u);
}

TEST(KernelIo, TheLink_IsToldOn) {
    Path path;
    path.device.is_up = false;
    EXPECT_FALSE(path.io.link_up());
    EXPECT_FALSE(path.rings.link_is_up.load());
}

TEST(KernelRings, AFullRing_LosesTheFrameAndSaysSo) {
    Doorbell bell;
    KernelRings rings(bell);
    const Bytes frame = frame_of(1514, 3);
    std::uint64_t given = 0;
    while (rings.lost_to_kernel.load() == 0) {
        rings.give(frame);
        given = rings.given.load();
        ASSERT_LT(given, 10000u);
    }
    EXPECT_GT(given, 500u);
    EXPECT_EQ(rings.to_kernel.front().size(), frame.size());
    rings.to_kernel.pop();
    rings.to_kernel.pop();
    rings.give(frame);
    EXPECT_EQ(rings.given.load(), given + 1) << "room again";
}

}  // namespace
}  // namespace ringsock
