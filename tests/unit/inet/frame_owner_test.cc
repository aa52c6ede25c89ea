// SPDX-License-Identifier: BSD-3-Clause
// Whose is a frame on a port that we and the kernel use: the table of runtime/kernel/README.md, line by line,
// and that no bytes at all lead anywhere else than to one of its answers.
#include "inet/frame_owner.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "packet/tx_frame.h"
#include "wire/arp.h"
#include "wire/build_frame.h"
#include "wire/ethernet.h"

namespace ringsock {
namespace {

constexpr MacAddress kOurs{{2, 0, 0, 0, 0, 1}}, kPeer{{2, 0, 0, 0, 0, 2}}, kOther{{2, 0, 0, 0, 0, 3}};
const Ipv4 kAlone = Ipv4::of(10, 0, 0, 1), kShared = Ipv4::of(10, 0, 0, 2), kKernels = Ipv4::of(10, 0, 0, 3),
           kPeerAddress = Ipv4::of(10, 0, 0, 9);
constexpr InterfaceIndex kPort = 1;

HostAddresses addresses() {
    HostAddresses out;
    EXPECT_TRUE(out.add({IpAddress(kAlone), 24, kPort, false}));
    EXPECT_TRUE(out.add({IpAddress(kShared), 24, kPort, true}));
    return out;
}

FrameOwner owner(const std::vector<std::byte>& frame) {
    return owner_of_frame(parse_frame(frame, {}), frame, kOurs, addresses(), kPort);
}

std::vector<std::byte> bytes_of(const TxFrame& frame, HeaderLengths lengths) {
    return {frame.header.begin(), frame.header.begin() + lengths.total()};
}

std::vector<std::byte> udp(Ipv4 to, const MacAddress& mac = kOurs, const MacAddress& from = kPeer) {
    TxFrame frame;
    const Ipv4Fields ip{kPeerAddress, to, 0, 64, 0, true};
    return bytes_of(
        frame, build_udp_ipv4(HeaderRoom{frame.header}, LinkHeader::ethernet(mac, from, EtherType::ipv4), ip,
                              Port{7}, Port{9}, {}, {}));
}

std::vector<std::byte> tcp(Ipv4 to) {
    TxFrame frame;
    const Ipv4Fields ip{kPeerAddress, to, 0, 64, 0, true};
    TcpFields fields;
    fields.source = Port{7};
    fields.destination = Port{22};
    fields.flags = TcpFlag::syn;
    return bytes_of(
        frame, build_tcp_ipv4(HeaderRoom{frame.header}, LinkHeader::ethernet(kOurs, kPeer, EtherType::ipv4),
                              ip, fields, {}, {}));
}

std::vector<std::byte> icmp(Ipv4 to, Icmpv4Type type) {
    TxFrame frame;
    const Ipv4Fields ip{kPeerAddress, to, 0, 64, 0, true};
    return bytes_of(
        frame, build_icmp_ipv4(HeaderRoom{frame.header}, LinkHeader::ethernet(kOurs, kPeer, EtherType::ipv4),
                               ip, {type, 0, 0}, {}, {}, {}));
}

std::vector<std::byte> arp(ArpOperation operation, Ipv4 sender, Ipv4 target,
                           const MacAddress& to = MacAddress::broadcast()) {
    TxFrame frame;
    ArpFields fields;
    fields.operation = operation;
    fields.sender_mac = kPeer;
    fields.sender_address = sender;
    fields.target_address = target;
    return bytes_of(
        frame, build_arp(HeaderRoom{frame.header}, LinkHeader::ethernet(to, kPeer, EtherType::arp), fields));
}

std::vector<std::byte> of_type(std::uint16_t type) {
    std::vector<std::byte> frame(60);
    const LinkHeader link = LinkHeader::ethernet(kOurs, kPeer, static_cast<EtherType>(type));
    std::copy_n(link.bytes.begin(), kEthernetHeaderBytes, frame.begin());
    return frame;
}

std::vector<std::byte> with_protocol(Ipv4 to, std::uint8_t protocol) {
    std::vector<std::byte> frame = udp(to);
    const auto before = std::to_integer<unsigned>(frame[23]);
    frame[23] = std::byte{protocol};
    // RFC 1624: the checksum of the header follows the word that changed.
    std::uint32_t sum = static_cast<std::uint16_t>(~load_be<std::uint16_t>(frame.data() + 24));
    sum += static_cast<std::uint16_t>(~before) + protocol;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    store_be(frame.data() + 24, static_cast<std::uint16_t>(~sum));
    return frame;
}

TEST(FrameOwner, ToOurAddress_IsOursAlone) {
    EXPECT_EQ(owner(udp(kAlone)), FrameOwner::ours);
    EXPECT_EQ(owner(tcp(kAlone)), FrameOwner::ours);
    EXPECT_EQ(owner(icmp(kAlone, Icmpv4Type::echo_request)), FrameOwner::ours);
    EXPECT_EQ(owner(with_protocol(kAlone, 89)), FrameOwner::ours);
}

TEST(FrameOwner, ToAnAddressOfNobodyHere_IsTheKernels) {
    EXPECT_EQ(owner(udp(kKernels)), FrameOwner::kernel);
    EXPECT_EQ(owner(tcp(kKernels)), FrameOwner::kernel);
    EXPECT_EQ(owner(icmp(kKernels, Icmpv4Type::echo_request)), FrameOwner::kernel);
    EXPECT_EQ(owner(with_protocol(kKernels, 89)), FrameOwner::kernel);
    EXPECT_EQ(owner(udp(Ipv4::of(198, 51, 100, 1))), FrameOwner::kernel) << "it may forward";
}

TEST(FrameOwner, ToASharedAddress_SocketsDecideAndPingIsTheKernels) {
    EXPECT_EQ(owner(udp(kShared)), FrameOwner::by_socket);
    EXPECT_EQ(owner(tcp(kShared)), FrameOwner::by_socket);
    EXPECT_EQ(owner(icmp(kShared, Icmpv4Type::echo_request)), FrameOwner::kernel);
    EXPECT_EQ(owner(icmp(kShared, Icmpv4Type::echo_reply)), FrameOwner::kernel);
    EXPECT_EQ(owner(icmp(kShared, Icmpv4Type::destination_unreachable)), FrameOwner::both);
    EXPECT_EQ(owner(icmp(kShared, Icmpv4Type::time_exceeded)), FrameOwner::both);
    EXPECT_EQ(owner(with_protocol(kShared, 47)), FrameOwner::kernel);
}

TEST(FrameOwner, Groups_AreForBoth) {
    EXPECT_EQ(owner(udp(Ipv4{0xffffffff}, MacAddress::broadcast())), FrameOwner::both);
    EXPECT_EQ(owner(udp(Ipv4::of(10, 0, 0, 255), MacAddress::broadcast())), FrameOwner::both);
    EXPECT_EQ(owner(udp(Ipv4::of(224, 0, 0, 5), MacAddress{{1, 0, 0x5e, 0, 0, 5}})), FrameOwner::both);
    EXPECT_EQ(owner(with_protocol(Ipv4::of(224, 0, 0, 5), 89)), FrameOwner::both);
}

TEST(FrameOwner, Arp_QuestionsForUsAreOursAndTheRestIsNews) {
    EXPECT_EQ(owner(arp(ArpOperation::request, kPeerAddress, kAlone)), FrameOwner::ours);
    EXPECT_EQ(owner(arp(ArpOperation::request, kPeerAddress, kShared)), FrameOwner::ours);
    EXPECT_EQ(owner(arp(ArpOperation::request, Ipv4{}, kAlone)), FrameOwner::ours) << "a probe (RFC 5227)";
    EXPECT_EQ(owner(arp(ArpOperation::request, kPeerAddress, kKernels)), FrameOwner::both);
    EXPECT_EQ(owner(arp(ArpOperation::request, kShared, kShared)), FrameOwner::both) << "somebody claims it";
    EXPECT_EQ(owner(arp(ArpOperation::reply, kPeerAddress, kAlone, kOurs)), FrameOwner::both);
    EXPECT_EQ(owner(arp(static_cast<ArpOperation>(9), kPeerAddress, kAlone, kOurs)), FrameOwner::both);
}

TEST(FrameOwner, OtherTypesOfFrame_AreTheKernels) {
    EXPECT_EQ(owner(of_type(0x86dd)), FrameOwner::kernel);
    EXPECT_EQ(owner(of_type(0x88cc)), FrameOwner::kernel) << "LLDP";
    EXPECT_EQ(owner(of_type(0x0026)), FrameOwner::kernel) << "802.3, spanning tree";
}

TEST(FrameOwner, OtherStationsAndOurOwnFrames_AreNobodys) {
    EXPECT_EQ(owner(udp(kKernels, kOther)), FrameOwner::nobody);
    EXPECT_EQ(owner(udp(kAlone, kOther)), FrameOwner::nobody);
    EXPECT_EQ(owner(udp(kKernels, kOurs, kOurs)), FrameOwner::nobody) << "a looped frame would loop for ever";
    EXPECT_EQ(owner(udp(Ipv4::of(127, 0, 0, 1))), FrameOwner::nobody);
}

TEST(FrameOwner, ABadChecksum_IsJudgedByWhoHasTheAddress) {
    std::vector<std::byte> frame = udp(kKernels);
    frame.back() ^= std::byte{1};
    EXPECT_EQ(owner(frame), FrameOwner::kernel);
    frame = udp(kAlone);
    frame.back() ^= std::byte{1};
    EXPECT_EQ(owner(frame), FrameOwner::ours);
}

// Every truncation of good frames, bytes changed at random, and noise: total, and never ours by accident of a
// missing header.
TEST(FrameOwner, AnyBytes_HaveAnOwner) {
    std::mt19937 random(7);
    const std::vector<std::vector<std::byte>> seeds = {udp(kAlone),
                                                       tcp(kShared),
                                                       icmp(kKernels, Icmpv4Type::echo_request),
                                                       arp(ArpOperation::request, kPeerAddress, kAlone),
                                                       of_type(0x86dd),
                                                       std::vector<std::byte>(64)};
    for (const auto& seed : seeds) {
        for (std::size_t length = 0; length <= seed.size(); ++length) {
            const std::vector<std::byte> cut(seed.begin(),
                                             seed.begin() + static_cast<std::ptrdiff_t>(length));
            const FrameOwner got = owner(cut);
            EXPECT_LE(got, FrameOwner::by_socket);
            if (length < kEthernetHeaderBytes) {
                EXPECT_EQ(got, FrameOwner::nobody);
            }
        }
        for (int round = 0; round < 20000; ++round) {
            std::vector<std::byte> changed = seed;
            for (int n = 0; n < 3; ++n) changed[random() % changed.size()] = static_cast<std::byte>(random());
            EXPECT_LE(owner(changed), FrameOwner::by_socket);
        }
    }
}

}  // namespace
}  // namespace ringsock
