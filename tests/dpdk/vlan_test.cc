// SPDX-License-Identifier: BSD-3-Clause
// Interfaces in a VLAN (IEEE 802.1Q) on real ring ports: what the wire carries, and which frames pass. The
// end without a VLAN sees tags where they are, in the frame.
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/endian.h"
#include "tests/dpdk/nic_fixture.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;

class Vlan : public RingPairTest {
  protected:
    void SetUp() override {}
    void open_with(std::uint16_t vlan_a, std::uint16_t vlan_b, std::uint32_t mtu = 1500) {
        NicConfig a_config = small_config("test/a");
        NicConfig b_config = small_config("test/b");
        a_config.vlan = vlan_a;
        b_config.vlan = vlan_b;
        a_config.mtu = b_config.mtu = mtu;
        open(a_config, b_config);
    }
    /// A frame of `bytes` header bytes whose Ethernet type is IPv4's.
    static TxFrame ip_frame(std::uint32_t mark, std::uint16_t bytes) {
        TxFrame frame = frame_of(mark, bytes);
        store_be<std::uint16_t>(&frame.header[12], 0x0800);
        return frame;
    }
    /// Likewise with a tag.
    static TxFrame tagged_frame(std::uint32_t mark, std::uint16_t tci) {
        TxFrame frame = ip_frame(mark, 66);
        store_be<std::uint16_t>(&frame.header[12], 0x8100);
        store_be<std::uint16_t>(&frame.header[14], tci);
        store_be<std::uint16_t>(&frame.header[16], 0x0800);
        return frame;
    }
    void expect_silence(const TxFrame& frame) {
        ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
        EXPECT_TRUE(receive(b()).empty());
    }
};

// Rule: a frame of an interface in a VLAN carries its tag behind the addresses, priority 0, and is the same
// else; header only, copied payload and payload by reference alike.
TEST_F(Vlan, TagIsOnTheWire) {
    open_with(100, 0);
    Packet* payload = make_packet(a(), 1400, 5);
    ASSERT_NE(payload, nullptr);
    for (const int header : {42, 66, 80, 114}) {
        for (const std::uint32_t text : {0u, 1u, 256u, 257u, 1386u}) {
            TxFrame frame = ip_frame(9, static_cast<std::uint16_t>(header));
            frame.payload = text != 0 ? payload : nullptr;
            frame.payload_length = text;
            ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
            const auto in = receive(b());
            ASSERT_EQ(in.size(), 1u);
            const auto length = static_cast<std::size_t>(header);
            ASSERT_EQ(in[0].length, length + 4 + text);
            EXPECT_EQ(std::memcmp(in[0].data, frame.header.data(), 12), 0);
            EXPECT_EQ(load_be<std::uint16_t>(in[0].data + 12), 0x8100);
            EXPECT_EQ(load_be<std::uint16_t>(in[0].data + 14), 100);
            EXPECT_EQ(std::memcmp(in[0].data + 16, &frame.header[12], length - 12), 0);
            EXPECT_TRUE(has_pattern(in[0].data + length + 4, text, 5));
            b().release_frames(in);
        }
    }
    a().release(payload);
}

// Rule: within one VLAN the engine sees the frames it would see without: the tag is off, nothing is counted.
TEST_F(Vlan, SameVlan_IsAsIfThereWereNone) {
    for (const std::uint32_t mtu : {1500u, 9000u}) {
        open_with(4094, 4094, mtu);
        Packet* payload = make_packet(a(), mtu - 52, 3);
        ASSERT_NE(payload, nullptr);
        for (const std::uint32_t text : {0u, 100u, 1000u, mtu - 52}) {
            TxFrame frame = ip_frame(7, 66);
            frame.payload = text != 0 ? payload : nullptr;
            frame.payload_length = text;
            ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
            const auto in = receive(b());
            ASSERT_EQ(in.size(), 1u);
            ASSERT_EQ(in[0].length, 66 + text);
            EXPECT_EQ(std::memcmp(in[0].data, frame.header.data(), 66), 0);
            Packet* kept = b().keep(in[0], 60, 6 + text);
            ASSERT_NE(kept, nullptr);
            EXPECT_EQ(std::memcmp(kept->data, &frame.header[60], 6), 0);
            EXPECT_TRUE(has_pattern(kept->data + 6, text, 3));
            b().release(kept);
        }
        a().release(payload);
        EXPECT_EQ(b().counters().vlan_other + b().counters().vlan_missing, 0u);
    }
}

// Rule: another VLAN's frames do not pass and are counted.
TEST_F(Vlan, OtherVlan_IsDroppedAndCounted) {
    open_with(100, 101);
    expect_silence(ip_frame(1, 66));
    EXPECT_EQ(b().counters().vlan_other, 1u);
    EXPECT_EQ(b().counters().vlan_missing, 0u);
}

// Rule: untagged frames do not belong to the VLAN; VLAN 0 is a priority and no VLAN; a runt has no tag.
TEST_F(Vlan, UntaggedAndPriorityTagged_AreDroppedAndCounted) {
    open_with(0, 100);
    expect_silence(ip_frame(1, 66));
    expect_silence(tagged_frame(2, 0xe000));
    expect_silence(ip_frame(3, 14));
    EXPECT_EQ(b().counters().vlan_missing, 3u);
    EXPECT_EQ(b().counters().vlan_other, 0u);
}

// Rule: the priority bits of a tag do not matter; good and bad frames of one burst are told apart.
TEST_F(Vlan, MixedBurst_PassesItsOwnInOrder) {
    open_with(0, 100);
    std::vector<TxFrame> out;
    for (std::uint32_t i = 0; i < 30; ++i)
        out.push_back(i % 3 == 0   ? tagged_frame(i, static_cast<std::uint16_t>((i % 8) << 13 | 100))
                      : i % 3 == 1 ? tagged_frame(i, 200)
                                   : ip_frame(i, 66));
    ASSERT_EQ(a().tx_burst(out), 30u);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 10u);
    for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(mark_of(in[i]), 3 * i);
        EXPECT_EQ(in[i].length, 62u);
        EXPECT_EQ(load_be<std::uint16_t>(in[i].data + 12), 0x0800);
    }
    b().release_frames(in);
    EXPECT_EQ(b().counters().vlan_other, 10u);
    EXPECT_EQ(b().counters().vlan_missing, 10u);
}

// Rule: a tag that a device took off beside the frame counts like one in it, asked for or not, in chains too.
TEST_F(Vlan, StrippedTags_AreJudged) {
    std::vector<std::uint16_t> ports;
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{100}}) {
        open_with(0, vlan);
        ports.clear();
        for (std::uint16_t port = 0; port < RTE_MAX_ETHPORTS; ++port)
            if (rte_eth_dev_is_valid_port(port) != 0) ports.push_back(port);
        ASSERT_EQ(ports.size(), 2u);
        Packet* probe = a().allocate();
        ASSERT_NE(probe, nullptr);
        rte_mempool* pool = (reinterpret_cast<rte_mbuf*>(probe) - 1)->pool;
        a().release(probe);
        unsigned passed = 0;
        for (const unsigned tci : {0u, 100u, 0xe064u, 101u}) {
            for (const bool chained : {false, true}) {
                rte_mbuf* m = rte_pktmbuf_alloc(pool);
                ASSERT_NE(m, nullptr);
                std::memset(rte_pktmbuf_append(m, 60), 'a', 60);
                if (chained) {
                    rte_mbuf* more = rte_pktmbuf_alloc(pool);
                    ASSERT_NE(more, nullptr);
                    std::memset(rte_pktmbuf_append(more, 40), 'b', 40);
                    ASSERT_EQ(rte_pktmbuf_chain(m, more), 0);
                }
                m->ol_flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
                m->vlan_tci = static_cast<std::uint16_t>(tci);
                ASSERT_EQ(rte_eth_tx_burst(ports[0], 0, &m, 1), 1);
                const auto in = receive(b());
                const bool ours = (tci & 0x0fff) == vlan;
                ASSERT_EQ(in.size(), ours ? 1u : 0u) << vlan << " " << tci;
                if (!ours) continue;
                ++passed;
                EXPECT_EQ(in[0].length, chained ? 100u : 60u);
                b().release_frames(in);
            }
        }
        EXPECT_EQ(passed, vlan == 0 ? 2u : 4u);
        EXPECT_EQ(b().counters().vlan_other, vlan == 0 ? 6u : 2u);
        EXPECT_EQ(b().counters().vlan_missing, vlan == 0 ? 0u : 2u);
    }
}

// Rule: numbers that are no VLAN are refused with the range; the page at start tells who tags.
TEST_F(Vlan, ConfigurationIsCheckedAndDescribed) {
    NicConfig bad = small_config("test/a");
    bad.vlan = 4095;
    auto opened = open_ring_pair(bad, small_config("test/b"));
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().message.find("vlan is 4095, must be 0 to 4094"), std::string::npos)
        << opened.error().message;
    open_with(100, 0);
    EXPECT_NE(pair_.a->describe().find("vlan 100: tags inserted by software, stripped by software"),
              std::string::npos)
        << pair_.a->describe();
    EXPECT_NE(pair_.b->describe().find("untagged"), std::string::npos);
}

}  // namespace
}  // namespace ringsock
