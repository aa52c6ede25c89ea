// SPDX-License-Identifier: BSD-3-Clause
// How a connect can end, and that the same socket can try again (house.md, section 4; the error
// rows).
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

constexpr Ipv4 kNobody = Ipv4::of(10, 0, 0, 77);     // On the link, but nobody answers for it.
constexpr Ipv4 kFarAway = Ipv4::of(203, 0, 113, 5);  // No route.

// RFC 9293 §3.5: three segments, both sides are told once.
TEST(Connect, ToAListener_SucceedsOnBothSides) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    EXPECT_TRUE(near.has(kReadyConnected));
    EXPECT_TRUE(far.has(kReadyConnected));
    EXPECT_EQ(near.edges(Edge::connect), 1u);
    EXPECT_EQ(listener.edges(Edge::accept), 1u);
    EXPECT_EQ(far.edges(Edge::write), 1u);
    EXPECT_EQ(near.cell().names.key.remote_port, Port{80});
    EXPECT_EQ(far.cell().names.key.remote_port, near.local_port());
    net.advance_ms(1000);
    EXPECT_EQ(net.client.engine->stats().tx_frames - net.client.engine->stats().arp_sent, 2u);
    EXPECT_EQ(net.server.engine->stats().tx_frames - net.server.engine->stats().arp_sent, 1u);
}

// RFC 9293 §3.10.7.1 and §3.10.7.3 (trap T6): a reset that acknowledges our SYN is a refusal, at once.
TEST(Connect, ToAClosedPort_IsRefused_AndTheSocketMayTryAgain) {
    TwoHosts net;
    RawSocket listener = net.listener(81);
    RawSocket socket(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(socket, 80), ConnError::refused);
    EXPECT_TRUE(socket.has(kReadyFailed));
    EXPECT_FALSE(socket.has(kReadyConnected));
    EXPECT_EQ(socket.edges(Edge::connect), 1u);
    EXPECT_EQ(net.client.engine->connections(), 0u);

    EXPECT_EQ(net.connect(socket, 81), ConnError::none);
    EXPECT_TRUE(socket.has(kReadyConnected));
    EXPECT_FALSE(socket.has(kReadyFailed));
    EXPECT_EQ(socket.edges(Edge::connect), 2u);
}

// RFC 9293 §3.8.3 (MUST-23): no answer at all ends at R2, here TCP_MAXRT's, not before.
TEST(Connect, IntoSilence_TimesOutAtR2_AndTheSocketMayTryAgain) {
    TwoHosts net;
    RawSocket listener = net.listener();
    RawSocket first(net.client, Protocol::tcp);  // So that the address is known before the wire is cut.
    EXPECT_EQ(net.connect(first), ConnError::none);

    net.world.wire(net.client, net.server)->faults().is_cut = true;
    RawSocket socket(net.client, Protocol::tcp);
    socket.options().max_rt_seconds = 5;
    const Instant start = net.world.now();
    EXPECT_EQ(net.connect(socket), ConnError::timed_out);
    const Micros took = net.world.now() - start;
    EXPECT_GE(took, Micros::from_seconds(5));
    EXPECT_LE(took, Micros::from_seconds(6));

    net.world.wire(net.client, net.server)->faults().is_cut = false;
    EXPECT_EQ(net.connect(socket), ConnError::none);
}

// MUST-23 and RFC 6298 §5.5: without TCP_MAXRT the SYN lives for three minutes, repeated at doubling
// distances.
TEST(Connect, ToAPeerThatOnlyAnswersArp_TimesOutAfterThreeMinutes) {
    OneHost alone;
    RawPeer& peer = alone.peer;
    RawSocket socket(alone.host, Protocol::tcp);
    const Instant start = alone.world.now();
    socket.connect(peer.address(), Port{80});
    std::vector<std::int64_t> seconds;
    while (const auto syn = peer.wait(Micros::from_seconds(100))) {
        ASSERT_EQ(syn->parsed.tcp.flags, TcpFlag::syn);
        seconds.push_back(((alone.world.now() - start).count + 500'000) / 1'000'000);
    }
    EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 1, 3, 7, 15, 31, 63, 123}));
    EXPECT_TRUE(socket.finished());
    EXPECT_EQ(socket.outcome(), ConnError::timed_out);
    EXPECT_GE(alone.world.now() - start, Micros::from_seconds(180));
    EXPECT_LE(alone.world.now() - start, Micros::from_seconds(250));
}

// RFC 1122 §2.3.2.1: one question a second, given up after the third (table 4.8: WSAEHOSTUNREACH).
TEST(Connect, WithoutAnArpAnswer_IsHostUnreachableAfterThreeSeconds) {
    TwoHosts net;
    RawSocket listener = net.listener();
    RawSocket socket(net.client, Protocol::tcp);
    const Instant start = net.world.now();
    EXPECT_EQ(net.connect(socket, 80, kNobody), ConnError::host_unreachable);
    const Micros took = net.world.now() - start;
    EXPECT_GE(took, Micros::from_seconds(3));
    EXPECT_LE(took, Micros::from_millis(3100));
    EXPECT_EQ(net.client.engine->stats().arp_sent, 3u);
    EXPECT_EQ(net.client.engine->stats().tx_frames, 3u);  // Not a single SYN left.
    EXPECT_EQ(net.connect(socket, 80), ConnError::none);  // And the same socket connects elsewhere.
}

TEST(Connect, WithoutARoute_IsNetUnreachableAtOnce) {
    TwoHosts net;
    RawSocket listener = net.listener();
    RawSocket socket(net.client, Protocol::tcp);
    socket.connect(kFarAway, Port{80});
    EXPECT_TRUE(socket.finished());
    EXPECT_EQ(socket.outcome(), ConnError::net_unreachable);
    EXPECT_EQ(net.client.engine->stats().tx_frames, 0u);
    EXPECT_EQ(net.connect(socket, 80), ConnError::none);
}

// RFC 9293 §3.9.2.3 (MUST-46): no connection to a broadcast or multicast address, or to nowhere.
TEST(Connect, ToWhatIsNoHost_IsAddressUnavailable) {
    TwoHosts net;
    for (const Ipv4 bad :
         {Ipv4{}, Ipv4::of(255, 255, 255, 255), Ipv4::of(10, 0, 0, 255), Ipv4::of(224, 0, 0, 1)}) {
        RawSocket socket(net.client, Protocol::tcp);
        socket.connect(bad, Port{80});
        EXPECT_TRUE(socket.finished());
        EXPECT_EQ(socket.outcome(), ConnError::address_unavailable);
    }
    EXPECT_EQ(net.client.engine->stats().tx_frames, 0u);
}

// house.md, D2: a port is in use per 4-tuple. Two sockets bound to one port (SO_REUSEADDR) may connect to
// different destinations; the same one is refused at connect, the late form of WSAEADDRINUSE.
TEST(Connect, OfATupleInUse_IsAddressInUse) {
    TwoHosts net;
    RawSocket listener = net.listener(80), other = net.listener(81);
    RawSocket one(net.client, Protocol::tcp), two(net.client, Protocol::tcp);
    one.options().reuse_address = two.options().reuse_address = 1;
    EXPECT_EQ(one.bind(kClientAddress, Port{5000}), ConnError::none);
    EXPECT_EQ(two.bind(kClientAddress, Port{5000}), ConnError::none);
    EXPECT_EQ(net.connect(one, 80), ConnError::none);
    EXPECT_EQ(net.connect(two, 80), ConnError::address_in_use);
    EXPECT_EQ(net.connect(two, 81), ConnError::none);
    EXPECT_EQ(one.local_port(), Port{5000});
    EXPECT_EQ(two.local_port(), Port{5000});
}

TEST(Bind, WhatIsTakenOrNotOurs_IsRefused) {
    TwoHosts net;
    RawSocket one(net.client, Protocol::tcp), two(net.client, Protocol::tcp);
    EXPECT_EQ(one.bind(Ipv4{}, Port{5000}), ConnError::none);
    EXPECT_EQ(two.bind(Ipv4{}, Port{5000}), ConnError::address_in_use);
    EXPECT_EQ(two.bind(kServerAddress, Port{5001}), ConnError::address_unavailable);
    EXPECT_EQ(two.bind(Ipv4{}, Port{0}), ConnError::none);  // Any port: one is chosen and told.
    EXPECT_NE(two.local_port(), Port{0});
    EXPECT_EQ(two.bind(Ipv4{}, Port{5002}), ConnError::invalid);  // Once only.
}

// A range of eight ports: eight connections to one destination, the ninth finds none (WSAEADDRNOTAVAIL at
// once), another destination does.
TEST(Connect, WithEveryPortOfADestinationTaken_IsAddressUnavailable) {
    TwoHostsOptions options;
    options.client.tcp.ephemeral = {Port{40000}, Port{40007}};
    TwoHosts net(options);
    RawSocket listener = net.listener(80), other = net.listener(81);
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 8; ++i) {
        sockets.emplace_back(net.client, Protocol::tcp);
        EXPECT_EQ(net.connect(sockets.back()), ConnError::none) << i;
    }
    RawSocket ninth(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(ninth), ConnError::address_unavailable);
    EXPECT_EQ(net.connect(ninth, 81), ConnError::none);
}

// house.md, D7: an active open takes its own TIME-WAIT tuple when the peer can tell the connections apart.
// Eight ports, a thousand connections to the same address and port, our side closing first each time.
TEST(Connect, ThroughATinyPortRange_ReusesItsOwnTimeWait) {
    TwoHostsOptions options;
    options.client.tcp.ephemeral = {Port{40000}, Port{40007}};
    TwoHosts net(options);
    RawSocket listener = net.listener();
    for (int i = 0; i < 1000; ++i) {
        auto [near, far] = net.connection(listener);
        near.close();
        ASSERT_TRUE(net.run_until([&] { return far.at_end(); })) << i;
        far.close();
        net.advance_ms(1);
    }
    const EngineStats& stats = net.client.engine->stats();
    EXPECT_EQ(stats.established, 1000u);
    EXPECT_EQ(stats.time_wait_made, 1000u);
    EXPECT_GE(stats.time_wait_reused, 992u);
    EXPECT_LE(net.client.engine->time_waits(), 8u);
}

// The other side keeps TIME-WAIT when it closed first: its listener takes the new SYN (MUST-13, RFC 6191).
TEST(Connect, ToAPeerInTimeWait_IsAccepted) {
    TwoHostsOptions options;
    options.client.tcp.ephemeral = {Port{40000}, Port{40001}};
    TwoHosts net(options);
    RawSocket listener = net.listener();
    for (int i = 0; i < 200; ++i) {
        auto [near, far] = net.connection(listener);
        far.close();
        ASSERT_TRUE(net.run_until([&] { return near.at_end(); })) << i;
        near.close();
        net.advance_ms(1);
    }
    EXPECT_LE(net.server.engine->time_waits(), 2u);
    EXPECT_EQ(net.client.engine->stats().failed_opens, 0u);
}

// TIME-WAIT records are a bounded pool: the oldest is recycled and counted (D7).
TEST(Connect, WithTheTimeWaitPoolFull_RecyclesTheOldest) {
    TwoHostsOptions options;
    options.client.limits.time_wait_records = 16;
    TwoHosts net(options);
    RawSocket listener = net.listener();
    for (int i = 0; i < 50; ++i) {
        auto [near, far] = net.connection(listener);
        near.close();
        ASSERT_TRUE(net.run_until([&] { return far.at_end(); }));
        far.close();
        net.advance_ms(1);
    }
    EXPECT_LE(net.client.engine->time_waits(), 16u);
    EXPECT_EQ(net.client.engine->stats().time_wait_recycled, 34u);
}

// 2MSL later nothing is left of a connection (MUST-13).
TEST(TimeWait, EndsAfterTwoMsl) {
    TwoHosts net;
    RawSocket listener = net.listener();
    {
        auto [near, far] = net.connection(listener);
        near.close();
        ASSERT_TRUE(net.run_until([&] { return far.at_end(); }));
        far.close();
    }
    net.advance_ms(10);
    EXPECT_EQ(net.client.engine->time_waits(), 1u);
    net.advance_ms(59'000);
    EXPECT_EQ(net.client.engine->time_waits(), 1u);
    net.advance_ms(1'100);
    EXPECT_EQ(net.client.engine->time_waits(), 0u);
}

// The pool of connections is bounded: WSAENOBUFS, and the table is whole afterwards.
TEST(Connect, WithTheConnectionPoolFull_IsNoBuffers) {
    TwoHostsOptions options;
    options.client.limits.connections = 4;
    TwoHosts net(options);
    RawSocket listener = net.listener();
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 4; ++i) {
        sockets.emplace_back(net.client, Protocol::tcp);
        EXPECT_EQ(net.connect(sockets.back()), ConnError::none);
    }
    RawSocket fifth(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(fifth), ConnError::no_buffers);
    sockets.back().close(true);
    net.advance_ms(1);
    EXPECT_EQ(net.connect(fifth), ConnError::none);
}

// RFC 9293 §3.10.4: CLOSE in SYN-SENT deletes the connection; a late SYN,ACK is answered by a reset.
TEST(Close, WhileConnecting_ForgetsTheConnection) {
    TwoHosts net;
    RawSocket listener = net.listener();
    RawSocket first(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(first), ConnError::none);
    RawSocket socket(net.client, Protocol::tcp);
    socket.connect(kServerAddress, Port{80});
    EXPECT_EQ(net.client.engine->connections(), 2u);
    socket.close();
    EXPECT_EQ(net.client.engine->connections(), 1u);
    net.advance_ms(10);
    EXPECT_EQ(net.client.engine->stats().resets_sent, 1u);
    EXPECT_EQ(listener.waiting(), 1u);  // `first`; the other one never came to be.
}

// RFC 9293 §3.10.7.3 (MUST-10), Figure 8: both ends open at the same time, and one connection comes of it.
TEST(Connect, FromBothSidesAtOnce_MakesOneConnection) {
    TwoHosts net;
    RawSocket warm_up = net.listener(7);
    RawSocket known(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(known, 7), ConnError::none);  // Both know each other's link address now.
    RawSocket one(net.client, Protocol::tcp), two(net.server, Protocol::tcp);
    EXPECT_EQ(one.bind(kClientAddress, Port{1000}), ConnError::none);
    EXPECT_EQ(two.bind(kServerAddress, Port{2000}), ConnError::none);
    one.connect(kServerAddress, Port{2000});
    two.connect(kClientAddress, Port{1000});
    EXPECT_TRUE(net.run_until([&] { return one.finished() && two.finished(); }));
    EXPECT_EQ(one.outcome(), ConnError::none);
    EXPECT_EQ(two.outcome(), ConnError::none);
    one.send("from one");
    two.send("from two");
    net.advance_ms(100);
    EXPECT_EQ(text_of(two.receive()), "from one");
    EXPECT_EQ(text_of(one.receive()), "from two");
}

}  // namespace
}  // namespace ringsock::testing
