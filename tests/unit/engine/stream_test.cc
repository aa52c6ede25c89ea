// SPDX-License-Identifier: BSD-3-Clause
// Streams through two engines: bytes arrive once, in order and unchanged; every way to end one (RFC 9293
// §3.6).
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

constexpr std::uint64_t kTenMegabytes = 10'000'000;

// Both directions at once, on a good wire.
TEST(Stream, TenMegabytesBothWays_ArriveUnchanged) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    Transfer up(near, far, kTenMegabytes, 1), down(far, near, kTenMegabytes, 2);
    EXPECT_TRUE(
        net.run_until([&] { return !(up.pump() && down.pump()) || (up.is_done() && down.is_done()); }));
    EXPECT_TRUE(up.is_good() && up.is_done());
    EXPECT_TRUE(down.is_good() && down.is_done());
    EXPECT_EQ(far.unread(), 0u);
    EXPECT_EQ(near.unread(), 0u);
}

// The same under 5 % loss in both directions: retransmission must repair every byte (RFC 6298, RFC 5681).
TEST(Stream, TenMegabytesBothWaysUnderLoss_ArriveUnchanged) {
    TwoHostsOptions options;
    options.faults.loss_ppm = 50'000;
    options.faults.delay = Micros{500};
    TwoHosts net(options);
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    Transfer up(near, far, kTenMegabytes, 1), down(far, near, kTenMegabytes, 2);
    EXPECT_TRUE(
        net.run_until([&] { return !(up.pump() && down.pump()) || (up.is_done() && down.is_done()); }, 3600));
    EXPECT_TRUE(up.is_good() && up.is_done());
    EXPECT_TRUE(down.is_good() && down.is_done());
}

// RFC 9293 §3.8.6: a reader who does not read closes the window; when he reads again everything comes.
TEST(Stream, WithASlowReader_WaitsAndGoesOn) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    constexpr std::size_t kTotal = 1'000'000;
    std::size_t sent = 0;
    const auto push = [&] {
        sent += near.send(stream(sent, std::min<std::size_t>(kTotal - sent, 65536), 1));
        return false;
    };
    EXPECT_FALSE(net.run_until(push, 30));
    EXPECT_LT(sent, kTotal);               // Send buffer and window are full,
    EXPECT_LE(far.unread(), 256u * 1024);  // and no more than the receive buffer was taken.
    EXPECT_GE(far.unread(), 250'000u);
    Bytes got;
    EXPECT_TRUE(net.run_until(
        [&] {
            push();
            const Bytes more = far.receive();
            got.insert(got.end(), more.begin(), more.end());
            return got.size() >= kTotal;
        },
        120));
    EXPECT_EQ(got, stream(0, kTotal, 1));
}

// MUST-60: small writes are gathered or sent, never lost, and their order is kept.
TEST(Stream, OfManySmallSends_KeepsTheirOrder) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.options().no_delay = 1;
    near.set_options();
    std::string sent, got;
    for (int i = 0; i < 2000; ++i) {
        const std::string word = "word " + std::to_string(i) + "; ";
        near.send(word);
        sent += word;
        if (i % 10 == 0) {
            net.advance_ms(1);
            got += text_of(far.receive());
        }
    }
    net.advance_ms(1000);
    got += text_of(far.receive());
    EXPECT_EQ(got, sent);
}

// What was sent before the handshake was over leaves after it (RFC 9293 §3.10.2).
TEST(Stream, SentWhileConnecting_ArrivesAfterTheHandshake) {
    TwoHosts net;
    RawSocket listener = net.listener();
    RawSocket near(net.client, Protocol::tcp), far;
    near.connect(kServerAddress, Port{80});
    near.send("early");
    EXPECT_TRUE(net.run_until([&] {
        if (!far.is_open()) far = listener.accept();
        return far.is_open() && far.unread() == 5;
    }));
    EXPECT_EQ(text_of(far.receive()), "early");
}

// RFC 9293 §3.6: after our FIN the other direction stays open.
TEST(HalfClose, LetsThePeerGoOnSending) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.send("question");
    near.shutdown_send();
    EXPECT_TRUE(net.run_until([&] { return far.has(kReadyPeerClosed); }));
    EXPECT_EQ(text_of(far.receive()), "question");
    EXPECT_EQ(far.edges(Edge::close), 1u);
    EXPECT_TRUE(near.has(kReadySendShut));
    EXPECT_FALSE(near.has(kReadyPeerClosed));
    net.advance_ms(120'000);  // No time-out ends FIN-WAIT-2 while the socket is open.
    far.send("a late answer");
    net.advance_ms(1000);
    EXPECT_EQ(text_of(near.receive()), "a late answer");
    far.close();
    EXPECT_TRUE(net.run_until([&] { return near.has(kReadyPeerClosed); }));
    EXPECT_TRUE(net.run_until([&] { return near.has(kReadyDone); }));
}

// D7: FIN-WAIT-2 of a closed socket ends when the peer never closes.
TEST(Close, WithAPeerThatNeverCloses_EndsAsAnOrphan) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.close();
    net.advance_ms(59'000);
    EXPECT_EQ(net.client.engine->connections(), 1u);
    net.advance_ms(2'000);
    EXPECT_EQ(net.client.engine->connections(), 0u);
}

// RFC 9293 §3.10.5: an abort is a reset, and the peer learns it at once.
TEST(Abort, ResetsThePeer) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.send("never mind");
    near.close(true);
    EXPECT_TRUE(net.run_until([&] { return far.has(kReadyReset); }, 1));
    EXPECT_EQ(far.broken_error(), ConnError::reset);
    EXPECT_EQ(far.edges(Edge::close), 1u);
    EXPECT_EQ(net.client.engine->holdings().connections, 0u);
    EXPECT_EQ(net.client.engine->holdings().time_waits, 0u);
}

// RFC 9293 §3.6.1 (SHLD-3), RFC 1122 §4.2.2.13: closing over unread text is a reset, for the peer must know.
TEST(Close, OverUnreadText_ResetsThePeer) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    far.send("you should read this");
    EXPECT_TRUE(net.run_until([&] { return near.unread() != 0; }));
    near.close();
    EXPECT_TRUE(net.run_until([&] { return far.has(kReadyReset); }, 1));
    EXPECT_EQ(net.client.engine->holdings().time_waits, 0u);
}

// Text that arrives after the close is lost text too.
TEST(Close, BeforeTextArrives_ResetsThePeer) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.close();
    EXPECT_TRUE(net.run_until([&] { return far.has(kReadyPeerClosed); }, 1));
    far.send("too late");
    EXPECT_TRUE(net.run_until([&] { return far.has(kReadyReset); }, 1));
}

// RFC 9293 §3.10.4: CLOSE is graceful: what is queued still goes, then the FIN, although the socket is gone.
TEST(Close, WithTextQueued_StillDeliversIt) {
    TwoHostsOptions options;
    options.faults.delay = Micros::from_millis(5);
    TwoHosts net(options);
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    const Bytes all = stream(0, 200'000, 3);
    EXPECT_EQ(near.send(all), all.size());
    near.close();
    Bytes got;
    EXPECT_TRUE(net.run_until([&] {
        const Bytes more = far.receive();
        got.insert(got.end(), more.begin(), more.end());
        return far.at_end();
    }));
    EXPECT_EQ(got, all);
}

// RFC 9293 §3.6, Figure 13: both close at the same time; both end in TIME-WAIT.
TEST(Close, FromBothSidesAtOnce_IsClean) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    near.close();
    far.close();
    net.advance_ms(100);
    EXPECT_EQ(net.client.engine->connections(), 0u);
    EXPECT_EQ(net.server.engine->connections(), 0u);
    EXPECT_EQ(net.client.engine->time_waits(), 1u);
    EXPECT_EQ(net.server.engine->time_waits(), 1u);
    EXPECT_EQ(net.client.engine->stats().resets_sent + net.server.engine->stats().resets_sent, 0u);
}

// RFC 9293 §3.8.3 (MUST-20): a peer that is gone ends an established connection after the user timeout.
TEST(Stream, ToAVanishedPeer_IsGivenUp) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    net.world.wire(net.client, net.server)->faults().is_cut = true;
    const Instant start = net.world.now();
    near.send("are you there?");
    EXPECT_TRUE(net.run_until([&] { return near.has(kReadyReset); }, 900));
    EXPECT_GE(net.world.now() - start, Micros::from_seconds(100));
    EXPECT_NE(near.broken_error(), ConnError::none);
    EXPECT_NE(near.broken_error(), ConnError::reset);
    net.world.wire(net.client, net.server)->faults().is_cut = false;
}

// A request with a stale generation is counted and changes nothing; its packets come home.
TEST(Requests, ForASocketThatIsGone_AreDropped) {
    TwoHosts net;
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    const SocketId gone = near.id();
    near.close(true);
    net.advance_ms(1);
    Packet* packet = take_empty_packet(net.client);
    ASSERT_NE(packet, nullptr);
    packet->length = 100;
    packet->next = nullptr;
    const bool pushed = net.client.port->requests.producer().try_push([&](Request& r) {
        r.op = RequestOp::send;
        r.socket = gone;
        r.attempt = 0;
        r.send = {packet, packet, 1, 100};
    });
    ASSERT_TRUE(pushed);
    net.client.drive->kick(*net.client.port);
    EXPECT_EQ(net.client.engine->stats().stale_requests, 1u);
}

// A full request ring never loses a close: it travels as an attention bit (house.md, section 8).
TEST(Requests, CloseWithTheRingFull_IsHonoured) {
    TwoHostsOptions options;
    options.client.request_slots = 8;
    TwoHosts net(options);
    RawSocket listener = net.listener();
    auto [near, far] = net.connection(listener);
    auto& port = *net.client.port;
    while (port.requests.producer().try_push([&](Request& r) {
        r.op = RequestOp::set_options;
        r.socket = near.id();
        r.attempt = 0;
    })) {
    }
    SocketCell& cell = near.cell();
    cell.app.closing.store(kClosingByBit);
    port.raise_attention(near.id().index);
    net.advance_ms(10);
    EXPECT_TRUE(far.has(kReadyPeerClosed));
    EXPECT_EQ(cell.fixed.generation.load() & 1, 0u);
    near.forget();
}

}  // namespace
}  // namespace ringsock::testing
