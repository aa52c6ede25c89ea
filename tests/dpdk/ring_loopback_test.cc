// SPDX-License-Identifier: BSD-3-Clause
// Two hosts joined by rings: order, loss of nothing, full rings, restart, queues, threads, and closing ends
// in any order. Real ports (rte_eth_from_rings), no privileges, no hugepages.
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/dpdk/nic_fixture.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;

class RingLoopback : public RingPairTest {};

// Rule (packet_io.h): what one end sends, the other receives, in order, byte by byte, both ways.
TEST_F(RingLoopback, FramesArriveInOrderBothWays) {
    for (PacketIo* from : {&a(), &b()}) {
        PacketIo& to = from == &a() ? b() : a();
        for (const int size : {14, 54, 66, 74, 80, 81, 120}) {
            const auto bytes = static_cast<std::uint16_t>(size);
            std::vector<TxFrame> out;
            for (std::uint32_t i = 0; i < kBurst; ++i) out.push_back(frame_of(1000 + i, bytes));
            ASSERT_EQ(from->tx_burst(out), kBurst);
            const auto in = receive(to);
            ASSERT_EQ(in.size(), kBurst);
            for (std::uint32_t i = 0; i < kBurst; ++i) {
                ASSERT_EQ(in[i].length, bytes);
                EXPECT_EQ(std::memcmp(in[i].data, out[i].header.data(), bytes), 0);
                EXPECT_EQ(in[i].verdict, 0);
            }
            to.release_frames(in);
        }
    }
    EXPECT_EQ(a().counters().tx_frames, 7 * kBurst);
    EXPECT_EQ(a().counters().tx_bytes, kBurst * (14u + 54 + 66 + 74 + 80 + 81 + 120));
    EXPECT_EQ(b().counters().rx_bytes, a().counters().tx_bytes);
    EXPECT_EQ(pair_.a->stats().tx_frames, 7 * kBurst);
    EXPECT_EQ(pair_.b->stats().rx_frames, 7 * kBurst);
}

// Rule: a full ring takes a prefix; the rest can be sent later, and nothing is lost or sent twice.
TEST_F(RingLoopback, FullRingTakesAPrefixAndLosesNothing) {
    std::uint32_t sent = 0;
    for (;;) {
        std::vector<TxFrame> out;
        for (std::uint32_t i = 0; i < kBurst; ++i) out.push_back(frame_of(sent + i));
        const std::size_t took = a().tx_burst(out);
        sent += static_cast<std::uint32_t>(took);
        if (took < kBurst) break;
        ASSERT_LT(sent, 10000u) << "the ring has no bound";
    }
    EXPECT_EQ(sent, 255u);  // 256 slots hold 255
    EXPECT_EQ(a().counters().tx_refused, 8 * kBurst - 255);
    const TxFrame more = frame_of(sent);
    EXPECT_EQ(a().tx_burst({&more, 1}), 0u);
    std::uint32_t seen = 0;
    for (;;) {
        const auto in = receive(b());
        if (in.empty()) break;
        for (const RxFrame& frame : in) EXPECT_EQ(mark_of(frame), seen++);
        b().release_frames(in);
    }
    EXPECT_EQ(seen, sent);
    EXPECT_EQ(a().tx_burst({&more, 1}), 1u);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 1u);
    EXPECT_EQ(mark_of(in[0]), sent);
    b().release_frames(in);
}

// Rule: bursts of nothing are nothing, and at most kBurst are looked at.
TEST_F(RingLoopback, BurstsOfZeroAndOfTooManyAreCut) {
    EXPECT_EQ(a().tx_burst({}), 0u);
    EXPECT_EQ(a().rx_burst({}), 0u);
    const std::vector<TxFrame> out(kBurst + 5, frame_of(1));
    EXPECT_EQ(a().tx_burst(out), kBurst);
    std::vector<RxFrame> in(kBurst + 5);
    EXPECT_EQ(b().rx_burst(in), kBurst);
    b().release_frames(std::span(in).first(kBurst));
}

// Rule: MACs are locally administered, individual, and differ between the ends (D12); a configured one is
// taken.
TEST_F(RingLoopback, AddressesAreLocalAndDistinct) {
    const MacAddress mac_a = pair_.a->traits().mac;
    const MacAddress mac_b = pair_.b->traits().mac;
    EXPECT_FALSE(mac_a == mac_b);
    for (const MacAddress& mac : {mac_a, mac_b}) EXPECT_EQ(mac.octets[0] & 3, 2);
    NicConfig with_mac = small_config("test/a");
    with_mac.mac = {{0x02, 1, 2, 3, 4, 5}};
    with_mac.mtu = 9000;
    open(with_mac, small_config("test/b"));
    EXPECT_EQ(pair_.a->traits().mac, with_mac.mac);
    EXPECT_EQ(pair_.a->traits().mtu, 9000u);
    Packet* big = a().allocate();
    ASSERT_NE(big, nullptr);
    EXPECT_GE(big->capacity, 9000u);
    a().release(big);
}

// Rule (T5): devices can be closed and opened again in one process, as often as a program restarts its stack.
TEST_F(RingLoopback, ReopensManyTimes) {
    for (std::uint32_t i = 0; i < 40; ++i) {
        open(small_config("test/a"), small_config("test/b"));
        ASSERT_NE(pair_.a, nullptr);
        const TxFrame frame = frame_of(i);
        ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
        const auto in = receive(b());
        ASSERT_EQ(in.size(), 1u);
        EXPECT_EQ(mark_of(in[0]), i);
        b().release_frames(in);
        // What still lies in the ring when the pair closes goes with it.
        ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
    }
    open(small_config("test/a"), small_config("test/b"));
}

// Rule: either end may close first. The survivor's link is down, with a reason; it may still send and
// receive.
TEST_F(RingLoopback, SurvivorSeesTheLinkGoDown) {
    for (const bool a_first : {true, false}) {
        open(small_config("test/a"), small_config("test/b"));
        EXPECT_TRUE(pair_.a->link_up());
        EXPECT_TRUE(a().link_up());
        EXPECT_FALSE(pair_.a->link_problem().has_value());
        std::unique_ptr<Nic>& first = a_first ? pair_.a : pair_.b;
        std::unique_ptr<Nic>& second = a_first ? pair_.b : pair_.a;
        // The first end leaves a frame with payload of its own in the other's ring.
        Packet* payload = make_packet(first->queue(0), 1300, 4);
        TxFrame frame = frame_of(6);
        frame.payload = payload;
        frame.payload_length = 1300;
        ASSERT_EQ(first->queue(0).tx_burst({&frame, 1}), 1u);
        first->queue(0).release(payload);
        first.reset();
        EXPECT_FALSE(second->link_up());
        ASSERT_TRUE(second->link_problem().has_value());
        EXPECT_EQ(second->link_problem()->kind, NicErrorKind::link_down);
        const auto in = receive(second->queue(0));
        ASSERT_EQ(in.size(), 1u);
        EXPECT_TRUE(has_pattern(in[0].data + 66, 1300, 4));
        second->queue(0).release_frames(in);
        const TxFrame into_nothing = frame_of(1);
        EXPECT_EQ(second->queue(0).tx_burst({&into_nothing, 1}), 1u);
        second.reset();
    }
}

// Rule: queue i feeds queue i, and queues do not share pools.
TEST_F(RingLoopback, QueuesAreSeparateWires) {
    NicConfig config_a = small_config("test/a");
    NicConfig config_b = small_config("test/b");
    config_a.queues = config_b.queues = 3;
    open(config_a, config_b);
    ASSERT_EQ(pair_.a->queue_count(), 3u);
    for (std::uint32_t q = 0; q < 3; ++q) {
        const TxFrame frame = frame_of(q);
        ASSERT_EQ(pair_.a->queue(q).tx_burst({&frame, 1}), 1u);
    }
    for (std::uint32_t q = 0; q < 3; ++q) {
        const auto in = receive(pair_.b->queue(q));
        ASSERT_EQ(in.size(), 1u);
        EXPECT_EQ(mark_of(in[0]), q);
        Packet* kept = pair_.b->queue(q).keep(in[0], 0, 66);
        ASSERT_NE(kept, nullptr);
        // Packets of any pool of the carrier may be released through any of its queues, and are accounted.
        pair_.b->queue((q + 1) % 3).release(kept);
    }
}

// Rule: a mistake in the configuration is named, with the value and the range.
TEST_F(RingLoopback, MismatchAndRangesAreRefusedByName) {
    NicConfig one = small_config("client/0");
    NicConfig other = small_config("server/0");
    other.queues = 2;
    auto refused = open_ring_pair(one, other);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, NicErrorKind::bad_argument);
    EXPECT_NE(refused.error().message.find("server/0"), std::string::npos);
    other.queues = 1;
    other.packets = 10;
    auto too_few = open_ring_pair(one, other);
    ASSERT_FALSE(too_few.ok());
    EXPECT_NE(too_few.error().message.find("packets is 10, must be 256 to 1048576"), std::string::npos);
    other = small_config("server/0");
    other.mac = {{0x01, 0, 0, 0, 0, 1}};
    EXPECT_EQ(open_ring_pair(one, other).error().kind, NicErrorKind::bad_argument);
}

// Rule (T10): starting DPDK leaves the application's thread where it may run, and its run-time directory
// goes.
TEST_F(RingLoopback, CallerKeepsItsAffinity) {
    cpu_set_t before;
    CPU_ZERO(&before);
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    EXPECT_EQ(CPU_COUNT(&before), static_cast<int>(std::thread::hardware_concurrency()));
    std::thread later([&] {
        cpu_set_t inherited;
        CPU_ZERO(&inherited);
        ASSERT_EQ(sched_getaffinity(0, sizeof inherited, &inherited), 0);
        EXPECT_TRUE(CPU_EQUAL(&before, &inherited));
    });
    later.join();
    for (const char* base : {"/var/run/dpdk", "/tmp/dpdk"}) {
        std::error_code ignored;  // an ordinary user may not even look into root's
        EXPECT_FALSE(
            std::filesystem::exists(std::string(base) + "/ringsock-" + std::to_string(getpid()), ignored));
    }
}

// Rule (T11): any thread may drive a queue, one at a time; buffers freed by one are found by the next.
TEST_F(RingLoopback, ThreadsTakeTurnsOnOneQueue) {
    for (std::uint32_t turn = 0; turn < 20; ++turn) {
        std::thread driver([&] {
            std::vector<TxFrame> out(kBurst, frame_of(turn));
            for (unsigned i = 0; i < 50; ++i) {
                ASSERT_EQ(a().tx_burst(out), kBurst);
                const auto in = receive(b());
                ASSERT_EQ(in.size(), kBurst);
                b().release_frames(in);
            }
        });
        driver.join();
    }
}

// Rule: two engines on two threads exchange 200 000 frames, with text kept and released, and lose none.
TEST_F(RingLoopback, TwoThreadsExchangeEveryFrame) {
    constexpr std::uint32_t kFrames = 200000;
    const auto drive = [](PacketIo& io, unsigned seed) {
        Packet* payload = make_packet(io, 700, seed);
        ASSERT_NE(payload, nullptr);
        std::uint32_t sent = 0;
        std::uint32_t seen = 0;
        std::vector<Packet*> held;
        std::vector<RxFrame> in(kBurst);
        while (sent < kFrames || seen < kFrames) {
            std::vector<TxFrame> out;
            for (std::uint32_t k = sent; k < kFrames && out.size() < 1 + sent % kBurst; ++k) {
                out.push_back(frame_of(k));
                if (k % 5 == 0) {
                    out.back().payload = payload;
                    out.back().payload_length = 100 + k % 600;
                }
            }
            sent += static_cast<std::uint32_t>(io.tx_burst(out));
            const std::size_t got = io.rx_burst(in);
            for (std::size_t i = 0; i < got; ++i) {
                ASSERT_EQ(mark_of(in[i]), seen);
                const std::uint32_t length = seen % 5 == 0 ? 100 + seen % 600 : 0;
                ASSERT_EQ(in[i].length, 66 + length);
                Packet* kept = io.keep(in[i], 66, length);
                ASSERT_NE(kept, nullptr);
                ASSERT_TRUE(has_pattern(kept->data, length, 12 - seed));
                held.push_back(kept);
                ++seen;
            }
            if (held.size() > 300 || seen == kFrames) {
                for (Packet* p : held) io.release(p);
                held.clear();
            }
            if (got == 0) std::this_thread::yield();
        }
        io.release(payload);
    };
    std::thread other([&] { drive(b(), 5); });
    drive(a(), 7);
    other.join();
    EXPECT_EQ(a().counters().rx_frames, kFrames);
    EXPECT_EQ(b().counters().rx_frames, kFrames);
}

}  // namespace
}  // namespace ringsock
