// SPDX-License-Identifier: BSD-3-Clause
// SEGMENT ARRIVES in SYN-SENT (RFC 9293 §3.10.7.3), time-outs of the SYN (§3.8.3), calls in that state.
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kSynAck = TcpFlag::syn | TcpFlag::ack, kRstAck = TcpFlag::rst | TcpFlag::ack;

class SynSent : public ::testing::Test {
  protected:
    void open(OpenParams p = plain()) {
        (void)s.open(p);
        const auto syn = s.out();
        ASSERT_TRUE(syn && syn->is(TcpFlag::syn));
    }
    Side s;
};

// Fourth check: a good SYN,ACK establishes; the ACK is due at once.
TEST_F(SynSent, GoodSynAck_Establishes) {
    open();
    const Effects e = s.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(e.bits, kEffectEstablished | kEffectOutputDue);
    EXPECT_EQ(s.state(), State::established);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
    const auto ack = s.out();
    ASSERT_TRUE(ack);
    EXPECT_TRUE(ack->is(TcpFlag::ack));
    EXPECT_EQ(ack->seq(), 1001u);
    EXPECT_EQ(ack->ack(), 5001u);
    EXPECT_FALSE(s.out());
}

// A user quicker than the ACK: it goes before the reset or FIN, else a reset would find the peer in
// SYN-RECEIVED and its user would never hear of a connection that ours saw succeed.
TEST_F(SynSent, AbortBeforeTheAckWasSent_SendsItFirst) {
    open();
    (void)s.in(segment(kSynAck, 5000, 1001));
    (void)s.end(true);
    EXPECT_EQ(s.state(), State::closed);
    EXPECT_FALSE(s.freed);
    const auto ack = s.out();
    ASSERT_TRUE(ack && ack->is(TcpFlag::ack));
    EXPECT_EQ(ack->seq(), 1001u);
    EXPECT_EQ(ack->ack(), 5001u);
    const auto reset = s.out();
    ASSERT_TRUE(reset && reset->is(kRstAck));
    EXPECT_EQ(reset->seq(), 1001u);
    EXPECT_TRUE(s.freed);
}

TEST_F(SynSent, CloseBeforeTheAckWasSent_SendsItFirst) {
    open();
    (void)s.in(segment(kSynAck, 5000, 1001));
    (void)s.end();
    const auto ack = s.out();
    ASSERT_TRUE(ack && ack->is(TcpFlag::ack));
    const auto fin = s.out();
    ASSERT_TRUE(fin && fin->is(TcpFlag::fin | TcpFlag::ack));
    EXPECT_EQ(fin->seq(), 1001u);
    EXPECT_FALSE(s.out());
}

// Text carries the ACK as well as a segment of its own: nothing is lost with it but time.
TEST_F(SynSent, TextBeforeTheAckWasSent_CarriesIt) {
    open();
    (void)s.in(segment(kSynAck, 5000, 1001));
    (void)s.write("hello");
    (void)s.end();
    const auto text = s.out();
    ASSERT_TRUE(text && text->text == "hello");
    EXPECT_TRUE(text->is(TcpFlag::fin | TcpFlag::ack));
    EXPECT_EQ(text->ack(), 5001u);
    EXPECT_FALSE(s.out());
}

// Second check: a reset that acknowledges our SYN is a refusal, not a reset (house T6).
TEST_F(SynSent, RstWithGoodAck_IsRefused) {
    open();
    const Effects e = s.in(segment(kRstAck, 0, 1001));
    EXPECT_EQ(e.bits, kEffectFailed | kEffectClosed);
    EXPECT_EQ(e.error, ConnError::refused);
    EXPECT_TRUE(s.freed);
}

// First and second check: a reset with a wrong or no ACK is nothing.
TEST_F(SynSent, RstWithBadOrNoAck_IsIgnored) {
    open();
    EXPECT_EQ(s.in(segment(kRstAck, 0, 1000)).bits, 0u);
    EXPECT_EQ(s.in(segment(kRstAck, 0, 1002)).bits, 0u);
    EXPECT_EQ(s.in(segment(TcpFlag::rst, 5000, 0)).bits, 0u);
    EXPECT_EQ(s.state(), State::syn_sent);
    EXPECT_FALSE(s.out());
}

// First check: an ACK for something never sent is answered <SEQ=SEG.ACK><CTL=RST>; the connection attempt
// lives on.
TEST_F(SynSent, UnacceptableAck_IsResetAndSynRepeatedAtOnce) {
    open();
    const Effects e = s.in(segment(TcpFlag::ack, 9999, 4711));
    EXPECT_EQ(e.bits, std::uint32_t{kEffectOutputDue});
    const auto reset = s.out();
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->fields.flags, TcpFlag::rst);
    EXPECT_EQ(reset->seq(), 4711u);
    const auto syn = s.out();  // House D7: a challenge ACK was the cause; the way is free now.
    ASSERT_TRUE(syn && syn->is(TcpFlag::syn));
    EXPECT_EQ(syn->seq(), 1000u);
    EXPECT_FALSE(s.out());
    EXPECT_EQ(s.state(), State::syn_sent);
}

// The repetition is bounded: an attacker can not make us a SYN fountain.
TEST_F(SynSent, SynRepeatsAfterChallenges_AreBounded) {
    open();
    int syns = 0;
    for (int i = 0; i < 20; ++i) {
        (void)s.in(segment(TcpFlag::ack, 9999, 4711));
        for (const Segment& out : s.all()) syns += out.is(TcpFlag::syn);
    }
    EXPECT_EQ(syns, kMaxSynRepeats);
}

// A SYN,ACK after the reset went out completes the handshake; no late reset follows.
TEST_F(SynSent, GoodSynAckInTheSameBurst_CancelsTheReset) {
    open();
    (void)s.in(segment(TcpFlag::ack, 9999, 4711));
    (void)s.in(segment(kSynAck, 5000, 1001));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_TRUE(segments[0].is(TcpFlag::ack));
}

// An ACK of the SYN without SYN is dropped (fifth).
TEST_F(SynSent, AckWithoutSyn_IsDropped) {
    open();
    EXPECT_EQ(s.in(segment(TcpFlag::ack, 5000, 1001)).bits, 0u);
    EXPECT_EQ(s.state(), State::syn_sent);
}

// MUST-10: a SYN alone crosses ours; our SYN,ACK repeats our SYN.
TEST_F(SynSent, SynAlone_IsSimultaneousOpen) {
    open();
    (void)s.in(with_mss(segment(TcpFlag::syn, 5000, 0), 1400));
    EXPECT_EQ(s.state(), State::syn_received);
    const auto answer = s.out();
    ASSERT_TRUE(answer && answer->is(kSynAck));
    EXPECT_EQ(answer->seq(), 1000u);
    EXPECT_EQ(answer->ack(), 5001u);
    // Figure 7, last line: the peer's SYN,ACK is acceptable although its SYN is old.
    (void)s.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(s.state(), State::established);
    EXPECT_TRUE(s.saw(kEffectEstablished));
}

// Active origin: a reset in SYN-RECEIVED after a simultaneous open is a refusal the user hears of (MUST-11).
TEST_F(SynSent, RstAfterSimultaneousOpen_IsRefused) {
    open();
    (void)s.in(segment(TcpFlag::syn, 5000, 0));
    (void)s.all();
    (void)s.in(segment(TcpFlag::rst, 5001, 0));
    EXPECT_EQ(s.error, ConnError::refused);
    EXPECT_TRUE(s.freed);
}

// "Continue processing at the sixth step": text and FIN on the SYN,ACK count.
TEST_F(SynSent, TextOnSynAck_IsDelivered) {
    open();
    (void)s.in(segment(kSynAck | TcpFlag::fin, 5000, 1001, 65535, "early"));
    EXPECT_EQ(s.received, "early");
    EXPECT_EQ(s.state(), State::close_wait);
    EXPECT_EQ(s.out()->ack(), 5000u + 1 + 5 + 1);
}

// RFC 6298 §5.5 and MUST-22/23: SYNs at 1, 3, 7, 15... seconds, the last wait cut at R2 = 180 s, then
// timed_out.
TEST_F(SynSent, NoAnswer_BacksOffUntilR2) {
    open();
    std::vector<std::int64_t> at;
    for (int guard = 0; guard < 50 && !s.freed; ++guard) {
        (void)s.fire();
        if (s.freed) break;
        const auto syn = s.out();
        ASSERT_TRUE(syn && syn->is(TcpFlag::syn));
        EXPECT_EQ(syn->seq(), 1000u);
        at.push_back((s.now - kStart).count / 1'000'000);
    }
    EXPECT_EQ(at, (std::vector<std::int64_t>{1, 3, 7, 15, 31, 63, 123}));
    EXPECT_EQ(s.error, ConnError::timed_out);
    EXPECT_GE(s.now - kStart, seconds(180));
    EXPECT_LE(s.now - kStart, seconds(181));
}

// A shorter R2 asked for by the user (TCP_MAXRT) holds to the millisecond or two.
TEST_F(SynSent, ShortLifetime_IsKept) {
    OpenParams p = plain();
    p.syn_lifetime = ms(2500);
    open(p);
    while (!s.freed) (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.error, ConnError::timed_out);
    EXPECT_GE(s.now - kStart, ms(2500));
    EXPECT_LE(s.now - kStart, ms(2503));
}

// SIO_TCP_INITIAL_RTO: initial RTO and a count of retransmissions.
TEST_F(SynSent, InitialRtoAndCount_AreKept) {
    OpenParams p = plain();
    p.initial_rto = ms(300);
    p.max_syn_retransmissions = 2;
    open(p);
    int syns = 0;
    while (!s.freed) {
        (void)s.fire();
        syns += static_cast<int>(s.all().size());
    }
    EXPECT_EQ(syns, 2);
    EXPECT_EQ(s.error, ConnError::timed_out);
    EXPECT_NEAR(static_cast<double>((s.now - kStart).count), 2'100'000, 5000);  // 0.3 + 0.6 + 1.2 s.
}

// Lifetime zero: for ever, at most kMaxRto apart.
TEST_F(SynSent, NoLifetime_NeverGivesUp) {
    OpenParams p = plain();
    p.syn_lifetime = Micros{0};
    open(p);
    Instant last = s.now;
    for (int i = 0; i < 400; ++i) {
        (void)s.fire();
        ASSERT_FALSE(s.freed);
        ASSERT_EQ(s.all().size(), 1u);
        EXPECT_LE(s.now - last, kMaxRto);
        last = s.now;
    }
    EXPECT_GT(s.now - kStart, seconds(3600));
}

// R1 (MUST-20): the third retransmission asks the owner to look at the path.
TEST_F(SynSent, ThirdRetransmission_DoubtsThePath) {
    open();
    (void)s.fire(), (void)s.all();
    (void)s.fire(), (void)s.all();
    EXPECT_FALSE(s.saw(kEffectPathDoubtful));
    (void)s.fire();
    EXPECT_TRUE(s.saw(kEffectPathDoubtful));
}

// expire() before its time does nothing.
TEST_F(SynSent, EarlyExpire_DoesNothing) {
    open();
    s.now = kStart + ms(999);
    EXPECT_EQ(s.tick().bits, 0u);
    EXPECT_FALSE(s.out());
}

// RFC 6298 §5.7 and RFC 5681 §3.1: after a lost SYN, RTO 3 s and one segment to begin with; no sample from it
// (Karn).
TEST_F(SynSent, LostSyn_MeansThreeSecondsAndOneSegment) {
    open();
    (void)s.fire(), (void)s.all();
    s.now = s.now + ms(10);
    (void)s.in(with_mss(segment(kSynAck, 5000, 1001), 1000));
    (void)s.all();
    EXPECT_EQ(s.tcb.time.srtt_us, 0u);
    (void)s.write(pattern(5000), 1000);
    EXPECT_EQ(s.all().size(), 1u);
    EXPECT_EQ(next_deadline(s.tcb) - s.now, seconds(3));
}

// A measured handshake gives the first RTO (RFC 6298 §2.2), not below the minimum.
TEST_F(SynSent, MeasuredHandshake_GivesRto) {
    open();
    s.now = kStart + ms(100);
    (void)s.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(s.tcb.time.srtt_us, 100'000u);
    EXPECT_EQ(s.tcb.time.rttvar_us, 50'000u);
    (void)s.all();
    (void)s.write("x");
    (void)s.all();
    EXPECT_EQ(next_deadline(s.tcb) - s.now, ms(300));
}

// §3.10.4: CLOSE in SYN-SENT deletes the Tcb without a word.
TEST_F(SynSent, Close_IsSilent) {
    open();
    EXPECT_EQ(s.end().bits, std::uint32_t{kEffectClosed});
    EXPECT_TRUE(s.freed);
}

// §3.10.5: ABORT too.
TEST_F(SynSent, Abort_IsSilent) {
    open();
    EXPECT_EQ(s.give_up().bits, std::uint32_t{kEffectClosed});
    EXPECT_TRUE(s.freed);
}

// §3.10.2 and §3.10.4: SEND and half close before the handshake are queued and follow it.
TEST_F(SynSent, SendAndShutdown_AreQueued) {
    open();
    (void)s.write("hello");
    (void)s.shut();
    EXPECT_FALSE(s.out());
    (void)s.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(s.state(), State::fin_wait_1);
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u) << "text, FIN and ACK in one";
    EXPECT_EQ(segments[0].text, "hello");
    EXPECT_TRUE(segments[0].is(TcpFlag::ack | TcpFlag::fin));
    EXPECT_EQ(segments[0].ack(), 5001u);
}

// Fuzz-like: no segment whatsoever breaks an invariant or leaks its text.
TEST_F(SynSent, RandomSegments_BreakNothing) {
    Dice dice(42);
    for (int round = 0; round < 300; ++round) {
        Side side;
        (void)side.open(plain());
        (void)side.out();
        for (int i = 0; i < 20 && !side.freed; ++i) {
            const std::uint32_t acks[] = {0, 999, 1000, 1001, 1002, dice.any()};
            const std::uint32_t seq = dice.below(4) != 0 ? 5000 + dice.below(3) : dice.any();
            Segment g = segment(dice.below(64), seq, acks[dice.below(6)],
                                static_cast<std::uint16_t>(dice.any()), pattern(dice.below(3) * 7));
            if (dice.heads()) g = with_mss(g, static_cast<std::uint16_t>(dice.any()));
            if (dice.heads()) g = with_scale(g, static_cast<std::uint8_t>(dice.below(15)));
            (void)side.in(g);
            if (!side.freed) (void)side.all();
        }
    }
}

}  // namespace
}  // namespace ringsock::tcp::testing
