// SPDX-License-Identifier: BSD-3-Clause
#include "inet/icmp_errors.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringsock {
namespace {

using Class = IcmpErrorClass;

// Rule: RFC 9293 §3.9.2.2 and RFC 1122 §4.2.3.9: the class of every type and code.
TEST(ClassifyIcmpv4, EveryTypeAndCode_HasItsClass) {
    for (unsigned type = 0; type < 256; ++type)
        for (unsigned code = 0; code < 256; ++code) {
            const IcmpVerdict verdict =
                classify_icmpv4(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(code), 1400);
            Class expected = Class::ignored;
            if (type == 3 && code <= 15) expected = Class::soft;
            if (type == 3 && (code == 2 || code == 3)) expected = Class::hard;
            if (type == 3 && code == 4) expected = Class::packet_too_big;
            if (type == 11 && code <= 1) expected = Class::soft;
            if (type == 12) expected = Class::soft;
            EXPECT_EQ(verdict.kind, expected) << type << "/" << code;
            EXPECT_EQ(verdict.error == ConnError::none,
                      expected == Class::ignored || expected == Class::packet_too_big);
        }
    EXPECT_EQ(classify_icmpv4(3, 3, 0).error, ConnError::refused);
    EXPECT_EQ(classify_icmpv4(3, 2, 0).error, ConnError::refused);
    EXPECT_EQ(classify_icmpv4(3, 0, 0).error, ConnError::net_unreachable);
    EXPECT_EQ(classify_icmpv4(3, 1, 0).error, ConnError::host_unreachable);
    EXPECT_EQ(classify_icmpv4(3, 13, 0).error, ConnError::host_unreachable);
    EXPECT_EQ(classify_icmpv4(11, 0, 0).error, ConnError::host_unreachable);
}

// Rule: MUST-55: source quench is discarded; a redirect is no connection's business.
TEST(ClassifyIcmpv4, SourceQuenchAndRedirect_AreIgnored) {
    EXPECT_EQ(classify_icmpv4(4, 0, 0).kind, Class::ignored);
    EXPECT_EQ(classify_icmpv4(5, 1, 0).kind, Class::ignored);
}

// Rule: RFC 1191: the router's MTU, never below 68; 0 means it did not say, and the plateaus say what to try.
TEST(ClassifyIcmpv4, FragmentationNeeded_CarriesTheMtu) {
    EXPECT_EQ(classify_icmpv4(3, 4, 1400).mtu, 1400u);
    EXPECT_EQ(classify_icmpv4(3, 4, 20).mtu, 68u);
    EXPECT_EQ(classify_icmpv4(3, 4, 0).mtu, 0u);
    EXPECT_EQ(lower_plateau(1500), 1492u);
    EXPECT_EQ(lower_plateau(1492), 1006u);
    EXPECT_EQ(lower_plateau(65535), 32000u);
    EXPECT_EQ(lower_plateau(296), 68u);
    EXPECT_EQ(lower_plateau(0), 68u);
}

// Rule: RFC 4443 §3 and RFC 8200 §5 (1280).
TEST(ClassifyIcmpv6, Codes_HaveTheirClass) {
    EXPECT_EQ(classify_icmpv6(1, 0, 0).error, ConnError::net_unreachable);
    EXPECT_EQ(classify_icmpv6(1, 3, 0).kind, Class::soft);
    EXPECT_EQ(classify_icmpv6(1, 4, 0).kind, Class::hard);
    EXPECT_EQ(classify_icmpv6(1, 7, 0).kind, Class::ignored);
    EXPECT_EQ(classify_icmpv6(2, 0, 1400).mtu, 1400u);
    EXPECT_EQ(classify_icmpv6(2, 0, 100).mtu, 1280u);
    EXPECT_EQ(classify_icmpv6(3, 0, 0).kind, Class::soft);
    EXPECT_EQ(classify_icmpv6(4, 1, 0).kind, Class::hard);
    EXPECT_EQ(classify_icmpv6(4, 0, 0).kind, Class::soft);
    EXPECT_EQ(classify_icmpv6(128, 0, 0).kind, Class::ignored);
}

std::vector<std::byte> quote(std::uint8_t protocol, std::uint16_t fragment) {
    std::vector<std::byte> out(28);
    out[0] = std::byte{0x45};
    store_be<std::uint16_t>(&out[2], 40);
    store_be<std::uint16_t>(&out[6], fragment);
    out[9] = std::byte{protocol};
    store_be<std::uint32_t>(&out[12], 0x0a000001);
    store_be<std::uint32_t>(&out[16], 0x0a000002);
    store_be<std::uint16_t>(&out[20], 40000);
    store_be<std::uint16_t>(&out[22], 80);
    store_be<std::uint32_t>(&out[24], 0xdeadbeef);
    return out;
}

// Rule: RFC 1122 §3.2.2: the quotation names the connection; its source is our end.
TEST(QuotedFlow, Quotation_NamesOurConnection) {
    const auto flow = quoted_flow(read_quoted_datagram(quote(6, 0x4000)));
    ASSERT_TRUE(flow);
    EXPECT_EQ(flow->flow, FlowKey::ipv4(Ipv4::of(10, 0, 0, 1), Port{40000}, Ipv4::of(10, 0, 0, 2), Port{80}));
    EXPECT_EQ(flow->seq, SeqNum{0xdeadbeef});
    EXPECT_EQ(flow->protocol, 6);
    EXPECT_EQ(flow->total_length, 40);
    const auto udp = quoted_flow(read_quoted_datagram(quote(17, 0)));
    ASSERT_TRUE(udp);
    EXPECT_EQ(udp->seq, SeqNum{});
}

// Rule: a quotation without ports says nothing: later fragments, other protocols, and every cut.
TEST(QuotedFlow, QuotationWithoutPorts_IsNone) {
    EXPECT_FALSE(quoted_flow(read_quoted_datagram(quote(6, 1))));
    EXPECT_FALSE(quoted_flow(read_quoted_datagram(quote(1, 0))));
    const std::vector<std::byte> whole = quote(6, 0);
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(quoted_flow(read_quoted_datagram(std::span(whole).first(length)))) << length;
}

}  // namespace
}  // namespace ringsock
