// SPDX-License-Identifier: BSD-3-Clause
// wire/ethernet and wire/arp: RFC 894, IEEE 802.1Q, RFC 826.
#include "wire/ethernet.h"

#include <gtest/gtest.h>

#include "frames.h"
#include "wire/arp.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;

const MacAddress kMacA{{2, 0, 0, 0, 0, 1}};
const MacAddress kMacB{{2, 0, 0, 0, 0, 2}};

Bytes bytes_of(const LinkHeader& header) {
    return Bytes(header.bytes.begin(), header.bytes.begin() + header.length);
}

// The link header of a kernel's frame, made and read.
TEST(Ethernet, LinkHeader_IsThatOfKernel) {
    const LinkHeader header = LinkHeader::ethernet(kMacB, kMacA, EtherType::ipv4);
    EXPECT_EQ(bytes_of(header), hex("020000000002 020000000001 0800"));
    const EthernetView view{header.bytes.data()};
    EXPECT_EQ(view.destination(), kMacB);
    EXPECT_EQ(view.source(), kMacA);
    EXPECT_TRUE(view.is(EtherType::ipv4));
}

// IEEE 802.1Q: the tag stands between the addresses and the type.
TEST(Ethernet, TaggedHeader_HasTagBeforeType) {
    const LinkHeader header = LinkHeader::tagged(kMacB, kMacA, 0x6123, EtherType::arp);
    EXPECT_EQ(bytes_of(header), hex("020000000002 020000000001 8100 6123 0806"));
}

// RFC 1122 §2.4: whom a frame is for: us, a group, somebody else.
TEST(Ethernet, Destination_DecidesWhomFrameIsFor) {
    const Bytes to_b = hex(test::kSyn), to_all = hex(test::kArpRequest);
    EXPECT_TRUE(EthernetView{to_b.data()}.is_addressed_to(kMacB));
    EXPECT_FALSE(EthernetView{to_b.data()}.is_addressed_to(kMacA));
    EXPECT_FALSE(EthernetView{to_b.data()}.is_group());
    EXPECT_TRUE(EthernetView{to_all.data()}.is_addressed_to(kMacA));
    EXPECT_TRUE(EthernetView{to_all.data()}.is_group());
}

// RFC 826: a kernel's request and reply are read, and written again byte for byte.
TEST(Arp, PacketsOfKernel_AreReadAndWritten) {
    for (const auto frame : {test::kArpRequest, test::kArpReply}) {
        const Bytes bytes = hex(frame);
        const ArpView view{bytes.data() + kEthernetHeaderBytes};
        EXPECT_TRUE(view.is_ipv4_over_ethernet());
        const ArpFields fields = view.fields();
        EXPECT_EQ(fields.sender_mac, kMacA);
        EXPECT_EQ(fields.sender_address, Ipv4::of(10, 9, 9, 1));
        Bytes again(kArpBytes);
        store_arp(again.data(), fields);
        EXPECT_EQ(again, Bytes(bytes.begin() + kEthernetHeaderBytes, bytes.end()));
    }
    const Bytes reply = hex(test::kArpReply), request = hex(test::kArpRequest);
    EXPECT_EQ(ArpView{reply.data() + 14}.fields().operation, ArpOperation::reply);
    EXPECT_EQ(ArpView{reply.data() + 14}.fields().target_mac, kMacB);
    EXPECT_EQ(ArpView{request.data() + 14}.fields().operation, ArpOperation::request);
    EXPECT_EQ(ArpView{request.data() + 14}.fields().target_address, Ipv4::of(10, 9, 9, 3));
}

// RFC 826, packet reception: each of the four fields must be the one of IPv4 over Ethernet.
TEST(Arp, OtherHardwareOrProtocol_IsNotOurs) {
    for (std::size_t i = 0; i < 6; ++i) {
        Bytes bytes = hex(test::kArpReply);
        bytes[kEthernetHeaderBytes + i] ^= std::byte{0x10};
        EXPECT_FALSE(ArpView{bytes.data() + kEthernetHeaderBytes}.is_ipv4_over_ethernet()) << i;
    }
}

}  // namespace
}  // namespace ringsock
