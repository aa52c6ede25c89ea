// SPDX-License-Identifier: BSD-3-Clause
// What an engine does when its surroundings fail: the link, the device, the pool of packets, its own tables.
// It must stand, say so, and hold nothing back afterwards.
#include "raw_peer.h"
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

// WSAENETDOWN and the events that go with it: connections end, new ones fail at once, listeners stay.
TEST(Link, GoingDown_EndsConnections) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    RawSocket opening(net.client, Protocol::tcp);
    near.send("unsent text must come home");
    net.client.io->set_link(false);
    opening.connect(kServerAddress, Port{80});
    net.advance_ms(10);
    EXPECT_TRUE(near.has(kReadyReset));
    EXPECT_EQ(near.broken_error(), ConnError::net_down);
    EXPECT_EQ(near.edges(Edge::close), 1u);
    EXPECT_TRUE(opening.finished());
    EXPECT_EQ(opening.outcome(), ConnError::net_down);
    RawSocket late(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(late), ConnError::net_down);
    EXPECT_EQ(net.client.engine->connections(), 0u);

    net.client.io->set_link(true);
    net.advance_ms(10);
    EXPECT_EQ(net.connect(late), ConnError::none);
    EXPECT_EQ(net.client.engine->stats().link_changes, 2u);
    far.close(true);
}

// Connections that wait for an address, or stand on the ready list, when the link goes.
TEST(Link, GoingDownWithWorkPending_LeavesNothingBehind) {
    OneHost alone;
    alone.peer.answers_arp = false;
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 50; ++i) {
        sockets.emplace_back(alone.host, Protocol::tcp);
        sockets.back().connect(Ipv4::of(10, 0, 0, static_cast<std::uint8_t>(2 + i % 5)), Port{80});
    }
    alone.host.io->limit_transmissions(0);
    RawSocket datagrams(alone.host, Protocol::udp);
    datagrams.send_to(bytes_of("x"), alone.peer.address(), Port{53});
    alone.host.io->set_link(false);
    alone.advance_ms(10);
    for (RawSocket& s : sockets) EXPECT_EQ(s.outcome(), ConnError::net_down);
    EXPECT_EQ(alone.host.engine->connections(), 0u);
    alone.host.io->limit_transmissions(UINT64_MAX);
    alone.host.io->set_link(true);
}

// A segment of two packets waits for the device while an ACK takes the first of them away: what leaves later
// is well-formed and has the right bytes, whoever cuts segments.
TEST(Device, ThatIsFull_SendsNoChainsThatAreGone) {
    for (const bool segmentation : {false, true}) {
        sim::SimHostConfig config;
        config.segmentation = segmentation;
        config.tcp.timestamps = false;
        OneHost alone(1, config);
        RawSocket s(alone.host, Protocol::tcp);
        s.connect(alone.peer.address(), Port{80});
        const auto syn = alone.peer.wait(Micros::from_seconds(1));
        ASSERT_TRUE(syn.has_value());
        const SeqNum first = syn->parsed.tcp.seq + 1;
        TcpFields said;
        said.source = Port{80};
        said.destination = syn->parsed.source_port;
        said.seq = SeqNum{5000};
        said.ack = first;
        said.flags = TcpFlag::syn | TcpFlag::ack;
        said.window = 0;
        said.options = kOptMss;
        said.mss = 1000;
        alone.peer.say(said);
        ASSERT_TRUE(s.connected());
        const std::size_t packets = segmentation ? 4 : 2;
        for (std::size_t i = 0; i < packets; ++i) ASSERT_EQ(s.send(stream(i * 900, 900, 3)), 900u);
        while (alone.peer.take()) {
        }
        alone.host.io->limit_transmissions(0);
        said.seq = SeqNum{5001};
        said.flags = TcpFlag::ack;
        said.window = 60000;
        said.options = 0;
        alone.peer.say(said);
        said.ack = first + 900;  // Of what only stands in line: the engine believes it.
        alone.peer.say(said);
        alone.host.io->limit_transmissions(UINT64_MAX);
        const std::size_t total = packets * 900;
        for (int frames = 0; s.unacknowledged() != 0; ++frames) {
            ASSERT_LT(frames, 50);
            const auto sent = alone.peer.wait(Micros::from_seconds(10));
            ASSERT_TRUE(sent.has_value());
            ASSERT_EQ(sent->parsed.kind, FrameKind::ipv4_tcp) << name_of(sent->parsed.drop);
            const std::size_t at = distance(first, sent->parsed.tcp.seq);
            ASSERT_LE(at + sent->parsed.payload_length, total);
            EXPECT_EQ(sent->payload(), stream(at, sent->parsed.payload_length, 3));
            if (sent->parsed.tcp.seq != said.ack) continue;
            said.ack = sent->parsed.tcp.seq + sent->parsed.payload_length;
            alone.peer.say(said);
        }
        s.close(true);
    }
}

// Back-pressure: a device that takes a few frames at a time loses nothing and reorders nothing.
TEST(Device, ThatIsFullNowAndThen_LosesNothing) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    constexpr std::uint64_t kTotal = 1'000'000;
    Transfer up(near, far, kTotal, 1), down(far, near, kTotal, 2);
    int step = 0;
    EXPECT_TRUE(net.run_until(
        [&] {
            // Three frames a step, and none at all in every fourth.
            net.client.io->limit_transmissions(step % 4 == 0 ? 0 : 3);
            net.server.io->limit_transmissions(step % 5 == 0 ? 0 : 2);
            ++step;
            return !(up.pump() && down.pump()) || (up.is_done() && down.is_done());
        },
        600));
    EXPECT_TRUE(up.is_good() && up.is_done() && down.is_good() && down.is_done());
    EXPECT_GT(net.client.engine->stats().tx_blocked, 0u);
    net.client.io->limit_transmissions(UINT64_MAX);
    net.server.io->limit_transmissions(UINT64_MAX);
}

// A device that never takes a frame again: time-outs end everything, packets come home.
TEST(Device, ThatIsFullForEver_EndsInTimeOuts) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    net.client.io->limit_transmissions(0);
    EXPECT_GT(near.send(stream(0, 200'000, 1)), 0u);
    RawSocket opening(net.client, Protocol::tcp);
    opening.options().max_rt_seconds = 3;
    EXPECT_NE(net.connect(opening), ConnError::none);
    EXPECT_TRUE(net.run_until([&] { return near.has(kReadyReset); }, 900));
    near.close();
    net.client.io->limit_transmissions(UINT64_MAX);
}

// Half open, established and closing connections when the engine stops: nobody is told over the wire,
// everything goes.
TEST(ShutDown, WithEverythingUnderWay_ReturnsEveryPacket) {
    OneHost alone;
    std::vector<RawSocket> sockets;
    for (int i = 0; i < 10; ++i) {
        sockets.emplace_back(alone.host, Protocol::tcp);
        sockets.back().connect(alone.peer.address(), Port{static_cast<std::uint16_t>(80 + i)});
        if (i % 2 == 0) sockets.back().send(stream(0, 5000, 1));
    }
    RawSocket udp(alone.host, Protocol::udp);
    EXPECT_EQ(udp.bind(Ipv4{}, Port{53}), ConnError::none);
    alone.peer.say_udp(Port{1}, Port{53}, bytes_of("unread"));
    EXPECT_GT(alone.host.io->pool().in_use(), 0u);
    return_empty_packets(alone.host);
    alone.host.engine->shut_down();
    EXPECT_EQ(alone.host.io->pool().in_use(), 0u);
    EXPECT_EQ(alone.host.engine->connections(), 0u);
    EXPECT_TRUE(udp.has(kReadyNetDown));
    for (RawSocket& s : sockets) {
        EXPECT_EQ(s.outcome(), ConnError::net_down);
    }
}

/// A scripted life of two hosts: handshake, both ways, half close, datagrams, a refusal. Returns whether
/// every byte that arrived was right; with failing allocations less may arrive, wrong bytes never.
bool scripted_life(TwoHosts& net) {
    bool good = true;
    RawSocket listener = net.listener();
    RawSocket near(net.client, Protocol::tcp), far;
    near.connect(kServerAddress, Port{80});
    RawSocket udp_far(net.server, Protocol::udp), udp_near(net.client, Protocol::udp);
    (void)udp_far.bind(Ipv4{}, Port{53});
    (void)net.run_until(
        [&] {
            if (!far.is_open()) far = listener.accept();
            return far.is_open();
        },
        20);
    if (!far.is_open()) return good;
    near.send("small");
    Bytes up, down;
    std::size_t sent_up = 5, sent_down = 0;
    const Bytes all = stream(0, 20'000, 4);
    udp_near.send_to(stream(0, 600, 5), kServerAddress, Port{53});
    (void)net.run_until(
        [&] {
            if (sent_up < 5 + all.size()) sent_up += near.send(std::span(all).subspan(sent_up - 5));
            if (sent_down < all.size()) sent_down += far.send(std::span(all).subspan(sent_down));
            const Bytes a = far.receive(), b = near.receive();
            up.insert(up.end(), a.begin(), a.end());
            down.insert(down.end(), b.begin(), b.end());
            while (const auto datagram = udp_far.receive_datagram())
                good &= datagram->bytes == stream(0, 600, 5);
            if (sent_up == 5 + all.size()) near.shutdown_send();
            return (far.has(kReadyPeerClosed | kReadyReset)) && down.size() == all.size();
        },
        30);
    const Bytes small = bytes_of("small");
    for (std::size_t i = 0; i < up.size(); ++i) good &= up[i] == (i < 5 ? small[i] : all[i - 5]);
    for (std::size_t i = 0; i < down.size(); ++i) good &= down[i] == all[i];
    return good;
}

// Each allocation of a scripted life fails once, on either side: the engine stands, no byte is wrong, nothing
// leaks.
TEST(Allocation, FailingAtEveryPlaceOnce_LeavesThePoolsWhole) {
    std::uint64_t places = 0;
    for (int side = 0; side < 2; ++side) {
        for (std::uint64_t n = 1;; ++n) {
            TwoHosts net;
            sim::SimHost& host = side == 0 ? net.client : net.server;
            host.io->fail_allocation(n);
            ASSERT_TRUE(scripted_life(net)) << "side " << side << ", allocation " << n;
            if (host.io->counters().no_buffer == 0) break;  // There are fewer than n allocations.
            ++places;
            ASSERT_LT(n, 2000u);
            if (::testing::Test::HasFailure()) return;
        }
    }
    EXPECT_GT(places, 60u);
}

// A pool so small that it is empty most of the time: slow, but alive and whole.
TEST(Allocation, FromATinyPool_StaysAlive) {
    for (const std::uint32_t packets : {1u, 2u, 3u, 5u, 8u, 16u, 32u, 70u}) {
        TwoHostsOptions options;
        options.client.packets = options.server.packets = packets;
        TwoHosts net(options);
        EXPECT_TRUE(scripted_life(net)) << packets;
    }
}

// Tables of the least size: what does not fit is refused by name.
TEST(Limits, OfOne_RefuseTheSecond) {
    TwoHostsOptions options;
    options.client.limits = {.connections = 1,
                             .half_open = 1,
                             .time_wait_records = 1,
                             .bindings = 1,
                             .neighbors = 1,
                             .port_sets = 1,
                             .fresh_cells = 4,
                             .waiting_frames = 1};
    TwoHosts net(options);
    RawSocket listener = net.listener();
    RawSocket one(net.client, Protocol::tcp), two(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(one), ConnError::none);
    EXPECT_EQ(net.connect(two), ConnError::no_buffers);
    RawSocket udp(net.client, Protocol::udp), other(net.client, Protocol::udp);
    EXPECT_EQ(udp.bind(Ipv4{}, Port{1000}), ConnError::none);
    EXPECT_EQ(other.bind(Ipv4{}, Port{1001}), ConnError::no_buffers);
    one.close();
    net.advance_ms(10);
    RawSocket accepted = listener.accept();
    ASSERT_TRUE(accepted.is_open());
    accepted.close();
    net.advance_ms(10);
    EXPECT_EQ(net.connect(two), ConnError::none);
}

// A neighbour table that is full of unanswered questions: no buffers, until one of them is given up.
TEST(Limits, NeighboursAllWaitedFor_IsNoBuffers) {
    sim::SimHostConfig config;
    config.limits.neighbors = 2;
    OneHost alone(1, config);
    alone.peer.answers_arp = false;
    RawSocket one(alone.host, Protocol::tcp), two(alone.host, Protocol::tcp),
        three(alone.host, Protocol::tcp);
    one.connect(Ipv4::of(10, 0, 0, 10), Port{80});
    two.connect(Ipv4::of(10, 0, 0, 11), Port{80});
    three.connect(Ipv4::of(10, 0, 0, 12), Port{80});
    EXPECT_TRUE(three.finished());
    EXPECT_EQ(three.outcome(), ConnError::no_buffers);
    alone.advance_ms(4000);
    EXPECT_EQ(one.outcome(), ConnError::host_unreachable);
    three.connect(Ipv4::of(10, 0, 0, 12), Port{80});
    EXPECT_FALSE(three.finished());
}

// No cell for an accepted connection: it waits in SYN-RECEIVED until there is one, and loses nothing.
TEST(Limits, NoCellForAnAcceptedConnection_LetsItWait) {
    TwoHostsOptions options;
    options.server.cells = 3;
    options.server.limits.fresh_cells =
        1;  // One is issued to the application in advance, two are taken here.
    TwoHosts net(options);
    RawSocket listener = net.listener();
    RawSocket spare(net.server, Protocol::udp);
    net.advance_ms(1);
    RawSocket near(net.client, Protocol::tcp);
    EXPECT_EQ(net.connect(near), ConnError::none);
    near.send("patience");
    net.advance_ms(5000);
    EXPECT_EQ(listener.waiting(), 0u);
    EXPECT_GE(net.server.engine->stats().backlog_drops, 1u);
    EXPECT_FALSE(near.has(kReadyReset));
    spare.close();
    EXPECT_TRUE(net.run_until([&] { return listener.waiting() == 1; }, 60));
    RawSocket far = listener.accept();
    net.advance_ms(10'000);
    EXPECT_EQ(text_of(far.receive()), "patience");
}

}  // namespace
}  // namespace ringsock::testing
