// SPDX-License-Identifier: BSD-3-Clause
// Whole conversations of two Tcbs over a wire with delay, loss, duplication and reordering (RFC 9293 §3.5,
// §3.6).
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

using namespace std::string_literals;

OpenParams with_options(std::uint32_t iss) {
    OpenParams p = plain(iss);
    p.flags = kOpenTimestamps | kOpenWindowScale | kOpenSack;
    p.receive_buffer = 256 * 1024;
    p.user_timeout = Micros{0};
    return p;
}

// §3.5 Figure 6: three segments, both sides told once.
TEST(Conversation, Handshake_TakesThreeSegments) {
    Wire w;
    w.connect(plain());
    w.run(ms(100));
    EXPECT_EQ(w.a.state(), State::established);
    EXPECT_EQ(w.b.state(), State::established);
    EXPECT_TRUE(w.a.saw(kEffectEstablished));
    EXPECT_TRUE(w.b.saw(kEffectEstablished));
    EXPECT_EQ(w.segments, 3u);
}

// §3.6 Figure 12: a closes, b follows; a ends in TIME-WAIT, b is gone.
TEST(Conversation, NormalClose_EndsInTimeWaitAndClosed) {
    Wire w;
    w.connect(plain());
    w.run(ms(50));
    (void)w.a.shut();
    w.run(ms(50));
    EXPECT_EQ(w.a.state(), State::fin_wait_2);
    EXPECT_EQ(w.b.state(), State::close_wait);
    EXPECT_TRUE(w.b.saw(kEffectPeerClosed));
    (void)w.b.shut();
    w.run(ms(50));
    EXPECT_TRUE(w.a.time_wait.has_value());
    EXPECT_TRUE(w.b.freed);
    EXPECT_EQ(w.a.error, ConnError::none);
    EXPECT_EQ(w.b.error, ConnError::none);
    EXPECT_TRUE(w.a.saw(kEffectFinAcked | kEffectPeerClosed));
    EXPECT_EQ(w.segments, 7u) << "SYN, SYN+ACK, ACK, FIN, ACK, FIN, ACK";
}

// The pull model joins what is due in one pass (MUST-58): a close right after the handshake costs six
// segments at most.
TEST(Conversation, CloseInTheSamePass_JoinsAckAndFin) {
    Wire w;
    w.connect(plain());
    bool a_closed = false, b_closed = false;
    for (int i = 0; i < 100 && !(w.b.freed && w.a.freed); ++i) {
        w.run(Micros{100});
        if (w.a.saw(kEffectEstablished) && !a_closed) a_closed = true, (void)w.a.end();
        if (w.b.saw(kEffectPeerClosed) && !b_closed) b_closed = true, (void)w.b.end();
    }
    EXPECT_TRUE(w.a.time_wait.has_value());
    EXPECT_TRUE(w.b.freed);
    EXPECT_LE(w.segments, 7u);
}

// §3.6 Figure 13: both close at the same time; both end in TIME-WAIT.
TEST(Conversation, SimultaneousClose_EndsInTimeWaitOnBothSides) {
    Wire w;
    w.connect(plain());
    w.run(ms(50));
    (void)w.a.shut();
    (void)w.b.shut();
    w.run(ms(50));
    EXPECT_TRUE(w.a.time_wait.has_value());
    EXPECT_TRUE(w.b.time_wait.has_value());
}

// §3.5 Figure 7 (MUST-10): both open at the same time.
TEST(Conversation, SimultaneousOpen_EstablishesBoth) {
    Wire w;
    w.b_listening = false;
    (void)w.a.open(with_options(1000));
    OpenParams p = with_options(900'000);
    p.key = w.b_params.key;
    (void)w.b.open(p);
    w.run(ms(50));
    EXPECT_EQ(w.a.state(), State::established);
    EXPECT_EQ(w.b.state(), State::established);
    (void)w.a.write("hello");
    (void)w.b.write("world");
    w.run(ms(100));
    EXPECT_EQ(w.b.received, "hello");
    EXPECT_EQ(w.a.received, "world");
}

// The same with every SYN,ACK of one direction lost once: the ACKs of retransmissions finish it.
TEST(Conversation, SimultaneousOpen_SurvivesLostSynAck) {
    Wire w;
    w.b_listening = false;
    int lost = 0;
    w.drop = [&](const Segment& s, bool from_a) {
        return from_a && s.is(TcpFlag::syn | TcpFlag::ack) && lost++ == 0;
    };
    (void)w.a.open(plain());
    OpenParams p = plain(900'000);
    p.key = w.b_params.key;
    (void)w.b.open(p);
    w.run(seconds(5));
    EXPECT_EQ(w.a.state(), State::established);
    EXPECT_EQ(w.b.state(), State::established);
}

// Connect to nobody: refused, at once (§3.5.2 group 1).
TEST(Conversation, ConnectToClosedPort_IsRefused) {
    Wire w;
    w.b_listening = false;
    w.connect(plain());
    w.run(ms(50));
    EXPECT_TRUE(w.a.freed);
    EXPECT_EQ(w.a.error, ConnError::refused);
}

// Text in both directions, in odd pieces, arrives unchanged.
TEST(Conversation, TextBothWays_ArrivesInOrder) {
    Wire w;
    w.b_params = with_options(700'000);
    w.b_params.key = FlowKey{kKey.remote, kKey.local, kKey.remote_port, kKey.local_port};
    w.connect(with_options(1000));
    w.run(ms(50));
    const std::string up = pattern(300'000), down = pattern(123'457);
    (void)w.a.write(up, 1000);
    (void)w.b.write(down, 1777);
    w.run(seconds(5));
    EXPECT_TRUE(same_text(w.b.received, up));
    EXPECT_TRUE(same_text(w.a.received, down));
}

// Half close (§3.6): after a's FIN b still sends, a still receives.
TEST(Conversation, HalfClose_LetsTheOtherDirectionLive) {
    Wire w;
    w.connect(plain());
    w.run(ms(50));
    (void)w.a.write("request");
    (void)w.a.shut();
    w.run(ms(50));
    EXPECT_EQ(w.b.received, "request");
    EXPECT_EQ(w.b.state(), State::close_wait);
    const std::string answer = pattern(50'000);
    (void)w.b.write(answer, 1460);
    (void)w.b.shut();
    w.run(seconds(2));
    EXPECT_TRUE(same_text(w.a.received, answer));
    EXPECT_TRUE(w.a.time_wait.has_value());
    EXPECT_TRUE(w.b.freed);
}

// Sequence numbers of both sides cross zero in the middle of the text (§3.4).
TEST(Conversation, SequenceNumbersWrapInBothDirections) {
    Wire w;
    w.b_params.iss = SeqNum{0xffff'ff00};
    w.connect(plain(0xffff'0000));
    w.run(ms(50));
    const std::string up = pattern(200'000), down = pattern(100'000);
    (void)w.a.write(up, 1460);
    (void)w.b.write(down, 1460);
    w.run(seconds(5));
    EXPECT_TRUE(same_text(w.b.received, up));
    EXPECT_TRUE(same_text(w.a.received, down));
}

// A receiver who does not read closes the window; when he reads again everything comes (§3.8.6.1).
TEST(Conversation, SlowReader_StopsAndRestartsTheSender) {
    Wire w;
    w.b_params.receive_buffer = 8000;
    w.connect(plain());
    w.run(ms(50));
    w.b.reads = false;
    const std::string text = pattern(40'000);
    (void)w.a.write(text, 1460);
    w.run(seconds(30));
    EXPECT_LE(unread_bytes(w.b.tcb), 8000u);
    EXPECT_GE(unread_bytes(w.b.tcb), 7000u);
    for (int i = 0; i < 200 && w.b.received.size() < text.size(); ++i) {
        (void)w.b.read(3000);
        w.run(ms(300));
    }
    EXPECT_TRUE(same_text(w.b.received, text));
}

// Reset in the middle of everything tells the peer (MUST-12).
TEST(Conversation, Abort_ResetsThePeer) {
    Wire w;
    w.connect(plain());
    w.run(ms(50));
    (void)w.a.write("text");
    w.run(ms(50));
    (void)w.a.end(true);
    w.run(ms(50));
    EXPECT_TRUE(w.a.freed);
    EXPECT_TRUE(w.b.freed);
    EXPECT_EQ(w.b.error, ConnError::reset);
    EXPECT_EQ(w.a.error, ConnError::none);
}

struct Weather {
    double loss, duplicate, reorder;
    bool options;
};
class StormTest : public ::testing::TestWithParam<std::tuple<Weather, int>> {};

// Whatever the wire does, text arrives once and in order, and both sides close (seeded; every step is
// checked).
TEST_P(StormTest, TextSurvivesTheWire) {
    const auto [weather, seed] = GetParam();
    Wire w;
    w.random.seed(static_cast<unsigned>(seed));
    w.loss = weather.loss;
    w.duplicate = weather.duplicate;
    w.reorder = weather.reorder;
    if (weather.options) {
        const FlowKey key = w.b_params.key;
        w.b_params = with_options(0xffff'fff0);
        w.b_params.key = key;
    }
    w.connect(weather.options ? with_options(0xffff'8000) : plain(0xffff'8000));
    w.run(seconds(60));
    ASSERT_EQ(w.a.state(), State::established) << w.log.back();
    const std::string up = pattern(60'000), down = pattern(30'000);
    (void)w.a.write(up, 1000);
    (void)w.a.shut();
    w.run(seconds(1));
    if (w.b.state() == State::established || w.b.state() == State::close_wait) {
        (void)w.b.write(down, 700);
        (void)w.b.shut();
    }
    w.run(seconds(1200));
    EXPECT_TRUE(same_text(w.b.received, up));
    EXPECT_TRUE(same_text(w.a.received, down));
    EXPECT_TRUE(w.b.freed || w.b.time_wait.has_value()) << w.b.str();
    EXPECT_TRUE(w.a.freed) << w.a.str();
    if (HasFailure()) std::puts(w.story().c_str());
    EXPECT_EQ(w.a.error, ConnError::none);
    EXPECT_EQ(w.b.error, ConnError::none);
}

INSTANTIATE_TEST_SUITE_P(
    Weathers, StormTest,
    ::testing::Combine(::testing::Values(Weather{0.02, 0, 0, false}, Weather{0.1, 0.05, 0.2, false},
                                         Weather{0, 0, 0.5, true}, Weather{0.1, 0.1, 0.3, true},
                                         Weather{0.25, 0, 0, true}),
                       ::testing::Range(1, 7)));

}  // namespace
}  // namespace ringsock::tcp::testing
