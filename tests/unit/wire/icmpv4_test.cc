// SPDX-License-Identifier: BSD-3-Clause
// wire/icmpv4 and the constants of wire/ipv6: RFC 792, RFC 1122 §3.2.2, RFC 1191, RFC 8200.
#include "wire/icmpv4.h"

#include <gtest/gtest.h>

#include "frames.h"
#include "wire/ipv6.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;

/// The datagram that the kernel's port unreachable message quotes.
Bytes quoted_by_kernel() {
    const Bytes frame = hex(test::kPortUnreachable);
    return Bytes(frame.begin() + 42, frame.end());
}

// RFC 792: the kernel quotes our datagram: who, to whom, which ports.
TEST(QuotedDatagram, OfKernelsPortUnreachable_IsRead) {
    const QuotedDatagram q = read_quoted_datagram(quoted_by_kernel());
    ASSERT_TRUE(q.is_valid);
    EXPECT_FALSE(q.is_fragment);
    EXPECT_EQ(q.protocol, static_cast<std::uint8_t>(IpProtocol::udp));
    EXPECT_EQ(q.source, Ipv4::of(10, 9, 9, 2));
    EXPECT_EQ(q.destination, Ipv4::of(10, 9, 9, 1));
    EXPECT_EQ(q.source_port.value, 9);
    EXPECT_EQ(q.destination_port.value, 4444);
    EXPECT_EQ(q.total_length, 33);
}

// RFC 793/9293 §3.9.2.2 needs the sequence number of a quoted segment: the eight bytes hold it.
TEST(QuotedDatagram, OfTcpSegment_HasSequenceNumber) {
    const Bytes frame = hex(test::kSyn);
    const QuotedDatagram q = read_quoted_datagram(std::span{frame}.subspan(14, 28));
    ASSERT_TRUE(q.is_valid);
    EXPECT_EQ(q.protocol, static_cast<std::uint8_t>(IpProtocol::tcp));
    EXPECT_EQ(q.source_port.value, 41914);
    EXPECT_EQ(q.destination_port.value, 80);
    EXPECT_EQ(q.seq.value, 0xee5b56d8u);
}

// Every cut below header + 8 bytes is refused and reads nothing outside (address sanitizer).
TEST(QuotedDatagram, EveryTruncation_IsRefused) {
    const Bytes whole = quoted_by_kernel();
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
        EXPECT_EQ(read_quoted_datagram(part).is_valid, cut >= 28) << cut;
    }
}

// Lies about version and header length are refused; IP options in the quotation are skipped.
TEST(QuotedDatagram, HeaderThatLies_IsRefused) {
    Bytes quoted = quoted_by_kernel();
    quoted.resize(70);
    for (const unsigned first : {0x44u, 0x40u, 0x65u, 0x05u}) {
        quoted[0] = static_cast<std::byte>(first);
        EXPECT_FALSE(read_quoted_datagram(quoted).is_valid) << first;
    }
    quoted[0] = std::byte{0x46};
    store_be<std::uint32_t>(&quoted[24], 0x1234'5678);
    const QuotedDatagram q = read_quoted_datagram(quoted);
    ASSERT_TRUE(q.is_valid);
    EXPECT_EQ(q.source_port.value, 0x1234);
    quoted[0] = std::byte{0x4f};  // 60 + 8 of 70 bytes.
    EXPECT_TRUE(read_quoted_datagram(quoted).is_valid);
    quoted.resize(67);
    EXPECT_FALSE(read_quoted_datagram(quoted).is_valid);
}

// A later fragment has no ports where ports would stand.
TEST(QuotedDatagram, LaterFragment_HasNoPorts) {
    const Bytes frame = test::last_fragment();
    const QuotedDatagram q = read_quoted_datagram(std::span{frame}.subspan(14));
    ASSERT_TRUE(q.is_valid);
    EXPECT_TRUE(q.is_fragment);
    EXPECT_EQ(q.source_port.value, 0);
    EXPECT_EQ(q.destination_port.value, 0);
}

// RFC 1122 §3.2.2: which types are errors; RFC 1191 §4: where the next-hop MTU stands.
TEST(Icmpv4, TypesAndMtu_AreRead) {
    const Bytes need = hex("03040000 0000 05dc");
    EXPECT_TRUE(Icmpv4View{need.data()}.is_error());
    EXPECT_EQ(Icmpv4View{need.data()}.next_hop_mtu(), 1500);
    for (const unsigned type : {0u, 8u, 9u, 13u, 14u, 255u}) {
        Bytes other = need;
        other[0] = static_cast<std::byte>(type);
        EXPECT_FALSE(Icmpv4View{other.data()}.is_error()) << type;
    }
    for (const unsigned type : {3u, 4u, 5u, 11u, 12u}) {
        Bytes error = need;
        error[0] = static_cast<std::byte>(type);
        EXPECT_TRUE(Icmpv4View{error.data()}.is_error()) << type;
    }
}

// RFC 8200 §3: offsets of the fixed header.
TEST(Ipv6, FixedHeader_IsRead) {
    const Bytes bytes =
        hex("60000000 0014 06 40 20010db8000000000000000000000001 fe800000000000000200f8fffe2167cf");
    ASSERT_EQ(bytes.size(), kIpv6HeaderBytes);
    const Ipv6View view{bytes.data()};
    EXPECT_EQ(view.version(), 6u);
    EXPECT_EQ(view.payload_length(), 20);
    EXPECT_EQ(view.next_header(), static_cast<std::uint8_t>(IpProtocol::tcp));
    EXPECT_EQ(view.hop_limit(), 64);
    EXPECT_EQ(view.source().octets[15], 1);
    EXPECT_EQ(view.destination().octets[0], 0xfe);
}

}  // namespace
}  // namespace ringsock
