// SPDX-License-Identifier: BSD-3-Clause
// Sending text: segmentation over packets, PSH (MUST-60/61), Nagle (MUST-17), silly-window avoidance of the
// sender (MUST-38), windows, zero-window probes (MUST-35 to MUST-37), window shrink (MUST-34).
#include "harness.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kAck = TcpFlag::ack;

OpenParams nagle() {
    OpenParams p = plain();
    p.flags = 0;
    return p;
}

class Output : public ::testing::Test {
  protected:
    void open(OpenParams p, std::uint16_t mss = 1000, std::uint16_t window = 65535) {
        s.establish(p, mss, window);
    }
    Effects ack(std::uint32_t upto, std::uint16_t window = 65535) {
        return s.in(segment(kAck, 5001, upto, window));
    }
    Side s;
};

// One segment gathers several small packets and splits large ones; the bytes are right.
TEST_F(Output, SegmentsCrossPacketBoundaries) {
    open(plain());
    const std::string text = pattern(3500);
    (void)s.write(text, 333);
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 4u);
    std::string sent;
    std::uint32_t seq = 1001;
    for (const Segment& g : segments) {
        EXPECT_EQ(g.seq(), seq);
        seq += static_cast<std::uint32_t>(g.text.size());
        sent += g.text;
    }
    EXPECT_TRUE(same_text(sent, text));
    EXPECT_EQ(segments[0].text.size(), 1000u);
    EXPECT_EQ(segments[3].text.size(), 500u);
}

// MUST-60/61: PSH stands on the segment that empties the queue, and only there.
TEST_F(Output, Psh_MarksTheLast) {
    open(plain());
    (void)s.write(pattern(2500));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 3u);
    EXPECT_FALSE(segments[0].fields.has(TcpFlag::psh));
    EXPECT_FALSE(segments[1].fields.has(TcpFlag::psh));
    EXPECT_TRUE(segments[2].fields.has(TcpFlag::psh));
}

// Packets come back whole, when their last byte is acknowledged; send space is told.
TEST_F(Output, AcknowledgedPackets_ComeBackWhole) {
    open(plain());
    (void)s.write(pattern(600), 200);
    (void)s.all();
    EXPECT_EQ(s.pool.outstanding(), 3);
    EXPECT_TRUE(ack(1001 + 399).has(kEffectSendSpace));
    EXPECT_EQ(s.pool.outstanding(), 2);
    EXPECT_EQ(queued_bytes(s.tcb), 201u);
    (void)ack(1001 + 400);
    EXPECT_EQ(s.pool.outstanding(), 1);
    const Effects e = ack(1601);
    EXPECT_EQ(e.slow_reasons, 0) << "the fast path";
    EXPECT_EQ(s.pool.outstanding(), 0);
    EXPECT_TRUE(next_deadline(s.tcb).is_never());
}

// Nagle: a small segment waits while something is unacknowledged.
TEST_F(Output, Nagle_HoldsSmallText) {
    open(nagle());
    (void)s.write("a");
    EXPECT_EQ(s.all().size(), 1u);
    (void)s.write("b");
    (void)s.write("c");
    EXPECT_EQ(s.all().size(), 0u);
    (void)ack(1002);
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].text, "bc");
}

// A full segment never waits.
TEST_F(Output, Nagle_LetsFullSegmentsGo) {
    open(nagle());
    (void)s.write("a");
    (void)s.all();
    (void)s.write(pattern(1500));
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].text.size(), 1000u);
}

// MUST-17: it can be disabled, also later; waiting text goes at once.
TEST_F(Output, NagleOff_ReleasesWaitingText) {
    open(nagle());
    (void)s.write("a");
    (void)s.all();
    (void)s.write("b");
    EXPECT_EQ(s.all().size(), 0u);
    EXPECT_TRUE(set_nagle(s.tcb, false).has(kEffectOutputDue));
    EXPECT_EQ(s.all().size(), 1u);
    (void)s.write("c");
    EXPECT_EQ(s.all().size(), 1u);
}

// No more text will come after a shutdown: the last small piece need not wait.
TEST_F(Output, Nagle_DoesNotHoldTheLastText) {
    open(nagle());
    (void)s.write("a");
    (void)s.all();
    (void)s.write("b");
    (void)s.shut();
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_TRUE(segments[0].fields.has(TcpFlag::fin));
}

// The send window bounds what is in flight.
TEST_F(Output, Window_BoundsFlight) {
    open(plain(), 1000, 2500);
    (void)s.write(pattern(10'000));
    std::uint32_t sent = 0;
    for (const Segment& g : s.all()) sent += static_cast<std::uint32_t>(g.text.size());
    EXPECT_LE(sent, 2500u);
    EXPECT_GE(sent, 2000u);
}

// MUST-38: a small opening of the window is not filled with a small segment while more could come.
TEST_F(Output, SillyWindow_IsNotFilled) {
    open(plain(), 1000, 4000);
    (void)s.write(pattern(20'000));
    EXPECT_EQ(s.all().size(), 4u);
    (void)ack(2001, 3100);  // 100 bytes of room now.
    EXPECT_EQ(s.all().size(), 0u);
    (void)ack(2001, 4000);  // A full segment.
    EXPECT_EQ(s.all().size(), 1u);
}

// §3.8.6.2.1 (3): half of the largest window is enough, for peers with tiny buffers.
TEST_F(Output, TinyWindow_IsUsedByHalves) {
    open(plain(), 1000, 300);
    (void)s.write(pattern(1000));
    auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].text.size(), 300u);
    (void)ack(1301, 150);
    segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].text.size(), 150u);
}

// The override: a window too small for SWS rules is used when the timer fires, so that nothing stops for
// ever.
TEST_F(Output, TinyWindow_IsUsedAfterTheOverride) {
    open(plain(), 1000, 4000);
    (void)s.write(pattern(4000));
    (void)s.all();
    (void)s.write(pattern(4000));
    (void)ack(5001, 100);
    EXPECT_EQ(s.all().size(), 0u);
    (void)s.fire();
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].text.size(), 100u);
    EXPECT_EQ(segments[0].seq(), 5001u);
}

class Persist : public Output {
  protected:
    /// Everything acknowledged, window closed, text waiting.
    void close_window(OpenParams p = plain()) {
        open(p);
        (void)s.write(pattern(1000));
        (void)s.all();
        (void)ack(2001, 0);
        (void)s.write(pattern(5000));
        ASSERT_EQ(s.all().size(), 0u);
        ASSERT_TRUE(has_trait(s.tcb, kTraitPersist));
    }
};

// MUST-36, SHLD-29: the first probe after one RTO, one byte of new text.
TEST_F(Persist, Probe_IsOneByteAfterOneRto) {
    close_window();
    const Instant start = s.now;
    (void)s.fire();
    EXPECT_NEAR(static_cast<double>((s.now - start).count), 200'000, 2'000);
    const auto probes = s.all();
    ASSERT_EQ(probes.size(), 1u);
    EXPECT_EQ(probes[0].text.size(), 1u);
    EXPECT_EQ(probes[0].seq(), 2001u);
}

// SHLD-30: intervals double up to a minute; MUST-37: for ever while the peer answers.
TEST_F(Persist, AnsweredProbes_GoOnForEver) {
    close_window();
    Micros longest{0};
    Instant last = s.now;
    for (int i = 0; i < 200; ++i) {
        (void)s.fire();
        ASSERT_FALSE(s.freed) << "probe " << i;
        longest = std::max(longest, s.now - last);
        last = s.now;
        const auto probes = s.all();
        ASSERT_EQ(probes.size(), 1u);
        EXPECT_EQ(probes[0].seq(), 2001u);
        EXPECT_EQ(probes[0].text.size(), 1u);
        (void)ack(2001, 0);
        EXPECT_EQ(s.all().size(), 0u) << "answers to probes are not duplicate ACKs";
    }
    EXPECT_EQ(longest, seconds(60));
    EXPECT_GT(s.now - kStart, seconds(3 * 3600));
}

// A peer that is silent for R2 is dead, window or not.
TEST_F(Persist, UnansweredProbes_EndAtR2) {
    close_window();
    for (int i = 0; i < 100 && !s.freed; ++i) (void)s.fire(), (void)s.all();
    EXPECT_EQ(s.error, ConnError::aborted);
    EXPECT_GE(s.now - kStart, seconds(300));
    EXPECT_LE(s.now - kStart, seconds(420));
}

// The window opens: the probed byte is sent again with the rest, nothing is skipped.
TEST_F(Persist, OpenWindow_SendsEverything) {
    close_window();
    (void)s.fire(), (void)s.all();
    (void)ack(2001, 10'000);
    std::string sent;
    std::uint32_t seq = 2001;
    for (const Segment& g : s.all()) {
        EXPECT_EQ(g.seq(), seq);
        seq += static_cast<std::uint32_t>(g.text.size());
        sent += g.text;
    }
    EXPECT_TRUE(same_text(sent, pattern(5000)));
    EXPECT_FALSE(has_trait(s.tcb, kTraitPersist));
}

// The peer took the probed byte although its window stays closed.
TEST_F(Persist, ProbedByteAccepted_ProbesTheNext) {
    close_window();
    (void)s.fire(), (void)s.all();
    (void)ack(2002, 0);
    (void)s.fire();
    const auto probes = s.all();
    ASSERT_EQ(probes.size(), 1u);
    EXPECT_EQ(probes[0].seq(), 2002u);
}

// MUST-34: the window shrinks to nothing over text in flight: the connection lives, probes, and goes on
// later.
TEST_F(Persist, ShrunkWindow_IsSurvived) {
    open(plain());
    (void)s.write(pattern(3000));
    EXPECT_EQ(s.all().size(), 3u);
    (void)ack(2001, 0);
    (void)s.fire();
    const auto probes = s.all();
    ASSERT_EQ(probes.size(), 1u);
    EXPECT_EQ(probes[0].seq(), 2001u);
    EXPECT_EQ(probes[0].text.size(), 1u);
    (void)ack(2001, 65535);
    const auto segments = s.all();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0].seq(), 2001u);
    EXPECT_EQ(segments[1].seq(), 3001u);
}

// A FIN into a closed window is probed for like text.
TEST_F(Persist, FinIntoClosedWindow_IsRepeatedForEver) {
    open(plain());
    (void)ack(1001, 0);
    (void)s.shut();
    EXPECT_EQ(s.all().size(), 1u);
    for (int i = 0; i < 30; ++i) {
        (void)s.fire();
        ASSERT_FALSE(s.freed);
        const auto out = s.all();
        for (const Segment& g : out) EXPECT_TRUE(g.fields.has(TcpFlag::fin));
        (void)ack(1001, 0);
        (void)s.all();
    }
    (void)ack(1002, 0);
    EXPECT_EQ(s.state(), State::fin_wait_2);
}

// Nobody waits for an orphan's text: a closed window ends it at R2 even if the peer answers.
TEST_F(Persist, Orphan_DoesNotProbeForEver) {
    close_window();
    (void)s.end();
    for (int i = 0; i < 100 && !s.freed; ++i) {
        (void)s.fire();
        if (s.freed) break;
        (void)s.all();
        (void)ack(2001, 0);
    }
    EXPECT_TRUE(s.freed);
    EXPECT_LE(s.now - kStart, seconds(420));
}

// With R2 = 0 even silence is endured.
TEST_F(Persist, NoUserTimeout_NeverGivesUp) {
    OpenParams p = plain();
    p.user_timeout = Micros{0};
    close_window(p);
    for (int i = 0; i < 100; ++i) {
        (void)s.fire(), (void)s.all();
        ASSERT_FALSE(s.freed);
    }
}

// Sequence numbers cross zero within one packet.
TEST(OutputWrap, TextAcrossZero_IsNumberedRight) {
    Side s;
    s.establish(plain(0xffff'fff0), 100);
    const std::string text = pattern(300);
    (void)s.write(text, 300);
    std::string sent;
    std::uint32_t seq = 0xffff'fff1;
    for (const Segment& g : s.all()) {
        EXPECT_EQ(g.seq(), seq);
        seq += static_cast<std::uint32_t>(g.text.size());
        sent += g.text;
    }
    EXPECT_TRUE(same_text(sent, text));
    (void)s.in(segment(kAck, 5001, seq));
    EXPECT_EQ(s.pool.outstanding(), 0);
}

// --- a carrier that cuts text into segments -------------------------------------------------------------

class OutputCut : public Output {
  protected:
    OutputCut() {
        s.cut_bytes = 65455;
        s.cut_pieces = 40;
    }
    /// The next text and how it is cut.
    void expect_out(std::size_t bytes, std::uint32_t segment_bytes) {
        const auto g = s.out();
        ASSERT_TRUE(g.has_value());
        EXPECT_EQ(g->text.size(), bytes);
        EXPECT_EQ(s.segment_bytes, segment_bytes);
    }
};

// Whole segments come at once, the rest by itself, where Nagle has a say in it; PSH stands on the last byte.
TEST_F(OutputCut, WholeSegmentsComeAtOnce_TheRestByItself) {
    open(nagle());
    (void)s.write(pattern(3500), 600);
    const auto first = s.out();
    ASSERT_TRUE(first.has_value());
    EXPECT_TRUE(same_text(first->text, pattern(3500).substr(0, 3000)));
    EXPECT_EQ(s.segment_bytes, 1000u);
    EXPECT_FALSE(first->fields.has(TcpFlag::psh));
    EXPECT_FALSE(s.out()) << "a small segment waits for an ACK (MUST-17)";
    (void)ack(4001);
    const auto rest = s.out();
    ASSERT_TRUE(rest.has_value());
    EXPECT_EQ(rest->text.size(), 500u);
    EXPECT_EQ(s.segment_bytes, 0u);
    EXPECT_TRUE(rest->fields.has(TcpFlag::psh));
}

// PSH and FIN go with the last of the segments when they end the text.
TEST_F(OutputCut, FinGoesWithTheLastSegment) {
    open(plain());
    (void)s.write(pattern(3000), 600);
    (void)s.shut();
    const auto g = s.out();
    ASSERT_TRUE(g.has_value());
    EXPECT_EQ(g->text.size(), 3000u);
    EXPECT_TRUE(g->fields.has(TcpFlag::psh));
    EXPECT_TRUE(g->fields.has(TcpFlag::fin));
    (void)ack(4002);
    EXPECT_EQ(s.pool.outstanding(), 0);
    EXPECT_EQ(s.flight(), 0u);
}

// Windows bound what is cut as they bound segments.
TEST_F(OutputCut, WindowsBoundIt) {
    open(plain(), 1000, 2500);
    (void)s.write(pattern(9000), 9000);
    expect_out(2000, 1000);
    EXPECT_FALSE(s.out()) << "500 bytes of window are no full segment (MUST-38)";
    (void)ack(3001, 8000);
    expect_out(7000, 1000);
}

// A carrier's bounds: bytes, packets, and packets too small for a few of them to hold a segment.
TEST_F(OutputCut, CarrierBoundsIt) {
    open(plain());
    s.cut_bytes = 3999;
    (void)s.write(pattern(5000), 5000);
    expect_out(3000, 1000);
    expect_out(2000, 1000);
    (void)ack(6001);
    s.cut_bytes = 65455;
    s.cut_pieces = 4;
    (void)s.write(pattern(3000), 600);
    expect_out(2000, 1000);
    expect_out(1000, 0);
    (void)ack(9001);
    s.cut_pieces = 40;
    (void)s.write(pattern(3000), 249);
    for (int i = 0; i < 3; ++i) expect_out(1000, 0);
    (void)ack(12001);
    (void)s.write(pattern(2500), 250);
    expect_out(2000, 1000);
}

// One frame becomes 48 segments at most.
TEST_F(OutputCut, SegmentsAreCounted) {
    open(plain(), 500);
    s.tcb.send.cwnd_bytes = 60000;
    (void)s.write(pattern(30000), 2000);
    s.tcb.send.cwnd_bytes = 60000;
    expect_out(24000, 500);
    expect_out(6000, 500);
}

// Devices refuse to cut very small segments.
TEST_F(OutputCut, SmallSegmentsAreNotCut) {
    open(plain(), 255);
    (void)s.write(pattern(1020), 1020);
    for (int i = 0; i < 4; ++i) expect_out(255, 0);
}

// What is sent again goes a segment at a time.
TEST_F(OutputCut, RetransmissionsAreSingleSegments) {
    open(plain());
    (void)s.write(pattern(5000), 5000);
    expect_out(5000, 1000);
    (void)s.fire();
    expect_out(1000, 0);
    (void)ack(2001);
    expect_out(1000, 0);
    expect_out(1000, 0);
}

// RFC 6298 §3: what is measured is one segment, the first.
TEST_F(OutputCut, FirstSegmentIsTimed) {
    open(plain());
    (void)s.write(pattern(4000), 4000);
    expect_out(4000, 1000);
    EXPECT_EQ(s.tcb.time.rtt_seq.value, 2001u);
}

// Empty SEND is nothing.
TEST_F(Output, EmptySend_IsNothing) {
    open(plain());
    EXPECT_EQ(s.write("").bits, 0u);
    EXPECT_FALSE(s.out());
}

}  // namespace
}  // namespace ringsock::tcp::testing
