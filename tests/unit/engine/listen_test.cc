// SPDX-License-Identifier: BSD-3-Clause
// Listeners: the backlog, what fills it, and what is left when a listener goes (RFC 9293 §3.10.7.2, house.md
// D2).
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

TcpFields syn_from(std::uint16_t port, std::uint32_t seq = 1000) {
    TcpFields f;
    f.source = Port{port};
    f.destination = Port{80};
    f.seq = SeqNum{seq};
    f.flags = TcpFlag::syn;
    f.window = 65535;
    f.options = kOptMss;
    f.mss = 1460;
    return f;
}
TcpFields answer_to(const ParsedFrame& sent, std::uint8_t flags, std::uint32_t advance = 1) {
    TcpFields f;
    f.source = sent.destination_port;
    f.destination = sent.source_port;
    f.seq = sent.tcp.ack;
    f.ack = sent.tcp.seq + advance;
    f.flags = flags;
    f.window = 65535;
    return f;
}

RawSocket listener_on(sim::SimHost& host, std::uint32_t backlog) {
    RawSocket socket(host, Protocol::tcp);
    EXPECT_EQ(socket.bind(Ipv4{}, Port{80}), ConnError::none);
    EXPECT_EQ(socket.listen(backlog), ConnError::none);
    return socket;
}

// SYNs beyond the backlog meet silence, so that the peer's next SYN may find a shorter queue; none is
// refused.
TEST(Backlog, WhenFull_DropsSynsAndTakesTheirRepetition) {
    TwoHosts net;
    RawSocket listener = net.listener(80, 4);
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 8; ++i) {
        sockets.emplace_back(net.client, Protocol::tcp);
        sockets.back().connect(kServerAddress, Port{80});
    }
    net.advance_ms(500);
    EXPECT_EQ(listener.waiting(), 4u);
    EXPECT_GE(net.server.engine->stats().backlog_drops, 4u);
    EXPECT_EQ(std::count_if(sockets.begin(), sockets.end(), [](auto& s) { return s.connected(); }), 4);
    std::vector<RawSocket> accepted;
    EXPECT_TRUE(net.run_until(
        [&] {
            for (RawSocket s = listener.accept(); s.is_open(); s = listener.accept())
                accepted.push_back(std::move(s));
            return accepted.size() == 8;
        },
        30));
    for (RawSocket& s : sockets) EXPECT_TRUE(s.connected());
}

// Half-open connections count against the backlog, and give their place back after R2 of their SYN,ACK.
TEST(Backlog, HeldByHalfOpenConnections_IsGivenBack) {
    OneHost alone;
    RawSocket listener = listener_on(alone.host, 2);
    for (std::uint16_t port = 1; port <= 3; ++port) alone.peer.say(syn_from(port));
    EXPECT_EQ(alone.host.engine->holdings().half_open, 2u);
    EXPECT_EQ(alone.host.engine->stats().backlog_drops, 1u);
    alone.advance_ms(400'000);
    EXPECT_EQ(alone.host.engine->holdings().half_open, 0u);
    EXPECT_EQ(alone.host.engine->connections(), 0u);
    alone.peer.say(syn_from(9));
    EXPECT_EQ(alone.host.engine->holdings().half_open, 1u);
}

// A reset in SYN-RECEIVED closes it silently (MUST-11): the listener hears nothing.
TEST(Listener, HearsNothingOfAResetHandshake) {
    OneHost alone;
    RawSocket listener = listener_on(alone.host, 2);
    alone.peer.say(syn_from(1));
    const auto syn_ack = alone.peer.wait(Micros::from_millis(10));
    ASSERT_TRUE(syn_ack);
    EXPECT_EQ(syn_ack->parsed.tcp.flags, TcpFlag::syn | TcpFlag::ack);
    alone.peer.say(answer_to(syn_ack->parsed, TcpFlag::rst));
    EXPECT_EQ(alone.host.engine->connections(), 0u);
    EXPECT_EQ(alone.host.engine->holdings().half_open, 0u);
    EXPECT_EQ(listener.edges(Edge::accept), 0u);
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(10)));
}

// RFC 9293 §3.10.7.2: an ACK to a listener is answered by a reset with its acknowledgment as sequence number;
// a RST by nothing.
TEST(Listener, AnswersAStrayAckByAReset) {
    OneHost alone;
    RawSocket listener = listener_on(alone.host, 2);
    TcpFields ack = syn_from(1);
    ack.flags = TcpFlag::ack;
    ack.options = 0;
    ack.ack = SeqNum{777};
    alone.peer.say(ack);
    const auto reset = alone.peer.wait(Micros::from_millis(10));
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->parsed.tcp.flags, TcpFlag::rst);
    EXPECT_EQ(reset->parsed.tcp.seq, SeqNum{777});
    TcpFields rst = ack;
    rst.flags = TcpFlag::rst;
    alone.peer.say(rst);
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(10)));
}

// A listener that closes resets what nobody accepted and what is half open (RFC 1122 §4.2.2.13 by its
// spirit).
TEST(Listener, ThatCloses_ResetsItsBacklog) {
    TwoHosts net;
    RawSocket listener = net.listener(80, 4);
    RawSocket near(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(near), ConnError::none);
    net.advance_ms(10);
    EXPECT_EQ(listener.waiting(), 1u);
    listener.close();
    EXPECT_TRUE(net.run_until([&] { return near.has(kReadyReset); }, 1));
    EXPECT_EQ(net.server.engine->connections(), 0u);
    near.close();
    RawSocket again(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(again), ConnError::refused);
}

TEST(Listener, ThatClosesOverAHalfOpenConnection_ResetsIt) {
    OneHost alone;
    {
        RawSocket listener = listener_on(alone.host, 4);
        alone.peer.say(syn_from(1));
        ASSERT_TRUE(alone.peer.wait(Micros::from_millis(10)));
        EXPECT_EQ(alone.host.engine->holdings().half_open, 1u);
    }
    EXPECT_EQ(alone.host.engine->holdings().half_open, 0u);
    const auto reset = alone.peer.wait(Micros::from_millis(10));
    ASSERT_TRUE(reset);
    EXPECT_TRUE(reset->parsed.tcp.has(TcpFlag::rst));
    EXPECT_EQ(alone.host.engine->connections(), 0u);
}

// A listener and a connection from it live and die apart: the accepted one goes on.
TEST(Listener, ThatCloses_LeavesAcceptedConnectionsAlone) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    listener.close();
    near.send("still here");
    net.advance_ms(100);
    EXPECT_EQ(text_of(far.receive()), "still here");
}

TEST(Listener, OnATakenPort_IsRefused) {
    TwoHosts net;
    RawSocket listener = net.listener(80);
    RawSocket other(net.server, Protocol::tcp);
    EXPECT_EQ(other.bind(Ipv4{}, Port{80}), ConnError::address_in_use);
    EXPECT_EQ(other.listen(4), ConnError::invalid);  // Not bound.
    listener.close();
    EXPECT_EQ(other.bind(Ipv4{}, Port{80}), ConnError::none);
    EXPECT_EQ(other.listen(4), ConnError::none);
}

// A SYN with options of the listener's: buffers and TTL of the listener hold for what it accepts.
TEST(Listener, HandsItsOptionsDown) {
    OneHost alone;
    RawSocket listener(alone.host, Protocol::tcp);
    listener.options().ttl = 7;
    listener.options().receive_buffer_bytes = 8192;
    EXPECT_EQ(listener.bind(Ipv4{}, Port{80}), ConnError::none);
    EXPECT_EQ(listener.listen(4), ConnError::none);
    alone.peer.say(syn_from(1));
    const auto syn_ack = alone.peer.wait(Micros::from_millis(10));
    ASSERT_TRUE(syn_ack);
    EXPECT_EQ(syn_ack->parsed.ttl, 7);
    EXPECT_EQ(syn_ack->parsed.tcp.window, 8192);
    EXPECT_EQ(syn_ack->parsed.tcp.mss, 1460);
    EXPECT_FALSE(syn_ack->parsed.tcp.has_option(kOptTimestamps));  // Not offered by the peer.
    EXPECT_FALSE(syn_ack->parsed.tcp.has_option(kOptWindowScale));
}

// The host's pool of half-open connections is bounded beside the backlogs.
TEST(Listener, UnderASynFlood_KeepsToItsBound) {
    sim::SimHostConfig config;
    config.limits.half_open = 32;
    OneHost alone(1, config);
    RawSocket listener = listener_on(alone.host, 1000);
    for (std::uint32_t i = 1; i <= 500; ++i)
        alone.peer.say(syn_from(static_cast<std::uint16_t>(i), i * 7919));
    EXPECT_EQ(alone.host.engine->holdings().half_open, 32u);
    EXPECT_EQ(alone.host.engine->stats().backlog_drops, 468u);
}

}  // namespace
}  // namespace ringsock::testing
