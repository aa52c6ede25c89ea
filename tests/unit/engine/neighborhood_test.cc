// SPDX-License-Identifier: BSD-3-Clause
// Addresses, routes, links and neighbours that change under an engine with connections
// (engine/neighborhood.h).
#include "engine/neighborhood.h"

#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

constexpr Micros kSoon = Micros::from_millis(10);
constexpr Ipv4 kSecond = Ipv4::of(10, 0, 0, 77), kFar = Ipv4::of(198, 51, 100, 1);

Neighborhood plain() {
    Neighborhood out;
    EXPECT_TRUE(out.addresses.add({IpAddress(kClientAddress), 24, 1}));
    RouteEntry link;
    link.prefix = IpAddress(Ipv4::of(10, 0, 0, 0));
    link.prefix_length = 24;
    link.interface = 1;
    EXPECT_TRUE(out.routes.add(link));
    return out;
}

RouteEntry by_default(Ipv4 gateway) {
    RouteEntry out;
    out.prefix = IpAddress(Ipv4{});
    out.interface = 1;
    out.gateway = IpAddress(gateway);
    return out;
}

void tell(OneHost& alone, const Neighborhood& news) {
    std::atomic<std::uint32_t> done{0};
    ASSERT_TRUE(alone.host.port->requests.producer().try_push([&](Request& request) {
        request.op = RequestOp::change_neighborhood;
        request.socket = SocketId{};
        request.neighborhood = {&news, &done};
    }));
    alone.world.settle();
    ASSERT_EQ(done.load(), 1u) << "the sender's memory is free again";
}

// A connect that waits for a gateway's answer goes to the new gateway at once.
TEST(Neighborhood, ARouteThatMoves_TakesAWaitingConnectWithIt) {
    OneHost alone;
    alone.peer.answers_arp = false;
    Neighborhood news = plain();
    ASSERT_TRUE(news.routes.add(by_default(Ipv4::of(10, 0, 0, 254))));
    tell(alone, news);
    RawSocket s(alone.host, Protocol::tcp);
    s.connect(kFar, Port{80});
    EXPECT_FALSE(alone.peer.wait(Micros::from_millis(300)));
    news = plain();
    ASSERT_TRUE(news.routes.add(by_default(alone.peer.address())));
    tell(alone, news);
    alone.peer.say_arp(ArpOperation::reply, alone.peer.address(), kClientAddress);
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    EXPECT_EQ(syn->parsed.destination, kFar);
    EXPECT_EQ(EthernetView{syn->bytes.data()}.destination(), alone.peer.mac());
    s.close();
}

TEST(Neighborhood, ARouteThatGoes_MakesNewConnectsFail) {
    OneHost alone;
    Neighborhood news = plain();
    ASSERT_TRUE(news.routes.add(by_default(alone.peer.address())));
    tell(alone, news);
    RawSocket a(alone.host, Protocol::tcp), b(alone.host, Protocol::tcp);
    a.connect(kFar, Port{80});
    EXPECT_TRUE(alone.peer.wait(kSoon));
    tell(alone, plain());
    b.connect(kFar, Port{80});
    EXPECT_EQ(b.outcome(), ConnError::net_unreachable);
    EXPECT_FALSE(a.finished()) << "what is under way ends by its timers";
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(2))) << "and has no way meanwhile";
    tell(alone, news);
    EXPECT_TRUE(alone.peer.wait(Micros::from_seconds(10))) << "the way is back, and so is the SYN";
    a.close();
}

TEST(Neighborhood, AnAddressThatComesAndGoes_IsAnsweredForMeanwhile) {
    OneHost alone;
    alone.peer.answers_arp = false;
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), kSecond);
    EXPECT_FALSE(alone.peer.take());
    Neighborhood news = plain();
    ASSERT_TRUE(news.addresses.add({IpAddress(kSecond), 24, 1}));
    tell(alone, news);
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), kSecond);
    EXPECT_TRUE(alone.peer.take());
    RawSocket bound(alone.host, Protocol::tcp);
    EXPECT_EQ(bound.bind(kSecond, Port{80}), ConnError::none);
    tell(alone, plain());
    alone.peer.say_arp(ArpOperation::request, alone.peer.address(), kSecond);
    EXPECT_FALSE(alone.peer.take());
    RawSocket late(alone.host, Protocol::tcp);
    EXPECT_EQ(late.bind(kSecond, Port{81}), ConnError::address_unavailable);
    bound.close();
}

// The kernel has an address back before we have: a segment for a connection of ours is not its business.
TEST(Neighborhood, WhileAnAddressIsAway_TheKernelDoesNotGetItsConnections) {
    Doorbell bell;
    KernelRings rings(bell);
    sim::SimHostConfig config;
    config.kernel = &rings;
    OneHost alone(1, config);
    RawSocket s(alone.host, Protocol::tcp);
    s.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    Neighborhood news;
    ASSERT_TRUE(news.addresses.add({IpAddress(kSecond), 24, 1}));
    tell(alone, news);
    while (!rings.to_kernel.front().empty()) rings.to_kernel.pop();
    TcpFields answer;
    answer.source = Port{80};
    answer.destination = syn->parsed.source_port;
    answer.flags = TcpFlag::syn | TcpFlag::ack;
    answer.ack = syn->parsed.tcp.seq + 1;
    answer.window = 1000;
    alone.peer.say(answer);
    EXPECT_TRUE(rings.to_kernel.front().empty());
    EXPECT_FALSE(s.finished());
    answer.destination = Port{9};
    alone.peer.say(answer);
    EXPECT_FALSE(rings.to_kernel.front().empty()) << "what is no connection of ours";
    tell(alone, plain());
    s.close();
}

TEST(Neighborhood, APermanentNeighbour_NeedsNoQuestion) {
    OneHost alone;
    alone.peer.answers_arp = false;
    const KnownNeighbor known{1, alone.peer.address(), MacAddress{{2, 0, 0, 0, 0, 0x99}}, true, false};
    Neighborhood news = plain();
    news.changes_ways = false;
    news.neighbors = &known;
    news.neighbor_count = 1;
    news.follows[1] = true;
    tell(alone, news);
    RawSocket s(alone.host, Protocol::tcp);
    s.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    EXPECT_EQ(EthernetView{syn->bytes.data()}.destination(), known.mac);
    EXPECT_EQ(alone.peer.arp_requests(), 0u);
    s.close();
}

TEST(Neighborhood, AnInterfaceTakenDown_EndsItsConnectionsAndIsSilent) {
    OneHost alone;
    RawSocket s(alone.host, Protocol::tcp);
    s.connect(alone.peer.address(), Port{80});
    ASSERT_TRUE(alone.peer.wait(kSoon));
    Neighborhood news = plain();
    news.links[1].is_up = false;
    tell(alone, news);
    EXPECT_EQ(s.outcome(), ConnError::net_down);
    alone.peer.say_echo(7, {});
    EXPECT_TRUE(alone.peer.is_silent_for(kSoon));
    tell(alone, plain());
    alone.peer.say_echo(8, {});
    EXPECT_TRUE(alone.peer.wait(kSoon));
}

TEST(Neighborhood, ASmallerMtu_HoldsForNewConnections) {
    OneHost alone;
    Neighborhood news = plain();
    news.links[1].mtu = 1000;
    tell(alone, news);
    EXPECT_EQ(alone.host.port->max_datagram_bytes, 972u);
    RawSocket s(alone.host, Protocol::tcp);
    s.connect(alone.peer.address(), Port{80});
    const auto syn = alone.peer.wait(kSoon);
    ASSERT_TRUE(syn);
    EXPECT_EQ(syn->parsed.tcp.mss, 960u);
    s.close();
    news.links[1].mtu = 9000;
    tell(alone, news);
    EXPECT_EQ(alone.host.port->max_datagram_bytes, 1472u) << "never above the carrier's";
}

}  // namespace
}  // namespace ringsock::testing
