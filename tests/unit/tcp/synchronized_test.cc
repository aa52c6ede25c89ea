// SPDX-License-Identifier: BSD-3-Clause
// SEGMENT ARRIVES in SYN-RECEIVED and the synchronized states, steps one to five (RFC 9293 §3.10.7.4):
// sequence, reset, SYN, ACK; RFC 5961; RFC 7323 timestamps and PAWS; resets without a Tcb (§3.10.7.1).
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack, kSyn = TcpFlag::syn, kRst = TcpFlag::rst, kFin = TcpFlag::fin;

/// The answer is one pure ACK that tells where we are: a challenge ACK.
void expect_challenge(Side& s) {
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_TRUE(segments[0].is(kAck));
    EXPECT_EQ(segments[0].fields.seq, s.tcb.arrive.snd_nxt);
    EXPECT_EQ(segments[0].fields.ack, s.tcb.arrive.rcv_nxt);
    EXPECT_TRUE(segments[0].text.empty());
}

class SynReceived : public ::testing::Test {
  protected:
    void SetUp() override {
        (void)s.accept(plain(), segment(kSyn, 5000, 0));
        ASSERT_TRUE(s.out());
    }
    Side s;
};

// Fifth check: the third segment of the handshake.
TEST_F(SynReceived, GoodAck_Establishes) {
    const Effects e = s.in(segment(kAck, 5001, 1001, 4000));
    EXPECT_EQ(e.bits, std::uint32_t{kEffectEstablished});
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 4000u);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
    EXPECT_FALSE(s.out());
}

// The same segment may carry text and FIN.
TEST_F(SynReceived, AckWithTextAndFin_GoesToCloseWait) {
    const Effects e = s.in(segment(kAck | kFin, 5001, 1001, 4000, "all"));
    EXPECT_TRUE(e.has(kEffectEstablished) && e.has(kEffectTextDelivered) && e.has(kEffectPeerClosed));
    EXPECT_EQ(s.state(), State::close_wait);
    EXPECT_EQ(s.received, "all");
    EXPECT_EQ(s.out()->ack(), 5005u);
}

// Fifth check: a bad ACK is answered <SEQ=SEG.ACK><CTL=RST>, the half-open connection stays.
TEST_F(SynReceived, BadAck_IsReset) {
    (void)s.in(segment(kAck, 5001, 2000));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].fields.flags, kRst);
    EXPECT_EQ(segments[0].seq(), 2000u);
    EXPECT_EQ(s.state(), State::syn_received);
}

// The peer repeats its SYN: our SYN,ACK was lost, say it again.
TEST_F(SynReceived, RepeatedSyn_RepeatsSynAck) {
    (void)s.in(segment(kSyn, 5000, 0));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_TRUE(segments[0].is(kSyn | kAck));
    EXPECT_EQ(segments[0].seq(), 1000u);
}

// Its timestamp is echoed by the repeated SYN,ACK, or the peer would measure the loss.
TEST(SynReceivedTimestamps, RepeatedSyn_IsEchoed) {
    Side s;
    OpenParams p = plain();
    p.flags |= kOpenTimestamps;
    (void)s.accept(p, with_ts(segment(kSyn, 5000, 0), 10));
    (void)s.out();
    (void)s.in(with_ts(segment(kSyn, 5000, 0), 1010));
    EXPECT_EQ(s.out()->fields.ts_echo, 1010u);
}

// MUST-11: passive origin; a reset returns to LISTEN without telling anybody.
TEST_F(SynReceived, Rst_ClosesSilently) {
    const Effects e = s.in(segment(kRst, 5001, 0));
    EXPECT_EQ(e.bits, std::uint32_t{kEffectClosed});
    EXPECT_EQ(e.error, ConnError::none);
}

// RFC 5961 §3: a reset elsewhere in the window is challenged.
TEST_F(SynReceived, RstInWindow_IsChallenged) {
    (void)s.in(segment(kRst, 5002, 0));
    expect_challenge(s);
    EXPECT_EQ(s.state(), State::syn_received);
}

// Fourth check: a SYN in the window returns a passive open to LISTEN.
TEST_F(SynReceived, SynInWindow_ReturnsToListen) {
    EXPECT_EQ(s.in(segment(kSyn, 5010, 0)).bits, std::uint32_t{kEffectClosed});
}

// SYN,ACK is retransmitted with back-off and given up silently at R2.
TEST_F(SynReceived, NoAck_GivesUpSilently) {
    int repeats = 0;
    while (!s.freed) {
        (void)s.fire();
        for (const Segment& g : s.all()) repeats += g.is(kSyn | kAck);
    }
    EXPECT_EQ(repeats, 7);
    EXPECT_FALSE(s.saw(kEffectFailed));
    EXPECT_GE(s.now - kStart, seconds(180));
}

// No ACK bit: dropped (fifth check), except that nothing else happens.
TEST_F(SynReceived, SegmentWithoutAck_IsDropped) {
    EXPECT_EQ(s.in(segment(0, 5001, 0, 100, "text")).bits, 0u);
    EXPECT_EQ(s.state(), State::syn_received);
    EXPECT_EQ(s.received, "");
}

class Established : public ::testing::Test {
  protected:
    void SetUp() override { s.establish(); }
    Side s;
};

// First check: outside of the window means: ACK, drop. Text is not taken.
TEST_F(Established, SegmentOutsideWindow_IsAcknowledgedAndDropped) {
    (void)s.in(segment(kAck, 5001 + 65535, 1001, 65535, "beyond"));
    expect_challenge(s);
    (void)s.in(segment(kAck, 4000, 1001, 65535, "old"));
    expect_challenge(s);
    EXPECT_EQ(s.received, "");
}

// Second check, RFC 5961 §3.2: only the exact number resets.
TEST_F(Established, RstAtRcvNxt_Resets) {
    const Effects e = s.in(segment(kRst, 5001, 0));
    EXPECT_EQ(e.bits, kEffectFailed | kEffectClosed);
    EXPECT_EQ(e.error, ConnError::reset);
}
TEST_F(Established, RstInWindow_IsChallenged) {
    (void)s.in(segment(kRst, 5002, 0));
    expect_challenge(s);
    (void)s.in(segment(kRst | kAck, 5001 + 65534, 1001));
    expect_challenge(s);
    EXPECT_EQ(s.state(), State::established);
}
TEST_F(Established, RstOutsideWindow_IsIgnored) {
    EXPECT_EQ(s.in(segment(kRst, 5000, 0)).bits, 0u);
    EXPECT_EQ(s.in(segment(kRst, 5001 + 65535, 0)).bits, 0u);
    EXPECT_FALSE(s.out());
}

// SHLD-2: a reset may carry text (a message for people); it resets all the same.
TEST_F(Established, RstWithText_Resets) {
    (void)s.in(segment(kRst, 5001, 0, 0, "because"));
    EXPECT_EQ(s.error, ConnError::reset);
}

// Fourth check, RFC 5961 §4: a SYN is challenged, wherever it lies.
TEST_F(Established, Syn_IsChallenged) {
    for (const std::uint32_t seq : {5001u, 5100u, 1u, 5000u}) {
        (void)s.in(segment(kSyn, seq, 0));
        expect_challenge(s);
    }
    (void)s.in(segment(kSyn | kAck, 5000, 1001));
    expect_challenge(s);
    EXPECT_EQ(s.state(), State::established);
}

// Fifth check: no ACK, no processing.
TEST_F(Established, SegmentWithoutAck_IsDropped) {
    EXPECT_EQ(s.in(segment(0, 5001, 0, 100, "text")).bits, 0u);
    EXPECT_EQ(s.received, "");
}

// Fifth check: an ACK of something not sent is answered and its text not taken.
TEST_F(Established, AckBeyondSndNxt_IsChallenged) {
    (void)s.in(segment(kAck, 5001, 1002, 65535, "text"));
    expect_challenge(s);
    EXPECT_EQ(s.received, "");
}

// RFC 5961 §5: an ACK older than the largest window ever is challenged; a younger old one only ignored as
// ACK.
TEST_F(Established, OldAck_IsToleratedWithinTheLargestWindow) {
    (void)s.write(pattern(3000), 1000);
    (void)s.all();
    (void)s.in(segment(kAck, 5001, 4001, 65535));
    (void)s.in(segment(kAck, 5001, 2001, 65535, "late"));
    EXPECT_EQ(s.received, "late");
    EXPECT_EQ(s.tcb.arrive.snd_una, SeqNum{4001});
    (void)s.all();
    (void)s.in(segment(kAck, 5005, 4001 - 65536, 65535, "evil"));
    expect_challenge(s);
    EXPECT_EQ(s.received, "late");
}

// SND.WL1: the window of a reordered older segment does not overwrite a newer one.
TEST_F(Established, WindowOfOlderSegment_IsNotTaken) {
    (void)s.in(segment(kAck, 5001, 1001, 1000, "abc"));
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 1000u);
    (void)s.in(segment(kAck, 5004, 1001, 2000));
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 2000u);
    (void)s.in(segment(kAck, 5001, 1001, 500, "abc"));
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 2000u);
}

// Invariants hold and no packet is lost under any mixture of segments near the interesting numbers.
TEST_F(Established, RandomSegments_BreakNothing) {
    Dice dice(7);
    for (int round = 0; round < 400; ++round) {
        Side side;
        OpenParams p = plain();
        p.receive_buffer = 200;
        if (dice.heads()) p.flags |= kOpenSack;
        (void)side.open(p);
        (void)side.out();
        (void)side.in(with_sack(with_mss(segment(kSyn | kAck, 5000, 1001, 300), 60)));
        side.reads = dice.heads();
        for (int i = 0; i < 60 && !side.freed; ++i) {
            if (side.state() == State::closed) break;
            switch (dice.below(12)) {
                case 0:
                    (void)side.write(pattern(1 + dice.below(150)), 1 + dice.below(50));
                    break;
                case 1:
                    if (dice.below(8) == 0) (void)side.shut();
                    break;
                case 2:
                    (void)side.read(dice.below(100));
                    break;
                case 3:
                    if (!next_deadline(side.tcb).is_never()) (void)side.fire();
                    break;
                case 4:
                    (void)side.all();
                    break;
                default: {
                    unsigned flags =
                        dice.below(6) == 0 ? dice.below(64) : kAck | (dice.below(10) == 0 ? kFin : 0);
                    if (dice.below(4) != 0) flags &= ~kRst;
                    const std::uint32_t seq =
                        side.tcb.arrive.rcv_nxt.value + dice.below(60) - (dice.heads() ? 20 : 0);
                    const std::uint32_t span = side.flight() + 1;
                    const std::uint32_t ack =
                        side.tcb.arrive.snd_una.value + dice.below(span) + (dice.below(10) == 0 ? 5 : 0);
                    (void)side.in(segment(
                        flags, seq, ack, static_cast<std::uint16_t>(dice.below(3) == 0 ? 0 : dice.below(400)),
                        dice.heads() ? pattern(dice.below(80)) : ""));
                    break;
                }
            }
            if (HasFailure()) return;
        }
    }
}

// §3.10.7.1: resets for segments nobody knows.
TEST(ResetFor, SegmentWithAck_TakesItsAckAsSequence) {
    TcpFields out;
    ASSERT_TRUE(reset_for(segment(kAck, 5, 77).fields, 10, out));
    EXPECT_EQ(out.seq, SeqNum{77});
    EXPECT_EQ(out.flags, kRst);
    EXPECT_EQ(out.source, kKey.local_port);
    EXPECT_EQ(out.destination, kKey.remote_port);
    EXPECT_EQ(out.options, 0);
}
TEST(ResetFor, SegmentWithoutAck_IsAcknowledged) {
    TcpFields out;
    ASSERT_TRUE(reset_for(segment(kSyn | kFin, 0xffff'ffff, 0).fields, 10, out));
    EXPECT_EQ(out.seq, SeqNum{0});
    EXPECT_EQ(out.ack, SeqNum{11}) << "text, SYN and FIN count, across zero";
    EXPECT_EQ(out.flags, kRst | kAck);
}
TEST(ResetFor, Reset_IsNotAnswered) {
    TcpFields out;
    EXPECT_FALSE(reset_for(segment(kRst, 5, 0).fields, 0, out));
    EXPECT_FALSE(reset_for(segment(kRst | kAck, 5, 77).fields, 0, out));
}

class Timestamps : public ::testing::Test {
  protected:
    void SetUp() override {
        OpenParams p = plain();
        p.flags |= kOpenTimestamps;
        p.ts_offset = 500;
        (void)s.open(p);
        (void)s.out();
        (void)s.in(with_ts(with_mss(segment(kSyn | kAck, 5000, 1001), 1000), kPeer));
        (void)s.out();
    }
    static constexpr std::uint32_t kPeer = 0xffff'fffe;  // Crosses zero in the tests.
    Side s;
};

// RFC 7323 §3.2: every segment carries them from now on, echoing the peer's newest.
TEST_F(Timestamps, EverySegment_CarriesAndEchoes) {
    (void)s.in(with_ts(segment(kAck, 5001, 1001, 65535, "ab"), kPeer + 3));
    (void)s.write("x");
    const auto out = s.out();
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->fields.has_option(kOptTimestamps));
    EXPECT_EQ(out->fields.ts_echo, kPeer + 3);
    EXPECT_EQ(out->fields.ts_value, tick_of(s.now) + 500);
    EXPECT_EQ(s.tcb.time.snd_mss, 988);
}

// §4.3: with a delayed ACK the echo is that of the first unacknowledged segment.
TEST_F(Timestamps, DelayedAck_EchoesTheFirst) {
    (void)s.in(with_ts(segment(kAck, 5001, 1001, 65535, "ab"), 10));
    (void)s.in(with_ts(segment(kAck, 5003, 1001, 65535, "cd"), 20));
    EXPECT_EQ(s.out()->fields.ts_echo, 10u);
    (void)s.in(with_ts(segment(kAck, 5005, 1001, 65535, "ef"), 30));
    (void)s.fire();
    EXPECT_EQ(s.out()->fields.ts_echo, 30u);
}

// §5.3 R1 (PAWS): an older timestamp is acknowledged and dropped, across zero.
TEST_F(Timestamps, OlderTimestamp_IsDropped) {
    (void)s.in(with_ts(segment(kAck, 5001, 1001, 65535, "new"), kPeer + 5));
    (void)s.all();
    (void)s.in(with_ts(segment(kAck, 5004, 1001, 65535, "old"), kPeer + 4));
    EXPECT_EQ(s.received, "new");
    expect_challenge(s);
}

// §5.3: resets are exempt from PAWS.
TEST_F(Timestamps, ResetWithOldOrNoTimestamp_Counts) {
    (void)s.in(with_ts(segment(kRst, 5001, 0), kPeer - 100));
    EXPECT_EQ(s.error, ConnError::reset);
}

// §3.2: a segment without the option is dropped silently.
TEST_F(Timestamps, MissingTimestamp_IsDropped) {
    EXPECT_EQ(s.in(segment(kAck, 5001, 1001, 65535, "bare")).bits, 0u);
    EXPECT_EQ(s.received, "");
    EXPECT_FALSE(s.out());
}

// §5.5: after 24 days of silence the old timestamp means nothing.
TEST_F(Timestamps, AfterTwentyFourDays_PawsForgets) {
    s.now = s.now + seconds(24 * 86400 + 60);
    (void)s.in(with_ts(segment(kAck, 5001, 1001, 65535, "back"), kPeer - 5));
    EXPECT_EQ(s.received, "back");
    EXPECT_EQ(s.tcb.arrive.ts_recent, kPeer - 5);
}

// A segment outside of the window does not touch TS.Recent.
TEST_F(Timestamps, SegmentOutsideWindow_DoesNotUpdateTsRecent) {
    (void)s.in(with_ts(segment(kAck, 5001 + 70000, 1001, 65535, "far"), kPeer + 100));
    EXPECT_EQ(s.tcb.arrive.ts_recent, kPeer);
}

}  // namespace
}  // namespace ringsock::tcp::testing
