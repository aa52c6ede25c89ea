// SPDX-License-Identifier: BSD-3-Clause
#include "raw_peer.h"

#include <algorithm>
#include <array>

namespace ringsock::testing {

namespace {

PayloadSum sum_of(std::span<const std::byte> payload) {
    PayloadSum out;
    out.length = static_cast<std::uint32_t>(payload.size());
    out.sum.add(payload);
    return out;
}

}  // namespace

LinkHeader RawPeer::link(EtherType type) const {
    return LinkHeader::ethernet(host_.io->traits().mac, mac(), type);
}

sim::Frame RawPeer::assemble(const HeaderRoom& header, std::size_t header_bytes,
                             std::span<const std::byte> payload) const {
    sim::Frame frame(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}

sim::Frame RawPeer::tcp_frame(const TcpFields& fields, std::span<const std::byte> text) const {
    std::array<std::byte, kHeaderRoomBytes> room;
    const Ipv4Fields ip{address_, host_address_, 0, 64, tos, true};
    const auto lengths =
        build_tcp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip, fields, sum_of(text), {});
    return assemble(HeaderRoom{room}, lengths.total(), text);
}

void RawPeer::say_udp(Port from, Port to, std::span<const std::byte> payload) {
    std::array<std::byte, kHeaderRoomBytes> room;
    const Ipv4Fields ip{address_, host_address_, 0, 64, tos, true};
    const auto lengths =
        build_udp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip, from, to, sum_of(payload), {});
    deliver(assemble(HeaderRoom{room}, lengths.total(), payload));
}

void RawPeer::say_echo(std::uint32_t identifier_and_sequence, std::span<const std::byte> payload) {
    std::array<std::byte, kHeaderRoomBytes> room;
    const Ipv4Fields ip{address_, host_address_, 0, 64, tos, true};
    const auto lengths =
        build_icmp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip,
                        {Icmpv4Type::echo_request, 0, identifier_and_sequence}, {}, sum_of(payload), {});
    deliver(assemble(HeaderRoom{room}, lengths.total(), payload));
}

void RawPeer::say_icmp_error(Icmpv4Type type, std::uint8_t code, const SentFrame& about, std::uint32_t rest) {
    std::array<std::byte, kHeaderRoomBytes> room;
    const Ipv4Fields ip{address_, host_address_, 0, 64, 0, true};
    const std::span<const std::byte> datagram =
        std::span(about.bytes).subspan(about.parsed.l3_offset, about.parsed.ipv4_header_length + 8u);
    const auto lengths =
        build_icmp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip, {type, code, rest}, datagram, {}, {});
    deliver(assemble(HeaderRoom{room}, lengths.total(), {}));
}

void RawPeer::say_arp(ArpOperation operation, Ipv4 sender, Ipv4 target) {
    std::array<std::byte, kHeaderRoomBytes> room;
    ArpFields arp;
    arp.operation = operation;
    arp.sender_mac = mac();
    arp.sender_address = sender;
    arp.target_mac = host_.io->traits().mac;
    arp.target_address = target;
    const auto lengths = build_arp(HeaderRoom{room}, link(EtherType::arp), arp);
    deliver(assemble(HeaderRoom{room}, lengths.total(), {}));
}

void RawPeer::deliver(const sim::Frame& frame) {
    host_.io->deliver(frame);
    world_.settle();
}

std::optional<SentFrame> RawPeer::take() {
    while (taken_ < host_.sent.size()) {
        SentFrame out{std::move(host_.sent[taken_++]), {}};
        out.parsed = parse_frame(out.bytes, {});
        if (taken_ == host_.sent.size()) {
            host_.sent.clear();
            taken_ = 0;
        }
        if (out.parsed.kind != FrameKind::arp) return out;
        const ArpFields arp = ArpView{out.bytes.data() + out.parsed.l3_offset}.fields();
        if (arp.operation != ArpOperation::request) return out;
        ++arp_requests_;
        if (answers_arp && arp.target_address == address_)
            say_arp(ArpOperation::reply, address_, arp.sender_address);
    }
    return std::nullopt;
}

std::optional<SentFrame> RawPeer::wait(Micros limit) {
    const Instant until = world_.now() + limit;
    world_.settle();
    for (;;) {
        if (std::optional<SentFrame> frame = take()) return frame;
        if (world_.now() >= until) return std::nullopt;
        world_.step(until);
    }
}

}  // namespace ringsock::testing
