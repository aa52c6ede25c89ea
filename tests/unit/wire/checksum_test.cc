// SPDX-License-Identifier: BSD-3-Clause
// wire/checksum: RFC 1071, RFC 1624, pseudo-headers.
#include "wire/checksum.h"

#include <gtest/gtest.h>

#include "frames.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;
using test::naive_sum;

// RFC 1071 §3, the worked example: 0001 f203 f4f5 f6f7 sums to ddf2.
TEST(Checksum, ExampleOfRfc1071_Matches) {
    ChecksumAccumulator sum;
    sum.add(hex("0001f203f4f5f6f7"));
    EXPECT_EQ(sum.sum().host(), 0xddf2);
    EXPECT_EQ(sum.checksum().host(), 0x220d);
}

// RFC 1071 §1 step 3: a header with its checksum in place sums to all ones; the field is what a zero field
// gives.
TEST(Checksum, HeaderOfKernel_IsIntactAndReproduced) {
    Bytes header = hex("45000073000040004011b861c0a80001c0a800c7");
    ChecksumAccumulator received;
    received.add(header);
    EXPECT_TRUE(received.is_intact());
    EXPECT_EQ(checksum_of(header).raw, 0);
    store_be<std::uint16_t>(&header[10], 0);
    EXPECT_EQ(checksum_of(header).host(), 0xb861);
}

// An empty message is legal input, also with a null pointer.
TEST(Checksum, EmptyPiece_ChangesNothing) {
    ChecksumAccumulator sum;
    sum.add(std::span<const std::byte>{});
    EXPECT_EQ(sum.sum().host(), 0);
    EXPECT_FALSE(sum.is_odd());
    EXPECT_EQ(checksum_of({}).host(), 0xffff);
}

// Every length up to two vector blocks past the inline limit, at every alignment, against the definition.
TEST(Checksum, EveryLengthAndAlignment_EqualsDefinition) {
    test::Random random{1};
    for (std::size_t length = 0; length <= 300; ++length) {
        for (std::size_t alignment = 0; alignment < 9; ++alignment) {
            const Bytes block = random.bytes(alignment + length);
            const auto piece = std::span{block}.subspan(alignment);
            ChecksumAccumulator sum;
            sum.add(piece);
            ASSERT_EQ(sum.sum().host(), naive_sum(piece)) << length << " bytes at " << alignment;
            ASSERT_EQ(sum.is_odd(), length % 2 == 1);
        }
    }
}

// Carries: all-ones input drives every lane to its end.
TEST(Checksum, AllOnesUpToSixtyFourKilobytes_EqualsDefinition) {
    for (const std::size_t length : {7u, 8u, 63u, 64u, 65u, 1460u, 9001u, 65535u}) {
        const Bytes ones(length, std::byte{0xff});
        ChecksumAccumulator sum;
        sum.add(ones);
        ASSERT_EQ(sum.sum().host(), naive_sum(ones)) << length;
    }
}

// RFC 1071 §2(B) and (C): pieces with odd boundaries anywhere give the sum of the whole.
TEST(Checksum, AnySplitIntoPieces_EqualsWhole) {
    test::Random random{2};
    for (int round = 0; round < 4000; ++round) {
        const Bytes whole = random.bytes(random.below(400));
        ChecksumAccumulator sum;
        std::size_t at = 0;
        while (at < whole.size()) {
            const std::size_t piece = 1 + random.below(whole.size() - at);
            sum.add(std::span{whole}.subspan(at, piece));
            at += piece;
        }
        ASSERT_EQ(sum.sum().host(), naive_sum(whole));
        ASSERT_EQ(sum.is_odd(), whole.size() % 2 == 1);
    }
}

// Joining accumulators is joining messages: odd + odd, odd + even, nested.
TEST(Checksum, AccumulatorAppendedToAccumulator_EqualsWhole) {
    test::Random random{3};
    for (int round = 0; round < 2000; ++round) {
        const Bytes whole = random.bytes(3 + random.below(200));
        const std::size_t a = random.below(whole.size()), b = a + random.below(whole.size() - a);
        ChecksumAccumulator first, second, third;
        first.add(std::span{whole}.first(a));
        second.add(std::span{whole}.subspan(a, b - a));
        third.add(std::span{whole}.subspan(b));
        second.add(third);
        first.add(second);
        ASSERT_EQ(first.sum().host(), naive_sum(whole));
    }
}

// Fields given as numbers count like their bytes, also after an odd piece.
TEST(Checksum, NumbersInHostOrder_CountLikeTheirBytes) {
    for (const char* prefix : {"", "ab", "abcd", "abcdef"}) {
        ChecksumAccumulator numbers, bytes;
        numbers.add(hex(prefix));
        numbers.add_be16(0x1234);
        numbers.add_be32(0xfedcba98);
        bytes.add(hex(std::string(prefix) + "1234fedcba98"));
        EXPECT_EQ(numbers.sum().host(), bytes.sum().host()) << prefix;
    }
}

// RFC 1624 §4: HC = 0xdd2f, m = 0x5555, m' = 0x3285 gives 0x0000, not 0xffff.
TEST(Checksum, ExampleOfRfc1624_GivesZero) {
    EXPECT_EQ(update_checksum(Be16{0xdd2f}, Be16{0x5555}, Be16{0x3285}).host(), 0x0000);
}

// Incremental update equals computing anew for a header that stays non-zero elsewhere.
TEST(Checksum, IncrementalUpdate_EqualsRecomputation) {
    test::Random random{4};
    for (int round = 0; round < 5000; ++round) {
        Bytes message = random.bytes(40);
        message[0] = std::byte{0x45};
        const Be16 old_checksum = checksum_of(message);
        const std::size_t at16 = 2 + 2 * random.below(18), at32 = 2 + 2 * random.below(18);
        const auto old16 = load_be<std::uint16_t>(&message[at16]);
        const auto new16 = static_cast<std::uint16_t>(random.next());
        store_be(&message[at16], new16);
        Be16 updated = update_checksum(old_checksum, Be16{old16}, Be16{new16});
        ASSERT_EQ(updated.host(), checksum_of(message).host());
        const auto old32 = load_be<std::uint32_t>(&message[at32]);
        const auto new32 = static_cast<std::uint32_t>(random.next());
        store_be(&message[at32], new32);
        updated = update_checksum(updated, Be32{old32}, Be32{new32});
        ASSERT_EQ(updated.host(), checksum_of(message).host());
    }
}

// RFC 9293 §3.1: pseudo-header + segment of a kernel's SYN and of a kernel's UDP datagram are intact.
TEST(PseudoHeader, Ipv4FramesOfKernel_AreIntact) {
    const Ipv4 source = Ipv4::of(10, 9, 9, 1), destination = Ipv4::of(10, 9, 9, 2);
    const Bytes syn = hex(test::kSyn), udp = hex(test::kUdpHello);
    ChecksumAccumulator tcp_sum = pseudo_header_sum(source, destination, IpProtocol::tcp, 40);
    tcp_sum.add(std::span{syn}.subspan(34));
    EXPECT_TRUE(tcp_sum.is_intact());
    ChecksumAccumulator udp_sum = pseudo_header_sum(source, destination, IpProtocol::udp, 13);
    udp_sum.add(std::span{udp}.subspan(34));
    EXPECT_TRUE(udp_sum.is_intact());
}

// The definition of both pseudo-headers, with extreme values; RFC 8200 §8.1 for IPv6.
TEST(PseudoHeader, BothFamilies_EqualTheirBytes) {
    const Bytes v4 = hex("ffffffff fffffffe 0011 ffff");
    EXPECT_EQ(pseudo_header_sum(Ipv4{0xffffffff}, Ipv4{0xfffffffe}, IpProtocol::udp, 0xffff).sum().host(),
              naive_sum(v4));
    const Bytes v6 =
        hex("20010db8000000000000000000000001 20010db80000000000000000fffffff2 00012345 0000003a");
    Ipv6 source, destination;
    std::memcpy(source.octets.data(), v6.data(), 16);
    std::memcpy(destination.octets.data(), v6.data() + 16, 16);
    EXPECT_EQ(pseudo_header_sum(source, destination, IpProtocol::icmpv6, 0x12345).sum().host(),
              naive_sum(v6));
}

}  // namespace
}  // namespace ringsock
