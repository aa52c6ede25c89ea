// SPDX-License-Identifier: BSD-3-Clause
#include "script_parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>

#include "wire/tcp_fields.h"

namespace ringsock::script {

namespace {

/// Thrown inside this file, and caught in it.
struct Complaint {
    std::string what;
};
[[noreturn]] void complain(std::string what) {
    throw Complaint{std::move(what)};
}

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> out;
    while (true) {
        const auto at = text.find(by);
        out.push_back(trim(text.substr(0, at)));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream in{std::string(text)};
    return {std::istream_iterator<std::string>(in), {}};
}

template <typename T>
T number(std::string_view text, const char* what) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        complain(std::string(what) + " must be a number, not \"" + std::string(text) + "\"");
    return value;
}

std::int64_t seconds(std::string_view text, const char* what) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty() || !(value >= 0) ||
        value > 1e6)
        complain(std::string(what) + " must be seconds, not \"" + std::string(text) + "\"");
    return std::llround(value * 1e6);
}

Ipv4 ipv4(std::string_view text) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) complain("\"" + std::string(text) + "\" is no IPv4 address");
    Ipv4 out;
    for (const std::string_view part : parts) {
        const auto octet = number<unsigned>(part, "part of an address");
        if (octet > 255) complain("\"" + std::string(text) + "\" is no IPv4 address");
        out.value = out.value << 8 | octet;
    }
    return out;
}

/// Words of one line, taken from the front.
class Words {
  public:
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}
    [[nodiscard]] bool empty() const { return at_ == words_.size(); }
    [[nodiscard]] const std::string& peek() const { return words_[at_]; }
    std::string take(const char* what) {
        if (empty()) complain(std::string("the line ends where ") + what + " should stand");
        return words_[at_++];
    }
    bool take_if(std::string_view word) {
        if (empty() || words_[at_] != word) return false;
        ++at_;
        return true;
    }
    void expect_end() const {
        if (!empty()) complain("\"" + words_[at_] + "\" is not understood here");
    }

  private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

std::uint8_t parse_flags(std::string_view text) {
    std::uint8_t flags = 0;
    for (const char c : text) {
        switch (c) {
            case 'S':
                flags |= TcpFlag::syn;
                break;
            case 'F':
                flags |= TcpFlag::fin;
                break;
            case 'R':
                flags |= TcpFlag::rst;
                break;
            case 'P':
                flags |= TcpFlag::psh;
                break;
            case 'U':
                flags |= TcpFlag::urg;
                break;
            case '.':
                flags |= TcpFlag::ack;
                break;
            case '-':
                break;  // None at all.
            default:
                complain("\"" + std::string(text) + "\" are no flags: S F R P U, . for ACK, - for none");
        }
    }
    return flags;
}

TcpOptions parse_options(std::string_view text) {
    TcpOptions out;
    out.is_given = true;
    if (trim(text).empty()) return out;
    for (const std::string_view item : split(text, ',')) {
        Words w(words_of(item));
        const std::string kind = w.take("an option");
        if (kind == "mss") {
            out.mss = number<std::uint16_t>(w.take("the MSS"), "mss");
        } else if (kind == "wscale") {
            out.window_scale = number<std::uint8_t>(w.take("the shift"), "wscale");
        } else if (kind == "sackOK") {
            out.sack_permitted = true;
        } else if (kind == "TS") {
            out.timestamps = true;
            if (w.take_if("val")) out.ts_value = number<std::uint32_t>(w.take("the value"), "val");
            if (w.take_if("ecr")) out.ts_echo = number<std::uint32_t>(w.take("the echo"), "ecr");
        } else if (kind == "sack") {
            while (!w.empty()) {
                const std::string block = w.take("a block");
                const auto ends = split(block, ':');
                if (ends.size() != 2) complain("a SACK block is written 1001:2001");
                out.sack.emplace_back(number<std::uint32_t>(ends[0], "sack"),
                                      number<std::uint32_t>(ends[1], "sack"));
            }
        } else {
            complain("unknown option \"" + kind + "\": mss, wscale, sackOK, TS, sack");
        }
        w.expect_end();
    }
    return out;
}

std::pair<std::uint16_t, std::uint16_t> parse_ports(const std::string& text) {
    const auto ends = split(text, '>');
    if (ends.size() != 2) complain("ports are written 5000>53");
    return {number<std::uint16_t>(ends[0], "port"), number<std::uint16_t>(ends[1], "port")};
}

TcpLine parse_tcp(bool outbound, std::string_view text) {
    TcpLine out;
    out.is_outbound = outbound;
    if (const auto from = text.find('<'); from != std::string_view::npos) {
        const auto to = text.rfind('>');
        if (to == std::string_view::npos || to < from) complain("options want a closing >");
        out.options = parse_options(text.substr(from + 1, to - from - 1));
        if (!trim(text.substr(to + 1)).empty()) complain("nothing may follow the options");
        text = text.substr(0, from);
    }
    Words w(words_of(text));
    if (!w.empty() && w.peek().front() == '@') out.connection = w.take("a connection").substr(1);
    out.flags = parse_flags(w.take("flags"));
    while (!w.empty()) {
        const std::string word = w.take("a field");
        if (word == "seq")
            out.seq = number<std::int64_t>(w.take("a number"), "seq");
        else if (word == "ack")
            out.ack = number<std::int64_t>(w.take("a number"), "ack");
        else if (word == "len")
            out.length = number<std::uint32_t>(w.take("a number"), "len");
        else if (word == "win")
            out.window = number<std::uint32_t>(w.take("a number"), "win");
        else if (word == "urg")
            out.urgent = number<std::uint32_t>(w.take("a number"), "urg");
        else if (word == "ports") {
            const auto [source, destination] = parse_ports(w.take("ports"));
            out.source = source;
            out.destination = destination;
        } else
            complain("unknown field \"" + word + "\": seq, ack, len, win, urg, ports");
    }
    if (!outbound && !out.seq) complain("a segment to the host needs its seq");
    if (!outbound && (out.flags & TcpFlag::ack) != 0 && !out.ack)
        complain("flags say ACK, and there is no ack");
    return out;
}

UdpLine parse_udp(bool outbound, Words& w) {
    UdpLine out;
    out.is_outbound = outbound;
    while (!w.empty()) {
        const std::string word = w.take("a field");
        if (word == "len") {
            out.length = number<std::uint32_t>(w.take("a number"), "len");
        } else {
            const auto [source, destination] = parse_ports(word);
            out.source = source;
            out.destination = destination;
        }
    }
    if (!outbound && !out.destination) complain("a datagram to the host needs its ports, as in 5000>53");
    return out;
}

IcmpLine parse_icmp(bool outbound, Words& w) {
    IcmpLine out;
    out.is_outbound = outbound;
    const std::string kind = w.take("what the message is");
    if (kind == "unreachable") {
        out.kind = IcmpKind::unreachable;
        static constexpr std::pair<std::string_view, std::uint8_t> kCodes[] = {
            {"net", 0}, {"host", 1}, {"protocol", 2}, {"port", 3}, {"fragmentation", 4}, {"prohibited", 13}};
        const std::string code = w.take("what is unreachable");
        const auto found =
            std::find_if(std::begin(kCodes), std::end(kCodes), [&](auto& c) { return c.first == code; });
        if (found == std::end(kCodes))
            complain("unreachable is net, host, protocol, port, fragmentation or prohibited");
        out.code = found->second;
    } else if (kind == "time-exceeded") {
        out.kind = IcmpKind::time_exceeded;
    } else if (kind == "echo") {
        out.kind = IcmpKind::echo;
    } else if (kind == "echo-reply") {
        out.kind = IcmpKind::echo_reply;
    } else {
        complain("an ICMP message is unreachable, time-exceeded, echo or echo-reply");
    }
    while (!w.empty()) {
        const std::string word = w.take("a field");
        if (word == "mtu")
            out.mtu = number<std::uint32_t>(w.take("a number"), "mtu");
        else if (word == "len")
            out.length = number<std::uint32_t>(w.take("a number"), "len");
        else if (word == "shift")
            out.seq_shift = number<std::int64_t>(w.take("a number"), "shift");
        else
            complain("unknown field \"" + word + "\": mtu, len, shift");
    }
    return out;
}

ArpLine parse_arp(bool outbound, Words& w) {
    ArpLine out;
    out.is_outbound = outbound;
    const std::string kind = w.take("who-has or is-at");
    if (kind != "who-has" && kind != "is-at") complain("an ARP line says who-has ADDRESS or is-at ADDRESS");
    out.is_reply = kind == "is-at";
    out.about = ipv4(w.take("an address"));
    w.expect_end();
    return out;
}

Event parse_wire(std::string_view text) {
    const bool outbound = text.front() == '>';
    const std::string_view rest = trim(text.substr(1));
    Words w(words_of(rest));
    if (w.take_if("udp")) return parse_udp(outbound, w);
    if (w.take_if("icmp")) return parse_icmp(outbound, w);
    if (w.take_if("arp")) return parse_arp(outbound, w);
    return parse_tcp(outbound, rest);
}

Call parse_call(std::string_view text) {
    Call out;
    const auto open = text.find('(');
    if (open == std::string_view::npos)
        complain("\"" + std::string(text) + "\" is neither a call nor > < silence");
    const auto close = text.find(')', open);
    if (close == std::string_view::npos) complain("a bracket is not closed");
    std::string_view head = trim(text.substr(0, open));
    if (const auto equals = head.find('='); equals != std::string_view::npos) {
        out.result = trim(head.substr(0, equals));
        head = trim(head.substr(equals + 1));
    }
    out.name = head;
    if (out.name.empty()) complain("a call has no name");
    const std::string_view inside = trim(text.substr(open + 1, close - open - 1));
    if (!inside.empty())
        for (const std::string_view argument : split(inside, ',')) out.arguments.emplace_back(argument);
    std::string_view tail = trim(text.substr(close + 1));
    if (const auto equals = tail.find('='); equals != std::string_view::npos) {
        out.expected = words_of(tail.substr(equals + 1));
        if (out.expected.empty()) complain("nothing stands behind \"=\"");
        tail = tail.substr(0, equals);
    }
    out.modifiers = words_of(tail);
    return out;
}

void parse_option(std::string_view text, Script& script) {
    Words w(words_of(text));
    const std::string name = w.take("an option");
    if (name == "tolerance")
        script.tolerance_us = seconds(w.take("seconds"), "the tolerance");
    else if (name == "arp")
        script.shows_arp = true;
    else if (name == "gateway")
        script.gateway = w.take("an address");
    else
        complain("unknown option \"" + name + "\": tolerance, arp, gateway");
    w.expect_end();
}

void parse_line(std::string_view text, int number, Script& script) {
    if (text.starts_with("option ")) return parse_option(text.substr(7), script);
    if (text.front() != '+') complain("a line begins with its time, as in +0.050, or with \"option\"");
    const auto end = text.find_first_of(" \t");
    if (end == std::string_view::npos) complain("a line has a time and nothing else");
    std::int64_t delta = seconds(text.substr(1, end - 1), "a time");
    const std::string_view rest = trim(text.substr(end));
    // Several calls at one time stand in one line.
    const bool is_wire = rest.front() == '>' || rest.front() == '<';
    for (const std::string_view part : is_wire ? std::vector<std::string_view>{rest} : split(rest, ';')) {
        Line line;
        line.number = number;
        line.text = part;
        line.delta_us = delta;
        delta = 0;
        if (is_wire)
            line.event = parse_wire(part);
        else if (part == "silence")
            line.event = Silence{};
        else
            line.event = parse_call(part);
        script.lines.push_back(std::move(line));
    }
}

}  // namespace

Result<Script, ParseError> parse_script(const std::string& path, std::string_view text) {
    Script script;
    script.path = path;
    int number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (const auto comment = line.find("//"); comment != std::string_view::npos)
            line = trim(line.substr(0, comment));
        if (line.empty()) continue;
        try {
            parse_line(line, number, script);
        } catch (const Complaint& complaint) {
            return Failure{ParseError{path + ":" + std::to_string(number) + ": " + complaint.what}};
        }
    }
    if (script.lines.empty()) return Failure{ParseError{path + ":1: the script is empty"}};
    if (!std::holds_alternative<Silence>(script.lines.back().event))
        return Failure{ParseError{path + ":" + std::to_string(script.lines.back().number) +
                                  ": a script ends with a silence, so that nothing else was sent"}};
    return script;
}

Result<Script, ParseError> read_script(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Failure{ParseError{path + ":1: can not be read"}};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_script(path, text);
}

}  // namespace ringsock::script
