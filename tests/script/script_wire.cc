// SPDX-License-Identifier: BSD-3-Clause
#include "script_wire.h"

#include <ringsock/sim.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "wire/build_frame.h"

namespace ringsock::script {

namespace {

constexpr MacAddress kHostMac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kPeerMac{{2, 0, 0, 0, 1, 1}};
constexpr std::size_t kFrameRoom = 2048;
constexpr std::uint16_t kPeerUdpPort = 5000;

using Room = std::array<std::byte, kHeaderRoomBytes>;

LinkHeader link(EtherType type) {
    return LinkHeader::ethernet(kHostMac, kPeerMac, type);
}

PayloadSum sum_of(std::span<const std::byte> payload) {
    PayloadSum out;
    out.length = static_cast<std::uint32_t>(payload.size());
    out.sum.add(payload);
    return out;
}

std::vector<std::byte> text(std::uint64_t from, std::size_t length) {
    std::vector<std::byte> out(length);
    for (std::size_t i = 0; i < length; ++i) out[i] = text_byte(from + i);
    return out;
}

std::string flags_text(std::uint8_t flags) {
    std::string out;
    for (const auto& [bit, c] : {std::pair{TcpFlag::syn, 'S'},
                                 {TcpFlag::fin, 'F'},
                                 {TcpFlag::rst, 'R'},
                                 {TcpFlag::psh, 'P'},
                                 {TcpFlag::urg, 'U'},
                                 {TcpFlag::ack, '.'}})
        if ((flags & bit) != 0) out += c;
    return out.empty() ? "-" : out;
}

std::string options_text(const TcpFields& f, std::uint32_t peer_iss) {
    std::vector<std::string> parts;
    if (f.has_option(kOptMss)) parts.push_back("mss " + std::to_string(f.mss));
    if (f.has_option(kOptSackPermitted)) parts.push_back("sackOK");
    if (f.has_option(kOptTimestamps))
        parts.push_back("TS val " + std::to_string(f.ts_value) + " ecr " + std::to_string(f.ts_echo));
    if (f.has_option(kOptWindowScale)) parts.push_back("wscale " + std::to_string(f.window_scale));
    if (f.has_option(kOptSack)) {
        std::string blocks = "sack";
        for (std::uint8_t i = 0; i < f.sack_count; ++i)
            blocks.append(" ")
                .append(std::to_string(f.sack[i].left.value - peer_iss))
                .append(":")
                .append(std::to_string(f.sack[i].right.value - peer_iss));
        parts.push_back(blocks);
    }
    std::string out = "<";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != 0) out += ',';
        out += parts[i];
    }
    out += '>';
    return out;
}

std::string dotted(Ipv4 a) {
    std::ostringstream out;
    out << (a.value >> 24) << '.' << (a.value >> 16 & 255) << '.' << (a.value >> 8 & 255) << '.'
        << (a.value & 255);
    return out.str();
}

std::span<const std::byte> payload_of(const Sent& sent) {
    return std::span(sent.bytes).subspan(sent.parsed.payload_offset, sent.parsed.payload_length);
}

}  // namespace

void Wire::deliver(std::span<const std::byte> header, std::span<const std::byte> payload) {
    std::vector<std::byte> frame(header.begin(), header.end());
    frame.insert(frame.end(), payload.begin(), payload.end());
    (void)ringsock_sim_frame_in(kHost, frame.data(), frame.size());
}

void Wire::poll() {
    for (;;) {  // Bounded by what the host sends without time passing.
        Sent sent;
        sent.bytes.resize(kFrameRoom);
        std::size_t length = sent.bytes.size();
        if (ringsock_sim_frame_out(kHost, sent.bytes.data(), &length) != 0 || length == 0) return;
        sent.bytes.resize(length);
        sent.parsed = parse_frame(sent.bytes, {});
        sent.at = ringsock_sim_now();
        if (sent.parsed.kind == FrameKind::arp && !shows_arp_) {
            const ArpFields arp = ArpView{sent.bytes.data() + sent.parsed.l3_offset}.fields();
            if (arp.operation == ArpOperation::request) say_arp(true, arp.target_address, arp.sender_address);
            continue;
        }
        queue_.push_back(std::move(sent));
    }
}

const Wire::Connection* Wire::connection_of(const ParsedFrame& frame) const {
    for (const auto& [name, c] : connections_)
        if (c.host_port == frame.source_port && c.peer_port == frame.destination_port) return &c;
    return nullptr;
}

std::string Wire::describe(const Sent& sent) const {
    const ParsedFrame& p = sent.parsed;
    std::ostringstream out;
    switch (p.kind) {
        case FrameKind::ipv4_tcp: {
            const Connection* c = connection_of(p);
            Connection none;
            none.host_iss = p.tcp.seq.value;
            if (c == nullptr) c = &none;
            out << "> " << flags_text(p.tcp.flags) << " seq "
                << static_cast<std::int32_t>(p.tcp.seq.value - c->host_iss);
            if (p.tcp.has(TcpFlag::ack))
                out << " ack " << static_cast<std::int32_t>(p.tcp.ack.value - c->peer_iss);
            out << " len " << p.payload_length << " win " << p.tcp.window << " "
                << options_text(p.tcp, c->peer_iss);
            return out.str();
        }
        case FrameKind::ipv4_udp:
            out << "> udp " << p.source_port.value << ">" << p.destination_port.value << " len "
                << p.payload_length;
            return out.str();
        case FrameKind::ipv4_icmp:
            out << "> icmp type " << int{p.icmp_type} << " code " << int{p.icmp_code};
            return out.str();
        case FrameKind::arp: {
            const ArpFields arp = ArpView{sent.bytes.data() + p.l3_offset}.fields();
            const bool request = arp.operation == ArpOperation::request;
            out << "> arp " << (request ? "who-has " : "is-at ")
                << dotted(request ? arp.target_address : arp.sender_address);
            return out.str();
        }
        case FrameKind::dropped:
            out << "a broken frame: " << name_of(p.drop);
            return out.str();
        default:
            out << "a frame of kind " << name_of(p.kind);
            return out.str();
    }
}

std::string Wire::compare(const Event& line, const Sent& sent) {
    if (const auto* tcp = std::get_if<TcpLine>(&line)) return compare_tcp(*tcp, sent);
    if (const auto* udp = std::get_if<UdpLine>(&line)) return compare_udp(*udp, sent);
    if (const auto* icmp = std::get_if<IcmpLine>(&line)) return compare_icmp(*icmp, sent);
    if (const auto* arp = std::get_if<ArpLine>(&line)) return compare_arp(*arp, sent);
    return "no frame was asked for";
}

std::string Wire::compare_tcp(const TcpLine& line, const Sent& sent) {
    const ParsedFrame& p = sent.parsed;
    if (p.kind != FrameKind::ipv4_tcp) return "that is no TCP segment";
    const TcpFields& f = p.tcp;
    if (f.flags != line.flags) return "flags are " + flags_text(f.flags) + ", not " + flags_text(line.flags);
    Connection& c = connections_[line.connection];
    if (line.flags == TcpFlag::syn &&
        (!c.host_iss_known || c.host_port != p.source_port || f.seq.value != c.host_iss)) {
        // A new active open; its name may have served an earlier one.
        c = Connection{};
        c.peer = p.destination;
        c.host_port = p.source_port;
        c.peer_port = p.destination_port;
        c.host_iss = f.seq.value;
        c.host_iss_known = true;
    } else if ((line.flags & TcpFlag::syn) != 0 && !c.host_iss_known) {
        c.host_iss = f.seq.value;
        c.host_iss_known = true;
    }
    if (c.host_port != p.source_port || c.peer_port != p.destination_port)
        return "it belongs to another connection: " + std::to_string(p.source_port.value) + " to " +
               std::to_string(p.destination_port.value);
    const auto differs = [](const char* what, std::int64_t is, std::int64_t wanted) {
        return std::string(what) + " is " + std::to_string(is) + ", not " + std::to_string(wanted);
    };
    const std::int64_t seq = static_cast<std::int32_t>(f.seq.value - c.host_iss);
    const std::int64_t ack = static_cast<std::int32_t>(f.ack.value - c.peer_iss);
    if (line.seq && seq != *line.seq) return differs("seq", seq, *line.seq);
    if (line.ack && ack != *line.ack) return differs("ack", ack, *line.ack);
    if (p.payload_length != line.length.value_or(0))
        return differs("len", p.payload_length, line.length.value_or(0));
    if (line.window && f.window != *line.window) return differs("win", f.window, *line.window);
    if (line.urgent && f.urgent_pointer != *line.urgent)
        return differs("urg", f.urgent_pointer, *line.urgent);
    const auto payload = payload_of(sent);
    for (std::size_t i = 0; i < payload.size(); ++i)
        if (payload[i] != text_byte(static_cast<std::uint64_t>(seq) + i))
            return "its text is wrong at seq " + std::to_string(static_cast<std::uint64_t>(seq) + i);
    if (f.has_option(kOptTimestamps)) c.host_ts_value = f.ts_value;
    last_ = sent;
    return compare_options(line, c, f);
}

std::string Wire::compare_options(const TcpLine& line, const Connection& c, const TcpFields& f) const {
    const TcpOptions& o = line.options;
    if (!o.is_given) return {};
    const bool same =
        f.has_option(kOptMss) == o.mss.has_value() && (!o.mss || f.mss == *o.mss) &&
        f.has_option(kOptWindowScale) == o.window_scale.has_value() &&
        (!o.window_scale || f.window_scale == *o.window_scale) &&
        f.has_option(kOptSackPermitted) == o.sack_permitted && f.has_option(kOptTimestamps) == o.timestamps &&
        (!o.ts_echo || f.ts_echo == *o.ts_echo) && (!o.ts_value || f.ts_value == *o.ts_value) &&
        f.has_option(kOptSack) == !o.sack.empty() && (o.sack.empty() || f.sack_count == o.sack.size());
    bool blocks = same;
    for (std::size_t i = 0; blocks && i < o.sack.size(); ++i)
        blocks = f.sack[i].left.value - c.peer_iss == o.sack[i].first &&
                 f.sack[i].right.value - c.peer_iss == o.sack[i].second;
    return blocks ? std::string() : "options are " + options_text(f, c.peer_iss);
}

std::string Wire::compare_udp(const UdpLine& line, const Sent& sent) {
    const ParsedFrame& p = sent.parsed;
    if (p.kind != FrameKind::ipv4_udp) return "that is no datagram of UDP";
    if (line.source && p.source_port.value != *line.source) return "it comes from another port";
    if (line.destination && p.destination_port.value != *line.destination) return "it goes to another port";
    if (p.payload_length != line.length) return "len is " + std::to_string(p.payload_length);
    const auto payload = payload_of(sent);
    for (std::size_t i = 0; i < payload.size(); ++i)
        if (payload[i] != text_byte(i)) return "its text is wrong at " + std::to_string(i);
    last_ = sent;
    return {};
}

std::string Wire::compare_icmp(const IcmpLine& line, const Sent& sent) const {
    const ParsedFrame& p = sent.parsed;
    if (p.kind != FrameKind::ipv4_icmp) return "that is no ICMP message";
    static constexpr std::uint8_t kTypes[] = {3, 11, 8, 0};
    if (p.icmp_type != kTypes[static_cast<unsigned>(line.kind)])
        return "its type is " + std::to_string(p.icmp_type);
    if (p.icmp_code != line.code) return "its code is " + std::to_string(p.icmp_code);
    if (line.kind == IcmpKind::echo_reply) {
        const auto payload = payload_of(sent);
        if (payload.size() != line.length) return "len is " + std::to_string(payload.size());
        for (std::size_t i = 0; i < payload.size(); ++i)
            if (payload[i] != text_byte(i)) return "its data is wrong";
    }
    return {};
}

std::string Wire::compare_arp(const ArpLine& line, const Sent& sent) const {
    if (sent.parsed.kind != FrameKind::arp) return "that is not ARP";
    const ArpFields arp = ArpView{sent.bytes.data() + sent.parsed.l3_offset}.fields();
    if ((arp.operation == ArpOperation::reply) != line.is_reply) return "it is the other kind of ARP";
    const Ipv4 about = line.is_reply ? arp.sender_address : arp.target_address;
    return about == line.about ? std::string() : "it is about " + dotted(about);
}

std::string Wire::say(const Event& line) {
    if (const auto* tcp = std::get_if<TcpLine>(&line)) return say_tcp(*tcp);
    if (const auto* icmp = std::get_if<IcmpLine>(&line)) return say_icmp(*icmp);
    if (const auto* udp = std::get_if<UdpLine>(&line)) say_udp(*udp);
    if (const auto* arp = std::get_if<ArpLine>(&line)) say_arp(arp->is_reply, arp->about, kHostAddress);
    return {};
}

std::string Wire::say_tcp(const TcpLine& line) {
    Connection& c = connections_[line.connection];
    const bool opens = line.flags == TcpFlag::syn && c.peer_port == Port{};
    if (opens || (line.source && line.destination)) {
        if (!line.destination) return "a SYN to the host needs its ports, as in \"ports 40000>80\"";
        if (line.flags == TcpFlag::syn &&
            (c.peer_port.value != *line.source || c.host_port.value != *line.destination))
            c = Connection{};
        c.peer_port = Port{*line.source};
        c.host_port = Port{*line.destination};
        // The same ports once more: another connection, with numbers of its own that the host chooses.
        if (line.flags == TcpFlag::syn) c.host_iss_known = false;
    }
    if (c.peer_port == Port{}) return "this connection has no ports yet";
    TcpFields f;
    f.source = c.peer_port;
    f.destination = c.host_port;
    f.flags = line.flags;
    f.seq = SeqNum{c.peer_iss + static_cast<std::uint32_t>(*line.seq)};
    if (line.ack) f.ack = SeqNum{c.host_iss + static_cast<std::uint32_t>(*line.ack)};
    f.window = static_cast<std::uint16_t>(line.window.value_or(65535));
    f.urgent_pointer = static_cast<std::uint16_t>(line.urgent.value_or(0));
    const TcpOptions& o = line.options;
    if (o.mss) f.options |= kOptMss, f.mss = *o.mss;
    if (o.window_scale) f.options |= kOptWindowScale, f.window_scale = *o.window_scale;
    if (o.sack_permitted) f.options |= kOptSackPermitted;
    if (o.timestamps) {
        f.options |= kOptTimestamps;
        f.ts_value = o.ts_value.value_or(1);
        f.ts_echo = o.ts_echo.value_or(line.flags == TcpFlag::syn ? 0 : c.host_ts_value);
    }
    for (const auto& [left, right] : o.sack) {
        if (f.sack_count == 4) return "four SACK blocks at most";
        f.options |= kOptSack;
        f.sack[f.sack_count++] = {SeqNum{c.host_iss + left}, SeqNum{c.host_iss + right}};
    }
    const auto payload = text(static_cast<std::uint64_t>(*line.seq), line.length.value_or(0));
    Room room;
    const Ipv4Fields ip{c.peer, kHostAddress};
    const auto lengths = build_tcp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip, f, sum_of(payload), {});
    deliver(std::span(room).first(lengths.total()), payload);
    return {};
}

void Wire::say_udp(const UdpLine& line) {
    const auto payload = text(0, line.length);
    Room room;
    const auto lengths = build_udp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), {kPeerAddress, kHostAddress},
                                        Port{line.source.value_or(kPeerUdpPort)}, Port{*line.destination},
                                        sum_of(payload), {});
    deliver(std::span(room).first(lengths.total()), payload);
}

std::string Wire::say_icmp(const IcmpLine& line) {
    Room room;
    const Ipv4Fields ip{kPeerAddress, kHostAddress};
    if (line.kind == IcmpKind::echo || line.kind == IcmpKind::echo_reply) {
        const auto payload = text(0, line.length);
        const Icmpv4Type type =
            line.kind == IcmpKind::echo ? Icmpv4Type::echo_request : Icmpv4Type::echo_reply;
        const auto lengths = build_icmp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip,
                                             {type, 0, 0x00010001}, {}, sum_of(payload), {});
        deliver(std::span(room).first(lengths.total()), payload);
        return {};
    }
    if (last_.bytes.empty()) return "the host has sent nothing that an error could be about";
    std::vector<std::byte> quoted(last_.bytes.begin() + last_.parsed.l3_offset,
                                  last_.bytes.begin() + last_.parsed.l4_offset + 8);
    if (line.seq_shift != 0)
        store_be(quoted.data() + last_.parsed.ipv4_header_length + 4,
                 last_.parsed.tcp.seq.value + static_cast<std::uint32_t>(line.seq_shift));
    const Icmpv4Type type =
        line.kind == IcmpKind::unreachable ? Icmpv4Type::destination_unreachable : Icmpv4Type::time_exceeded;
    const auto lengths = build_icmp_ipv4(HeaderRoom{room}, link(EtherType::ipv4), ip,
                                         {type, line.code, line.mtu}, quoted, {}, {});
    deliver(std::span(room).first(lengths.total()), {});
    return {};
}

void Wire::say_arp(bool is_reply, Ipv4 about, Ipv4 asker) {
    ArpFields arp;
    arp.operation = is_reply ? ArpOperation::reply : ArpOperation::request;
    arp.sender_mac = kPeerMac;
    arp.sender_address = is_reply ? about : kPeerAddress;
    arp.target_mac = is_reply ? kHostMac : MacAddress{};
    arp.target_address = is_reply ? asker : about;
    Room room;
    const auto lengths = build_arp(HeaderRoom{room}, link(EtherType::arp), arp);
    deliver(std::span(room).first(lengths.total()), {});
}

}  // namespace ringsock::script
