// SPDX-License-Identifier: BSD-3-Clause
// Retransmission: RFC 6298 (RTO, Karn: MUST-18), R1/R2 (RFC 9293 §3.8.3), slow start and congestion avoidance
// (MUST-19, RFC 5681), fast retransmit and NewReno recovery (RFC 6582), initial window (RFC 6928), limited
// transmit (RFC 3042).
#include "harness.h"
#include "tcp/congestion.h"
#include "tcp/rtt.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack;

class Retransmit : public ::testing::Test {
  protected:
    void SetUp() override { s.establish(plain(), 1000); }
    Effects ack(std::uint32_t upto) { return s.in(segment(kAck, 5001, upto)); }
    std::vector<std::uint32_t> seqs() {
        std::vector<std::uint32_t> all;
        for (const Segment& g : s.all()) all.push_back(g.seq());
        return all;
    }
    Side s;
};
using Seqs = std::vector<std::uint32_t>;

// RFC 6298 §5.4-5.6: the earliest unacknowledged segment again, RTO doubled each time.
TEST_F(Retransmit, TimeOut_BacksOff) {
    (void)s.write(pattern(3000));
    (void)s.all();
    Micros previous{0};
    for (int i = 0; i < 6; ++i) {
        const Instant from = s.now;
        (void)s.fire();
        const Micros waited = s.now - from;
        if (i > 0) {
            EXPECT_NEAR(static_cast<double>(waited.count), 2.0 * static_cast<double>(previous.count), 10);
        }
        previous = waited;
        EXPECT_EQ(seqs(), Seqs{1001});
    }
}

// §5.2, §5.3: an ACK of new text restarts the timer, an ACK of everything stops it.
TEST_F(Retransmit, Ack_RestartsOrStopsTheTimer) {
    (void)s.write(pattern(2000));
    (void)s.all();
    const Instant first = next_deadline(s.tcb);
    s.now = s.now + ms(50);
    (void)ack(2001);
    EXPECT_GT(next_deadline(s.tcb), first);
    (void)ack(3001);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
}

// Karn (MUST-18): an ACK of a retransmitted segment is no sample, and the back-off stays until there is one.
TEST_F(Retransmit, Karn_NoSampleFromRetransmission) {
    (void)s.write(pattern(1000));
    (void)s.all();
    const std::uint32_t srtt = s.tcb.time.srtt_us;
    (void)s.fire(), (void)s.all();
    s.now = s.now + seconds(5);
    (void)ack(2001);
    EXPECT_EQ(s.tcb.time.srtt_us, srtt);
    EXPECT_EQ(s.tcb.arrive.backoff, 1);
    (void)s.write("x");
    (void)s.all();
    s.now = s.now + ms(10);
    (void)ack(2002);
    EXPECT_EQ(s.tcb.arrive.backoff, 0);
    EXPECT_NE(s.tcb.time.srtt_us, srtt);
}

// RFC 7323 §4: with timestamps the echo of the retransmission is a sample; that of an older transmission is
// not.
TEST(RetransmitTimestamps, Echo_TellsWhichTransmission) {
    Side s;
    OpenParams p = plain();
    p.flags |= kOpenTimestamps;
    (void)s.open(p), (void)s.out();
    (void)s.in(with_ts(with_mss(segment(TcpFlag::syn | kAck, 5000, 1001), 1000), 1));
    (void)s.all();
    (void)s.write("x");
    const std::uint32_t first_value = s.out()->fields.ts_value;
    (void)s.fire();
    const std::uint32_t second_value = s.out()->fields.ts_value;
    ASSERT_NE(first_value, second_value);
    s.now = s.now + ms(30);
    (void)s.in(with_ts(segment(kAck, 5001, 1002), 2, second_value));
    EXPECT_EQ(s.tcb.arrive.backoff, 0);
    (void)s.write("y");
    (void)s.all();
    const std::uint32_t third_value = tick_of(s.now);
    (void)s.fire(), (void)s.all();
    s.now = s.now + ms(30);
    (void)s.in(with_ts(segment(kAck, 5001, 1003), 3, third_value));
    EXPECT_EQ(s.tcb.arrive.backoff, 1) << "the wait for the time-out is no round trip";
}

// After a time-out everything in flight is sent again as ACKs come, without new text in between (go-back-N).
TEST_F(Retransmit, AfterTimeOut_GoesBackN) {
    (void)s.write(pattern(5000));
    EXPECT_EQ(s.all().size(), 5u);
    (void)s.fire();
    EXPECT_EQ(seqs(), Seqs{1001});
    (void)ack(2001);
    EXPECT_EQ(seqs(), (Seqs{2001, 3001}));
    (void)ack(4001);
    EXPECT_EQ(seqs(), (Seqs{4001, 5001}));
    (void)ack(6001);
    EXPECT_TRUE(s.all().empty());
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// What the peer already had is skipped when its ACK jumps.
TEST_F(Retransmit, JumpingAck_SkipsWhatArrived) {
    (void)s.write(pattern(5000));
    (void)s.all();
    (void)s.fire(), (void)s.all();
    (void)ack(5001);
    EXPECT_EQ(seqs(), Seqs{5001});
}

// MUST-20: R1 asks the owner to doubt the path; R2 ends the connection with `aborted`.
TEST_F(Retransmit, R2_Aborts) {
    (void)s.write("x");
    (void)s.all();
    const Instant sent = s.now;
    int count = 0;
    while (!s.freed && count < 100) {
        (void)s.fire();
        if (!s.freed) count += static_cast<int>(s.all().size());
        EXPECT_EQ(s.saw(kEffectPathDoubtful), count >= 3);
    }
    EXPECT_EQ(s.error, ConnError::aborted);
    EXPECT_GE(s.now - sent, seconds(300));
    EXPECT_LE(s.now - sent, seconds(302));
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// MUST-21: the user sets R2, also later; zero means never.
TEST_F(Retransmit, UserTimeout_IsKept) {
    set_user_timeout(s.tcb, seconds(10));
    (void)s.write("x");
    (void)s.all();
    const Instant sent = s.now;
    while (!s.freed) (void)s.fire(), (void)s.all();
    EXPECT_GE(s.now - sent, seconds(10));
    EXPECT_LE(s.now - sent, seconds(11));
}
TEST_F(Retransmit, NoUserTimeout_NeverGivesUp) {
    set_user_timeout(s.tcb, Micros{0});
    (void)s.write("x");
    (void)s.all();
    for (int i = 0; i < 300; ++i) {
        const Instant from = s.now;
        (void)s.fire();
        ASSERT_FALSE(s.freed);
        ASSERT_EQ(s.all().size(), 1u);
        EXPECT_LE(s.now - from, kMaxRto);
    }
}

// Progress between time-outs starts R2 anew.
TEST_F(Retransmit, Progress_RestartsR2) {
    set_user_timeout(s.tcb, seconds(3));
    std::uint32_t upto = 1001;
    for (int i = 0; i < 15; ++i) {
        (void)s.write("lost");
        (void)s.all();
        for (int again = 0; again < 3; ++again) {
            (void)s.fire();
            ASSERT_FALSE(s.freed);
            (void)s.all();
        }
        (void)ack(upto += 4);
        (void)s.write("sample");  // Ends the back-off (Karn).
        (void)s.all();
        (void)ack(upto += 6);
    }
    EXPECT_GT(s.now - kStart, seconds(10));
}

// RFC 5681 §3.2, RFC 6582: three duplicate ACKs, one retransmission, at once.
TEST_F(Retransmit, ThreeDuplicates_RetransmitAtOnce) {
    (void)s.write(pattern(8000));
    EXPECT_EQ(s.all().size(), 8u);
    (void)ack(1001);
    (void)ack(1001);
    EXPECT_TRUE(s.all().empty());
    EXPECT_TRUE(ack(1001).has(kEffectOutputDue));
    EXPECT_EQ(seqs(), Seqs{1001});
    EXPECT_TRUE(has_trait(s.tcb, kTraitRecovery));
    EXPECT_EQ(s.tcb.send.ssthresh_bytes, 4000u);
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 7000u);
    (void)ack(1001);
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 8000u) << "inflation by each further duplicate";
}

// RFC 6582 §3.2: a partial ACK retransmits the next hole without three more duplicates; a full one ends
// recovery.
TEST_F(Retransmit, PartialAck_RetransmitsTheNextHole) {
    (void)s.write(pattern(8000));
    (void)s.all();
    for (int i = 0; i < 3; ++i) (void)ack(1001);
    (void)s.all();
    (void)ack(4001);
    EXPECT_EQ(seqs(), Seqs{4001});
    EXPECT_TRUE(has_trait(s.tcb, kTraitRecovery));
    (void)ack(9001);
    EXPECT_FALSE(has_trait(s.tcb, kTraitRecovery));
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 2000u) << "min(ssthresh, max(flight, MSS) + MSS)";
    EXPECT_TRUE(s.all().empty());
}

// §3.2 step 2: duplicates caused by our own retransmissions do not start a second recovery.
TEST_F(Retransmit, DuplicatesAfterTimeOut_DoNotStartRecovery) {
    (void)s.write(pattern(8000));
    (void)s.all();
    (void)s.fire(), (void)s.all();
    for (int i = 0; i < 5; ++i) (void)ack(1001);
    EXPECT_FALSE(has_trait(s.tcb, kTraitRecovery));
    EXPECT_TRUE(s.all().empty());
}

// A loss of the very first text can be repaired fast too.
TEST_F(Retransmit, FirstSegmentLost_IsRepairedFast) {
    (void)s.write(pattern(4000));
    (void)s.all();
    for (int i = 0; i < 3; ++i) (void)ack(1001);
    EXPECT_EQ(seqs(), Seqs{1001});
}

// What is not a duplicate ACK: text with it, another window, nothing in flight.
TEST_F(Retransmit, OtherSegments_AreNoDuplicates) {
    for (int i = 0; i < 5; ++i) (void)ack(1001);
    EXPECT_TRUE(s.all().empty());
    (void)s.write(pattern(4000));
    (void)s.all();
    for (std::uint16_t i = 0; i < 5; ++i)
        (void)s.in(segment(kAck, 5001, 1001, static_cast<std::uint16_t>(60000 + i)));
    for (std::uint32_t i = 0; i < 5; ++i) (void)s.in(segment(kAck, 5001 + i, 1001, 60004, "t"));
    for (const std::uint32_t seq : seqs()) EXPECT_EQ(seq, 5001u);
    EXPECT_FALSE(has_trait(s.tcb, kTraitRecovery));
}

// RFC 3042: the first two duplicates let one new segment each go.
TEST_F(Retransmit, FirstDuplicates_LetNewTextGo) {
    (void)s.write(pattern(30'000));
    EXPECT_EQ(s.all().size(), 10u);
    (void)ack(1001);
    EXPECT_EQ(seqs(), Seqs{11'001});
    (void)ack(1001);
    EXPECT_EQ(seqs(), Seqs{12'001});
    (void)ack(1001);
    EXPECT_EQ(seqs(), Seqs{1001});
}

// RFC 6928: ten segments, at most max(2 MSS, 14600).
TEST(InitialWindow, IsTenSegments) {
    Side small, large;
    small.establish(plain(), 536);
    (void)small.write(pattern(30'000));
    EXPECT_EQ(small.tcb.send.cwnd_bytes, 5360u);
    OpenParams p = plain();
    p.send_mss_cap = 8960;
    large.establish(p, 8960);
    (void)large.write(pattern(60'000));
    EXPECT_EQ(large.tcb.send.cwnd_bytes, 17'920u);
}

// RFC 5681 §3.1: slow start grows by at most one segment an ACK, congestion avoidance by about one an RTT.
TEST_F(Retransmit, SlowStartAndAvoidance_Grow) {
    (void)s.write(pattern(60'000));
    EXPECT_EQ(s.all().size(), 10u);
    (void)ack(3001);
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 11'000u);
    EXPECT_EQ(s.all().size(), 3u);
    s.tcb.send.ssthresh_bytes = 10'000;
    const std::uint32_t before = s.tcb.send.cwnd_bytes;
    std::uint32_t upto = 3001;
    for (int i = 0; i < 11; ++i) {
        upto += 1000;
        (void)ack(upto);
        (void)s.all();
    }
    EXPECT_NEAR(s.tcb.send.cwnd_bytes, before + 1000, 60);
}

// A sender that does not fill the window does not grow it.
TEST_F(Retransmit, IdleWindow_DoesNotGrow) {
    std::uint32_t upto = 1001;
    for (int i = 0; i < 50; ++i) {
        (void)s.write("x");
        (void)s.all();
        (void)ack(++upto);
    }
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 10'000u);
}

// RFC 5681 §3.1: the loss window is one segment, ssthresh half of the flight, set once for a row of
// time-outs.
TEST_F(Retransmit, TimeOut_ShrinksToOneSegment) {
    (void)s.write(pattern(8000));
    (void)s.all();
    (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 1000u);
    EXPECT_EQ(s.tcb.send.ssthresh_bytes, 4000u);
    (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.tcb.send.ssthresh_bytes, 4000u);
}

// RFC 5681 §4.1: after an idle RTO at most the initial window.
TEST_F(Retransmit, AfterIdle_RestartsFromTheInitialWindow) {
    (void)s.write(pattern(30'000));
    std::uint32_t upto = 1001;
    while (queued_bytes(s.tcb) != 0) {
        for (const Segment& g : s.all()) upto = std::max(upto, g.seq() + g.length());
        (void)ack(upto);
    }
    EXPECT_GT(s.tcb.send.cwnd_bytes, 10'000u);
    s.now = s.now + seconds(5);
    (void)s.write(pattern(20'000));
    EXPECT_EQ(s.tcb.send.cwnd_bytes, 10'000u);
}

// RFC 6298 §2.2, §2.3 in integer arithmetic, checked against the formulas.
TEST(Rtt, Samples_FollowTheFormulas) {
    Tcb t{};
    t.time.min_rto_ticks = 0;
    take_rtt_sample(t, 80'000);
    EXPECT_EQ(t.time.srtt_us, 80'000u);
    EXPECT_EQ(t.time.rttvar_us, 40'000u);
    EXPECT_EQ(base_rto_us(t), 240'000u);
    take_rtt_sample(t, 120'000);
    EXPECT_EQ(t.time.rttvar_us, 40'000u);  // 3/4 * 40 + 1/4 * |80 - 120|
    EXPECT_EQ(t.time.srtt_us, 85'000u);    // 7/8 * 80 + 1/8 * 120
    EXPECT_EQ(base_rto_us(t), 245'000u);
}

// §2.4, §2.5: floor and ceiling; a zero sample does not make it "no sample".
TEST(Rtt, Rto_IsBounded) {
    Tcb t{};
    t.time.min_rto_ticks = static_cast<std::uint16_t>(ticks_in(kMinRto));
    take_rtt_sample(t, 0);
    EXPECT_EQ(t.time.srtt_us, 1u);
    EXPECT_GE(base_rto_us(t), 200'000u);
    EXPECT_LE(base_rto_us(t), 201'000u);
    t.arrive.backoff = 255;
    EXPECT_EQ(rto(t), kMaxRto);
    take_rtt_sample(t, 4'000'000'000u);
    EXPECT_EQ(t.time.srtt_us, 1u - 0 + 60'000'000 / 8);
}

// The timer of one measurement survives the wrap of its 32-bit microseconds.
TEST(Rtt, MeasurementAcrossWrap_IsRight) {
    Side s;
    s.now = Instant{(std::int64_t{1} << 32) - 10'000};
    (void)s.open(plain());
    (void)s.out();
    s.now = s.now + ms(20);
    (void)s.in(segment(TcpFlag::syn | kAck, 5000, 1001));
    EXPECT_EQ(s.tcb.time.srtt_us, 20'000u);
}

}  // namespace
}  // namespace ringsock::tcp::testing
