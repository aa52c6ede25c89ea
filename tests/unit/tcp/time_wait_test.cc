// SPDX-License-Identifier: BSD-3-Clause
// TIME-WAIT records: RFC 9293 §3.6.1 and §3.10.7.4, RFC 1337 (assassination), RFC 6191 (new incarnations),
// reuse by our own active opens (house D7).
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack, kSyn = TcpFlag::syn, kFinAck = TcpFlag::fin | TcpFlag::ack;

class TimeWait : public ::testing::Test {
  protected:
    void close_both(bool timestamps) {
        OpenParams p = plain();
        if (timestamps) p.flags |= kOpenTimestamps;
        p.ts_offset = 1000;
        with_timestamps = timestamps;
        (void)s.open(p), (void)s.out();
        (void)s.in(ts(segment(kSyn | kAck, 5000, 1001), 50));
        (void)s.out();
        (void)s.shut();
        (void)s.out();
        (void)s.in(ts(segment(kFinAck, 5001, 1002), 60));
        (void)s.all();
        ASSERT_TRUE(s.time_wait);
        record = *s.time_wait;
    }
    Segment ts(Segment g, std::uint32_t value) const { return with_timestamps ? with_ts(g, value) : g; }
    TimeWaitVerdict in(const Segment& g) {
        return arrive(record, g.fields, static_cast<std::uint32_t>(g.text.size()), now, out);
    }
    Side s;
    bool with_timestamps = false;
    TimeWaitRecord record{};
    Instant now = kStart + seconds(10);
    TcpFields out;
};

// MUST-13: 2MSL from the last segment; the record knows the conversation.
TEST_F(TimeWait, Record_KeepsWhatMatters) {
    close_both(true);
    EXPECT_EQ(record.key, kKey);
    EXPECT_EQ(record.snd_nxt, SeqNum{1002});
    EXPECT_EQ(record.rcv_nxt, SeqNum{5002});
    EXPECT_EQ(record.ts_recent, 60u);
    EXPECT_EQ(record.expires_at, kStart + kTimeWait);
}

// Eighth step: the peer's FIN again: acknowledge, 2MSL anew.
TEST_F(TimeWait, RepeatedFin_RestartsTheTimer) {
    close_both(true);
    EXPECT_EQ(in(ts(segment(kFinAck, 5001, 1002), 61)), TimeWaitVerdict::restart);
    EXPECT_EQ(record.expires_at, now + kTimeWait);
    EXPECT_EQ(out.flags, kAck);
    EXPECT_EQ(out.seq, SeqNum{1002});
    EXPECT_EQ(out.ack, SeqNum{5002});
    EXPECT_EQ(out.source, kKey.local_port);
    EXPECT_EQ(out.ts_value, tick_of(now) + 1000);
    EXPECT_EQ(out.ts_echo, 61u);
}

// The FIN with its text again, too.
TEST_F(TimeWait, RepeatedFinWithText_RestartsTheTimer) {
    close_both(false);
    EXPECT_EQ(in(segment(kFinAck, 4998, 1002, 100, "abc")), TimeWaitVerdict::restart);
}

// RFC 1337: no reset ends TIME-WAIT.
TEST_F(TimeWait, Rst_IsIgnored) {
    close_both(false);
    EXPECT_EQ(in(segment(TcpFlag::rst, 5002, 0)), TimeWaitVerdict::drop);
    EXPECT_EQ(in(segment(TcpFlag::rst | kAck, 5002, 1002)), TimeWaitVerdict::drop);
}

// A pure ACK in the window is nothing; old text is acknowledged.
TEST_F(TimeWait, OldSegments_AreAcknowledgedOrDropped) {
    close_both(false);
    EXPECT_EQ(in(segment(kAck, 5002, 1002)), TimeWaitVerdict::drop);
    EXPECT_EQ(in(segment(kAck, 4990, 1002, 100, "old")), TimeWaitVerdict::acknowledge);
    EXPECT_EQ(out.ack, SeqNum{5002});
    EXPECT_EQ(in(segment(kAck, 5002, 1002, 100, "new?")), TimeWaitVerdict::acknowledge);
}

// PAWS: an old timestamp is acknowledged and nothing else.
TEST_F(TimeWait, OldTimestamp_IsAcknowledged) {
    close_both(true);
    EXPECT_EQ(in(ts(segment(kFinAck, 5001, 1002), 59)), TimeWaitVerdict::acknowledge);
    EXPECT_EQ(record.expires_at, kStart + kTimeWait);
}

// RFC 6191: with timestamps a newer one opens a new connection, whatever the sequence number.
TEST_F(TimeWait, SynWithNewerTimestamp_OpensNew) {
    close_both(true);
    EXPECT_EQ(in(ts(segment(kSyn, 17, 0), 61)), TimeWaitVerdict::new_connection);
    EXPECT_EQ(in(ts(segment(kSyn, 6000, 0), 60)), TimeWaitVerdict::new_connection)
        << "equal: the sequence number decides";
    EXPECT_EQ(in(ts(segment(kSyn, 5002, 0), 60)), TimeWaitVerdict::acknowledge);
    EXPECT_EQ(in(ts(segment(kSyn, 6000, 0), 59)), TimeWaitVerdict::acknowledge);
}

// Without them a higher sequence number does, across zero.
TEST_F(TimeWait, SynWithHigherSequence_OpensNew) {
    close_both(false);
    EXPECT_EQ(in(segment(kSyn, 5003, 0)), TimeWaitVerdict::new_connection);
    EXPECT_EQ(in(segment(kSyn, 5002, 0)), TimeWaitVerdict::acknowledge);
    EXPECT_EQ(in(segment(kSyn, 4000, 0)), TimeWaitVerdict::acknowledge);
    record.rcv_nxt = SeqNum{0xffff'fff0};
    EXPECT_EQ(in(segment(kSyn, 5, 0)), TimeWaitVerdict::new_connection);
}

// A SYN,ACK is never a new connection of the peer's.
TEST_F(TimeWait, SynAck_IsChallenged) {
    close_both(false);
    EXPECT_EQ(in(segment(kSyn | kAck, 9000, 1002)), TimeWaitVerdict::acknowledge);
}

// House D7: our own open may take the tuple with an ISS above the old SND.NXT and a timestamp not smaller.
TEST_F(TimeWait, Reuse_NeedsHigherIssAndTimestamp) {
    close_both(true);
    const std::uint32_t last_ts = tick_of(kStart) + 1000;
    EXPECT_TRUE(may_reuse(record, SeqNum{1003}, last_ts));
    EXPECT_FALSE(may_reuse(record, SeqNum{1002}, last_ts));
    EXPECT_FALSE(may_reuse(record, SeqNum{500}, last_ts));
    EXPECT_FALSE(may_reuse(record, SeqNum{1003}, last_ts - 1));
}

// The advice always satisfies the rule, and keeps a good proposal.
TEST_F(TimeWait, Advice_SatisfiesTheRule) {
    close_both(true);
    Dice dice(5);
    for (int i = 0; i < 1000; ++i) {
        record.snd_nxt = SeqNum{dice.any()};
        const SeqNum proposed{dice.any()};
        const ReuseAdvice advice = advise_reuse(record, proposed);
        EXPECT_TRUE(may_reuse(record, advice.iss, tick_of(now) + advice.ts_offset));
        if (after(proposed, record.snd_nxt)) {
            EXPECT_EQ(advice.iss, proposed);
        }
    }
}

// The whole way: b's TIME-WAIT is answered by a challenge ACK, a's reset and repeated SYN follow (D7); a
// newer SYN gets through at once.
TEST(TimeWaitReuse, PeerInTimeWait_AcceptsNewerSyn) {
    Wire w;
    w.connect(plain());
    w.run(ms(10));
    (void)w.b.shut();
    w.run(ms(10));
    (void)w.a.shut();
    w.run(ms(10));
    ASSERT_TRUE(w.b.time_wait);
    ASSERT_TRUE(w.a.freed);
    TcpFields answer;
    Side again;
    OpenParams p = plain(500);  // Below the old numbers: not acceptable to b.
    (void)again.open(p);
    const auto syn = again.out();
    EXPECT_EQ(arrive(*w.b.time_wait, syn->fields, 0, w.now, answer), TimeWaitVerdict::acknowledge);
    (void)again.in(Segment{answer, {}});
    const auto segments = again.all();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0].fields.flags, TcpFlag::rst);
    EXPECT_TRUE(segments[1].is(kSyn));
}

}  // namespace
}  // namespace ringsock::tcp::testing
