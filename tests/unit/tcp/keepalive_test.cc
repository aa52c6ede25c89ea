// SPDX-License-Identifier: BSD-3-Clause
// Keep-alive (RFC 9293 §3.8.4) and ICMP errors (§3.9.2.2, RFC 5927).
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack, kSynAck = TcpFlag::syn | TcpFlag::ack;

class Keepalive : public ::testing::Test {
  protected:
    void SetUp() override { s.establish(); }
    Side s;
};

// MUST-25: off unless asked for.
TEST_F(Keepalive, Default_IsOff) {
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
}

// MUST-28: two hours by default (the default interval of the door).
TEST_F(Keepalive, DefaultIdle_IsTwoHours) {
    (void)set_keepalive(s.tcb, true, kKeepaliveIdle, kKeepaliveInterval, kKeepaliveProbes, s.now);
    EXPECT_GE(next_deadline(s.tcb) - s.now, seconds(7200));
    (void)s.fire();
    const auto probe = s.out();
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->seq(), 1000u) << "SND.NXT - 1";
    EXPECT_TRUE(probe->is(kAck));
    EXPECT_TRUE(probe->text.empty());
}

// MUST-29: ten probes may be lost; then the connection is given up.
TEST_F(Keepalive, TenUnanswered_Fail) {
    (void)set_keepalive(s.tcb, true, seconds(10), seconds(1), kKeepaliveProbes, s.now);
    int probes = 0;
    while (!s.freed) {
        (void)s.fire();
        if (!s.freed) probes += static_cast<int>(s.all().size());
    }
    EXPECT_EQ(probes, 10);
    EXPECT_EQ(s.error, ConnError::aborted);
    EXPECT_NEAR(static_cast<double>((s.now - kStart).count), 20e6, 20e3);
}

// An answer, even at once, keeps the connection for ever.
TEST_F(Keepalive, AnsweredProbes_KeepTheConnection) {
    (void)set_keepalive(s.tcb, true, seconds(2), seconds(5), kKeepaliveProbes, s.now);
    for (int i = 0; i < 100; ++i) {
        (void)s.fire();
        ASSERT_FALSE(s.freed);
        if (s.out()) (void)s.in(segment(kAck, 5001, 1001));
    }
    EXPECT_LE(s.tcb.deliver.probes, 1);
}

// MUST-26: traffic postpones the probe.
TEST_F(Keepalive, Traffic_PostponesTheProbe) {
    (void)set_keepalive(s.tcb, true, seconds(10), seconds(1), kKeepaliveProbes, s.now);
    for (std::uint32_t i = 0; i < 20; ++i) {
        s.now = s.now + seconds(5);
        (void)s.tick();
        (void)s.in(segment(kAck, 5001 + i, 1001, 65535, "x"));
        for (const Segment& g : s.all()) EXPECT_EQ(g.seq(), 1001u);
    }
}

// MUST-26: not while text is unacknowledged; retransmission will find out.
TEST_F(Keepalive, TextInFlight_NeedsNoProbe) {
    (void)set_keepalive(s.tcb, true, seconds(1), seconds(1), kKeepaliveProbes, s.now);
    (void)s.write("x");
    (void)s.all();
    for (int i = 0; i < 12; ++i) {
        (void)s.fire();
        for (const Segment& g : s.all()) EXPECT_EQ(g.text, "x");
    }
}

// We answer the peer's probes, with and without the garbage byte.
TEST_F(Keepalive, PeersProbe_IsAnswered) {
    (void)s.in(segment(kAck, 5000, 1001));
    ASSERT_EQ(s.all().size(), 1u);
    (void)s.in(segment(kAck, 5000, 1001, 65535, "g"));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].ack(), 5001u);
    EXPECT_EQ(s.received, "");
}

// MUST-27, switched off again; and asked for before the handshake it starts with it.
TEST_F(Keepalive, Switches) {
    (void)set_keepalive(s.tcb, true, seconds(10), seconds(1), kKeepaliveProbes, s.now);
    (void)set_keepalive(s.tcb, false, seconds(10), seconds(1), kKeepaliveProbes, s.now);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
    Side early;
    (void)early.open(plain());
    EXPECT_EQ(set_keepalive(early.tcb, true, seconds(10), seconds(1), kKeepaliveProbes, early.now).bits, 0u);
    (void)early.out();
    (void)early.in(segment(kSynAck, 5000, 1001));
    EXPECT_GE(next_deadline(early.tcb) - early.now, seconds(10));
}

class IcmpOpening : public ::testing::Test {
  protected:
    void SetUp() override {
        (void)s.open(plain());
        (void)s.out();
    }
    Effects icmp(ConnError e, bool hard, std::uint32_t quoted, bool now = false) {
        return s.step([&] { return icmp_error(s.tcb, e, hard, SeqNum{quoted}, now, s.now); });
    }
    Side s;
};

// Port or protocol unreachable about our SYN refuses at once.
TEST_F(IcmpOpening, HardError_FailsAtOnce) {
    EXPECT_EQ(icmp(ConnError::refused, true, 1000).bits, kEffectFailed | kEffectClosed);
    EXPECT_EQ(s.error, ConnError::refused);
}

// MUST-56: a soft one is remembered (MUST-47), and is the reason at R2.
TEST_F(IcmpOpening, SoftError_IsReportedAtR2) {
    const Effects e = icmp(ConnError::net_unreachable, false, 1000);
    EXPECT_EQ(e.bits & kEffectSoftError, std::uint32_t{kEffectSoftError});
    EXPECT_EQ(s.state(), State::syn_sent);
    while (!s.freed) (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.error, ConnError::net_unreachable);
    EXPECT_GE(s.now - kStart, seconds(180));
}

// A soft error does not prevent success.
TEST_F(IcmpOpening, SoftErrorThenSynAck_Establishes) {
    (void)icmp(ConnError::host_unreachable, false, 1000);
    (void)s.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(s.state(), State::established);
}

// By option a soft error fails at once.
TEST_F(IcmpOpening, FailNow_FailsAtOnce) {
    (void)icmp(ConnError::host_unreachable, false, 1000, true);
    EXPECT_EQ(s.error, ConnError::host_unreachable);
    EXPECT_TRUE(s.freed);
}

// RFC 5927 §4.1: a sequence number that is not in flight is an attacker's.
TEST_F(IcmpOpening, WrongSequence_IsIgnored) {
    EXPECT_EQ(icmp(ConnError::refused, true, 999).bits, 0u);
    EXPECT_EQ(icmp(ConnError::refused, true, 1001).bits, 0u);
    EXPECT_EQ(s.state(), State::syn_sent);
}

// RFC 5927 §5.2: in synchronized states hard errors are soft.
TEST(IcmpEstablished, HardError_IsSoft) {
    Side s;
    s.establish();
    (void)s.write("x");
    (void)s.all();
    const Effects e =
        s.step([&] { return icmp_error(s.tcb, ConnError::refused, true, SeqNum{1001}, true, s.now); });
    EXPECT_TRUE(e.has(kEffectSoftError));
    EXPECT_EQ(s.state(), State::established);
    EXPECT_EQ(
        s.step([&] { return icmp_error(s.tcb, ConnError::refused, true, SeqNum{1002}, true, s.now); }).bits,
        0u);
}

// A passive half-open connection goes away without a word to the user (MUST-11).
TEST(IcmpSynReceived, HardError_ClosesSilently) {
    Side s;
    (void)s.accept(plain(), segment(TcpFlag::syn, 5000, 0));
    (void)s.out();
    const Effects e =
        s.step([&] { return icmp_error(s.tcb, ConnError::refused, true, SeqNum{1000}, false, s.now); });
    EXPECT_EQ(e.bits, std::uint32_t{kEffectClosed});
}

// RFC 1191: a smaller path lowers the MSS, sends again in smaller pieces, never raises it.
TEST(PathTooSmall, LowersTheMssAndSendsAgain) {
    Side s;
    s.establish(plain(), 1460);
    const std::string text = pattern(2920);
    (void)s.write(text);
    EXPECT_EQ(s.all().size(), 2u);
    (void)s.step([&] { return path_too_small(s.tcb, 500, SeqNum{1001}); });
    std::string sent;
    for (const Segment& g : s.all()) {
        EXPECT_LE(g.text.size(), 500u);
        sent += g.text;
    }
    EXPECT_TRUE(same_text(sent, text));
    EXPECT_EQ(s.step([&] { return path_too_small(s.tcb, 1000, SeqNum{1001}); }).bits, 0u);
    EXPECT_EQ(s.tcb.time.snd_mss, 500);
    (void)s.step([&] { return path_too_small(s.tcb, 10, SeqNum{9999}); });
    EXPECT_EQ(s.tcb.time.snd_mss, 500) << "quoted number not in flight";
    (void)s.step([&] { return path_too_small(s.tcb, 10, SeqNum{1001}); });
    EXPECT_EQ(s.tcb.time.snd_mss, kMinSendMss);
}

}  // namespace
}  // namespace ringsock::tcp::testing
