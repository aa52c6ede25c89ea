// SPDX-License-Identifier: BSD-3-Clause
// wire/parse_frame: every kind, every drop reason, every truncation; frames of a Linux kernel as truth.
#include "wire/parse_frame.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "frames.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::fix_ipv4_checksum;
using test::fix_l4_checksum;
using test::hex;

constexpr ParseRules kVerifyAll{};
constexpr ParseRules kVerifyNothing{.verify_ipv4_checksum = false, .verify_l4_checksum = false};
constexpr std::size_t kTcpChecksum = 16, kUdpChecksum = 6, kIcmpChecksum = 2;

ParsedFrame parse(const Bytes& frame, const ParseRules& rules = kVerifyAll) {
    return parse_frame(frame, rules);
}
DropReason drop_of(const Bytes& frame, const ParseRules& rules = kVerifyAll) {
    const ParsedFrame p = parse(frame, rules);
    EXPECT_EQ(p.kind == FrameKind::dropped, p.drop != DropReason::none);
    return p.drop;
}
Bytes cut(const Bytes& frame, std::size_t length) {
    return Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
}
/// Inserts an 802.1Q tag.
Bytes tagged(const Bytes& frame, std::uint16_t tci) {
    Bytes out = frame;
    const Bytes tag = {std::byte{0x81}, std::byte{0}, static_cast<std::byte>(tci >> 8),
                       static_cast<std::byte>(tci)};
    out.insert(out.begin() + 12, tag.begin(), tag.end());
    return out;
}
/// Inserts `options` (a multiple of four bytes) into the IPv4 header and mends lengths and checksum.
Bytes with_ip_options(const Bytes& frame, const Bytes& options) {
    Bytes out = frame;
    out.insert(out.begin() + 34, options.begin(), options.end());
    out[14] = static_cast<std::byte>(0x45 + options.size() / 4);
    store_be(&out[16], static_cast<std::uint16_t>(out.size() - 14));
    fix_ipv4_checksum(out);
    return out;
}

// The 66-byte acknowledgement: all fields, offsets and addresses.
TEST(ParseFrame, AcknowledgementOfKernel_IsDecoded) {
    const ParsedFrame p = parse(hex(test::kAck));
    ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
    EXPECT_EQ(p.drop, DropReason::none);
    EXPECT_EQ(p.source, Ipv4::of(10, 9, 9, 1));
    EXPECT_EQ(p.destination, Ipv4::of(10, 9, 9, 2));
    EXPECT_EQ(p.ttl, 64);
    EXPECT_EQ(p.tos, 0);
    EXPECT_EQ(p.l3_offset, 14);
    EXPECT_EQ(p.ipv4_header_length, 20);
    EXPECT_EQ(p.datagram_length, 52);
    EXPECT_EQ(p.ipv4_id, 0x2944);
    EXPECT_TRUE(p.has_dont_fragment());
    EXPECT_FALSE(p.has_more_fragments());
    EXPECT_EQ(p.l4_offset, 34);
    EXPECT_EQ(p.payload_offset, 66);
    EXPECT_EQ(p.payload_length, 0);
    EXPECT_EQ(p.vlan_id, kNoVlan);
    EXPECT_FALSE(p.is_link_group);
    EXPECT_EQ(p.source_port.value, 41914);
    EXPECT_EQ(p.destination_port.value, 80);
    EXPECT_EQ(p.tcp.source.value, 41914);
    EXPECT_EQ(p.tcp.flags, TcpFlag::ack);
    EXPECT_EQ(p.tcp.seq.value, 0xee5b56d9u);
    EXPECT_EQ(p.tcp.ack.value, 5001u);
    EXPECT_EQ(p.tcp.options, kOptTimestamps);
    EXPECT_EQ(p.tcp.ts_echo, 1000u);
}

// Text after a header with options: where it is and how long.
TEST(ParseFrame, DataOfKernel_HasItsText) {
    const Bytes frame = hex(test::kDataWithTwoSacks);
    const ParsedFrame p = parse(frame);
    ASSERT_EQ(p.kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(p.tcp.sack_count, 2);
    ASSERT_EQ(p.payload_length, 5);
    EXPECT_EQ(std::memcmp(&frame[p.payload_offset], "hello", 5), 0);
}

// The rest of the kernel's frames: their kinds, with all checksums verified.
TEST(ParseFrame, FramesOfKernel_HaveTheirKinds) {
    EXPECT_EQ(parse(hex(test::kSyn)).kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(parse(hex(test::kAckWithSack)).kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(parse(hex(test::kFinWithTwoSacks)).kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(parse(hex(test::kRefusal)).kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(parse(hex(test::kArpReply)).kind, FrameKind::arp);
    const ParsedFrame request = parse(hex(test::kArpRequest));
    EXPECT_EQ(request.kind, FrameKind::arp);
    EXPECT_EQ(request.l3_offset, 14);
    EXPECT_TRUE(request.is_link_group);
    const ParsedFrame udp = parse(hex(test::kUdpHello));
    ASSERT_EQ(udp.kind, FrameKind::ipv4_udp);
    EXPECT_EQ(udp.source_port.value, 0x97ef);
    EXPECT_EQ(udp.destination_port.value, 9);
    EXPECT_EQ(udp.payload_offset, 42);
    EXPECT_EQ(udp.payload_length, 5);
    const ParsedFrame unreachable = parse(hex(test::kPortUnreachable));
    ASSERT_EQ(unreachable.kind, FrameKind::ipv4_icmp);
    EXPECT_EQ(unreachable.icmp_type, 3);
    EXPECT_EQ(unreachable.icmp_code, 3);
    EXPECT_EQ(unreachable.tos, 0xc0);
    EXPECT_EQ(unreachable.payload_offset, 42);
    EXPECT_EQ(unreachable.payload_length, 33);
    EXPECT_EQ(parse(hex(test::kEchoReply)).kind, FrameKind::ipv4_icmp);
}

// RFC 791 §3.2: fragments, first and later, are reported with offset and more flag, whatever they carry.
TEST(ParseFrame, Fragments_AreReported) {
    const ParsedFrame last = parse(test::last_fragment());
    ASSERT_EQ(last.kind, FrameKind::ipv4_fragment);
    EXPECT_EQ(last.fragment_offset(), 1480u);
    EXPECT_FALSE(last.has_more_fragments());
    EXPECT_EQ(last.ipv4_id, 0xe419);
    EXPECT_EQ(last.payload_offset, 34);
    EXPECT_EQ(last.payload_length, 128);
    Bytes first = hex(test::kSyn);
    store_be<std::uint16_t>(&first[20], Ipv4View::kMoreFragments);
    fix_ipv4_checksum(first);
    const ParsedFrame p = parse(first);
    ASSERT_EQ(p.kind, FrameKind::ipv4_fragment);
    EXPECT_TRUE(p.has_more_fragments());
    EXPECT_EQ(p.fragment_offset(), 0u);
    EXPECT_EQ(p.protocol, 6);
}

// RFC 9293 MUST-50: IPv4 options are understood so far that they are skipped, up to the largest header.
TEST(ParseFrame, Ipv4Options_AreSkipped) {
    for (std::size_t words = 1; words <= 10; ++words) {
        const Bytes frame = with_ip_options(hex(test::kDataWithTwoSacks), Bytes(words * 4, std::byte{1}));
        const ParsedFrame p = parse(frame);
        ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
        EXPECT_EQ(p.ipv4_header_length, 20 + words * 4);
        EXPECT_EQ(p.payload_length, 5);
        EXPECT_EQ(std::memcmp(&frame[p.payload_offset], "hello", 5), 0);
    }
}

// Ethernet pads to 60 bytes: what is behind the total length belongs to nobody, odd or even.
TEST(ParseFrame, PaddingBehindTotalLength_IsIgnored) {
    for (std::size_t padding = 0; padding < 20; ++padding) {
        Bytes frame = hex(test::kRefusal);
        frame.resize(frame.size() + padding, std::byte{0xa5});
        const ParsedFrame p = parse(frame);
        ASSERT_EQ(p.kind, FrameKind::ipv4_tcp);
        EXPECT_EQ(p.payload_length, 0);
    }
}

// IEEE 802.1Q: a tag that only tells a priority is stepped over, all offsets move by four; a second one is
// not ours.
TEST(ParseFrame, PriorityTag_IsSteppedOver) {
    const ParsedFrame p = parse(tagged(hex(test::kAck), 0xe000));
    ASSERT_EQ(p.kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(p.vlan_id, 0);
    EXPECT_EQ(p.l3_offset, 18);
    EXPECT_EQ(p.l4_offset, 38);
    EXPECT_EQ(p.payload_offset, 70);
    EXPECT_EQ(parse(tagged(hex(test::kArpReply), 0)).kind, FrameKind::arp);
    EXPECT_EQ(parse(tagged(tagged(hex(test::kAck), 0), 0)).kind, FrameKind::other);
}

// IEEE 802.1Q: what carries the tag of a VLAN belongs to it, and not to an interface that has none: a carrier
// of that VLAN would have taken the tag off.
TEST(ParseFrame, TagOfAVlan_IsDropped) {
    for (const std::uint16_t tci : {std::uint16_t{0x0001}, std::uint16_t{0xe07b}, std::uint16_t{0x0fff}}) {
        const ParsedFrame p = parse(tagged(hex(test::kAck), tci));
        EXPECT_EQ(p.kind, FrameKind::dropped);
        EXPECT_EQ(p.drop, DropReason::vlan_other);
        EXPECT_EQ(p.vlan_id, tci & 0x0fff);
    }
}

// Types we do not decode are told apart from damage.
TEST(ParseFrame, OtherTypesAndProtocols_AreNotDrops) {
    Bytes frame = hex(test::kAck);
    store_be<std::uint16_t>(&frame[12], 0x86dd);
    EXPECT_EQ(parse(frame).kind, FrameKind::ipv6);
    for (const unsigned type : {0x002eu, 0x05ffu, 0x88ccu, 0xffffu}) {
        store_be(&frame[12], static_cast<std::uint16_t>(type));
        EXPECT_EQ(parse(frame).kind, FrameKind::other) << type;
    }
    frame = hex(test::kAck);
    frame[23] = std::byte{132};
    fix_ipv4_checksum(frame);
    const ParsedFrame p = parse(frame);
    EXPECT_EQ(p.kind, FrameKind::ipv4_other);
    EXPECT_EQ(p.protocol, 132);
    EXPECT_EQ(p.payload_length, 32);
}

// Each way to lie has its own reason.
TEST(ParseFrame, LinkAndArpDamage_HasItsReason) {
    EXPECT_EQ(drop_of({}), DropReason::ethernet_truncated);
    EXPECT_EQ(drop_of(cut(hex(test::kAck), 13)), DropReason::ethernet_truncated);
    EXPECT_EQ(drop_of(cut(tagged(hex(test::kAck), 1), 17)), DropReason::ethernet_truncated);
    EXPECT_EQ(drop_of(cut(hex(test::kArpReply), 41)), DropReason::arp_truncated);
    Bytes arp = hex(test::kArpReply);
    arp[18] = std::byte{8};  // Hardware address length.
    EXPECT_EQ(drop_of(arp), DropReason::arp_not_ipv4);
}

// RFC 1122 §3.2.1: version, lengths and checksum of the IPv4 header.
TEST(ParseFrame, Ipv4Damage_HasItsReason) {
    const Bytes good = hex(test::kAck);
    EXPECT_EQ(drop_of(cut(good, 33)), DropReason::ipv4_truncated);
    for (const unsigned first : {0x55u, 0x65u, 0x05u}) {
        Bytes frame = good;
        frame[14] = static_cast<std::byte>(first);
        EXPECT_EQ(drop_of(frame), DropReason::ipv4_version_bad);
    }
    for (const unsigned first : {0x40u, 0x41u, 0x44u, 0x4bu, 0x4cu, 0x4eu, 0x4fu}) {
        Bytes frame = cut(good, 60);
        store_be<std::uint16_t>(&frame[16], 46);
        frame[14] = static_cast<std::byte>(first);
        const bool past_end = (first & 15) * 4 > 60 - 14;
        EXPECT_EQ(drop_of(frame), first < 0x45 || past_end ? DropReason::ipv4_header_length_bad
                                                           : DropReason::ipv4_checksum_bad);
    }
    for (const unsigned total : {0u, 19u, 53u, 65535u}) {
        Bytes frame = good;
        store_be(&frame[16], static_cast<std::uint16_t>(total));
        fix_ipv4_checksum(frame);
        EXPECT_EQ(drop_of(frame), DropReason::ipv4_total_length_bad) << total;
    }
    Bytes with_options = with_ip_options(good, Bytes(8, std::byte{1}));
    store_be<std::uint16_t>(&with_options[16], 27);  // At least 20, yet less than this header.
    fix_ipv4_checksum(with_options);
    EXPECT_EQ(drop_of(with_options), DropReason::ipv4_total_length_bad);
    for (std::size_t at = 14; at < 34; ++at) {
        Bytes frame = good;
        frame[at] ^= std::byte{0x01};
        EXPECT_NE(drop_of(frame), DropReason::none) << at;
    }
    Bytes damaged_ttl = good;
    damaged_ttl[22] = std::byte{63};
    EXPECT_EQ(drop_of(damaged_ttl), DropReason::ipv4_checksum_bad);
    EXPECT_EQ(drop_of(damaged_ttl, kVerifyNothing), DropReason::none);
}

// RFC 9293 §3.1 (MUST-3): one flipped bit anywhere in segment or addresses is found, and its reason told.
TEST(ParseFrame, TcpDamage_HasItsReason) {
    const Bytes good = hex(test::kDataWithTwoSacks);
    for (std::size_t at = 34; at < good.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes frame = good;
            frame[at] ^= static_cast<std::byte>(1u << bit);
            const DropReason drop = drop_of(frame);
            EXPECT_TRUE(drop == DropReason::tcp_checksum_bad ||
                        (at == 46 && drop == DropReason::tcp_offset_bad))
                << at;
        }
    }
    Bytes moved = good;  // Another destination with a right IPv4 checksum: only the pseudo-header knows.
    moved[33] = std::byte{9};
    fix_ipv4_checksum(moved);
    EXPECT_EQ(drop_of(moved), DropReason::tcp_checksum_bad);
    EXPECT_EQ(drop_of(moved, {.verify_ipv4_checksum = true, .verify_l4_checksum = false}), DropReason::none);
    for (unsigned words = 0; words < 16; ++words) {
        Bytes frame = good;
        frame[46] = static_cast<std::byte>(words << 4);
        fix_l4_checksum(frame, kTcpChecksum);
        EXPECT_EQ(drop_of(frame), words < 5 || words > 14 ? DropReason::tcp_offset_bad : DropReason::none)
            << words;
    }
}

// RFC 768, RFC 1122 §4.1.3.4: length, checksum, and the zero that means none.
TEST(ParseFrame, UdpDamage_HasItsReason) {
    const Bytes good = hex(test::kUdpHello);
    for (const unsigned length : {0u, 7u, 14u, 65535u}) {
        Bytes frame = good;
        store_be(&frame[38], static_cast<std::uint16_t>(length));
        EXPECT_EQ(drop_of(frame), DropReason::udp_length_bad) << length;
    }
    Bytes damaged = good;
    damaged[42] ^= std::byte{1};
    EXPECT_EQ(drop_of(damaged), DropReason::udp_checksum_bad);
    EXPECT_EQ(drop_of(damaged, kVerifyNothing), DropReason::none);
    store_be<std::uint16_t>(&damaged[40], 0);
    EXPECT_EQ(drop_of(damaged), DropReason::none);
    // A shorter UDP length than the datagram's room: the rest is nobody's, and is not summed.
    Bytes shorter = good;
    store_be<std::uint16_t>(&shorter[38], 11);
    store_be<std::uint16_t>(&shorter[40], 0);
    const std::uint32_t pseudo = test::naive_sum(std::span{shorter}.subspan(26, 8)) + 17u + 11u;
    store_be(&shorter[40],
             static_cast<std::uint16_t>(~test::naive_sum(std::span{shorter}.subspan(34, 11), pseudo)));
    const ParsedFrame p = parse(shorter);
    ASSERT_EQ(p.kind, FrameKind::ipv4_udp) << name_of(p.drop);
    EXPECT_EQ(p.payload_length, 3);
    store_be<std::uint16_t>(&shorter[38], 8);
    store_be<std::uint16_t>(&shorter[40], 0);
    EXPECT_EQ(parse(shorter).payload_length, 0);
}

// RFC 768: a checksum that comes out as zero is sent as ones; it is intact.
TEST(ParseFrame, UdpChecksumOfAllOnes_IsIntact) {
    Bytes frame = hex(test::kUdpHello);
    // Choose the text so that the computed checksum is zero: add the present checksum to a text word.
    store_be<std::uint16_t>(&frame[40], 0);
    fix_l4_checksum(frame, kUdpChecksum);
    const auto checksum = load_be<std::uint16_t>(&frame[40]);
    const std::uint32_t word = load_be<std::uint16_t>(&frame[42]) + std::uint32_t{checksum};
    store_be(&frame[42], static_cast<std::uint16_t>((word & 0xffff) + (word >> 16)));
    store_be<std::uint16_t>(&frame[40], 0xffff);
    EXPECT_EQ(drop_of(frame), DropReason::none);
    frame[42] ^= std::byte{1};
    EXPECT_EQ(drop_of(frame), DropReason::udp_checksum_bad);
}

// RFC 792: ICMP has its own checksum, which no device verifies: the rules do not switch it off.
TEST(ParseFrame, IcmpDamage_HasItsReason) {
    Bytes frame = hex(test::kEchoReply);
    frame[frame.size() - 1] ^= std::byte{1};
    EXPECT_EQ(drop_of(frame), DropReason::icmp_checksum_bad);
    EXPECT_EQ(drop_of(frame, kVerifyNothing), DropReason::icmp_checksum_bad);
}

// T7: every cut of every frame is total, and only cuts inside what the headers promise are drops. A cut whose
// lengths are made right again meets the checks of layer 4 instead.
TEST(ParseFrame, EveryTruncation_IsTotal) {
    for (const auto text :
         {test::kSyn, test::kAck, test::kAckWithSack, test::kDataWithTwoSacks, test::kRefusal,
          test::kUdpHello, test::kPortUnreachable, test::kEchoReply, test::kArpReply}) {
        const Bytes whole = hex(text);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            EXPECT_NE(drop_of(cut(whole, length)), DropReason::none) << length;
            EXPECT_NE(drop_of(cut(whole, length), kVerifyNothing), DropReason::none) << length;
            EXPECT_NE(drop_of(cut(tagged(whole, 5), length + 4)), DropReason::none) << length;
            if (length < 34 || whole[12] != std::byte{8} || whole[13] != std::byte{0}) continue;
            Bytes shorter = cut(whole, length);
            store_be(&shorter[16], static_cast<std::uint16_t>(length - 14));
            fix_ipv4_checksum(shorter);
            const DropReason drop = drop_of(shorter);
            EXPECT_NE(drop, DropReason::none);
            EXPECT_GE(drop, DropReason::tcp_truncated) << length;
        }
    }
}

// The reasons for a layer-4 header that does not fit into what the total length leaves.
TEST(ParseFrame, LayerFourThatDoesNotFit_IsTruncated) {
    const auto shortened = [](std::string_view text, std::size_t l4_bytes) {
        Bytes frame = cut(hex(text), 34 + l4_bytes);
        store_be(&frame[16], static_cast<std::uint16_t>(20 + l4_bytes));
        fix_ipv4_checksum(frame);
        return frame;
    };
    EXPECT_EQ(drop_of(shortened(test::kAck, 0)), DropReason::tcp_truncated);
    EXPECT_EQ(drop_of(shortened(test::kAck, 19)), DropReason::tcp_truncated);
    EXPECT_EQ(drop_of(shortened(test::kAck, 20)), DropReason::tcp_offset_bad);
    EXPECT_EQ(drop_of(shortened(test::kUdpHello, 7)), DropReason::udp_truncated);
    EXPECT_EQ(drop_of(shortened(test::kUdpHello, 8)), DropReason::udp_length_bad);
    EXPECT_EQ(drop_of(shortened(test::kEchoReply, 7)), DropReason::icmp_truncated);
}

// MUST-7: malformed options are no reason to drop; tcp hears of them.
TEST(ParseFrame, MalformedTcpOptions_AreReportedNotDropped) {
    Bytes frame = hex(test::kAck);
    frame[57] = std::byte{0};  // Length of the timestamps option.
    fix_l4_checksum(frame, kTcpChecksum);
    const ParsedFrame p = parse(frame);
    ASSERT_EQ(p.kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(p.tcp.options, kOptMalformed);
}

// Totality: random frames and randomly damaged good frames; offsets never point outside the frame.
TEST(ParseFrame, RandomFrames_KeepInvariants) {
    test::Random random{11};
    const Bytes seeds[] = {hex(test::kSyn),      hex(test::kDataWithTwoSacks),
                           hex(test::kUdpHello), hex(test::kPortUnreachable),
                           hex(test::kArpReply), tagged(hex(test::kAck), 1)};
    std::set<FrameKind> kinds;
    for (int round = 0; round < 100000; ++round) {
        Bytes frame =
            round % 8 == 0 ? random.bytes(random.below(200)) : seeds[random.below(std::size(seeds))];
        for (std::size_t n = random.below(4); n > 0 && !frame.empty(); --n)
            frame[random.below(frame.size())] = static_cast<std::byte>(random.next());
        if (random.below(4) == 0) frame.resize(random.below(frame.size() + 1));
        frame.shrink_to_fit();
        const ParsedFrame p = parse(frame, round % 2 == 0 ? kVerifyNothing : kVerifyAll);
        kinds.insert(p.kind);
        ASSERT_EQ(p.kind == FrameKind::dropped, p.drop != DropReason::none);
        if (p.kind == FrameKind::dropped) continue;
        ASSERT_LE(p.payload_offset + p.payload_length, frame.size());
        ASSERT_LE(p.l4_offset, frame.size());
        ASSERT_LE(p.l3_offset, frame.size());
    }
    EXPECT_GE(kinds.size(), 7u);
}

// Every value of both enums has a name of its own, and a value that is none has one too.
TEST(ParseFrame, EveryReasonAndKind_HasName) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDropReasons; ++i) names.insert(name_of(static_cast<DropReason>(i)));
    EXPECT_EQ(names.size(), kDropReasons);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name_of(static_cast<DropReason>(kDropReasons)), "unknown");
    names.clear();
    for (std::size_t i = 0; i < kFrameKinds; ++i) names.insert(name_of(static_cast<FrameKind>(i)));
    EXPECT_EQ(names.size(), kFrameKinds);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name_of(static_cast<FrameKind>(kFrameKinds)), "unknown");
}

// RFC 3168 §5: the two low bits of the type of service.
TEST(ParseFrame, EcnBits_AreRead) {
    Bytes frame = hex(test::kAck);
    frame[15] = std::byte{0xbb};
    fix_ipv4_checksum(frame);
    EXPECT_EQ(parse(frame).ecn(), Ecn::congestion_experienced);
    EXPECT_EQ(parse(frame).tos, 0xbb);
}

}  // namespace
}  // namespace ringsock
