// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing numeric addresses. IPv6 text is the C library's business.
#include "ws2/address_parse.h"

#include <arpa/inet.h>
#include <ringsock/ws2.h>

#include <cctype>
#include <cstring>

namespace ringsock::ws2 {

namespace {

/// Reads one part; `text` moves behind it. False: no digit, a wrong digit, or more than 32 bits.
bool read_part(const char*& text, std::uint64_t& value) noexcept {
    unsigned base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        if (!std::isxdigit(static_cast<unsigned char>(*text))) return false;
    } else if (text[0] == '0') {
        base = 8;
    }
    if (!std::isxdigit(static_cast<unsigned char>(*text))) return false;
    for (value = 0; std::isxdigit(static_cast<unsigned char>(*text)) != 0; ++text) {
        const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(*text)));
        const auto digit = static_cast<unsigned>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
        if (digit >= base) return false;
        value = value * base + digit;
        if (value > UINT32_MAX) return false;
    }
    return true;
}

}  // namespace

bool parse_ipv4_parts(const char* text, std::uint8_t (&out)[4]) noexcept {
    std::uint64_t parts[4];
    int count = 0;
    for (;;) {  // At most four parts.
        if (!read_part(text, parts[count++])) return false;
        if (*text != '.') break;
        if (count == 4) return false;
        ++text;
    }
    while (std::isspace(static_cast<unsigned char>(*text)) != 0) ++text;
    if (*text != 0) return false;
    std::uint64_t address = 0;
    for (int i = 0; i < count - 1; ++i) {
        if (parts[i] > 255) return false;
        address |= parts[i] << (24 - 8 * i);
    }
    const int left_bits = 32 - 8 * (count - 1);
    if (parts[count - 1] >> left_bits != 0) return false;
    address |= parts[count - 1];
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
    return true;
}

bool parse_numeric(const char* text, ParsedAddress& out) noexcept {
    std::uint8_t ipv4[4];
    if (parse_ipv4_parts(text, ipv4)) {
        out = ParsedAddress{.family = WS_AF_INET};
        std::memcpy(out.bytes, ipv4, sizeof ipv4);
        return true;
    }
    char address[INET6_ADDRSTRLEN];
    const char* const percent = std::strchr(text, '%');
    const std::size_t length =
        percent != nullptr ? static_cast<std::size_t>(percent - text) : std::strlen(text);
    if (length >= sizeof address) return false;
    std::memcpy(address, text, length);
    address[length] = 0;
    ParsedAddress parsed{.family = WS_AF_INET6};
    if (inet_pton(AF_INET6, address, parsed.bytes) != 1) return false;
    if (percent != nullptr) {
        std::uint64_t scope = 0;
        if (percent[1] == 0) return false;
        for (const char* digit = percent + 1; *digit != 0; ++digit) {
            if (*digit < '0' || *digit > '9' || scope > UINT32_MAX / 10) return false;
            scope = scope * 10 + static_cast<unsigned>(*digit - '0');
        }
        if (scope > UINT32_MAX) return false;
        parsed.scope = static_cast<std::uint32_t>(scope);
    }
    out = parsed;
    return true;
}

std::string address_text(const ParsedAddress& address) {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(address.family == WS_AF_INET6 ? AF_INET6 : AF_INET, address.bytes, text, sizeof text);
    return text;
}

bool parse_port(const char* text, std::uint16_t& port) noexcept {
    unsigned value = 0;
    if (*text == 0) return false;
    for (; *text != 0; ++text) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + static_cast<unsigned>(*text - '0');
        if (value > 65535) return false;
    }
    port = static_cast<std::uint16_t>(value);
    return true;
}

}  // namespace ringsock::ws2
