// SPDX-License-Identifier: BSD-3-Clause
// Closing (RFC 9293 §3.6, §3.10.4, §3.10.5, §3.10.7.4 step 8): every state on the way out, half close, unread
// text, orphans.
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack, kFinAck = TcpFlag::fin | TcpFlag::ack, kRst = TcpFlag::rst;

class Closing : public ::testing::Test {
  protected:
    void SetUp() override { s.establish(); }
    void send_fin() {
        (void)s.shut();
        const auto fin = s.out();
        ASSERT_TRUE(fin && fin->is(kFinAck));
        EXPECT_EQ(fin->seq(), 1001u);
    }
    Side s;
};

// The peer's FIN: CLOSE-WAIT, acknowledged at once, the user told.
// Its ACK may wait like that of text (§3.8.6.3): the user who closes now sends both in one segment.
TEST_F(Closing, PeersFin_LeadsToCloseWait) {
    const Effects e = s.in(segment(kFinAck, 5001, 1001));
    EXPECT_EQ(e.bits, kEffectPeerClosed | kEffectDeadlineMoved);
    EXPECT_EQ(s.state(), State::close_wait);
    EXPECT_FALSE(s.out());
    EXPECT_LT(next_deadline(s.tcb) - s.now, ms(500)) << "MUST-40";
    (void)s.fire();
    EXPECT_EQ(s.out()->ack(), 5002u);
    EXPECT_FALSE(s.out());
}

// With text in the same segment there is nothing to wait for.
TEST_F(Closing, PeersFinWithText_IsAcknowledgedAtOnce) {
    const Effects e = s.in(segment(kFinAck, 5001, 1001, 65535, "bye"));
    EXPECT_TRUE(e.has(kEffectOutputDue));
    EXPECT_EQ(s.out()->ack(), 5005u);
    EXPECT_FALSE(s.out());
}

// CLOSE-WAIT -> LAST-ACK -> CLOSED.
TEST_F(Closing, PassiveClose_EndsInClosed) {
    (void)s.in(segment(kFinAck, 5001, 1001));
    (void)s.shut();
    EXPECT_EQ(s.state(), State::last_ack);
    const auto fin = s.out();
    EXPECT_TRUE(fin->is(kFinAck)) << "FIN and the ACK of his FIN in one";
    EXPECT_FALSE(s.out());
    const Effects e = s.in(segment(kAck, 5002, 1002));
    EXPECT_EQ(e.bits, kEffectFinAcked | kEffectClosed);
}

// FIN-WAIT-1 -> FIN-WAIT-2 -> TIME-WAIT; the effect comes with the last ACK.
TEST_F(Closing, ActiveClose_EndsInTimeWaitAfterTheLastAck) {
    send_fin();
    EXPECT_EQ(s.in(segment(kAck, 5001, 1002)).bits, std::uint32_t{kEffectFinAcked});
    EXPECT_EQ(s.state(), State::fin_wait_2);
    EXPECT_TRUE(next_deadline(s.tcb).is_never()) << "a half-closed connection with a user waits for ever";
    const Effects e = s.in(segment(kFinAck, 5001, 1002));
    EXPECT_EQ(e.bits, kEffectPeerClosed | kEffectOutputDue);
    EXPECT_FALSE(s.time_wait.has_value());
    EXPECT_EQ(s.out()->ack(), 5002u);
    EXPECT_TRUE(s.time_wait.has_value());
}

// FIN-WAIT-1: FIN and ACK of FIN in one segment lead straight to TIME-WAIT.
TEST_F(Closing, FinWithAckOfFin_LeadsToTimeWait) {
    send_fin();
    const Effects e = s.in(segment(kFinAck, 5001, 1002));
    EXPECT_TRUE(e.has(kEffectFinAcked) && e.has(kEffectPeerClosed));
    EXPECT_EQ(s.state(), State::time_wait);
    EXPECT_TRUE(s.out());
    EXPECT_TRUE(s.time_wait);
}

// FIN-WAIT-1: FIN without ACK of ours: CLOSING; then the ACK: TIME-WAIT, with nothing to say.
TEST_F(Closing, SimultaneousClose_GoesThroughClosing) {
    send_fin();
    (void)s.in(segment(kFinAck, 5001, 1001));
    EXPECT_EQ(s.state(), State::closing);
    EXPECT_EQ(s.out()->ack(), 5002u);
    const Effects e = s.in(segment(kAck, 5002, 1002));
    EXPECT_EQ(e.bits, kEffectFinAcked | kEffectTimeWait);
}

// A lost FIN is sent again by time-out, with the same number.
TEST_F(Closing, LostFin_IsRetransmitted) {
    send_fin();
    (void)s.fire();
    const auto again = s.out();
    ASSERT_TRUE(again && again->is(kFinAck));
    EXPECT_EQ(again->seq(), 1001u);
    EXPECT_FALSE(s.out());
    (void)s.in(segment(kAck, 5001, 1002));
    EXPECT_EQ(s.state(), State::fin_wait_2);
}

// Our last ACK was lost: the peer's FIN in TIME-WAIT is acknowledged again (also before the record is made).
TEST_F(Closing, RepeatedFinAfterClose_IsAcknowledged) {
    send_fin();
    (void)s.in(segment(kFinAck, 5001, 1002));
    (void)s.in(segment(kFinAck, 5001, 1002));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].ack(), 5002u);
}

// FIN follows the text that was queued before, and goes with its last segment (MUST-61: PSH there).
TEST_F(Closing, FinFollowsQueuedText) {
    (void)s.write(pattern(2000), 2000);
    (void)s.shut();
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_FALSE(segments[0].fields.has(TcpFlag::fin));
    EXPECT_TRUE(segments[1].fields.has(TcpFlag::fin));
    EXPECT_TRUE(segments[1].fields.has(TcpFlag::psh));
    EXPECT_EQ(segments[1].text.size(), 540u);
    (void)s.in(segment(kAck, 5001, 3001));
    EXPECT_EQ(s.state(), State::fin_wait_1) << "text acknowledged, FIN not";
    (void)s.in(segment(kAck, 5001, 3002));
    EXPECT_EQ(s.state(), State::fin_wait_2);
}

// No SEND after the FIN was queued; the packets stay the caller's.
TEST_F(Closing, SendAfterShutdown_IsRefused) {
    (void)s.shut();
    EXPECT_EQ(s.write("late").error, ConnError::invalid);
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// shutdown_send() twice is once.
TEST_F(Closing, ShutdownTwice_SendsOneFin) {
    (void)s.shut();
    (void)s.shut();
    EXPECT_EQ(s.all().size(), 1u);
    EXPECT_EQ(s.shut().bits, 0u);
}

// A FIN out of order is remembered and takes effect when the text before it is complete.
TEST_F(Closing, FinOutOfOrder_WaitsForItsText) {
    (void)s.in(segment(kFinAck, 5004, 1001, 65535, "def"));
    EXPECT_EQ(s.state(), State::established);
    EXPECT_EQ(s.out()->ack(), 5001u);
    const Effects e = s.in(segment(kAck, 5001, 1001, 65535, "abc"));
    EXPECT_TRUE(e.has(kEffectPeerClosed) && e.has(kEffectTextDelivered));
    EXPECT_EQ(s.received, "abcdef");
    EXPECT_EQ(s.out()->ack(), 5008u);
}

// A bare FIN ahead of its text, too.
TEST_F(Closing, BareFinAheadOfText_WaitsForIt) {
    (void)s.in(segment(kFinAck, 5003, 1001));
    EXPECT_EQ(s.state(), State::established);
    (void)s.in(segment(kAck, 5001, 1001, 65535, "ab"));
    EXPECT_EQ(s.state(), State::close_wait);
    EXPECT_EQ(s.received, "ab");
}

// Text in FIN-WAIT-2 is still for the user (half close).
TEST_F(Closing, TextInFinWait2_IsDelivered) {
    send_fin();
    (void)s.in(segment(kAck, 5001, 1002, 65535, "more"));
    EXPECT_EQ(s.state(), State::fin_wait_2);
    EXPECT_EQ(s.received, "more");
}

// Text behind a FIN does not exist.
TEST_F(Closing, TextAfterPeersFin_IsIgnored) {
    (void)s.in(segment(kFinAck, 5001, 1001));
    (void)s.all();
    (void)s.in(segment(kAck, 5002, 1001, 65535, "ghost"));
    EXPECT_EQ(s.received, "");
}

// Resets on the way out: with a user they are told (text may be lost), in CLOSING and LAST-ACK all was said.
TEST_F(Closing, RstInFinWait_IsReset) {
    send_fin();
    (void)s.in(segment(kRst, 5001, 0));
    EXPECT_EQ(s.error, ConnError::reset);
}
TEST_F(Closing, RstInLastAck_ClosesQuietly) {
    (void)s.in(segment(kFinAck, 5001, 1001));
    (void)s.shut();
    (void)s.all();
    EXPECT_EQ(s.in(segment(kRst, 5002, 0)).bits, std::uint32_t{kEffectClosed});
}

// RFC 1337: a reset does not end TIME-WAIT, not even before the record exists.
TEST_F(Closing, RstInTimeWait_IsIgnored) {
    send_fin();
    (void)s.in(segment(kFinAck, 5001, 1002));
    (void)s.in(segment(kRst, 5002, 0));
    EXPECT_EQ(s.state(), State::time_wait);
    (void)s.all();
    EXPECT_TRUE(s.time_wait);
}

// close() with everything read: FIN; and FIN-WAIT-2 ends by itself (house D7).
TEST_F(Closing, OrphanInFinWait2_TimesOut) {
    (void)s.end();
    (void)s.all();
    (void)s.in(segment(kAck, 5001, 1002));
    EXPECT_EQ(s.state(), State::fin_wait_2);
    EXPECT_NEAR(static_cast<double>((next_deadline(s.tcb) - s.now).count), 60e6, 2000);
    EXPECT_EQ(s.fire().bits, std::uint32_t{kEffectClosed});
}

// The same when the half close came first and close() later.
TEST_F(Closing, CloseInFinWait2_StartsTheLimit) {
    send_fin();
    (void)s.in(segment(kAck, 5001, 1002));
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
    EXPECT_TRUE(s.end().has(kEffectDeadlineMoved));
    EXPECT_FALSE(next_deadline(s.tcb).is_never());
}

// SHLD-3: close() with unread text is a reset.
TEST_F(Closing, CloseWithUnreadText_Resets) {
    s.reads = false;
    (void)s.in(segment(kAck, 5001, 1001, 65535, "unread"));
    (void)s.end();
    const auto rst = s.out();
    ASSERT_TRUE(rst);
    EXPECT_EQ(rst->fields.flags, kRst | kAck);
    EXPECT_EQ(rst->seq(), 1001u);
    EXPECT_EQ(rst->ack(), 5007u);
    EXPECT_TRUE(s.freed);
    EXPECT_EQ(s.error, ConnError::none) << "nobody is there to be told";
}

// Text that arrives after close() is answered by a reset.
TEST_F(Closing, TextAfterClose_Resets) {
    (void)s.end();
    (void)s.all();
    (void)s.in(segment(kAck, 5001, 1002, 65535, "late"));
    const auto rst = s.out();
    ASSERT_TRUE(rst);
    EXPECT_TRUE(rst->fields.has(kRst));
    EXPECT_EQ(rst->seq(), 1002u);
    EXPECT_TRUE(s.freed);
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// A duplicate of old text after close() is not news: no reset.
TEST_F(Closing, OldTextAfterClose_IsOnlyAcknowledged) {
    (void)s.in(segment(kAck, 5001, 1001, 65535, "read"));
    (void)s.end();
    (void)s.all();
    (void)s.in(segment(kAck, 5001, 1001, 65535, "read"));
    EXPECT_EQ(s.state(), State::fin_wait_1);
    EXPECT_TRUE(s.out()->is(kAck));
}

// shutdown_receive(): a user is there and is told that the connection is gone.
TEST_F(Closing, TextAfterShutdownReceive_ResetsAndTells) {
    shutdown_receive(s.tcb);
    (void)s.in(segment(kAck, 5001, 1001, 65535, "text"));
    EXPECT_TRUE(s.saw(kEffectFailed));
    EXPECT_EQ(s.error, ConnError::aborted);
    EXPECT_TRUE(s.out()->fields.has(kRst));
    EXPECT_TRUE(s.freed);
}

// ABORT (§3.10.5): RST where the peer may still believe, silence where both sides are done.
TEST_F(Closing, Abort_ResetsInOpenStatesOnly) {
    (void)s.write("unsent");
    (void)s.give_up();
    const auto rst = s.out();
    EXPECT_EQ(rst->fields.flags, kRst | kAck);
    EXPECT_TRUE(s.freed);
    Side late;
    late.establish();
    (void)late.in(segment(kFinAck, 5001, 1001));
    (void)late.shut();
    (void)late.all();
    EXPECT_EQ(late.give_up().bits, std::uint32_t{kEffectClosed});
}

// The owner gets every packet back.
TEST_F(Closing, TakePackets_ReturnsEverything) {
    (void)s.write(pattern(500), 100);
    (void)s.all();
    (void)s.in(segment(kAck, 5010, 1001, 65535, "gap"));
    EXPECT_EQ(s.pool.outstanding(), 6);
    (void)s.give_up();
    (void)s.all();
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// An orphan whose peer never acknowledges the FIN goes away at R2 even if the user had wished to wait for
// ever.
TEST(Orphan, UnansweredFin_IsGivenUp) {
    Side s;
    OpenParams p = plain();
    p.user_timeout = Micros{0};
    s.establish(p);
    (void)s.end();
    (void)s.all();
    for (int i = 0; i < 60 && !s.freed; ++i) (void)s.fire(), (void)s.all();
    EXPECT_TRUE(s.freed);
    EXPECT_FALSE(s.saw(kEffectFailed));
    EXPECT_LE(s.now - kStart, seconds(303));
}

}  // namespace
}  // namespace ringsock::tcp::testing
