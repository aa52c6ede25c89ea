// SPDX-License-Identifier: BSD-3-Clause
// The simulated NIC (sim/device_work.h): what it makes of a frame are good frames with the right text.
#include "sim/device_work.h"

#include <gtest/gtest.h>

#include "packet/tx_frame.h"
#include "wire/build_frame.h"
#include "wire/parse_frame.h"

namespace ringsock::sim {
namespace {

using Bytes = std::vector<std::byte>;

constexpr FrameLayers kLayers{14, 20, 20};

/// A frame with `text_bytes` of text and its checksums left as TxOffload says.
Bytes frame_of(std::size_t text_bytes, bool cut, unsigned flags) {
    std::array<std::byte, kHeaderRoomBytes> room{};
    TcpFields tcp;
    tcp.source = Port{1000};
    tcp.destination = Port{2000};
    tcp.seq = SeqNum{0xffff'ff00};
    tcp.ack = SeqNum{77};
    tcp.flags = static_cast<std::uint8_t>(flags);
    tcp.window = 500;
    PayloadSum payload;
    payload.length = static_cast<std::uint32_t>(text_bytes);
    const LinkHeader link = LinkHeader::ethernet({{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}, EtherType::ipv4);
    const Ipv4Fields ip{Ipv4::of(10, 0, 0, 1), Ipv4::of(10, 0, 0, 2), 0xfffe};
    const BuildRules rules{.device_l4_checksum = true};
    const HeaderLengths lengths = build_tcp_ipv4(HeaderRoom{room}, link, ip, tcp, payload, rules);
    EXPECT_EQ(lengths, (HeaderLengths{14, 20, 20}));
    if (cut) leave_length_to_device(HeaderRoom{room}, lengths, ip);
    Bytes frame(room.begin(), room.begin() + lengths.total());
    for (std::size_t i = 0; i < text_bytes; ++i) frame.push_back(static_cast<std::byte>(i * 13 + i / 256));
    return frame;
}

// Rule: the parser, which verifies both checksums, takes the completed frame.
TEST(DeviceWork, CompletedFrame_IsGood) {
    for (const std::size_t text : {0u, 1u, 1447u}) {
        Bytes frame = frame_of(text, false, TcpFlag::ack);
        complete_tcp(frame, kLayers);
        const ParsedFrame p = parse_frame(frame, {});
        ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
        EXPECT_EQ(p.payload_length, text);
    }
}

// Rule: segments carry the text in order, numbered across zero, with the flags where they belong.
TEST(DeviceWork, CutFrame_IsGoodSegments) {
    for (const std::size_t text : {1001u, 2000u, 65455u}) {
        const Bytes frame = frame_of(text, true, TcpFlag::ack | TcpFlag::psh | TcpFlag::fin);
        std::vector<Bytes> segments;
        const std::uint64_t made =
            cut_tcp(frame, kLayers, 1000, [&](Bytes&& segment) { segments.push_back(std::move(segment)); });
        ASSERT_EQ(made, segments.size());
        ASSERT_EQ(segments.size(), (text + 999) / 1000);
        Bytes got;
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const ParsedFrame p = parse_frame(segments[i], {});
            ASSERT_EQ(p.kind, FrameKind::ipv4_tcp) << name_of(p.drop);
            EXPECT_EQ(p.tcp.seq, SeqNum{0xffff'ff00} + static_cast<std::uint32_t>(got.size()));
            EXPECT_EQ(p.ipv4_id, static_cast<std::uint16_t>(0xfffe + i));
            const bool last = i + 1 == segments.size();
            EXPECT_EQ(p.tcp.has(TcpFlag::psh), last);
            EXPECT_EQ(p.tcp.has(TcpFlag::fin), last);
            EXPECT_TRUE(p.tcp.has(TcpFlag::ack));
            got.insert(got.end(), segments[i].begin() + p.payload_offset,
                       segments[i].begin() + p.payload_offset + p.payload_length);
        }
        EXPECT_TRUE(std::equal(got.begin(), got.end(), frame.begin() + 54, frame.end()));
    }
}

}  // namespace
}  // namespace ringsock::sim
