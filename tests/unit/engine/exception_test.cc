// SPDX-License-Identifier: BSD-3-Clause
// A port that the kernel uses too: what the engine hands it, and that it then says nothing itself
// (runtime/kernel/README.md).
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

constexpr Micros kSoon = Micros::from_millis(10);
constexpr Ipv4 kKernelAddress = Ipv4::of(10, 0, 0, 5);

sim::SimHostConfig with_kernel(KernelRings& rings, bool shares) {
    sim::SimHostConfig config;
    config.kernel = &rings;
    config.shares_address = shares;
    return config;
}

struct Beside {
    explicit Beside(bool shares = false) : alone(1, with_kernel(rings, shares)) {}
    /// Frames the kernel got since the last question.
    std::vector<ParsedFrame> taken() {
        std::vector<ParsedFrame> out;
        for (auto frame = rings.to_kernel.front(); !frame.empty(); frame = rings.to_kernel.front()) {
            out.push_back(parse_frame(frame, {}));
            rings.to_kernel.pop();
        }
        return out;
    }
    TcpFields syn(Port to) {
        TcpFields fields;
        fields.source = Port{4000};
        fields.destination = to;
        fields.flags = TcpFlag::syn;
        fields.seq = SeqNum{1000};
        fields.window = 1000;
        return fields;
    }
    /// The peer speaks to the kernel's address: RawPeer only knows ours, so the frame is built again.
    void say_to(Ipv4 address, Port port) {
        TxFrame frame;
        const Ipv4Fields ip{alone.peer.address(), address, 0, 64, 0, true};
        const HeaderLengths lengths = build_udp_ipv4(
            HeaderRoom{frame.header},
            LinkHeader::ethernet(alone.host.io->traits().mac, alone.peer.mac(), EtherType::ipv4), ip, Port{7},
            port, {}, {});
        alone.peer.deliver(sim::Frame(frame.header.begin(), frame.header.begin() + lengths.total()));
    }
    Doorbell bell;
    KernelRings rings{bell};
    OneHost alone;
};

TEST(Exception, FramesToTheKernelsAddress_AreHandedOver) {
    Beside host;
    host.say_to(kKernelAddress, Port{53});
    const auto got = host.taken();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].kind, FrameKind::ipv4_udp);
    EXPECT_EQ(got[0].destination, kKernelAddress);
    EXPECT_TRUE(host.alone.peer.is_silent_for(kSoon)) << "no port unreachable from us";
}

TEST(Exception, FramesToOurAddress_StayWithUs) {
    Beside host;
    host.alone.peer.say(host.syn(Port{81}));
    host.alone.peer.say_echo(7, {});
    host.alone.peer.say_udp(Port{7}, Port{9}, {});
    EXPECT_EQ(host.taken().size(), 0u);
    EXPECT_TRUE(host.alone.peer.wait(kSoon)->parsed.tcp.has(TcpFlag::rst));
    EXPECT_EQ(host.alone.peer.take()->parsed.icmp_type, 0);
    EXPECT_EQ(host.alone.peer.take()->parsed.icmp_type, 3);
}

TEST(Exception, OnASharedAddress_APortWithoutASocketIsTheKernels) {
    Beside host(true);
    host.alone.peer.say(host.syn(Port{22}));
    host.alone.peer.say_udp(Port{7}, Port{9}, {});
    host.alone.peer.say_echo(7, {});
    const auto got = host.taken();
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[0].kind, FrameKind::ipv4_tcp);
    EXPECT_EQ(got[1].kind, FrameKind::ipv4_udp);
    EXPECT_EQ(got[2].kind, FrameKind::ipv4_icmp);
    EXPECT_TRUE(host.alone.peer.is_silent_for(kSoon)) << "neither RST nor ICMP from us";
    EXPECT_EQ(host.alone.host.engine->stats().refused_syns, 0u);
}

TEST(Exception, OnASharedAddress_OurPortsStayOurs) {
    Beside host(true);
    RawSocket listener(host.alone.host, Protocol::tcp), udp(host.alone.host, Protocol::udp);
    ASSERT_EQ(listener.bind(Ipv4{}, Port{5000}), ConnError::none);
    ASSERT_EQ(listener.listen(4), ConnError::none);
    ASSERT_EQ(udp.bind(Ipv4{}, Port{5001}), ConnError::none);
    host.alone.peer.say(host.syn(Port{5000}));
    const auto answer = host.alone.peer.wait(kSoon);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->parsed.tcp.flags, TcpFlag::syn | TcpFlag::ack);
    TcpFields stray = host.syn(Port{5000});
    stray.source = Port{4001};
    stray.flags = TcpFlag::ack;
    host.alone.peer.say(stray);
    EXPECT_TRUE(host.alone.peer.wait(kSoon)->parsed.tcp.has(TcpFlag::rst)) << "our port: our reset";
    host.alone.peer.say_udp(Port{7}, Port{5001}, bytes_of("ours"));
    EXPECT_TRUE(udp.receive_datagram());
    for (const ParsedFrame& frame : host.taken()) EXPECT_EQ(frame.kind, FrameKind::arp) << "news of the peer";
    TcpFields rst = host.syn(Port{5000});
    rst.flags = TcpFlag::rst;
    rst.seq = SeqNum{1001};
    host.alone.peer.say(rst);
    listener.close();
}

TEST(Exception, Arp_IsAnsweredByOne) {
    Beside host;
    host.alone.peer.answers_arp = false;
    host.alone.peer.say_arp(ArpOperation::request, host.alone.peer.address(), kClientAddress);
    EXPECT_EQ(host.taken().size(), 0u);
    EXPECT_TRUE(host.alone.peer.take()) << "we answer for us";
    host.alone.peer.say_arp(ArpOperation::request, host.alone.peer.address(), kKernelAddress);
    EXPECT_EQ(host.taken().size(), 1u);
    EXPECT_FALSE(host.alone.peer.take()) << "and not for the kernel";
    host.alone.peer.say_arp(ArpOperation::reply, host.alone.peer.address(), kClientAddress);
    EXPECT_EQ(host.taken().size(), 1u) << "replies are news for both";
}

TEST(Exception, ABroadcast_IsHeardByBoth) {
    Beside host;
    RawSocket udp(host.alone.host, Protocol::udp);
    ASSERT_EQ(udp.bind(Ipv4{}, Port{5001}), ConnError::none);
    host.say_to(Ipv4{0xffffffff}, Port{5001});
    EXPECT_EQ(host.taken().size(), 1u);
    EXPECT_TRUE(udp.receive_datagram());
}

}  // namespace
}  // namespace ringsock::testing
