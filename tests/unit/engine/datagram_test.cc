// SPDX-License-Identifier: BSD-3-Clause
// UDP through two engines: matching, the default peer, broadcast, bounds (RFC 768, RFC 1122 §4.1).
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

RawSocket bound(sim::SimHost& host, std::uint16_t port, Ipv4 local = Ipv4{}) {
    RawSocket socket(host, Protocol::udp);
    EXPECT_EQ(socket.bind(local, Port{port}), ConnError::none);
    return socket;
}

TEST(Datagram, ArrivesWholeWithItsSender) {
    TwoHosts net;
    RawSocket to = bound(net.server, 53), from = bound(net.client, 4000);
    const Bytes payload = stream(0, 1472, 1);
    from.send_to(payload, kServerAddress, Port{53});
    from.send_to({}, kServerAddress, Port{53});  // An empty one is a datagram too.
    net.advance_ms(10);
    const auto first = to.receive_datagram();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->bytes, payload);
    EXPECT_EQ(first->from, kClientAddress);
    EXPECT_EQ(first->from_port, Port{4000});
    const auto second = to.receive_datagram();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->bytes.empty());
    EXPECT_FALSE(to.receive_datagram());
    EXPECT_EQ(to.edges(Edge::read), 2u);
}

// A socket that never bound is bound by its first datagram, and answers come back to it.
TEST(Datagram, FromAnUnboundSocket_CanBeAnswered) {
    TwoHosts net;
    RawSocket server = bound(net.server, 53), client(net.client, Protocol::udp);
    client.send_to(bytes_of("who"), kServerAddress, Port{53});
    net.advance_ms(10);
    const auto question = server.receive_datagram();
    ASSERT_TRUE(question);
    EXPECT_NE(question->from_port, Port{0});
    server.send_to(bytes_of("me"), question->from, question->from_port);
    net.advance_ms(10);
    const auto answer = client.receive_datagram();
    ASSERT_TRUE(answer);
    EXPECT_EQ(text_of(answer->bytes), "me");
}

// Datagrams that wait for the peer's address leave in order once it is known (RFC 1122 §2.3.2.2 asks for one
// at least).
TEST(Datagram, SentBeforeTheAddressIsKnown_Waits) {
    TwoHosts net;
    RawSocket to = bound(net.server, 53), from = bound(net.client, 4000);
    for (int i = 0; i < 10; ++i) from.send_to(bytes_of(std::to_string(i)), kServerAddress, Port{53});
    net.advance_ms(10);
    for (int i = 0; i < 10; ++i) {
        const auto got = to.receive_datagram();
        ASSERT_TRUE(got) << i;
        EXPECT_EQ(text_of(got->bytes), std::to_string(i));
    }
    EXPECT_EQ(net.client.engine->stats().arp_sent, 1u);
}

// The bound on what waits for one neighbour (EngineLimits::waiting_frames): the rest is dropped and counted.
TEST(Datagram, SentIntoAnUnresolvedNeighbour_IsBounded) {
    TwoHostsOptions options;
    options.is_joined = false;
    TwoHosts net(options);
    RawSocket from = bound(net.client, 4000);
    for (int i = 0; i < 40; ++i) from.send_to(bytes_of("x"), kServerAddress, Port{53});
    EXPECT_EQ(net.client.engine->stats().neighbor_drops, 24u);
    net.advance_ms(5000);  // Nobody answers: what waited is dropped too.
    EXPECT_EQ(net.client.engine->stats().neighbor_drops, 40u);
    return_empty_packets(net.client);
    EXPECT_EQ(net.client.io->pool().in_use(), 0u);
}

// A connected socket hears its default peer only (Winsock: connect of a datagram socket).
TEST(ConnectedDatagram, HearsItsPeerOnly) {
    TwoHosts net;
    RawSocket one = bound(net.server, 1001), two = bound(net.server, 1002), socket = bound(net.client, 4000);
    EXPECT_EQ(socket.connect_datagram(kServerAddress, Port{1001}), ConnError::none);
    EXPECT_TRUE(socket.has(kReadyConnected));
    one.send_to(bytes_of("peer"), kClientAddress, Port{4000});
    two.send_to(bytes_of("stranger"), kClientAddress, Port{4000});
    net.advance_ms(10);
    const auto got = socket.receive_datagram();
    ASSERT_TRUE(got);
    EXPECT_EQ(text_of(got->bytes), "peer");
    EXPECT_FALSE(socket.receive_datagram());
    EXPECT_EQ(net.client.engine->stats().udp_filtered, 1u);

    socket.send_to(bytes_of("to the default"));
    net.advance_ms(10);
    const auto at_one = one.receive_datagram();
    ASSERT_TRUE(at_one);
    EXPECT_EQ(text_of(at_one->bytes), "to the default");

    EXPECT_EQ(socket.disconnect_datagram(), ConnError::none);
    EXPECT_FALSE(socket.has(kReadyConnected));
    two.send_to(bytes_of("now"), kClientAddress, Port{4000});
    net.advance_ms(10);
    EXPECT_TRUE(socket.receive_datagram());
}

TEST(ConnectedDatagram, WithoutARoute_IsNetUnreachable) {
    TwoHosts net;
    RawSocket socket(net.client, Protocol::udp);
    EXPECT_EQ(socket.connect_datagram(Ipv4::of(203, 0, 113, 1), Port{9}), ConnError::net_unreachable);
    EXPECT_EQ(socket.connect_datagram(kServerAddress, Port{9}), ConnError::none);
}

// The better match wins: a connected socket before one that is only bound to the address, before any address.
TEST(Datagram, GoesToTheBestMatch) {
    TwoHosts net;
    RawSocket any(net.server, Protocol::udp), exact(net.server, Protocol::udp),
        connected(net.server, Protocol::udp);
    for (RawSocket* s : {&any, &exact, &connected}) s->options().reuse_address = 1;
    EXPECT_EQ(any.bind(Ipv4{}, Port{53}), ConnError::none);
    EXPECT_EQ(exact.bind(kServerAddress, Port{53}), ConnError::none);
    EXPECT_EQ(connected.bind(kServerAddress, Port{53}), ConnError::none);
    EXPECT_EQ(connected.connect_datagram(kClientAddress, Port{4001}), ConnError::none);
    RawSocket plain = bound(net.client, 4000), peer = bound(net.client, 4001);
    plain.send_to(bytes_of("a"), kServerAddress, Port{53});
    peer.send_to(bytes_of("b"), kServerAddress, Port{53});
    net.advance_ms(10);
    const auto at_exact = exact.receive_datagram();
    ASSERT_TRUE(at_exact);
    EXPECT_EQ(text_of(at_exact->bytes), "a");
    const auto at_connected = connected.receive_datagram();
    ASSERT_TRUE(at_connected);
    EXPECT_EQ(text_of(at_connected->bytes), "b");
    EXPECT_FALSE(any.receive_datagram());
}

// RFC 1122 §4.1.3: a broadcast goes to every socket of the port, once each; needs no ARP.
TEST(Broadcast, ReachesEverySocketOfThePort) {
    TwoHosts net;
    RawSocket one(net.server, Protocol::udp), two(net.server, Protocol::udp), other = bound(net.server, 54);
    one.options().reuse_address = two.options().reuse_address = 1;
    EXPECT_EQ(one.bind(Ipv4{}, Port{53}), ConnError::none);
    EXPECT_EQ(two.bind(Ipv4{}, Port{53}), ConnError::none);
    RawSocket from = bound(net.client, 4000);
    from.send_to(bytes_of("all"), Ipv4::of(10, 0, 0, 255), Port{53});
    from.send_to(bytes_of("here"), Ipv4::of(255, 255, 255, 255), Port{53});
    net.advance_ms(10);
    for (RawSocket* s : {&one, &two}) {
        const auto first = s->receive_datagram(), second = s->receive_datagram();
        ASSERT_TRUE(first && second);
        EXPECT_EQ(text_of(first->bytes), "all");
        EXPECT_EQ(text_of(second->bytes), "here");
        EXPECT_EQ(first->from, kClientAddress);
    }
    EXPECT_FALSE(other.receive_datagram());
    EXPECT_EQ(net.client.engine->stats().arp_sent, 0u);
    EXPECT_EQ(net.server.engine->stats().icmp_sent, 0u);
}

// RFC 1122 §4.1.3.1 and §3.2.2: a datagram to a closed port is answered; a broadcast never.
TEST(PortUnreachable, AnswersUnicastOnly) {
    OneHost alone;
    alone.peer.say_udp(Port{5000}, Port{53}, bytes_of("hello"));
    const auto error = alone.peer.wait(Micros::from_millis(10));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->parsed.kind, FrameKind::ipv4_icmp);
    EXPECT_EQ(error->parsed.icmp_type, 3);
    EXPECT_EQ(error->parsed.icmp_code, 3);
    const QuotedDatagram quoted = read_quoted_datagram(
        std::span(error->bytes).subspan(error->parsed.payload_offset, error->parsed.payload_length));
    EXPECT_TRUE(quoted.is_valid);
    EXPECT_EQ(quoted.source, alone.peer.address());
    EXPECT_EQ(quoted.source_port, Port{5000});
    EXPECT_EQ(quoted.destination_port, Port{53});
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(2)));
}

// RFC 1812 §4.3.2.8: errors are limited in rate.
TEST(PortUnreachable, IsLimitedInRate) {
    OneHost alone;
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), kClientAddress);
    for (int i = 0; i < 3000; ++i) alone.peer.say_udp(Port{5000}, Port{53}, bytes_of("x"));
    EXPECT_LE(alone.host.engine->stats().icmp_sent, 1000u);
    EXPECT_GE(alone.host.engine->stats().icmp_sent, 990u);
    EXPECT_EQ(alone.host.engine->stats().udp_no_port, 3000u);
}

// A receiver that does not read keeps no more than its buffer, counted in bytes and in datagrams.
TEST(Datagram, BeyondTheReceiveBuffer_IsDropped) {
    OneHost alone;
    RawSocket socket(alone.host, Protocol::udp);
    socket.options().receive_buffer_bytes = 10'000;
    EXPECT_EQ(socket.bind(Ipv4{}, Port{53}), ConnError::none);
    for (int i = 0; i < 20; ++i) alone.peer.say_udp(Port{5000}, Port{53}, stream(0, 1000, 1));
    EXPECT_EQ(socket.unread(), 10'000u);
    EXPECT_EQ(alone.host.engine->stats().udp_queue_full, 10u);
    while (socket.receive_datagram()) {
    }
    for (int i = 0; i < 2000; ++i) alone.peer.say_udp(Port{5000}, Port{53}, {});
    int count = 0;
    while (socket.receive_datagram()) ++count;
    EXPECT_EQ(count, static_cast<int>(Engine::kMaxQueuedDatagrams));
}

TEST(Datagram, LargerThanThePath_IsNotSent) {
    TwoHostsOptions options;
    options.client.mtu = 9000;  // The carrier's buffers take it,
    TwoHosts net(options);
    RawSocket to = bound(net.server, 53), from = bound(net.client, 4000);
    from.send_to(stream(0, 8972, 1), kServerAddress, Port{53});  // and it leaves; the peer's buffers do not.
    net.advance_ms(10);
    EXPECT_EQ(net.server.io->oversized(), 1u);
    from.send_to(stream(0, 8973, 1), kServerAddress, Port{53});
    net.advance_ms(10);
    EXPECT_EQ(net.client.engine->stats().udp_out, 1u);
    EXPECT_FALSE(to.receive_datagram());
}

// Closing over unread datagrams gives them back without a word to the network.
TEST(Datagram, UnreadAtClose_IsReleased) {
    OneHost alone;
    RawSocket socket = bound(alone.host, 53);
    for (int i = 0; i < 5; ++i) alone.peer.say_udp(Port{5000}, Port{53}, bytes_of("x"));
    EXPECT_EQ(alone.host.engine->packets_unread(), 5u);
    socket.close();
    EXPECT_EQ(alone.host.engine->packets_unread(), 0u);
    EXPECT_EQ(alone.host.io->pool().in_use(), 0u);
}

}  // namespace
}  // namespace ringsock::testing
