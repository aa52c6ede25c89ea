// SPDX-License-Identifier: BSD-3-Clause
// Loopback inside the host (house.md, D5): 127.0.0.0/8 and the host's own addresses work without a wire.
#include "two_hosts.h"

namespace ringsock::testing {
namespace {

class Loopback : public ::testing::TestWithParam<Ipv4> {};

RawSocket listener_on(sim::SimHost& host, Ipv4 address, std::uint16_t port) {
    RawSocket socket(host, Protocol::tcp);
    EXPECT_EQ(socket.bind(address, Port{port}), ConnError::none);
    EXPECT_EQ(socket.listen(16), ConnError::none);
    return socket;
}

TEST_P(Loopback, ConnectSendAndClose_Work) {
    OneHost alone;
    RawSocket listener = listener_on(alone.host, Ipv4{}, 80);
    RawSocket near(alone.host, Protocol::tcp);
    near.connect(GetParam(), Port{80});
    EXPECT_FALSE(near.finished());  // Asynchronous even here.
    alone.advance_ms(1);
    ASSERT_TRUE(near.connected());
    RawSocket far = listener.accept();
    ASSERT_TRUE(far.is_open());
    EXPECT_EQ(Ipv4{far.cell().names.key.local}, GetParam());
    Transfer up(near, far, 3'000'000, 1), down(far, near, 3'000'000, 2);
    EXPECT_TRUE(
        alone.world.run_until([&] { return !(up.pump() && down.pump()) || (up.is_done() && down.is_done()); },
                              alone.world.now() + Micros::from_seconds(60)));
    EXPECT_TRUE(up.is_good() && up.is_done() && down.is_good() && down.is_done());
    near.close();
    alone.advance_ms(10);
    EXPECT_TRUE(far.at_end());
    far.close();
    alone.advance_ms(10);
    EXPECT_EQ(alone.host.io->counters().tx_frames, 0u);  // Nothing of it touched the wire.
}

TEST_P(Loopback, ClosedPort_IsRefused) {
    OneHost alone;
    RawSocket socket(alone.host, Protocol::tcp);
    socket.connect(GetParam(), Port{81});
    alone.advance_ms(1);
    ASSERT_TRUE(socket.finished());
    EXPECT_EQ(socket.outcome(), ConnError::refused);
}

TEST_P(Loopback, DatagramsAndTheirErrors_StayInside) {
    OneHost alone;
    RawSocket to(alone.host, Protocol::udp), from(alone.host, Protocol::udp);
    EXPECT_EQ(to.bind(Ipv4{}, Port{53}), ConnError::none);
    from.send_to(bytes_of("inside"), GetParam(), Port{53});
    from.send_to(bytes_of("nobody"), GetParam(), Port{54});
    alone.advance_ms(1);
    const auto got = to.receive_datagram();
    ASSERT_TRUE(got);
    EXPECT_EQ(text_of(got->bytes), "inside");
    EXPECT_EQ(alone.host.io->counters().tx_frames, 0u);
}

INSTANTIATE_TEST_SUITE_P(Addresses, Loopback,
                         ::testing::Values(Ipv4::of(127, 0, 0, 1), Ipv4::of(127, 9, 8, 7), kClientAddress));

// A thousand connections to one loopback address and port, with more in flight than the device of loopback
// holds frames for at once.
TEST(LoopbackMany, ConnectionsInFlight_AllSucceed) {
    OneHost alone;
    RawSocket listener = listener_on(alone.host, Ipv4::of(127, 0, 0, 1), 80);
    RawSocket wide(alone.host, Protocol::tcp);
    EXPECT_EQ(wide.bind(Ipv4{}, Port{81}), ConnError::none);
    EXPECT_EQ(wide.listen(4096), ConnError::none);
    std::vector<RawSocket> near, far;
    for (int i = 0; i < 1000; ++i) {
        near.emplace_back(alone.host, Protocol::tcp);
        near.back().connect(Ipv4::of(127, 0, 0, 1), Port{81});
    }
    EXPECT_TRUE(alone.world.run_until(
        [&] {
            for (RawSocket s = wide.accept(); s.is_open(); s = wide.accept()) far.push_back(std::move(s));
            return far.size() == 1000;
        },
        alone.world.now() + Micros::from_seconds(30)));
    for (RawSocket& s : near) EXPECT_TRUE(s.connected());
}

// A loopback address that arrives over a wire is a lie (RFC 1122 §3.2.1.3 (g)).
TEST(LoopbackMany, AddressFromTheWire_IsIgnored) {
    OneHost alone;
    RawPeer liar(alone.world, alone.host, Ipv4::of(127, 0, 0, 1), kServerAddress);
    RawSocket listener = listener_on(alone.host, Ipv4{}, 80);
    TcpFields syn;
    syn.source = Port{1};
    syn.destination = Port{80};
    syn.flags = TcpFlag::syn;
    liar.say(syn);
    EXPECT_EQ(alone.host.engine->connections(), 0u);
    EXPECT_TRUE(alone.peer.is_silent_for(Micros::from_seconds(1)));
}

}  // namespace
}  // namespace ringsock::testing
