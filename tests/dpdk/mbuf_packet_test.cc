// SPDX-License-Identifier: BSD-3-Clause
// A Packet and its mbuf are one object; pools come back whole; payload lives as long as somebody refers to
// it.
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "nic/dpdk/packet_mbuf.h"
#include "tests/dpdk/nic_fixture.h"

namespace ringsock {
namespace {

using namespace ringsock::testing;
using dpdk::mbuf_of;
using dpdk::packet_of;

class MbufPacket : public RingPairTest {};

std::vector<std::uint16_t> open_ports() {
    std::vector<std::uint16_t> ports;
    for (std::uint16_t port = 0; port < RTE_MAX_ETHPORTS; ++port)
        if (rte_eth_dev_is_valid_port(port) != 0) ports.push_back(port);
    return ports;
}

// Rule (house.md, section 5.1): packet_of and mbuf_of are inverse, and the area is DPDK's private area.
TEST_F(MbufPacket, CastIsInverseAndIsDpdksPrivateArea) {
    Packet* packet = a().allocate();
    ASSERT_NE(packet, nullptr);
    rte_mbuf* mbuf = mbuf_of(packet);
    EXPECT_EQ(packet_of(mbuf), packet);
    EXPECT_EQ(rte_mbuf_to_priv(mbuf), static_cast<void*>(packet));
    EXPECT_EQ(rte_pktmbuf_priv_size(mbuf->pool), sizeof(Packet));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(packet) % kCacheLine, 0u);
    EXPECT_EQ(rte_mbuf_refcnt_read(mbuf), 1);
    a().release(packet);
}

// Rule: an allocated packet is empty, has room for a full packet of the network layer and nothing of an
// earlier life.
TEST_F(MbufPacket, AllocatedPacketIsEmptyAndFresh) {
    Packet* first = a().allocate();
    ASSERT_NE(first, nullptr);
    first->length = 99;
    first->tcp_flags = 0xff;
    first->transmissions = 3;
    first->socket = {1, 2};
    a().release(first);
    Packet* again = a().allocate();
    ASSERT_EQ(again, first) << "the pool is expected to hand out what was given back last";
    EXPECT_EQ(again->length, 0u);
    EXPECT_EQ(again->tcp_flags, 0);
    EXPECT_EQ(again->transmissions, 0);
    EXPECT_TRUE(again->socket.is_none());
    EXPECT_GE(again->capacity, a().traits().mtu);
    // The room is inside the buffer.
    rte_mbuf* mbuf = mbuf_of(again);
    EXPECT_GE(again->data, static_cast<std::byte*>(mbuf->buf_addr));
    EXPECT_LE(again->data + again->capacity, static_cast<std::byte*>(mbuf->buf_addr) + mbuf->buf_len);
    a().release(again);
}

// Rule: what applications hold is bounded, and allocate() stops before keep() does.
TEST_F(MbufPacket, AllocateLeavesAReserveForReceivedData) {
    std::vector<Packet*> held;
    while (Packet* packet = a().allocate()) held.push_back(packet);
    EXPECT_EQ(held.size(), 512u - 512u / 8);
    EXPECT_EQ(a().counters().no_buffer, 1u);
    // Received text can still be kept from the reserve, to its bound.
    const TxFrame frame = frame_of(1);
    std::size_t kept = 0;
    for (unsigned i = 0; i < 512; ++i) {
        ASSERT_EQ(b().tx_burst({&frame, 1}), 1u);
        const auto in = receive(a());
        ASSERT_EQ(in.size(), 1u);
        Packet* packet = a().keep(in[0], 10, 20);
        if (packet == nullptr) break;
        held.push_back(packet);
        ++kept;
    }
    EXPECT_EQ(kept, 512u / 8);
    EXPECT_EQ(pair_.a->pools(0).packets_held, 512u);
    // D7: with all packets held, control segments still leave and arrive.
    ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
    const auto at_b = receive(b());
    ASSERT_EQ(at_b.size(), 1u);
    b().release_frames(at_b);
    for (Packet* packet : held) a().release(packet);
}

// Rule: payload that the engine released while the device still refers to it stays readable, and its buffer
// comes home with the last reference.
TEST_F(MbufPacket, PayloadOutlivesItsReleaseWhileReferred) {
    Packet* packet = make_packet(a(), 1400, 5);
    ASSERT_NE(packet, nullptr);
    rte_mbuf* mbuf = mbuf_of(packet);
    TxFrame frame = frame_of(7);
    frame.payload = packet;
    frame.payload_length = 1400;
    ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
    if (rte_mbuf_refcnt_read(mbuf) == 1) GTEST_SKIP() << "this build copies payload of 1400 bytes on rings";
    EXPECT_EQ(rte_mbuf_refcnt_read(mbuf), 2);
    a().release(packet);
    EXPECT_EQ(rte_mbuf_refcnt_read(mbuf), 1);
    EXPECT_EQ(pair_.a->pools(0).packets_held, 0u);
    EXPECT_EQ(pair_.a->pools(0).packets_in_use, 1u);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 1u);
    ASSERT_EQ(in[0].length, 66u + 1400u);
    EXPECT_TRUE(has_pattern(in[0].data + 66, 1400, 5));
    b().release_frames(in);
}

// Rule: sending one payload several times at once counts every reference.
TEST_F(MbufPacket, RetransmissionsShareOnePayload) {
    Packet* packet = make_packet(a(), 1000, 9);
    ASSERT_NE(packet, nullptr);
    std::vector<TxFrame> frames;
    for (std::uint32_t i = 0; i < 5; ++i) {
        frames.push_back(frame_of(i));
        frames.back().payload = packet;
        frames.back().payload_offset = i * 10;
        frames.back().payload_length = 1000 - i * 10;
    }
    ASSERT_EQ(a().tx_burst(frames), 5u);
    a().release(packet);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 5u);
    for (std::uint32_t i = 0; i < 5; ++i) {
        EXPECT_EQ(mark_of(in[i]), i);
        EXPECT_TRUE(has_pattern(in[i].data + 66, 1000 - i * 10, 9 + i * 70));
    }
    b().release_frames(in);
}

// Rule: copy-break. Up to 256 bytes are copied behind the header: the payload's owner may change it at once.
TEST_F(MbufPacket, SmallPayloadIsCopied) {
    Packet* packet = make_packet(a(), 256, 3);
    ASSERT_NE(packet, nullptr);
    TxFrame frame = frame_of(1);
    frame.payload = packet;
    frame.payload_length = 256;
    ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
    EXPECT_EQ(rte_mbuf_refcnt_read(mbuf_of(packet)), 1);
    fill(*packet, 256, 77);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 1u);
    EXPECT_TRUE(has_pattern(in[0].data + 66, 256, 3));
    b().release_frames(in);
    a().release(packet);
}

// Rule: payload goes on through Packet::next; pieces small and large, attached or copied, arrive in order.
TEST_F(MbufPacket, PayloadInPiecesArrivesInOrder) {
    for (const std::uint32_t piece : {1u, 20u, 100u, 400u}) {
        for (const unsigned count : {2u, 3u, 8u, 12u}) {
            if (piece * count > 1400) continue;
            std::vector<Packet*> pieces;
            for (unsigned i = 0; i < count; ++i) {
                pieces.push_back(make_packet(a(), piece, i * piece * 7));
                ASSERT_NE(pieces.back(), nullptr);
                if (i > 0) pieces[i - 1]->next = pieces[i];
            }
            TxFrame frame = frame_of(2);
            frame.payload = pieces[0];
            frame.payload_offset = piece / 2;
            frame.payload_length = piece * count - piece / 2;
            ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
            for (Packet* p : pieces) a().release(p);
            const auto in = receive(b());
            ASSERT_EQ(in.size(), 1u) << piece << " x " << count;
            ASSERT_EQ(in[0].length, 66 + frame.payload_length);
            EXPECT_TRUE(has_pattern(in[0].data + 66, frame.payload_length, frame.payload_offset * 7))
                << piece << " x " << count;
            b().release_frames(in);
        }
    }
}

// Rule: the last piece may be used only in part, and what lies behind it is not sent.
TEST_F(MbufPacket, LastPieceMayBePartial) {
    Packet* first = make_packet(a(), 500, 0);
    Packet* second = make_packet(a(), 500, 500 * 7);
    ASSERT_TRUE(first != nullptr && second != nullptr);
    first->next = second;
    TxFrame frame = frame_of(2);
    frame.payload = first;
    frame.payload_length = 600;
    ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 1u);
    ASSERT_EQ(in[0].length, 666u);
    EXPECT_TRUE(has_pattern(in[0].data + 66, 600, 0));
    b().release_frames(in);
    a().release(first);
    a().release(second);
}

// Rule (packet_io.h): a frame out of a peer's pool is copied when it is kept, whatever its form.
TEST_F(MbufPacket, KeptFramesLieInTheReceiversOwnPool) {
    Packet* payload = make_packet(a(), 1200, 1);
    ASSERT_NE(payload, nullptr);
    for (const std::uint32_t length : {0u, 40u, 1200u}) {
        TxFrame frame = frame_of(3);
        frame.payload = length != 0 ? payload : nullptr;
        frame.payload_length = length;
        ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
        const auto in = receive(b());
        ASSERT_EQ(in.size(), 1u);
        Packet* kept = b().keep(in[0], 60, 6 + length);
        ASSERT_NE(kept, nullptr);
        EXPECT_EQ(kept->length, 6 + length);
        EXPECT_GE(kept->capacity, kept->length);
        EXPECT_EQ(kept->data[0], static_cast<std::byte>(3 + 60));
        EXPECT_TRUE(has_pattern(kept->data + 6, length, 1));
        EXPECT_NE(mbuf_of(kept)->pool, mbuf_of(payload)->pool);
        EXPECT_EQ(rte_mbuf_refcnt_read(mbuf_of(payload)), 1) << "the peer's payload is pinned";
        EXPECT_EQ(pair_.a->pools(0).headers_in_use, 0u) << "the peer's frame buffer is pinned";
        b().release(kept);
    }
    a().release(payload);
}

// Rule: chains of any make, foreign ones too, arrive as one contiguous frame.
TEST_F(MbufPacket, ForeignChainsAreLinearised) {
    const std::vector<std::uint16_t> ports = open_ports();
    ASSERT_EQ(ports.size(), 2u);  // the ends of the pair, in the order they were made
    Packet* probe = a().allocate();
    ASSERT_NE(probe, nullptr);
    rte_mempool* pool = mbuf_of(probe)->pool;
    a().release(probe);
    // Three segments, put into the ring behind the seam's back.
    rte_mbuf* chain = nullptr;
    for (int i = 2; i >= 0; --i) {
        rte_mbuf* segment = rte_pktmbuf_alloc(pool);
        ASSERT_NE(segment, nullptr);
        std::memset(rte_pktmbuf_append(segment, 100), 'a' + i, 100);
        if (chain != nullptr) {
            ASSERT_EQ(rte_pktmbuf_chain(segment, chain), 0);
        }
        chain = segment;
    }
    ASSERT_EQ(rte_eth_tx_burst(ports[0], 0, &chain, 1), 1);
    const auto in = receive(b());
    ASSERT_EQ(in.size(), 1u);
    ASSERT_EQ(in[0].length, 300u);
    for (int i = 0; i < 300; ++i)
        EXPECT_EQ(static_cast<char>(in[0].data[i]), static_cast<char>('a' + i / 100));
    b().release_frames(in);
}

// Rule (rte_mbuf_core.h): "none" for a checksum says that the field was never filled in and the bytes are
// sound, as virtio marks what its own machine's kernel sent; only "bad" is bad and "unknown" is ours to
// compute.
TEST_F(MbufPacket, ChecksumNeverFilledInIsGood) {
    const std::vector<std::uint16_t> ports = open_ports();
    ASSERT_EQ(ports.size(), 2u);
    Packet* probe = a().allocate();
    ASSERT_NE(probe, nullptr);
    rte_mempool* pool = mbuf_of(probe)->pool;
    a().release(probe);
    struct Case {
        std::uint64_t flags;
        unsigned verdict;
    };
    constexpr Case kCases[] = {
        {RTE_MBUF_F_RX_L4_CKSUM_NONE, kRxL4ChecksumGood},
        {RTE_MBUF_F_RX_IP_CKSUM_NONE, kRxIpv4ChecksumGood},
        {RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_NONE, kRxIpv4ChecksumGood | kRxL4ChecksumGood},
        {RTE_MBUF_F_RX_L4_CKSUM_BAD, kRxL4ChecksumBad},
        {RTE_MBUF_F_RX_IP_CKSUM_BAD, kRxIpv4ChecksumBad},
        {0, 0},
    };
    for (const Case& one : kCases) {
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
        ASSERT_NE(mbuf, nullptr);
        ASSERT_NE(rte_pktmbuf_append(mbuf, 100), nullptr);
        mbuf->ol_flags = one.flags;
        ASSERT_EQ(rte_eth_tx_burst(ports[0], 0, &mbuf, 1), 1);
        const auto in = receive(b());
        ASSERT_EQ(in.size(), 1u);
        EXPECT_EQ(in[0].verdict, one.verdict) << std::hex << one.flags;
        b().release_frames(in);
    }
}

// Rule (tx_frame.h): a frame that the device is to cut goes by reference in as many pieces as it has, and
// says lengths of headers and segments; the VLAN's tag counts among the link's bytes.
TEST_F(MbufPacket, FramesToBeCut_SayWhatTheDeviceNeeds) {
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{100}}) {
        NicConfig sender = small_config("test/a");
        sender.vlan = vlan;
        open(sender, small_config("test/b"));
        const std::vector<std::uint16_t> ports = open_ports();
        ASSERT_EQ(ports.size(), 2u);
        std::vector<Packet*> pieces;
        for (unsigned i = 0; i < 30; ++i) {
            pieces.push_back(make_packet(a(), 2000, i * 2000 * 7));
            ASSERT_NE(pieces.back(), nullptr);
            if (i > 0) pieces[i - 1]->next = pieces[i];
        }
        TxFrame frame = frame_of(2);
        frame.header[14] = std::byte{0x45};
        frame.l2_length = 14;
        frame.l3_length = 20;
        frame.l4_length = 32;
        frame.offloads = static_cast<std::uint8_t>(TxOffload::tcp_checksum) |
                         static_cast<std::uint8_t>(TxOffload::tcp_segmentation);
        frame.segment_bytes = 1448;
        frame.payload = pieces[0];
        frame.payload_offset = 100;
        frame.payload_length = 41 * 1448;
        ASSERT_EQ(a().tx_burst({&frame, 1}), 1u);
        for (Packet* p : pieces) a().release(p);
        rte_mbuf* m = nullptr;
        ASSERT_EQ(rte_eth_rx_burst(ports[1], 0, &m, 1), 1);
        EXPECT_EQ(m->nb_segs, 31);
        EXPECT_EQ(m->pkt_len, 66u + (vlan != 0 ? 4 : 0) + 41u * 1448);
        EXPECT_EQ(m->ol_flags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG);
        EXPECT_EQ(m->tso_segsz, 1448u);
        EXPECT_EQ(m->l2_len, vlan != 0 ? 18u : 14u);
        EXPECT_EQ(m->l3_len, 20u);
        EXPECT_EQ(m->l4_len, 32u);
        std::uint32_t at = 100;
        for (const rte_mbuf* piece = m->next; piece != nullptr; piece = piece->next) {
            const std::byte* const bytes = rte_pktmbuf_mtod(piece, const std::byte*);
            EXPECT_TRUE(has_pattern(bytes, piece->data_len, at * 7));
            at += piece->data_len;
        }
        EXPECT_EQ(at, 100u + 41 * 1448);
        rte_pktmbuf_free(m);
    }
}

// Rule: a chain longer than any packet of ours is dropped and counted, and its buffers come home.
TEST_F(MbufPacket, ChainThatDoesNotFitIsDropped) {
    const std::vector<std::uint16_t> ports = open_ports();
    ASSERT_EQ(ports.size(), 2u);
    Packet* probe = a().allocate();
    ASSERT_NE(probe, nullptr);
    rte_mempool* pool = mbuf_of(probe)->pool;
    a().release(probe);
    rte_mbuf* chain = nullptr;
    for (int i = 0; i < 2; ++i) {
        rte_mbuf* segment = rte_pktmbuf_alloc(pool);
        ASSERT_NE(segment, nullptr);
        ASSERT_NE(rte_pktmbuf_append(segment, 1500), nullptr);
        if (chain != nullptr) {
            ASSERT_EQ(rte_pktmbuf_chain(segment, chain), 0);
        }
        chain = segment;
    }
    ASSERT_EQ(rte_eth_tx_burst(ports[0], 0, &chain, 1), 1);
    EXPECT_TRUE(receive(b()).empty());
    EXPECT_EQ(b().counters().no_buffer, 1u);
    EXPECT_EQ(b().counters().rx_frames, 0u);
}

}  // namespace
}  // namespace ringsock
