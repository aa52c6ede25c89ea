// SPDX-License-Identifier: BSD-3-Clause
// Fuzz target for wire/parse_frame and wire/build_frame. The first byte of the input says how (kRepair..),
// the rest is a frame. Properties: total; offsets inside the frame; verdicts on checksums equal those of the
// definition (RFC 1071); padding changes nothing; what can be built from the result is parsed to the same
// result.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz_check.h"
#include "wire/build_frame.h"
#include "wire/parse_frame.h"
#include "wire/tcp_header.h"
#include "wire/udp.h"

namespace ringsock {
namespace {

using Bytes = std::vector<std::byte>;

/// Bits of the first byte: mend the checksums before parsing (or random bytes would hardly get past them).
constexpr unsigned kRepairIpv4 = 1, kRepairL4 = 2;

/// RFC 1071 by its definition, not complemented.
std::uint16_t naive_sum(std::span<const std::byte> bytes, std::uint64_t sum) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += std::to_integer<std::uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

/// The definition's sum over what layer 4 of `p` protects; 0xffff when intact.
std::uint16_t l4_sum(std::span<const std::byte> frame, const ParsedFrame& p) {
    std::size_t length = p.datagram_length - std::size_t{p.ipv4_header_length};
    if (p.kind == FrameKind::ipv4_udp) length = p.payload_length + kUdpHeaderBytes;
    std::uint64_t pseudo = 0;
    if (p.kind != FrameKind::ipv4_icmp)
        pseudo = naive_sum(frame.subspan(p.l3_offset + Ipv4View::kSourceAt, 8), 0) + p.protocol + length;
    return naive_sum(frame.subspan(p.l4_offset, length), pseudo);
}

/// Writes right checksums wherever the frame has room for them.
void repair(Bytes& frame, unsigned how) {
    const ParseRules none{.verify_ipv4_checksum = false, .verify_l4_checksum = false};
    ParsedFrame p = parse_frame(frame, none);
    if (p.datagram_length == 0) return;
    if ((how & kRepairIpv4) != 0) {
        std::byte* field = frame.data() + p.l3_offset + Ipv4View::kChecksumAt;
        store_be<std::uint16_t>(field, 0);
        const auto header = std::span{frame}.subspan(p.l3_offset, p.ipv4_header_length);
        store_be(field, static_cast<std::uint16_t>(~naive_sum(header, 0)));
    }
    if ((how & kRepairL4) == 0) return;
    std::size_t at = 0;
    if (p.kind == FrameKind::ipv4_tcp) at = TcpView::kChecksumAt;
    if (p.kind == FrameKind::ipv4_udp) at = UdpView::kChecksumAt;
    if (p.kind == FrameKind::ipv4_icmp || p.drop == DropReason::icmp_checksum_bad) {
        at = Icmpv4View::kChecksumAt;
        p.kind = FrameKind::ipv4_icmp;
    }
    if (at == 0) return;
    store_be<std::uint16_t>(frame.data() + p.l4_offset + at, 0);
    store_be(frame.data() + p.l4_offset + at, static_cast<std::uint16_t>(~l4_sum(frame, p)));
}

bool is_same(const TcpFields& a, const TcpFields& b) {
    bool same = a.source == b.source && a.destination == b.destination && a.seq == b.seq && a.ack == b.ack &&
                a.window == b.window && a.urgent_pointer == b.urgent_pointer && a.flags == b.flags &&
                a.options == b.options && a.mss == b.mss && a.window_scale == b.window_scale &&
                a.ts_value == b.ts_value && a.ts_echo == b.ts_echo && a.sack_count == b.sack_count;
    for (std::size_t i = 0; same && i < a.sack_count; ++i)
        same = a.sack[i].left == b.sack[i].left && a.sack[i].right == b.sack[i].right;
    return same;
}

void check_shape(std::span<const std::byte> frame, const ParsedFrame& p) {
    FUZZ_CHECK((p.kind == FrameKind::dropped) == (p.drop != DropReason::none));
    FUZZ_CHECK(name_of(p.kind) != "unknown");
    FUZZ_CHECK(name_of(p.drop) != "unknown");
    FUZZ_CHECK(p.l3_offset <= frame.size());
    FUZZ_CHECK(p.l4_offset <= frame.size());
    FUZZ_CHECK(std::size_t{p.payload_offset} + p.payload_length <= frame.size());
    FUZZ_CHECK(std::size_t{p.datagram_length} + p.l3_offset <= frame.size());
    FUZZ_CHECK(p.tcp.sack_count <= 4);
    FUZZ_CHECK(!p.tcp.has_option(kOptWindowScale) || p.tcp.window_scale <= 14);
    if (p.kind != FrameKind::ipv4_icmp) return;
    const QuotedDatagram quoted = read_quoted_datagram(frame.subspan(p.payload_offset, p.payload_length));
    FUZZ_CHECK(quoted.is_valid || quoted.source_port == Port{});
}

/// Accepted means intact by the definition, and parsing without verification finds the same.
void check_checksums(std::span<const std::byte> frame, const ParsedFrame& verified,
                     const ParsedFrame& trusted) {
    if (verified.datagram_length != 0)
        FUZZ_CHECK(naive_sum(frame.subspan(verified.l3_offset, verified.ipv4_header_length), 0) == 0xffff);
    switch (verified.drop) {
        case DropReason::none:
            FUZZ_CHECK(trusted.kind == verified.kind);
            FUZZ_CHECK(trusted.payload_offset == verified.payload_offset);
            FUZZ_CHECK(trusted.payload_length == verified.payload_length);
            FUZZ_CHECK(is_same(trusted.tcp, verified.tcp));
            break;
        case DropReason::tcp_checksum_bad:
        case DropReason::udp_checksum_bad:
            FUZZ_CHECK(trusted.drop == DropReason::none);
            FUZZ_CHECK(l4_sum(frame, trusted) != 0xffff);
            return;
        case DropReason::ipv4_checksum_bad:
            return;
        default:
            FUZZ_CHECK(trusted.drop == verified.drop);
            return;
    }
    const bool has_l4_sum =
        verified.kind == FrameKind::ipv4_tcp || verified.kind == FrameKind::ipv4_icmp ||
        (verified.kind == FrameKind::ipv4_udp && UdpView{frame.data() + verified.l4_offset}.checksum() != 0);
    if (has_l4_sum) FUZZ_CHECK(l4_sum(frame, verified) == 0xffff);
}

/// A frame built from the fields is parsed to the same fields.
void check_rebuild(std::span<const std::byte> frame, const ParsedFrame& p) {
    if (p.kind != FrameKind::ipv4_tcp || p.tcp.has_option(kOptMalformed)) return;
    const auto payload = frame.subspan(p.payload_offset, p.payload_length);
    if (payload.size() + kIpv4HeaderBytes + kMaxTcpHeaderBytes > kMaxIpv4Bytes) return;
    // SACK beside MSS or window scale may not fit in our layout: four blocks next to 20 bytes of options.
    if (p.tcp.sack_count > 1 && (p.tcp.options & (kOptMss | kOptWindowScale | kOptSackPermitted)) != 0)
        return;
    PayloadSum sum{.length = static_cast<std::uint32_t>(payload.size()), .sum = {}};
    const std::size_t odd_part = payload.size() / 3;
    sum.sum.add(payload.first(odd_part));
    sum.sum.add(payload.subspan(odd_part));
    const LinkHeader link = LinkHeader::ethernet({}, {}, EtherType::ipv4);
    const Ipv4Fields ip{.source = p.source,
                        .destination = p.destination,
                        .id = p.ipv4_id,
                        .ttl = p.ttl,
                        .tos = p.tos,
                        .dont_fragment = p.has_dont_fragment()};
    std::array<std::byte, kHeaderRoomBytes> room;
    const HeaderLengths lengths = build_tcp_ipv4(room, link, ip, p.tcp, sum, {});
    Bytes again(room.begin(), room.begin() + lengths.total());
    again.insert(again.end(), payload.begin(), payload.end());
    const ParsedFrame q = parse_frame(again, {});
    FUZZ_CHECK(q.kind == FrameKind::ipv4_tcp);
    FUZZ_CHECK(q.source == p.source && q.destination == p.destination && q.ttl == p.ttl && q.tos == p.tos);
    FUZZ_CHECK(q.payload_length == p.payload_length);
    FUZZ_CHECK(is_same(q.tcp, p.tcp));
}

void run(unsigned how, Bytes frame) {
    if (how != 0) repair(frame, how);
    const ParsedFrame verified = parse_frame(frame, {});
    const ParsedFrame trusted =
        parse_frame(frame, {.verify_ipv4_checksum = false, .verify_l4_checksum = false});
    check_shape(frame, verified);
    check_shape(frame, trusted);
    check_checksums(frame, verified, trusted);
    check_rebuild(frame, verified);
    if (verified.datagram_length == 0) return;
    Bytes padded = frame;  // Bytes behind the total length are nobody's.
    padded.resize(frame.size() + 7, std::byte{0xa5});
    const ParsedFrame same = parse_frame(padded, {});
    FUZZ_CHECK(same.kind == verified.kind && same.drop == verified.drop);
    FUZZ_CHECK(same.payload_length == verified.payload_length && is_same(same.tcp, verified.tcp));
}

}  // namespace
}  // namespace ringsock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    ringsock::run(data[0] & 3u,
                  std::vector<std::byte>(bytes + 1, bytes + size));  // A block of exactly the size.
    return 0;
}
