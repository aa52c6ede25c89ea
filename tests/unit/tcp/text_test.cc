// SPDX-License-Identifier: BSD-3-Clause
// Receiving text (RFC 9293 §3.10.7.4 step 7), reassembly and SACK blocks (RFC 2018 §4), delayed ACK
// (§3.8.6.3), the advertised window and its silly-window avoidance (§3.8.6.2.2), the closed window (§3.8.6.1,
// MUST-66).
#include "harness.h"
#include "tcp/window.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack, kSynAck = TcpFlag::syn | TcpFlag::ack, kFin = TcpFlag::fin;

class Text : public ::testing::Test {
  protected:
    void SetUp() override { s.establish(); }
    Effects text(std::uint32_t seq, std::string t, unsigned more = 0) {
        return s.in(segment(kAck | more, seq, 1001, 65535, std::move(t)));
    }
    Side s;
};

// In-order text is delivered at once; the ACK waits (MUST-40: less than 0.5 s; default 40 ms).
TEST_F(Text, InOrder_IsDeliveredAndAckDelayed) {
    const Effects e = text(5001, "hello");
    EXPECT_EQ(e.bits, kEffectTextDelivered | kEffectDeadlineMoved);
    EXPECT_EQ(e.slow_reasons, 0) << "the fast path";
    EXPECT_EQ(s.received, "hello");
    EXPECT_FALSE(s.out());
    EXPECT_EQ(next_deadline(s.tcb) - s.now, ms(40));
    EXPECT_TRUE(s.fire().has(kEffectOutputDue));
    EXPECT_EQ(s.out()->ack(), 5006u);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
}

// SHLD-19: at least every second segment is acknowledged, at once.
TEST_F(Text, EverySecondSegment_IsAcknowledgedAtOnce) {
    (void)text(5001, "a");
    EXPECT_FALSE(s.out());
    EXPECT_TRUE(text(5002, "b").has(kEffectOutputDue));
    EXPECT_EQ(s.out()->ack(), 5003u);
    EXPECT_FALSE(s.out());
}

// MUST-58/59: a burst is processed before one ACK is pulled for all of it.
TEST_F(Text, Burst_IsAcknowledgedOnce) {
    for (std::uint32_t i = 0; i < 10; ++i) (void)text(5001 + i, "x");
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].ack(), 5011u);
}

// No delayed ACK when it is off.
TEST_F(Text, AckAtOnce_WhenAskedFor) {
    set_ack_at_once(s.tcb, true);
    EXPECT_TRUE(text(5001, "x").has(kEffectOutputDue));
    EXPECT_EQ(s.all().size(), 1u);
}

// The delay is configurable, but capped below 0.5 s (MUST-40).
TEST(DelayedAck, LongDelay_IsCapped) {
    Side s;
    OpenParams p = plain();
    p.ack_delay = seconds(10);
    s.establish(p);
    (void)s.in(segment(kAck, 5001, 1001, 65535, "x"));
    EXPECT_LT(next_deadline(s.tcb) - s.now, ms(500));
}

// Text of ours takes the ACK with it; the timer stops.
TEST_F(Text, OurText_CarriesTheAck) {
    (void)text(5001, "ping");
    (void)s.write("pong");
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].ack(), 5005u);
    EXPECT_TRUE(s.tcb.time.ack_at.is_never());
}

// Old text in front is trimmed; the rest is new.
TEST_F(Text, OverlapInFront_IsTrimmed) {
    (void)text(5001, "abcd");
    (void)text(5003, "cdef");
    EXPECT_EQ(s.received, "abcdef");
}

// A pure duplicate is acknowledged at once and not delivered again.
TEST_F(Text, Duplicate_IsAcknowledgedAtOnce) {
    (void)text(5001, "abcd");
    (void)s.fire(), (void)s.all();
    (void)text(5001, "abcd");
    EXPECT_EQ(s.received, "abcd");
    ASSERT_EQ(s.all().size(), 1u);
}

// A gap: kept (SHLD-31), duplicate ACK at once (RFC 5681 §4.2); filled: all delivered, ACK at once.
TEST_F(Text, Gap_IsFilledLater) {
    EXPECT_FALSE(text(5004, "def").has(kEffectTextDelivered));
    EXPECT_EQ(s.out()->ack(), 5001u);
    EXPECT_TRUE(text(5001, "abc").has(kEffectTextDelivered));
    EXPECT_EQ(s.received, "abcdef");
    EXPECT_EQ(s.out()->ack(), 5007u);
    EXPECT_FALSE(has_trait(s.tcb, kTraitGaps));
}

// Reassembly in every order of five overlapping pieces gives the same text.
TEST(Reassembly, EveryOrder_GivesTheSameText) {
    const std::string whole = pattern(50);
    const std::pair<std::uint32_t, std::uint32_t> pieces[] = {{0, 12}, {8, 25}, {20, 10}, {28, 15}, {40, 10}};
    std::vector<int> order{0, 1, 2, 3, 4};
    do {
        Side s;
        s.establish(plain(), 1460);
        for (const int i : order) {
            const auto [at, n] = pieces[i];
            (void)s.in(segment(kAck, 5001 + at, 1001, 65535, whole.substr(at, n)));
        }
        ASSERT_TRUE(same_text(s.received, whole));
        ASSERT_EQ(s.tcb.deliver.gap_packets, 0);
    } while (std::next_permutation(order.begin(), order.end()));
}

// Random pieces with duplicates, across zero.
TEST(Reassembly, RandomPieces_GiveTheWholeText) {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        Dice dice(seed);
        Side s;
        (void)s.open(plain());
        (void)s.out();
        (void)s.in(segment(kSynAck, 0xffff'ff80, 1001));
        const std::string whole = pattern(700);
        for (int i = 0; i < 4000 && s.received.size() < whole.size(); ++i) {
            const std::uint32_t at = dice.below(700), n = 1 + dice.below(60);
            (void)s.in(segment(kAck, 0xffff'ff81 + at, 1001, 65535, whole.substr(at, n)));
        }
        ASSERT_TRUE(same_text(s.received, whole)) << "seed " << seed;
    }
}

// The queue is bounded: what does not fit is given back, and the sender sends it again.
TEST(Reassembly, Queue_IsBounded) {
    Side s;
    s.establish();
    for (std::uint32_t i = 0; i < 3000; ++i) (void)s.in(segment(kAck, 5003 + 2 * i, 1001, 65535, "x"));
    EXPECT_EQ(s.tcb.deliver.gap_packets, kMaxOutOfOrderPackets);
    EXPECT_EQ(s.pool.outstanding(), kMaxOutOfOrderPackets);
}

// Text beyond the window is cut off (and a FIN behind it does not count).
TEST(ReceiveWindow, TextBeyondTheEdge_IsCut) {
    Side s;
    OpenParams p = plain();
    p.receive_buffer = 10;
    s.reads = false;
    s.establish(p);
    (void)s.in(segment(kAck | kFin, 5001, 1001, 65535, "0123456789ABC"));
    (void)s.read(100);
    EXPECT_EQ(s.received, "0123456789");
    EXPECT_EQ(s.state(), State::established);
}

// The window shrinks with unread text and never moves back (SHLD-14).
TEST(ReceiveWindow, UnreadText_FillsIt) {
    Side s;
    OpenParams p = plain();
    p.receive_buffer = 1000;
    s.reads = false;
    s.establish(p, 100);
    (void)s.in(segment(kAck, 5001, 1001, 65535, pattern(400)));
    (void)s.in(segment(kAck, 5401, 1001, 65535, pattern(400)));
    EXPECT_EQ(s.out()->fields.window, 200);
    (void)s.in(segment(kAck, 5801, 1001, 65535, pattern(200)));
    (void)s.fire();
    EXPECT_EQ(s.out()->fields.window, 0);
    EXPECT_EQ(unread_bytes(s.tcb), 1000u);
}

// MUST-39: reading a little does not open a closed window; reading min(buffer/2, MSS) does, and says so at
// once.
TEST(ReceiveWindow, SillyWindow_IsAvoided) {
    Side s;
    OpenParams p = plain();
    p.receive_buffer = 1000;
    s.reads = false;
    s.establish(p, 100);
    (void)s.in(segment(kAck, 5001, 1001, 65535, pattern(1000)));
    (void)s.fire();
    ASSERT_EQ(s.out()->fields.window, 0);
    EXPECT_EQ(s.read(50).bits, 0u);
    EXPECT_EQ(s.read(49).bits, 0u);
    (void)s.write("x");
    EXPECT_EQ(s.out()->fields.window, 0) << "no other segment offers a silly window either";
    EXPECT_TRUE(s.read(1).has(kEffectOutputDue));
    EXPECT_EQ(s.out()->fields.window, 100);
}

// Half of a small buffer is enough when the MSS is larger than that.
TEST(ReceiveWindow, HalfTheBuffer_IsEnough) {
    Side s;
    OpenParams p = plain();
    p.receive_buffer = 1000;
    s.reads = false;
    s.establish(p, 1460);
    (void)s.in(segment(kAck, 5001, 1001, 65535, pattern(1000)));
    (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.read(499).bits, 0u);
    EXPECT_TRUE(s.read(1).has(kEffectOutputDue));
    EXPECT_EQ(s.out()->fields.window, 500);
}

// MUST-66: with a closed window text is refused, but its ACK, and resets, are obeyed.
TEST(ReceiveWindow, Closed_StillObeysAckAndRst) {
    Side s;
    OpenParams p = plain();
    p.receive_buffer = 100;
    s.reads = false;
    s.establish(p, 100);
    (void)s.write("mine");
    (void)s.all();
    (void)s.in(segment(kAck, 5001, 1001, 65535, pattern(100)));
    (void)s.all();
    (void)s.in(segment(kAck, 5101, 1005, 4000, "probe"));
    EXPECT_EQ(s.tcb.arrive.snd_una, SeqNum{1005});
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 4000u);
    EXPECT_EQ(unread_bytes(s.tcb), 100u);
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u) << "a probe is answered";
    EXPECT_EQ(segments[0].fields.window, 0);
    (void)s.in(segment(TcpFlag::rst, 5101, 0, 0, "bye"));
    EXPECT_EQ(s.error, ConnError::reset);
}

class ScaledWindow : public ::testing::Test {
  protected:
    void SetUp() override {
        OpenParams p = plain();
        p.flags |= kOpenWindowScale | kOpenAckAtOnce;
        p.receive_buffer = 1 << 22;  // Shift 7.
        (void)s.open(p), (void)s.out();
        (void)s.in(with_scale(with_mss(segment(kSynAck, 5000, 1001), 1460), 7));
        ASSERT_EQ(rcv_wscale(s.tcb), 7);
        (void)s.all();
    }
    /// Text of `n` bytes arrives; the right edge that the answer tells.
    std::uint32_t edge_after(std::uint32_t n) {
        (void)s.in(segment(kAck, seq, 1001, 65535, pattern(n)));
        seq += n;
        const auto ack = s.out();
        EXPECT_TRUE(ack);
        return ack ? ack->ack() + (std::uint32_t{ack->fields.window} << 7) : 0;
    }
    Side s;
    std::uint32_t seq = 5001;
};

// RFC 7323 §2.4: odd amounts of text do not make the right edge move back while the buffer has room.
TEST_F(ScaledWindow, DoesNotRetreatWithAReader) {
    Dice dice(3);
    std::uint32_t edge = 0;
    for (int i = 0; i < 500; ++i) {
        const std::uint32_t now_edge = edge_after(1 + dice.below(1000));
        ASSERT_GE(now_edge, edge);
        edge = now_edge;
    }
}

// With a full buffer it may, by less than one unit of the scale; all that was ever offered is still accepted.
TEST_F(ScaledWindow, OfferedTextIsAcceptedAfterRounding) {
    s.reads = false;
    Dice dice(3);
    std::uint32_t edge = 0;
    for (int i = 0; i < 500; ++i) {
        const std::uint32_t now_edge = edge_after(1 + dice.below(1000));
        ASSERT_GT(now_edge + 128, edge);
        edge = std::max(edge, now_edge);
    }
    (void)edge_after(edge - seq);
    EXPECT_EQ(s.tcb.arrive.rcv_nxt, SeqNum{edge});
    EXPECT_LE(unread_bytes(s.tcb), 1u << 22);
}

// The whole buffer is usable whatever its size (shift choice).
TEST(ReceiveWindow, Shift_CoversTheBuffer) {
    EXPECT_EQ(window_shift_for(65535), 0);
    EXPECT_EQ(window_shift_for(65536), 1);
    EXPECT_EQ(window_shift_for(kMaxReceiveBuffer), 14);
}

// Text without a buffer to keep it in is lost text: header obeyed, nothing acknowledged, FIN remembered.
TEST_F(Text, WithoutBuffer_IsTreatedAsLost) {
    (void)s.write("mine");
    (void)s.all();
    Segment g = segment(kAck | kFin, 5001, 1005, 65535, "lost");
    const Effects e = s.in(g, nullptr);
    EXPECT_TRUE(e.slow_reasons & kSlowNoBuffer);
    EXPECT_EQ(s.tcb.arrive.rcv_nxt, SeqNum{5001});
    EXPECT_EQ(s.tcb.arrive.snd_una, SeqNum{1005});
    EXPECT_EQ(s.state(), State::established);
    EXPECT_EQ(s.out()->ack(), 5001u);
    (void)s.in(g);
    EXPECT_EQ(s.received, "lost");
    EXPECT_EQ(s.state(), State::close_wait);
}

class Sack : public ::testing::Test {
  protected:
    void open(bool timestamps) {
        OpenParams p = plain();
        p.flags |= kOpenSack;
        if (timestamps) p.flags |= kOpenTimestamps;
        (void)s.open(p);
        (void)s.out();
        Segment syn = with_sack(with_mss(segment(kSynAck, 5000, 1001), 1460));
        (void)s.in(timestamps ? with_ts(syn, 1) : syn);
        (void)s.out();
        with_timestamps = timestamps;
    }
    std::optional<Segment> text(std::uint32_t offset, std::uint32_t n) {
        Segment g = segment(kAck, 5001 + offset, 1001, 65535, pattern(n));
        (void)s.in(with_timestamps ? with_ts(g, 2) : g);
        return s.out();
    }
    static std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks(const Segment& g) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
        for (unsigned i = 0; i < g.fields.sack_count; ++i)
            all.emplace_back(g.fields.sack[i].left.value - 5001, g.fields.sack[i].right.value - 5001);
        return all;
    }
    Side s;
    bool with_timestamps = false;
};
using Blocks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// RFC 2018 §4: the first block is that of the newest segment; adjoining segments are one block.
TEST_F(Sack, FirstBlock_IsTheNewest) {
    open(false);
    EXPECT_EQ(blocks(*text(100, 50)), (Blocks{{100, 150}}));
    EXPECT_EQ(blocks(*text(300, 50)), (Blocks{{300, 350}, {100, 150}}));
    EXPECT_EQ(blocks(*text(150, 10)), (Blocks{{100, 160}, {300, 350}}));
    EXPECT_TRUE(text(0, 100)->fields.has_option(kOptSack));
    EXPECT_EQ(s.tcb.arrive.rcv_nxt, SeqNum{5161});
}

// §3: four blocks fit without timestamps, three with.
TEST_F(Sack, Blocks_AreLimitedByRoom) {
    open(false);
    for (std::uint32_t i = 1; i < 8; ++i) (void)text(i * 100, 10);
    EXPECT_EQ(text(900, 10)->fields.sack_count, 4);
}
TEST_F(Sack, BlocksWithTimestamps_AreThree) {
    open(true);
    for (std::uint32_t i = 1; i < 8; ++i) (void)text(i * 100, 10);
    const auto ack = text(900, 10);
    EXPECT_EQ(ack->fields.sack_count, 3);
    EXPECT_EQ(blocks(*ack)[0], (std::pair<std::uint32_t, std::uint32_t>{900, 910}));
}

// MUST-16: the blocks of a segment reduce its text, so that the packet stays within the MTU.
TEST_F(Sack, BlocksOnText_ReduceTheText) {
    open(true);
    (void)text(100, 50);
    (void)s.write(pattern(3000), 3000);
    const auto g = s.out();
    ASSERT_TRUE(g->fields.has_option(kOptSack));
    EXPECT_EQ(g->text.size(), 1460u - 12 - 12);
}

// Not negotiated: no blocks.
TEST_F(Text, GapWithoutSack_ReportsNoBlocks) {
    (void)text(5004, "def");
    EXPECT_FALSE(s.out()->fields.has_option(kOptSack));
}

}  // namespace
}  // namespace ringsock::tcp::testing
