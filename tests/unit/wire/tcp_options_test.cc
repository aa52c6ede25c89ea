// SPDX-License-Identifier: BSD-3-Clause
// wire/tcp_options: RFC 9293 §3.2, RFC 7323, RFC 2018; hostile lengths.
#include "wire/tcp_options.h"

#include <gtest/gtest.h>

#include <array>

#include "frames.h"

namespace ringsock {
namespace {

using test::Bytes;
using test::hex;

TcpFields read(std::string_view digits) {
    const Bytes bytes = hex(digits);
    TcpFields fields;
    fields.options = 0xff;  // Must be started anew.
    fields.sack_count = 7;
    read_tcp_options(bytes, fields);
    return fields;
}

// RFC 7323 appendix A: the layout of nearly every segment.
TEST(TcpOptions, NopNopTimestamps_AreRead) {
    const TcpFields f = read("0101080a 71b2156a 000003e8");
    EXPECT_EQ(f.options, kOptTimestamps);
    EXPECT_EQ(f.ts_value, 0x71b2156au);
    EXPECT_EQ(f.ts_echo, 1000u);
    EXPECT_EQ(f.sack_count, 0);
}

// The SYN of Linux, by the fast path, and the same options in another order, by the walk.
TEST(TcpOptions, SynOfLinuxInAnyOrder_IsRead) {
    for (const char* digits :
         {"020405b4 0402080a 71b21569 00000000 0103030a", "03030a 080a71b2156900000000 0402 01 020405b4",
          "0402 020405b4 01 03030a 01 080a71b2156900000000"}) {
        const TcpFields f = read(digits);
        EXPECT_EQ(f.options, kOptMss | kOptSackPermitted | kOptTimestamps | kOptWindowScale) << digits;
        EXPECT_EQ(f.mss, 1460);
        EXPECT_EQ(f.window_scale, 10);
        EXPECT_EQ(f.ts_value, 0x71b21569u);
        EXPECT_EQ(f.ts_echo, 0u);
    }
}

// No options, only padding, and options behind the end mark, which are padding (MUST-69).
TEST(TcpOptions, NothingOrPadding_GivesNothing) {
    for (const char* digits : {"", "01", "01010101", "00000000", "00 020405b4 000000", "00ff"})
        EXPECT_EQ(read(digits).options, 0) << digits;
}

// MUST-6: unknown options are skipped by their length, whatever is in them.
TEST(TcpOptions, UnknownKinds_AreSkipped) {
    const TcpFields f = read("fd06aabbccdd 2202 1e0c00000000000000000000 020405b4");
    EXPECT_EQ(f.options, kOptMss);
    EXPECT_EQ(f.mss, 1460);
}

// MUST-7: length 0 or 1, past the end, or no length byte at all ends the walk; what came before counts.
TEST(TcpOptions, IllegalLength_SetsMalformedAndStops) {
    for (const char* tail :
         {"0200", "0201", "ff00", "ff01", "0205aabb", "08", "080a0000", "ff", "22ff", "0503aa"}) {
        const TcpFields f = read(std::string("020405b4 01") + tail);
        EXPECT_EQ(f.options, kOptMss | kOptMalformed) << tail;
        EXPECT_EQ(f.mss, 1460);
    }
    EXPECT_EQ(read("0300 020405b4").options, kOptMalformed) << "What comes after does not count.";
}

// MUST-7 again: a length that is wrong for a kind we know is illegal even if it stays inside the header.
TEST(TcpOptions, LengthWrongForKnownKind_SetsMalformed) {
    for (const char* digits :
         {"0203aa", "020505b400", "0302", "03040000", "0403aa", "0809000000000000aa0101",
          "080b000000000000000000", "0502", "0509000000000000aa", "050c00000000000000000000"})
        EXPECT_EQ(read(digits).options, kOptMalformed) << digits;
}

// RFC 7323 §2.3: a shift count above 14 is used as 14, by the walk and by the fast path.
TEST(TcpOptions, WindowScaleAboveFourteen_BecomesFourteen) {
    EXPECT_EQ(read("03030e").window_scale, 14);
    EXPECT_EQ(read("03030f").window_scale, 14);
    EXPECT_EQ(read("0303ff").window_scale, 14);
    EXPECT_EQ(read("020405b4 0402080a 71b21569 00000000 010303ff").window_scale, 14);
}

// RFC 2018 §3: one to four blocks of eight bytes; five can only come from a caller with too many bytes.
TEST(TcpOptions, SackBlocks_AreRead) {
    const TcpFields two = read("0101080a 71b2156a 000003e8 01010512 000013b1 000013bb 00001393 0000139d");
    EXPECT_EQ(two.options, kOptTimestamps | kOptSack);
    ASSERT_EQ(two.sack_count, 2);
    EXPECT_EQ(two.sack[0].left.value, 5041u);
    EXPECT_EQ(two.sack[0].right.value, 5051u);
    EXPECT_EQ(two.sack[1].left.value, 5011u);
    EXPECT_EQ(two.sack[1].right.value, 5021u);
    const TcpFields four =
        read("0522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 fffffff8");
    ASSERT_EQ(four.sack_count, 4);
    EXPECT_EQ(four.sack[3].right.value, 0xfffffff8u);
    Bytes five = hex("052a");
    five.resize(42);
    TcpFields fields;
    read_tcp_options(five, fields);
    EXPECT_EQ(fields.options, kOptMalformed);
    EXPECT_EQ(fields.sack_count, 0);
}

// Of an option that comes twice the last one counts.
TEST(TcpOptions, RepeatedOption_LastCounts) {
    EXPECT_EQ(read("020405b4 02040218").mss, 536);
}

// Every cut of a good option list: no byte past the end is looked at (address sanitizer), never more than was
// there.
TEST(TcpOptions, EveryTruncation_IsTotal) {
    const Bytes whole = hex("020405b4 0402080a 71b21569 00000000 0103030a 050a 00000001 00000002");
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
        TcpFields fields;
        read_tcp_options(part, fields);
        const bool whole_options =
            cut == 0 || cut == 4 || cut == 6 || cut == 16 || cut == 17 || cut == 20 || cut == 30;
        EXPECT_EQ(fields.has_option(kOptMalformed), !whole_options) << cut;
        EXPECT_EQ(fields.has_option(kOptSack), cut == 30);
    }
}

// Totality: random bytes of every length; the invariants that tcp relies on hold.
TEST(TcpOptions, RandomBytes_KeepInvariants) {
    test::Random random{8};
    for (int round = 0; round < 100000; ++round) {
        Bytes bytes = random.bytes(random.below(64));
        for (auto& b : bytes)
            if (random.below(2) == 0)
                b = static_cast<std::byte>(random.below(12));  // Likely kinds and lengths.
        TcpFields f;
        read_tcp_options(bytes, f);
        ASSERT_LE(f.sack_count, kMaxSackBlocks);
        ASSERT_EQ(f.sack_count > 0, f.has_option(kOptSack));
        if (f.has_option(kOptWindowScale)) {
            ASSERT_LE(f.window_scale, kMaxWindowScale);
        }
    }
}

struct Written {
    std::array<std::byte, kMaxTcpOptionBytes> room;
    std::size_t length;
    Bytes bytes() const { return Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(length)); }
};
Written write(const TcpFields& fields) {
    Written out;
    out.room.fill(std::byte{0xee});
    out.length = write_tcp_options(out.room, fields);
    return out;
}

// The layouts of Linux, byte for byte.
TEST(TcpOptionsWriter, Layouts_AreThoseOfLinux) {
    TcpFields f;
    EXPECT_EQ(write(f).length, 0u);
    f.mss = 1460;
    f.window_scale = 10;
    f.ts_value = 0x71b21569;
    f.options = kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps;
    EXPECT_EQ(write(f).bytes(), hex("020405b4 0402080a 71b21569 00000000 0103030a"));
    f.options = kOptMss | kOptWindowScale | kOptSackPermitted;
    EXPECT_EQ(write(f).bytes(), hex("020405b4 01010402 0103030a"));
    f.options = kOptMss | kOptTimestamps;
    EXPECT_EQ(write(f).bytes(), hex("020405b4 0101080a 71b21569 00000000"));
    f.options = kOptTimestamps | kOptSack;
    f.sack_count = 2;
    f.sack[0] = {SeqNum{1}, SeqNum{2}};
    f.sack[1] = {SeqNum{3}, SeqNum{4}};
    EXPECT_EQ(write(f).bytes(),
              hex("0101080a 71b21569 00000000 01010512 00000001 00000002 00000003 00000004"));
}

// Forty bytes are never exceeded: SACK blocks that do not fit are left out (RFC 2018 §3: three beside
// timestamps).
TEST(TcpOptionsWriter, TooManySackBlocks_AreLeftOut) {
    TcpFields f;
    f.sack_count = 4;
    f.options = kOptSack;
    EXPECT_EQ(write(f).length, 36u);
    f.options = kOptSack | kOptTimestamps;
    EXPECT_EQ(write(f).length, 40u);
    TcpFields back;
    read_tcp_options(write(f).bytes(), back);
    EXPECT_EQ(back.sack_count, 3);
    f.options = 0xff;
    f.sack_count = 255;
    EXPECT_EQ(write(f).length, 40u);
    f.sack_count = 0;
    f.options = kOptSack;
    EXPECT_EQ(write(f).length, 0u);
}

// Every set of options survives writing and reading, within its room.
TEST(TcpOptionsWriter, EverySetOfOptions_IsReadBack) {
    test::Random random{9};
    for (unsigned set = 0; set < 64; ++set) {
        for (std::uint8_t blocks = 0; blocks <= 4; ++blocks) {
            TcpFields f;
            f.options = static_cast<std::uint8_t>(set);
            f.sack_count = blocks;
            f.mss = static_cast<std::uint16_t>(random.next());
            f.window_scale = static_cast<std::uint8_t>(random.below(40));
            f.ts_value = static_cast<std::uint32_t>(random.next());
            f.ts_echo = static_cast<std::uint32_t>(random.next());
            for (auto& block : f.sack)
                block = {SeqNum{static_cast<std::uint32_t>(random.next())},
                         SeqNum{static_cast<std::uint32_t>(random.next())}};
            const Bytes bytes = write(f).bytes();
            ASSERT_EQ(bytes.size() % 4, 0u);
            ASSERT_LE(bytes.size(), kMaxTcpOptionBytes);
            TcpFields back;
            read_tcp_options(bytes, back);
            const auto plain =
                static_cast<std::uint8_t>(kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps);
            ASSERT_EQ(back.options & plain, f.options & plain);
            ASSERT_FALSE(back.has_option(kOptMalformed));
            if (f.has_option(kOptMss)) {
                ASSERT_EQ(back.mss, f.mss);
            }
            if (f.has_option(kOptWindowScale)) {
                ASSERT_EQ(back.window_scale, std::min<int>(f.window_scale, 14));
            }
            if (f.has_option(kOptTimestamps)) {
                ASSERT_EQ(back.ts_value, f.ts_value);
            }
            if (f.has_option(kOptTimestamps)) {
                ASSERT_EQ(back.ts_echo, f.ts_echo);
            }
            ASSERT_LE(back.sack_count, f.has_option(kOptSack) ? blocks : 0);
            for (std::size_t i = 0; i < back.sack_count; ++i) {
                ASSERT_EQ(back.sack[i].left, f.sack[i].left);
                ASSERT_EQ(back.sack[i].right, f.sack[i].right);
            }
        }
    }
}

}  // namespace
}  // namespace ringsock
