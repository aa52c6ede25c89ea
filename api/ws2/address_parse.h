// SPDX-License-Identifier: BSD-3-Clause
// Text <-> addresses without a resolver. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringsock::ws2 {

/// Internet address as bytes in network order; 4 or 16 of them.
struct ParsedAddress {
    int family = 0;  ///< WS_AF_INET or WS_AF_INET6.
    std::uint8_t bytes[16] = {};
    std::uint32_t scope = 0;
};

/// IPv4 in one to four parts, each decimal, octal (0...) or hexadecimal (0x...); the last part fills what is
/// left. The text may be followed by white space. False: malformed; `out` unchanged.
[[nodiscard]] bool parse_ipv4_parts(const char* text, std::uint8_t (&out)[4]) noexcept;

/// A numeric address of either family: IPv4 in parts, IPv6 with or without "%scope" (a number).
[[nodiscard]] bool parse_numeric(const char* text, ParsedAddress& out) noexcept;

/// Numeric text of an address, without the scope.
[[nodiscard]] std::string address_text(const ParsedAddress& address);

/// A port number as decimal text. False: not one.
[[nodiscard]] bool parse_port(const char* text, std::uint16_t& port) noexcept;

}  // namespace ringsock::ws2
