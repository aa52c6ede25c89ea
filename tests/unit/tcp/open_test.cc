// SPDX-License-Identifier: BSD-3-Clause
// OPEN (RFC 9293 §3.10.1), the options of SYNs (§3.2, §3.7.1, RFC 7323, RFC 2018), initial numbers (§3.4.1).
#include "harness.h"
#include "tcp/iss.h"

namespace ringsock::tcp::testing {
namespace {

constexpr unsigned kSyn = TcpFlag::syn, kSynAck = TcpFlag::syn | TcpFlag::ack;

// Active OPEN: one SYN with ISS, unscaled window and all offered options; nothing else.
TEST(OpenActive, Syn_CarriesEverythingOffered) {
    Side s;
    OpenParams p = plain();
    p.flags = kOpenTimestamps | kOpenWindowScale | kOpenSack;
    p.receive_buffer = 1 << 20;
    p.mss = 1460;
    p.ts_offset = 77;
    const Effects e = s.open(p);
    EXPECT_EQ(e.bits, kEffectOutputDue | kEffectDeadlineMoved);
    EXPECT_EQ(s.state(), State::syn_sent);
    const auto syn = s.out();
    ASSERT_TRUE(syn);
    EXPECT_TRUE(syn->is(kSyn));
    EXPECT_EQ(syn->seq(), 1000u);
    EXPECT_EQ(syn->fields.source.value, 40000);
    EXPECT_EQ(syn->fields.destination.value, 80);
    EXPECT_EQ(syn->fields.window, 65535);
    EXPECT_EQ(syn->fields.options, kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps);
    EXPECT_EQ(syn->fields.mss, 1460);
    EXPECT_EQ(syn->fields.window_scale, 5);  // 2^20 >> 5 = 32768 is the first that fits 65535.
    EXPECT_EQ(syn->fields.ts_value, tick_of(kStart) + 77);
    EXPECT_EQ(syn->fields.ts_echo, 0u);
    EXPECT_FALSE(s.out());
}

// Options that are off are not sent (MSS always is, MUST-14).
TEST(OpenActive, SynWithoutOptions_HasOnlyMss) {
    Side s;
    (void)s.open(plain());
    EXPECT_EQ(s.out()->fields.options, kOptMss);
}

// MUST-65: no segment but a SYN carries an MSS; MUST-67: the advertised one is not reduced by options.
TEST(OpenActive, Mss_IsOnSynsOnlyAndWhole) {
    Side s;
    OpenParams p = plain();
    p.flags = kOpenTimestamps | kOpenSack | kOpenWindowScale | kOpenNagleOff;
    p.mss = 8960;
    (void)s.open(p);
    EXPECT_EQ(s.out()->fields.mss, 8960);
    (void)s.in(with_ts(with_mss(segment(kSynAck, 5000, 1001), 1460), 1));
    (void)s.write(pattern(5000));
    (void)s.shut();
    for (const Segment& g : s.all()) EXPECT_FALSE(g.fields.has_option(kOptMss));
}

// MUST-1: the largest window there is, 65535 << 14, is a number like any other.
TEST(OpenActive, LargestWindow_IsUnsigned) {
    Side s;
    OpenParams p = plain();
    p.flags |= kOpenWindowScale;
    (void)s.open(p), (void)s.out();
    (void)s.in(with_scale(segment(kSynAck, 5000, 1001), 14));
    (void)s.in(segment(TcpFlag::ack, 5001, 1001, 65535));
    EXPECT_EQ(s.tcb.arrive.snd_wnd, 65535u << 14);
    (void)s.write("x");
    EXPECT_EQ(s.all().size(), 1u);
}

// MUST-14, MUST-16: the send MSS is the smallest of peer's MSS and our cap, less the options of every
// segment.
TEST(OpenActive, SendMss_IsMinimumLessOptions) {
    Side s;
    OpenParams p = plain();
    p.flags |= kOpenTimestamps;
    p.send_mss_cap = 1400;
    (void)s.open(p);
    (void)s.out();
    (void)s.in(with_ts(with_mss(segment(kSynAck, 5000, 1001), 9000), 1, 2));
    EXPECT_EQ(s.tcb.time.snd_mss, 1400 - 12);
}

// MUST-15: no MSS option means 536 (IPv4) or 1220 (IPv6).
TEST(OpenActive, NoMssOption_MeansDefault) {
    Side v4;
    (void)v4.open(plain());
    (void)v4.out();
    (void)v4.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(v4.tcb.time.snd_mss, 536);
    Side v6;
    OpenParams p = plain();
    p.flags |= kOpenIpv6;
    (void)v6.open(p);
    (void)v6.out();
    (void)v6.in(segment(kSynAck, 5000, 1001));
    EXPECT_EQ(v6.tcb.time.snd_mss, 1220);
}

// A hostile MSS of zero does not make segments of nothing.
TEST(OpenActive, TinyMss_IsRaisedToAFloor) {
    Side s;
    (void)s.open(plain());
    (void)s.out();
    (void)s.in(with_mss(segment(kSynAck, 5000, 1001), 0));
    EXPECT_EQ(s.tcb.time.snd_mss, kMinSendMss);
}

// RFC 7323 §2.2: scaling holds only if both sides sent the option; then windows are scaled both ways.
TEST(OpenActive, WindowScale_NeedsBothSides) {
    OpenParams p = plain();
    p.flags |= kOpenWindowScale;
    p.receive_buffer = 256 * 1024;
    Side both, alone;
    (void)both.open(p), (void)both.out();
    (void)both.in(with_scale(segment(kSynAck, 5000, 1001, 1000), 4));
    EXPECT_EQ(both.tcb.arrive.snd_wnd, 1000u) << "windows of SYNs are never scaled";
    EXPECT_EQ(both.out()->fields.window, 256 * 1024 >> 3);
    (void)both.in(segment(TcpFlag::ack, 5001, 1001, 1000));
    EXPECT_EQ(both.tcb.arrive.snd_wnd, 16'000u);
    (void)alone.open(p), (void)alone.out();
    (void)alone.in(segment(kSynAck, 5000, 1001, 1000));
    EXPECT_EQ(alone.out()->fields.window, 65535);
    (void)alone.in(segment(TcpFlag::ack, 5001, 1001, 999));
    EXPECT_EQ(alone.tcb.arrive.snd_wnd, 999u);
}

// RFC 7323 §2.3: a shift above 14 counts as 14.
TEST(OpenActive, ShiftAbove14_IsTakenAs14) {
    Side s;
    OpenParams p = plain();
    p.flags |= kOpenWindowScale;
    (void)s.open(p), (void)s.out();
    (void)s.in(with_scale(segment(kSynAck, 5000, 1001), 15));
    EXPECT_EQ(snd_wscale(s.tcb), 14);
}

// Passive OPEN: SYN,ACK acknowledges the SYN, offers only what the SYN offered.
TEST(OpenPassive, SynAck_AnswersWhatWasOffered) {
    Side s;
    OpenParams p = plain();
    p.flags = kOpenTimestamps | kOpenWindowScale | kOpenSack;
    (void)s.accept(p, with_ts(with_mss(segment(kSyn, 5000, 0), 1000), 4242));
    EXPECT_EQ(s.state(), State::syn_received);
    const auto answer = s.out();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->is(kSynAck));
    EXPECT_EQ(answer->seq(), 1000u);
    EXPECT_EQ(answer->ack(), 5001u);
    EXPECT_EQ(answer->fields.options, kOptMss | kOptTimestamps);
    EXPECT_EQ(answer->fields.ts_echo, 4242u);
    EXPECT_FALSE(s.out());
    (void)s.in(with_ts(segment(TcpFlag::ack, 5001, 1001), 4243, 1));
    EXPECT_EQ(s.state(), State::established);
    EXPECT_TRUE(s.saw(kEffectEstablished));
    EXPECT_EQ(s.tcb.time.snd_mss, 1000 - 12);
    EXPECT_FALSE(s.out()) << "nothing to say";
}

// The engine's own fields and the cold block survive an open; everything of an older connection is gone.
TEST(Open, RecycledTcb_StartsFresh) {
    Side s;
    s.tcb.arrive.self = 7;
    s.tcb.arrive.ready_next = 8;
    s.tcb.time.socket = SocketId{9, 10};
    s.establish();
    (void)s.write("old text");
    (void)s.all();
    (void)s.in(segment(TcpFlag::ack, 5001 + 100, 1001, 65535, "out of order"));
    (void)s.end(true);
    (void)s.all();
    EXPECT_TRUE(s.freed);
    s.freed = false;
    (void)s.open(plain(77));
    EXPECT_EQ(s.tcb.arrive.self, 7u);
    EXPECT_EQ(s.tcb.arrive.ready_next, 8u);
    EXPECT_EQ(s.tcb.time.socket, (SocketId{9, 10}));
    EXPECT_EQ(s.tcb.deliver.gap_head, nullptr);
    EXPECT_EQ(queued_bytes(s.tcb), 0u);
    EXPECT_EQ(unread_bytes(s.tcb), 0u);
    EXPECT_EQ(s.out()->seq(), 77u);
}

// LISTEN (§3.10.7.2): RST is dropped, ACK is reset, SYN opens, anything else is dropped.
TEST(Listen, Verdicts_FollowTheFourChecks) {
    TcpFields reset;
    EXPECT_EQ(judge_listen(segment(TcpFlag::rst, 1, 2).fields, 0, reset), ListenVerdict::drop);
    EXPECT_EQ(judge_listen(segment(TcpFlag::rst | TcpFlag::syn, 1, 2).fields, 0, reset), ListenVerdict::drop);
    EXPECT_EQ(judge_listen(segment(TcpFlag::ack, 1, 99).fields, 0, reset), ListenVerdict::reset);
    EXPECT_EQ(reset.seq, SeqNum{99});
    EXPECT_EQ(reset.flags, TcpFlag::rst);
    EXPECT_EQ(judge_listen(segment(kSynAck, 1, 99).fields, 0, reset), ListenVerdict::reset);
    EXPECT_EQ(judge_listen(segment(kSyn, 1, 0).fields, 0, reset), ListenVerdict::open);
    EXPECT_EQ(judge_listen(segment(TcpFlag::fin, 1, 0).fields, 0, reset), ListenVerdict::drop);
    EXPECT_EQ(judge_listen(segment(0, 1, 0).fields, 10, reset), ListenVerdict::drop);
}

// §3.4.1 (MUST-8): the clock part advances one number every 4 us; the timestamp offset stands still.
TEST(Iss, SameTuple_GrowsWithTheClock) {
    const SipKey secret{1, 2};
    const InitialNumbers a = initial_numbers(secret, kKey, Family::ipv4, Instant{1'000'000});
    const InitialNumbers b = initial_numbers(secret, kKey, Family::ipv4, Instant{1'004'000});
    EXPECT_EQ(distance(a.iss, b.iss), 1000u);
    EXPECT_EQ(a.ts_offset, b.ts_offset);
}

// MUST-9: another tuple or another secret gives unrelated numbers.
TEST(Iss, OtherTupleOrSecret_IsUnrelated) {
    const Instant now{5};
    FlowKey other = kKey;
    other.local_port = Port{40001};
    const auto base = initial_numbers({1, 2}, kKey, Family::ipv4, now);
    EXPECT_NE(base.iss, initial_numbers({1, 2}, other, Family::ipv4, now).iss);
    EXPECT_NE(base.iss, initial_numbers({1, 3}, kKey, Family::ipv4, now).iss);
    EXPECT_NE(base.iss, initial_numbers({1, 2}, kKey, Family::ipv6, now).iss);
    EXPECT_NE(base.ts_offset, initial_numbers({1, 2}, other, Family::ipv4, now).ts_offset);
}

}  // namespace
}  // namespace ringsock::tcp::testing
