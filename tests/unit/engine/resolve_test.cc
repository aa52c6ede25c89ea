// SPDX-License-Identifier: BSD-3-Clause
// ARP and ICMP around a host whose peer is the test (RFC 826, RFC 792, RFC 1122 §2.3.2 and §3.2.2, RFC 5927).
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

constexpr Micros kSoon = Micros::from_millis(10);

// Many connections to one silent neighbour: one question, and all leave when it answers.
TEST(Arp, AnsweredLate_LetsEveryWaitingConnectionGo) {
    OneHost alone;
    alone.peer.answers_arp = false;
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.emplace_back(alone.host, Protocol::tcp);
        sockets.back().connect(alone.peer.address(), Port{80});
    }
    EXPECT_FALSE(alone.peer.wait(Micros::from_millis(500)));
    EXPECT_EQ(alone.peer.arp_requests(), 1u);
    alone.peer.say_arp(ArpOperation::reply, alone.peer.address(), kClientAddress);
    int syns = 0;
    while (const auto frame = alone.peer.take()) {
        EXPECT_EQ(frame->parsed.tcp.flags, TcpFlag::syn);
        ++syns;
    }
    EXPECT_EQ(syns, 20);
}

// RFC 1122 §2.3.2.1: one question a second. After the third second all fail at once.
TEST(Arp, Unanswered_FailsEveryWaitingConnection) {
    OneHost alone;
    alone.peer.answers_arp = false;
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.emplace_back(alone.host, Protocol::tcp);
        sockets.back().connect(alone.peer.address(), Port{80});
    }
    EXPECT_FALSE(alone.peer.wait(Micros::from_millis(2900)));
    EXPECT_EQ(alone.peer.arp_requests(), 3u);
    EXPECT_FALSE(sockets[0].finished());
    EXPECT_FALSE(alone.peer.wait(Micros::from_millis(200)));
    for (RawSocket& s : sockets) {
        EXPECT_TRUE(s.finished());
        EXPECT_EQ(s.outcome(), ConnError::host_unreachable);
    }
    EXPECT_EQ(alone.host.engine->connections(), 0u);
}

// A socket closed while its connection waits for the address takes it out of the list.
TEST(Arp, CloseWhileWaiting_LeavesNothingBehind) {
    OneHost alone;
    alone.peer.answers_arp = false;
    RawSocket one(alone.host, Protocol::tcp), two(alone.host, Protocol::tcp);
    one.connect(alone.peer.address(), Port{80});
    two.connect(alone.peer.address(), Port{80});
    one.close();
    EXPECT_EQ(alone.host.engine->connections(), 1u);
    alone.peer.say_arp(ArpOperation::reply, alone.peer.address(), kClientAddress);
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    EXPECT_EQ(syn->parsed.source_port, two.local_port());
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_millis(900)));
}

// RFC 826: a request for our address is answered, to the one who asked; others' are not.
TEST(Arp, RequestForOurAddress_IsAnswered) {
    OneHost alone;
    alone.peer.answers_arp = false;
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), kClientAddress);
    const auto reply = alone.peer.take();
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->parsed.kind, FrameKind::arp);
    const ArpFields arp = ArpView{reply->bytes.data() + reply->parsed.l3_offset}.fields();
    EXPECT_EQ(arp.operation, ArpOperation::reply);
    EXPECT_EQ(arp.sender_address, kClientAddress);
    EXPECT_EQ(arp.sender_mac, alone.host.io->traits().mac);
    EXPECT_EQ(arp.target_mac, alone.peer.mac());
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), Ipv4::of(10, 0, 0, 99));
    EXPECT_FALSE(alone.peer.take());
}

// Claims nobody asked about make no entry: the table can not be filled from outside.
TEST(Arp, UnsolicitedReplies_MakeNoEntry) {
    OneHost alone;
    for (std::uint8_t i = 3; i < 200; ++i)
        alone.peer.say_arp(ArpOperation::reply, Ipv4::of(10, 0, 0, i), kClientAddress);
    RawSocket socket(alone.host, Protocol::tcp);
    socket.connect(Ipv4::of(10, 0, 0, 50), Port{80});
    alone.peer.answers_arp = false;
    EXPECT_FALSE(alone.peer.take());
    EXPECT_EQ(alone.peer.arp_requests(), 1u);
}

// RFC 1122 §3.2.2.6: the reply carries the same identifier, sequence number and data.
TEST(Echo, ReturnsTheSameData) {
    OneHost alone;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{56}, std::size_t{1472}}) {
        const Bytes data = stream(0, size, 9);
        alone.peer.say_echo(0x12340007, data);
        const auto reply = alone.peer.wait(kSoon);
        ASSERT_TRUE(reply) << size;
        ASSERT_EQ(reply->parsed.kind, FrameKind::ipv4_icmp);
        EXPECT_EQ(reply->parsed.icmp_type, 0);
        EXPECT_EQ(Icmpv4View{reply->bytes.data() + reply->parsed.l4_offset}.rest(), 0x12340007u);
        EXPECT_EQ(reply->payload(), data);
        EXPECT_EQ(reply->parsed.source, kClientAddress);
    }
    EXPECT_EQ(alone.host.engine->stats().icmp_echo, 4u);
}

/// A socket in SYN-SENT and its SYN.
struct Opening {
    explicit Opening(OneHost& alone) : socket(alone.host, Protocol::tcp) {
        socket.connect(alone.peer.address(), Port{80});
        auto sent = alone.peer.wait(kSoon);
        EXPECT_TRUE(sent);
        if (sent) syn = std::move(*sent);
    }
    RawSocket socket;
    SentFrame syn;
};

// RFC 1122 §4.2.3.9: port and protocol unreachable are hard errors; the seed pages make them WSAECONNREFUSED.
TEST(IcmpError, PortUnreachableWhileConnecting_IsRefused) {
    OneHost alone;
    Opening opening(alone);
    alone.peer.say_icmp_error(Icmpv4Type::destination_unreachable, 3, opening.syn);
    EXPECT_TRUE(opening.socket.finished());
    EXPECT_EQ(opening.socket.outcome(), ConnError::refused);
}

// MUST-56: a soft error does not abort; it is the reason given when the attempt times out.
TEST(IcmpError, HostUnreachableWhileConnecting_IsTheReasonAtR2) {
    OneHost alone;
    RawSocket socket(alone.host, Protocol::tcp);
    socket.options().max_rt_seconds = 4;
    socket.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    alone.peer.say_icmp_error(Icmpv4Type::destination_unreachable, 1, *syn);
    EXPECT_FALSE(socket.finished());
    alone.advance_ms(6000);
    EXPECT_TRUE(socket.finished());
    EXPECT_EQ(socket.outcome(), ConnError::host_unreachable);
}

TEST(IcmpError, TimeExceededWhileConnecting_IsTheReasonAtR2) {
    OneHost alone;
    RawSocket socket(alone.host, Protocol::tcp);
    socket.options().max_rt_seconds = 4;
    socket.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    alone.peer.say_icmp_error(Icmpv4Type::time_exceeded, 0, *syn);
    EXPECT_FALSE(socket.finished());
    alone.advance_ms(6000);
    EXPECT_NE(socket.outcome(), ConnError::none);
    EXPECT_NE(socket.outcome(), ConnError::timed_out);
}

// TCP_FAIL_CONNECT_ON_ICMP_ERROR: at once.
TEST(IcmpError, WithFailConnectOnIcmp_EndsTheAttemptAtOnce) {
    OneHost alone;
    RawSocket socket(alone.host, Protocol::tcp);
    socket.options().fail_connect_on_icmp = 1;
    socket.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    alone.peer.say_icmp_error(Icmpv4Type::destination_unreachable, 0, *syn);
    EXPECT_TRUE(socket.finished());
    EXPECT_EQ(socket.outcome(), ConnError::net_unreachable);
}

// RFC 5927 §4.1: an error that quotes a sequence number not in flight comes from somebody who guesses.
TEST(IcmpError, QuotingWhatIsNotInFlight_IsIgnored) {
    OneHost alone;
    Opening opening(alone);
    SentFrame forged = opening.syn;
    const std::size_t seq_at = forged.parsed.l4_offset + 4u;
    store_be(forged.bytes.data() + seq_at, opening.syn.parsed.tcp.seq.value + 5);
    alone.peer.say_icmp_error(Icmpv4Type::destination_unreachable, 3, forged);
    EXPECT_FALSE(opening.socket.finished());
}

// RFC 1191: "fragmentation needed" lowers the segment size and sends again at once.
TEST(IcmpError, FragmentationNeeded_LowersTheSegmentSize) {
    OneHost alone;
    Opening opening(alone);
    TcpFields answer;
    answer.source = Port{80};
    answer.destination = opening.syn.parsed.source_port;
    answer.seq = SeqNum{5000};
    answer.ack = opening.syn.parsed.tcp.seq + 1;
    answer.flags = TcpFlag::syn | TcpFlag::ack;
    answer.window = 65535;
    answer.options = kOptMss;
    answer.mss = 1460;
    alone.peer.say(answer);
    ASSERT_TRUE(alone.peer.wait(kSoon));  // The last ACK of the handshake.
    EXPECT_EQ(opening.socket.send(stream(0, 1460, 1)), 1460u);
    const auto large = alone.peer.wait(kSoon);
    ASSERT_TRUE(large);
    EXPECT_EQ(large->parsed.payload_length, 1460);
    EXPECT_TRUE(large->parsed.has_dont_fragment());
    alone.peer.say_icmp_error(Icmpv4Type::destination_unreachable, 4, *large, 1000);
    const auto smaller = alone.peer.wait(kSoon);
    ASSERT_TRUE(smaller);
    EXPECT_EQ(smaller->parsed.payload_length, 960);
    EXPECT_EQ(smaller->parsed.tcp.seq, large->parsed.tcp.seq);
}

// What is not for us is not answered: another MAC, another address.
TEST(Receive, WhatIsForOthers_IsIgnored) {
    OneHost alone;
    TcpFields syn;
    syn.source = Port{1};
    syn.destination = Port{80};
    syn.flags = TcpFlag::syn;
    sim::Frame frame = alone.peer.tcp_frame(syn);
    frame[5] ^= std::byte{1};  // Another host's MAC.
    alone.peer.deliver(frame);
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(1)));
    EXPECT_EQ(alone.host.engine->stats().not_for_us, 1u);
    frame[5] ^= std::byte{1};
    alone.peer.deliver(frame);  // Ours after all: nobody listens.
    const auto reset = alone.peer.wait(kSoon);
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->parsed.tcp.flags, TcpFlag::rst | TcpFlag::ack);
    EXPECT_EQ(reset->parsed.tcp.ack, syn.seq + 1);
}

// MUST-57, MUST-63: a SYN in a broadcast frame gets no answer, not even a reset.
TEST(Receive, TcpInABroadcastFrame_IsIgnored) {
    OneHost alone;
    TcpFields syn;
    syn.source = Port{1};
    syn.destination = Port{80};
    syn.flags = TcpFlag::syn;
    sim::Frame frame = alone.peer.tcp_frame(syn);
    store_mac(frame.data(), MacAddress::broadcast());
    alone.peer.deliver(frame);
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(1)));
}

// RFC 1122 §3.2.1.3 (g): a source of 127/8, multicast or broadcast is no host's.
TEST(Receive, FromAnImpossibleSource_IsIgnored) {
    for (const Ipv4 bad : {Ipv4::of(127, 0, 0, 1), Ipv4::of(224, 0, 0, 1), Ipv4::of(255, 255, 255, 255),
                           Ipv4::of(10, 0, 0, 255), kClientAddress}) {
        OneHost alone;
        RawPeer liar(alone.world, alone.host, kClientAddress, bad);
        TcpFields syn;
        syn.source = Port{1};
        syn.destination = Port{80};
        syn.flags = TcpFlag::syn;
        liar.say(syn);
        EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(1))) << bad.value;
    }
}

}  // namespace
}  // namespace ringsock::testing
