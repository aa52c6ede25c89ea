// SPDX-License-Identifier: BSD-3-Clause
// The state table (RFC 9293 §3.3.2) and Table 6 (§3.10.7.4).
#include "tcp/acceptability.h"

#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

// Figure 5: the moves of the picture are legal.
TEST(State, MovesOfFigure5_AreLegal) {
    EXPECT_TRUE(is_legal_transition(State::closed, State::syn_sent));
    EXPECT_TRUE(is_legal_transition(State::syn_sent, State::syn_received));
    EXPECT_TRUE(is_legal_transition(State::syn_sent, State::established));
    EXPECT_TRUE(is_legal_transition(State::syn_received, State::established));
    EXPECT_TRUE(is_legal_transition(State::established, State::close_wait));
    EXPECT_TRUE(is_legal_transition(State::established, State::fin_wait_1));
    EXPECT_TRUE(is_legal_transition(State::fin_wait_1, State::fin_wait_2));
    EXPECT_TRUE(is_legal_transition(State::fin_wait_1, State::closing));
    EXPECT_TRUE(is_legal_transition(State::fin_wait_1, State::time_wait));
    EXPECT_TRUE(is_legal_transition(State::fin_wait_2, State::time_wait));
    EXPECT_TRUE(is_legal_transition(State::closing, State::time_wait));
    EXPECT_TRUE(is_legal_transition(State::close_wait, State::last_ack));
    EXPECT_TRUE(is_legal_transition(State::last_ack, State::closed));
}

// Nothing leads back into an earlier phase of the same connection.
TEST(State, MovesBack_AreIllegal) {
    EXPECT_FALSE(is_legal_transition(State::established, State::syn_sent));
    EXPECT_FALSE(is_legal_transition(State::fin_wait_2, State::established));
    EXPECT_FALSE(is_legal_transition(State::time_wait, State::established));
    EXPECT_FALSE(is_legal_transition(State::last_ack, State::time_wait));
    EXPECT_FALSE(is_legal_transition(State::close_wait, State::fin_wait_1));
    EXPECT_FALSE(is_legal_transition(State::closed, State::established));
}

// Every state may be closed by a reset or time-out.
TEST(State, EveryState_MayBeClosed) {
    for (unsigned s = 0; s < kStateCount; ++s)
        EXPECT_TRUE(is_legal_transition(static_cast<State>(s), State::closed));
}

// Names are the RFC's.
TEST(State, Names_AreTheRfcs) {
    EXPECT_STREQ(name_of(State::syn_received), "SYN-RECEIVED");
    EXPECT_STREQ(name_of(State::last_ack), "LAST-ACK");
    EXPECT_STREQ(name_of(static_cast<State>(77)), "?");
}

struct Row {
    std::uint32_t seq, length, nxt, window;
    bool ok;
};
class Table6 : public ::testing::TestWithParam<Row> {};

// Table 6, each row at its edges, in the middle of the number space and across zero.
TEST_P(Table6, AcceptsExactlyTheWindow) {
    const Row r = GetParam();
    for (const std::uint32_t shift : {0u, 0xffff'fff8u, 0x7fff'fffcu}) {
        EXPECT_EQ(acceptable(SeqNum{r.seq + shift}, r.length, SeqNum{r.nxt + shift}, r.window), r.ok)
            << "seq " << r.seq << " len " << r.length << " nxt " << r.nxt << " wnd " << r.window << " + "
            << shift;
    }
}
INSTANTIATE_TEST_SUITE_P(
    Rows, Table6,
    ::testing::Values(Row{100, 0, 100, 0, true}, Row{101, 0, 100, 0, false}, Row{99, 0, 100, 0, false},
                      Row{100, 0, 100, 8, true}, Row{107, 0, 100, 8, true}, Row{108, 0, 100, 8, false},
                      Row{99, 0, 100, 8, false}, Row{100, 1, 100, 0, false}, Row{99, 1, 100, 0, false},
                      Row{100, 1, 100, 8, true}, Row{107, 1, 100, 8, true}, Row{108, 1, 100, 8, false},
                      Row{90, 10, 100, 8, false}, Row{90, 11, 100, 8, true}, Row{90, 18, 100, 8, true},
                      Row{107, 5, 100, 8, true}, Row{108, 5, 100, 8, false}));

// The RFC's own example across zero: the last byte of the window.
TEST(Acceptability, LastByteOfWindowAcrossZero_IsAccepted) {
    EXPECT_TRUE(acceptable(SeqNum{3}, 1, SeqNum{0xffff'fffc}, 8));
    EXPECT_FALSE(acceptable(SeqNum{4}, 1, SeqNum{0xffff'fffc}, 8));
}

// A page of zeros is a closed Tcb without deadlines, and the invariants hold for it.
TEST(Tcb, ZeroPage_IsClosed) {
    alignas(kCacheLine) unsigned char page[sizeof(Tcb)] = {};
    const Tcb& tcb = *reinterpret_cast<const Tcb*>(page);
    EXPECT_EQ(tcb.arrive.state, State::closed);
    EXPECT_TRUE(next_deadline(tcb).is_never());
    EXPECT_EQ(check(tcb), nullptr);
}

// The checker finds what it is there for.
TEST(Invariants, BrokenTcb_IsReported) {
    Side s;
    s.establish();
    Tcb broken = s.tcb;
    broken.arrive.snd_una = broken.arrive.snd_nxt + 1;
    EXPECT_STREQ(check(broken), "SND.UNA is after SND.NXT");
    broken = s.tcb;
    broken.arrive.snd_nxt += 10;
    EXPECT_STREQ(check(broken), "in flight without a timer");
    broken = s.tcb;
    broken.arrive.rcv_adv += 100'000;
    EXPECT_STREQ(check(broken), "more advertised than there is space");
    broken = s.tcb;
    broken.arrive.state = State::fin_wait_2;
    EXPECT_STREQ(check(broken), "FIN not acknowledged");
}

// Texts for people name the state and the options, and stop at the end of the room.
TEST(Describe, SegmentAndTcb_AreReadable) {
    Segment s = with_scale(with_mss(segment(TcpFlag::syn | TcpFlag::ack, 7, 8, 9), 1460), 3);
    EXPECT_EQ(s.str(), "80 > 40000 S. seq 7 ack 8 win 9 len 0 <mss 1460,wscale 3>");
    Side side;
    side.establish();
    EXPECT_NE(side.str().find("ESTABLISHED una 1001 nxt 1001"), std::string::npos) << side.str();
    char tiny[5];
    EXPECT_EQ(describe(side.tcb, tiny), "ESTAB");
}

}  // namespace
}  // namespace ringsock::tcp::testing
