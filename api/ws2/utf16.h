// SPDX-License-Identifier: BSD-3-Clause
// UTF-8 <-> UTF-16, one character at a time. Total: what is no character is reported, and consumed one unit
// at a time. Any thread.
#pragma once

#include <ringsock/base_types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringsock::ws2 {

inline constexpr std::uint32_t kNotACharacter = 0xffffffff;
/// What stands for a character that cannot be read.
inline constexpr std::uint32_t kReplacement = 0xfffd;

/// Reads one character of `size` > 0 bytes; `used` becomes how many it took. kNotACharacter: overlong, cut
/// short, a surrogate or beyond U+10FFFF; then `used` is 1.
[[nodiscard]] constexpr std::uint32_t read_utf8(const char* text, std::size_t size,
                                                std::size_t& used) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::uint32_t first = byte(0);
    used = 1;
    if (first < 0x80) return first;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || size < length) return kNotACharacter;
    std::uint32_t value = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return kNotACharacter;
        value = value << 6 | (byte(i) & 0x3f);
    }
    const std::uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return kNotACharacter;
    used = length;
    return value;
}

/// Reads one character of `size` > 0 units; a lone surrogate is kNotACharacter.
[[nodiscard]] constexpr std::uint32_t read_utf16(const WCHAR* text, std::size_t size,
                                                 std::size_t& used) noexcept {
    const std::uint32_t first = text[0];
    used = 1;
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || size < 2 || text[1] < 0xdc00 || text[1] > 0xdfff) return kNotACharacter;
    used = 2;
    return 0x10000 + ((first - 0xd800) << 10) + (std::uint32_t{text[1]} - 0xdc00);
}

/// Writes a character; returns its units, 1 or 2.
[[nodiscard]] constexpr std::size_t write_utf16(std::uint32_t character, WCHAR (&out)[2]) noexcept {
    if (character < 0x10000) {
        out[0] = static_cast<WCHAR>(character);
        return 1;
    }
    out[0] = static_cast<WCHAR>(0xd800 + ((character - 0x10000) >> 10));
    out[1] = static_cast<WCHAR>(0xdc00 + ((character - 0x10000) & 0x3ff));
    return 2;
}

/// Writes a character; returns its bytes, 1 to 4.
[[nodiscard]] constexpr std::size_t write_utf8(std::uint32_t character, char (&out)[4]) noexcept {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (character >> shift & 0x3f)); };
    if (character < 0x80) {
        out[0] = static_cast<char>(character);
        return 1;
    }
    if (character < 0x800) {
        out[0] = static_cast<char>(0xc0 | character >> 6);
        out[1] = tail(0);
        return 2;
    }
    if (character < 0x10000) {
        out[0] = static_cast<char>(0xe0 | character >> 12);
        out[1] = tail(6);
        out[2] = tail(0);
        return 3;
    }
    out[0] = static_cast<char>(0xf0 | character >> 18);
    out[1] = tail(12);
    out[2] = tail(6);
    out[3] = tail(0);
    return 4;
}

/// Units before the NUL.
[[nodiscard]] constexpr std::size_t length_of(const WCHAR* text) noexcept {
    std::size_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

/// UTF-8 of a UTF-16 text with a NUL; "" for null.
[[nodiscard]] inline std::string to_utf8(const WCHAR* text) {
    std::string out;
    const std::size_t size = text != nullptr ? length_of(text) : 0;
    for (std::size_t at = 0, used = 0; at < size; at += used) {
        const std::uint32_t character = read_utf16(text + at, size - at, used);
        char bytes[4];
        out.append(bytes, write_utf8(character == kNotACharacter ? kReplacement : character, bytes));
    }
    return out;
}

/// UTF-16 of a UTF-8 text.
[[nodiscard]] inline std::basic_string<WCHAR> to_utf16(const std::string& text) {
    std::basic_string<WCHAR> out;
    for (std::size_t at = 0, used = 0; at < text.size(); at += used) {
        const std::uint32_t character = read_utf8(text.data() + at, text.size() - at, used);
        WCHAR units[2];
        out.append(units, write_utf16(character == kNotACharacter ? kReplacement : character, units));
    }
    return out;
}

}  // namespace ringsock::ws2
