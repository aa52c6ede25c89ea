// SPDX-License-Identifier: BSD-3-Clause
// A script: one conversation as a list of lines, each an event at a time relative to the one before.
// README.md tells the dialect. Plain values; made by script_parser.h, played by script_runner.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"

namespace ringsock::script {

/// `name = call(arguments) = expected` with words behind the call that change it.
struct Call {
    std::string result;  ///< Name of the socket it makes; empty: none.
    std::string name;
    std::vector<std::string> arguments;
    std::vector<std::string> modifiers;  ///< Words after the closing bracket: nonblocking.
    std::vector<std::string> expected;   ///< Words after "="; empty: success.
};

/// Options between < and >. With `is_given` the whole set is compared.
struct TcpOptions {
    bool is_given = false;
    std::optional<std::uint16_t> mss;
    std::optional<std::uint8_t> window_scale;
    bool sack_permitted = false;
    bool timestamps = false;
    std::optional<std::uint32_t> ts_value, ts_echo;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sack;  ///< Relative, as seq and ack are.
};

/// A segment: of the host (>) or to it (<). Numbers count from the initial number of their direction.
struct TcpLine {
    bool is_outbound = false;
    std::string connection;  ///< After @; empty: the first.
    std::uint8_t flags = 0;  ///< TcpFlag bits.
    std::optional<std::int64_t> seq, ack;
    std::optional<std::uint32_t> length, window, urgent;
    std::optional<std::uint16_t> source, destination;  ///< Inbound SYN: ports, when they matter.
    TcpOptions options;
};

struct UdpLine {
    bool is_outbound = false;
    std::optional<std::uint16_t> source, destination;
    std::uint32_t length = 0;
};

enum class IcmpKind : std::uint8_t { unreachable, time_exceeded, echo, echo_reply };
struct IcmpLine {
    bool is_outbound = false;
    IcmpKind kind = IcmpKind::echo;
    std::uint8_t code = 0;       ///< Of unreachable.
    std::uint32_t mtu = 0;       ///< Of unreachable code 4.
    std::uint32_t length = 0;    ///< Of an echo.
    std::int64_t seq_shift = 0;  ///< Error about a segment whose number is off by this: a forged one.
};

/// ARP in the open, in scripts that say `option arp`.
struct ArpLine {
    bool is_outbound = false;
    bool is_reply = false;
    Ipv4 about;  ///< Who is asked for, or who says that he is there.
};

/// The host must stay silent until the time of this line.
struct Silence {};

using Event = std::variant<Call, TcpLine, UdpLine, IcmpLine, ArpLine, Silence>;

struct Line {
    int number = 0;
    std::string text;           ///< As written, for messages.
    std::int64_t delta_us = 0;  ///< After the line before.
    Event event;
};

struct Script {
    std::string path;
    std::vector<Line> lines;
    std::int64_t tolerance_us = 3000;  ///< Of the times of what the host sends; "option tolerance 0.02".
    bool shows_arp = false;  ///< "option arp": ARP is part of the script, nothing answers by itself.
    std::string gateway;     ///< "option gateway 10.0.0.254".
};

}  // namespace ringsock::script
