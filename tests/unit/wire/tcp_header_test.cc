// SPDX-License-Identifier: BSD-3-Clause
// wire/tcp_header: RFC 9293 §3.1.
#include "wire/tcp_header.h"

#include <gtest/gtest.h>

#include <array>

#include "frames.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;

/// The TCP part of a frame with a plain Ethernet and IPv4 header.
Bytes segment_of(std::string_view frame) {
    const Bytes bytes = hex(frame);
    return Bytes(bytes.begin() + 34, bytes.end());
}

// RFC 9293 §3.1: all fields of a kernel's segments.
TEST(TcpHeader, SegmentsOfKernel_AreRead) {
    TcpFields f;
    ASSERT_EQ(read_tcp_header(segment_of(test::kSyn), f), 40u);
    EXPECT_EQ(f.source.value, 41914);
    EXPECT_EQ(f.destination.value, 80);
    EXPECT_EQ(f.seq.value, 0xee5b56d8u);
    EXPECT_EQ(f.ack.value, 0u);
    EXPECT_EQ(f.flags, TcpFlag::syn);
    EXPECT_EQ(f.window, 64240);
    EXPECT_EQ(f.urgent_pointer, 0);
    EXPECT_EQ(f.mss, 1460);
    ASSERT_EQ(read_tcp_header(segment_of(test::kDataWithTwoSacks), f), 52u);
    EXPECT_EQ(f.flags, TcpFlag::psh | TcpFlag::ack);
    EXPECT_EQ(f.ack.value, 5001u);
    EXPECT_EQ(f.window, 63);
    EXPECT_EQ(f.options, kOptTimestamps | kOptSack);
    ASSERT_EQ(read_tcp_header(segment_of(test::kRefusal), f), 20u);
    EXPECT_EQ(f.flags, TcpFlag::rst | TcpFlag::ack);
    EXPECT_EQ(f.options, 0) << "Options of an earlier use must not stay.";
}

// A data offset below 5 or past the end, and every cut below the header's end, is refused.
TEST(TcpHeader, OffsetThatLies_IsRefused) {
    TcpFields f;
    for (unsigned words = 0; words < 16; ++words) {
        Bytes segment = segment_of(test::kSyn);  // 40 bytes.
        segment[12] = static_cast<std::byte>(words << 4 | 0x0f);
        EXPECT_EQ(read_tcp_header(segment, f), words >= 5 && words <= 10 ? words * 4 : 0u) << words;
    }
    const Bytes whole = segment_of(test::kSyn);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        EXPECT_EQ(read_tcp_header(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)), f),
                  0u)
            << cut;
}

// RFC 9293 §3.1: reserved bits must be ignored on receipt and sent as zero.
TEST(TcpHeader, ReservedBits_AreIgnored) {
    Bytes segment = segment_of(test::kAck);
    segment[12] |= std::byte{0x0f};
    TcpFields f;
    ASSERT_EQ(read_tcp_header(segment, f), 32u);
    std::array<std::byte, kMaxTcpHeaderBytes> room;
    EXPECT_EQ(write_tcp_header(room, f).length, 32u);
    EXPECT_EQ(room[12], std::byte{0x80});
}

// What a kernel sent is written again byte for byte (checksum zero), and its sum is the sum of its bytes.
TEST(TcpHeader, SegmentsOfKernel_AreWrittenIdentically) {
    for (const auto frame : {test::kSyn, test::kAck, test::kAckWithSack, test::kDataWithTwoSacks,
                             test::kFinWithTwoSacks, test::kRefusal}) {
        Bytes segment = segment_of(frame);
        TcpFields f;
        const std::size_t length = read_tcp_header(segment, f);
        segment.resize(length);
        store_be<std::uint16_t>(&segment[TcpView::kChecksumAt], 0);
        std::array<std::byte, kMaxTcpHeaderBytes> room;
        room.fill(std::byte{0xee});
        const WrittenTcpHeader written = write_tcp_header(room, f);
        EXPECT_EQ(Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written.length)), segment);
        EXPECT_EQ(written.sum.sum().host(), test::naive_sum(segment));
        EXPECT_FALSE(written.sum.is_odd());
    }
}

// Random fields, every set of options: written, summed and read back; nothing behind the header is touched.
TEST(TcpHeader, RandomFields_SurviveRoundTrip) {
    test::Random random{10};
    for (int round = 0; round < 20000; ++round) {
        TcpFields f;
        f.source = Port{static_cast<std::uint16_t>(random.next())};
        f.destination = Port{static_cast<std::uint16_t>(random.next())};
        f.seq = SeqNum{static_cast<std::uint32_t>(random.next())};
        f.ack = SeqNum{static_cast<std::uint32_t>(random.next())};
        f.window = static_cast<std::uint16_t>(random.next());
        f.urgent_pointer = static_cast<std::uint16_t>(random.next());
        f.flags = static_cast<std::uint8_t>(random.next());
        f.options =
            static_cast<std::uint8_t>(random.next());  // The malformed bit and unknown bits write nothing.
        f.mss = static_cast<std::uint16_t>(random.next());
        f.window_scale = static_cast<std::uint8_t>(random.below(15));
        f.sack_count = static_cast<std::uint8_t>(random.below(5));
        f.ts_value = static_cast<std::uint32_t>(random.next());
        f.ts_echo = static_cast<std::uint32_t>(random.next());
        std::array<std::byte, kMaxTcpHeaderBytes> room;
        room.fill(std::byte{0xee});
        const WrittenTcpHeader written = write_tcp_header(room, f);
        const Bytes bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written.length));
        for (std::size_t i = written.length; i < room.size(); ++i) ASSERT_EQ(room[i], std::byte{0xee});
        ASSERT_EQ(written.sum.sum().host(), test::naive_sum(bytes));
        TcpFields back;
        ASSERT_EQ(read_tcp_header(bytes, back), written.length);
        ASSERT_EQ(back.source, f.source);
        ASSERT_EQ(back.destination, f.destination);
        ASSERT_EQ(back.seq, f.seq);
        ASSERT_EQ(back.ack, f.ack);
        ASSERT_EQ(back.window, f.window);
        ASSERT_EQ(back.urgent_pointer, f.urgent_pointer);
        ASSERT_EQ(back.flags, f.flags);
        const auto plain =
            static_cast<std::uint8_t>(kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps);
        ASSERT_EQ(back.options & plain, f.options & plain);
        if (f.has_option(kOptMss)) {
            ASSERT_EQ(back.mss, f.mss);
        }
        if (f.has_option(kOptWindowScale)) {
            ASSERT_EQ(back.window_scale, f.window_scale);
        }
        if (f.has_option(kOptTimestamps)) {
            ASSERT_EQ(back.ts_echo, f.ts_echo);
        }
    }
}

}  // namespace
}  // namespace ringsock
