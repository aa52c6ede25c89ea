// SPDX-License-Identifier: BSD-3-Clause
// wire/build_frame: a kernel's frames rebuilt byte for byte; random fields through build and parse.
#include "wire/build_frame.h"

#include <gtest/gtest.h>

#include <array>

#include "frames.h"
#include "wire/parse_frame.h"
#include "wire/tcp_header.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;

const MacAddress kMacA{{2, 0, 0, 0, 0, 1}};
const MacAddress kMacB{{2, 0, 0, 0, 0, 2}};
const LinkHeader kLink = LinkHeader::ethernet(kMacB, kMacA, EtherType::ipv4);

struct Room {
    std::array<std::byte, kHeaderRoomBytes> bytes;
    Room() { bytes.fill(std::byte{0xee}); }
    /// Header bytes followed by the payload: the frame on the wire.
    Bytes frame(HeaderLengths lengths, std::span<const std::byte> payload = {}) const {
        Bytes out(bytes.begin(), bytes.begin() + lengths.total());
        out.insert(out.end(), payload.begin(), payload.end());
        out.shrink_to_fit();
        return out;
    }
};
PayloadSum sum_of(std::span<const std::byte> payload) {
    PayloadSum sum{.length = static_cast<std::uint32_t>(payload.size()), .sum = {}};
    sum.sum.add(payload);
    return sum;
}
Ipv4Fields ip_of(const ParsedFrame& p) {
    return {.source = p.source,
            .destination = p.destination,
            .id = p.ipv4_id,
            .ttl = p.ttl,
            .tos = p.tos,
            .dont_fragment = p.has_dont_fragment()};
}

// What Linux sent is what we send, to the last bit: SYN, ACK, SACK, data, FIN, RST.
TEST(BuildFrame, TcpFramesOfKernel_AreRebuiltIdentically) {
    for (const auto text : {test::kSyn, test::kAck, test::kAckWithSack, test::kDataWithTwoSacks,
                            test::kFinWithTwoSacks, test::kRefusal}) {
        const Bytes truth = hex(text);
        const ParsedFrame p = parse_frame(truth, {});
        ASSERT_EQ(p.kind, FrameKind::ipv4_tcp);
        const auto payload = std::span{truth}.subspan(p.payload_offset, p.payload_length);
        Room room;
        const HeaderLengths lengths = build_tcp_ipv4(room.bytes, kLink, ip_of(p), p.tcp, sum_of(payload), {});
        EXPECT_EQ(lengths.l2, 14);
        EXPECT_EQ(lengths.l3, 20);
        EXPECT_EQ(room.frame(lengths, payload), truth);
    }
}

// The kernel's UDP, ICMP and ARP frames.
TEST(BuildFrame, OtherFramesOfKernel_AreRebuiltIdentically) {
    Room room;
    Bytes truth = hex(test::kUdpHello);
    ParsedFrame p = parse_frame(truth, {});
    auto payload = std::span<const std::byte>{truth}.subspan(p.payload_offset, p.payload_length);
    HeaderLengths lengths =
        build_udp_ipv4(room.bytes, kLink, ip_of(p), p.source_port, p.destination_port, sum_of(payload), {});
    EXPECT_EQ(lengths, (HeaderLengths{14, 20, 8}));
    EXPECT_EQ(room.frame(lengths, payload), truth);

    truth = hex(test::kPortUnreachable);
    p = parse_frame(truth, {});
    payload = std::span<const std::byte>{truth}.subspan(p.payload_offset, p.payload_length);
    const Icmpv4Fields unreachable{.type = Icmpv4Type::destination_unreachable,
                                   .code = static_cast<std::uint8_t>(Icmpv4Unreachable::port)};
    lengths = build_icmp_ipv4(room.bytes, kLink, ip_of(p), unreachable, payload, {}, {});
    EXPECT_EQ(lengths, (HeaderLengths{14, 20, 41}));
    EXPECT_EQ(room.frame(lengths), truth);
    // The quotation may also follow as payload: the frame is the same.
    lengths = build_icmp_ipv4(room.bytes, kLink, ip_of(p), unreachable, {}, sum_of(payload), {});
    EXPECT_EQ(room.frame(lengths, payload), truth);

    truth = hex(test::kEchoReply);
    p = parse_frame(truth, {});
    payload = std::span<const std::byte>{truth}.subspan(p.payload_offset, p.payload_length);
    const Icmpv4Fields reply{.type = Icmpv4Type::echo_reply, .rest = 0x1234'0001};
    lengths =
        build_icmp_ipv4(room.bytes, kLink, ip_of(p), reply, payload.first(3), sum_of(payload.subspan(3)), {});
    EXPECT_EQ(room.frame(lengths, payload.subspan(3)), truth) << "Odd quotation, then payload.";

    const ArpFields arp{.operation = ArpOperation::reply,
                        .sender_mac = kMacA,
                        .sender_address = Ipv4::of(10, 9, 9, 1),
                        .target_mac = kMacB,
                        .target_address = Ipv4::of(10, 9, 9, 2)};
    lengths = build_arp(room.bytes, LinkHeader::ethernet(kMacB, kMacA, EtherType::arp), arp);
    EXPECT_EQ(lengths, (HeaderLengths{14, 28, 0}));
    EXPECT_EQ(room.frame(lengths), hex(test::kArpReply));
}

// A tag moves everything by four bytes and changes nothing else.
TEST(BuildFrame, TaggedLinkHeader_ShiftsTheRest) {
    const Bytes plain = hex(test::kAck);
    const ParsedFrame p = parse_frame(plain, {});
    Room room;
    const auto lengths = build_tcp_ipv4(room.bytes, LinkHeader::tagged(kMacB, kMacA, 7, EtherType::ipv4),
                                        ip_of(p), p.tcp, {}, {});
    EXPECT_EQ(lengths.l2, 18);
    const Bytes frame = room.frame(lengths);
    EXPECT_EQ(Bytes(frame.begin() + 18, frame.end()), Bytes(plain.begin() + 14, plain.end()));
    EXPECT_EQ(parse_frame(frame, {}).vlan_id, 7);
}

// Offload: the IPv4 field is zero, the TCP or UDP field the pseudo-header's sum, and completing it as a
// device does (summing the packet with that field in it) gives the frame of the software path.
TEST(BuildFrame, ChecksumsLeftToDevice_CompleteToTheSameFrame) {
    const Bytes truth = hex(test::kDataWithTwoSacks);
    const ParsedFrame p = parse_frame(truth, {});
    const auto payload = std::span{truth}.subspan(p.payload_offset, p.payload_length);
    Room room;
    const BuildRules device{.device_ipv4_checksum = true, .device_l4_checksum = true};
    auto lengths = build_tcp_ipv4(room.bytes, kLink, ip_of(p), p.tcp, sum_of(payload), device);
    Bytes frame = room.frame(lengths, payload);
    EXPECT_EQ(load_be<std::uint16_t>(&frame[24]), 0);
    const std::uint32_t pseudo = test::naive_sum(std::span{frame}.subspan(26, 8)) + 6u + 57u;
    EXPECT_EQ(load_be<std::uint16_t>(&frame[50]), test::naive_sum({}, pseudo));
    store_be(&frame[50], static_cast<std::uint16_t>(~test::naive_sum(std::span{frame}.subspan(34))));
    test::fix_ipv4_checksum(frame);
    EXPECT_EQ(frame, truth);

    lengths = build_udp_ipv4(room.bytes, kLink, ip_of(p), Port{1}, Port{2}, sum_of(payload), device);
    frame = room.frame(lengths, payload);
    EXPECT_EQ(load_be<std::uint16_t>(&frame[24]), 0);
    store_be(&frame[40], static_cast<std::uint16_t>(~test::naive_sum(std::span{frame}.subspan(34))));
    test::fix_ipv4_checksum(frame);
    EXPECT_EQ(parse_frame(frame, {}).kind, FrameKind::ipv4_udp);
}

// RFC 768: zero means "none", so a sum that comes out as zero is sent as 0xffff.
TEST(BuildFrame, UdpChecksumOfZero_IsSentAsOnes) {
    const Ipv4Fields ip{.source = Ipv4::of(10, 9, 9, 1), .destination = Ipv4::of(10, 9, 9, 2)};
    unsigned found = 0;
    for (unsigned word = 0; word < 65536; ++word) {
        std::array<std::byte, 2> payload;
        store_be(payload.data(), static_cast<std::uint16_t>(word));
        Room room;
        const auto lengths = build_udp_ipv4(room.bytes, kLink, ip, Port{5}, Port{6}, sum_of(payload), {});
        const auto field = load_be<std::uint16_t>(&room.bytes[40]);
        ASSERT_NE(field, 0);
        if (field == 0xffff) {
            ++found;
            EXPECT_EQ(parse_frame(room.frame(lengths, payload), {}).kind, FrameKind::ipv4_udp);
        }
    }
    EXPECT_EQ(found, 1u);
}

// An ICMP quotation is cut at the room, never past it, tagged or not.
TEST(BuildFrame, LongQuotation_IsCutAtTheRoom) {
    const Bytes quoted(1500, std::byte{0x5a});
    const Ipv4Fields ip{.source = Ipv4::of(10, 9, 9, 1), .destination = Ipv4::of(10, 9, 9, 2)};
    for (const LinkHeader& link : {kLink, LinkHeader::tagged(kMacB, kMacA, 0xe000, EtherType::ipv4)}) {
        Room room;
        const auto lengths = build_icmp_ipv4(room.bytes, link, ip,
                                             {.type = Icmpv4Type::destination_unreachable}, quoted, {}, {});
        EXPECT_EQ(lengths.l4, kIcmpv4HeaderBytes + kMaxIcmpQuoteBytes);
        EXPECT_LE(lengths.total(), kHeaderRoomBytes);
        const ParsedFrame p = parse_frame(room.frame(lengths), {});
        EXPECT_EQ(p.kind, FrameKind::ipv4_icmp);
        EXPECT_EQ(p.payload_length, kMaxIcmpQuoteBytes);
    }
}

// Random fields and payloads in several odd pieces: what is built is parsed, verified and equal.
TEST(BuildFrame, RandomTcpFields_SurviveBuildAndParse) {
    test::Random random{12};
    for (int round = 0; round < 20000; ++round) {
        const auto word = [&random] { return static_cast<std::uint32_t>(random.next()); };
        const auto half = [&random] { return static_cast<std::uint16_t>(random.next()); };
        const Ipv4Fields ip{.source = Ipv4{word()},
                            .destination = Ipv4{word()},
                            .id = half(),
                            .ttl = static_cast<std::uint8_t>(half()),
                            .tos = static_cast<std::uint8_t>(half()),
                            .dont_fragment = random.below(2) == 0};
        TcpFields tcp;
        tcp.source = Port{half()};
        tcp.destination = Port{half()};
        tcp.seq = SeqNum{word()};
        tcp.ack = SeqNum{word()};
        tcp.window = half();
        tcp.urgent_pointer = half();
        tcp.flags = static_cast<std::uint8_t>(half());
        tcp.options = random.below(3) == 0   ? static_cast<std::uint8_t>(random.below(32))
                      : random.below(2) == 0 ? static_cast<std::uint8_t>(kOptTimestamps)
                                             : std::uint8_t{0};
        tcp.sack_count = static_cast<std::uint8_t>(random.below(5));
        tcp.ts_value = word();
        tcp.ts_echo = word();
        tcp.mss = half();
        const Bytes payload = random.bytes(random.below(300));
        PayloadSum sum{.length = static_cast<std::uint32_t>(payload.size()), .sum = {}};
        for (std::size_t at = 0; at < payload.size();) {
            const std::size_t piece = 1 + random.below(payload.size() - at);
            sum.sum.add(std::span{payload}.subspan(at, piece));
            at += piece;
        }
        const bool is_tagged = random.below(4) == 0;
        const LinkHeader link = is_tagged ? LinkHeader::tagged(kMacB, kMacA, 0xe000, EtherType::ipv4) : kLink;
        Room room;
        const HeaderLengths lengths = build_tcp_ipv4(room.bytes, link, ip, tcp, sum, {});
        const Bytes frame = room.frame(lengths, payload);
        const ParsedFrame p = parse_frame(frame, {});
        ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
        ASSERT_EQ(p.source, ip.source);
        ASSERT_EQ(p.destination, ip.destination);
        ASSERT_EQ(p.ipv4_id, ip.id);
        ASSERT_EQ(p.ttl, ip.ttl);
        ASSERT_EQ(p.tos, ip.tos);
        ASSERT_EQ(p.has_dont_fragment(), ip.dont_fragment);
        ASSERT_EQ(p.payload_length, payload.size());
        ASSERT_EQ(p.payload_offset, lengths.total());
        ASSERT_EQ(p.tcp.seq, tcp.seq);
        ASSERT_EQ(p.tcp.ack, tcp.ack);
        ASSERT_EQ(p.tcp.flags, tcp.flags);
        ASSERT_EQ(p.tcp.window, tcp.window);
        ASSERT_EQ(p.tcp.urgent_pointer, tcp.urgent_pointer);
        if (tcp.has_option(kOptTimestamps)) {
            ASSERT_EQ(p.tcp.ts_value, tcp.ts_value);
        }
    }
}

// The same for UDP, whose checksum may come out as zero.
TEST(BuildFrame, RandomUdpFields_SurviveBuildAndParse) {
    test::Random random{13};
    for (int round = 0; round < 20000; ++round) {
        const Ipv4Fields ip{.source = Ipv4{static_cast<std::uint32_t>(random.next())},
                            .destination = Ipv4{static_cast<std::uint32_t>(random.next())}};
        const Port from{static_cast<std::uint16_t>(random.next())},
            to{static_cast<std::uint16_t>(random.next())};
        const Bytes payload = random.bytes(random.below(100));
        Room room;
        const auto lengths = build_udp_ipv4(room.bytes, kLink, ip, from, to, sum_of(payload), {});
        const ParsedFrame p = parse_frame(room.frame(lengths, payload), {});
        ASSERT_EQ(p.kind, FrameKind::ipv4_udp) << name_of(p.drop);
        ASSERT_EQ(p.source_port, from);
        ASSERT_EQ(p.destination_port, to);
        ASSERT_EQ(p.payload_length, payload.size());
    }
}

// The largest datagram: lengths at the top of their 16 bits.
TEST(BuildFrame, LargestDatagram_IsIntact) {
    const Bytes payload(kMaxIpv4Bytes - 40, std::byte{0xff});
    Room room;
    TcpFields tcp;
    tcp.flags = TcpFlag::ack;
    const Ipv4Fields ip{.source = Ipv4{0xffffffff}, .destination = Ipv4{0xffffffff}, .id = 0xffff};
    const auto lengths = build_tcp_ipv4(room.bytes, kLink, ip, tcp, sum_of(payload), {});
    const ParsedFrame p = parse_frame(room.frame(lengths, payload), {});
    ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
    EXPECT_EQ(p.datagram_length, kMaxIpv4Bytes);
    EXPECT_EQ(p.payload_length, payload.size());
}

}  // namespace
}  // namespace ringsock
