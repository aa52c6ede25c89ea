// SPDX-License-Identifier: BSD-3-Clause
// TCP sequence numbers: positions and differences are different types, compared modulo 2^32
// (RFC 9293 §3.4). Lives in base because wire, packet and tcp all speak it. Plain values; any thread.
#pragma once

#include <cstdint>

namespace ringsock {

/// A signed distance between two sequence numbers.
struct SeqDiff {
    std::int32_t value = 0;
    friend constexpr auto operator<=>(SeqDiff, SeqDiff) noexcept = default;
};

/// A position in the sequence space. No operator<: ask before()/after(), which are right across zero for
/// distances below 2^31.
struct SeqNum {
    std::uint32_t value = 0;

    constexpr SeqNum() noexcept = default;
    constexpr explicit SeqNum(std::uint32_t v) noexcept : value(v) {}
    friend constexpr bool operator==(SeqNum, SeqNum) noexcept = default;
    friend constexpr SeqNum operator+(SeqNum s, std::uint32_t n) noexcept { return SeqNum{s.value + n}; }
    friend constexpr SeqNum operator-(SeqNum s, std::uint32_t n) noexcept { return SeqNum{s.value - n}; }
    friend constexpr SeqDiff operator-(SeqNum a, SeqNum b) noexcept {
        return {static_cast<std::int32_t>(a.value - b.value)};
    }
    constexpr SeqNum& operator+=(std::uint32_t n) noexcept {
        value += n;
        return *this;
    }
};

/// a < b modulo 2^32.
constexpr bool before(SeqNum a, SeqNum b) noexcept { return (a - b).value < 0; }
/// a > b modulo 2^32.
constexpr bool after(SeqNum a, SeqNum b) noexcept { return (a - b).value > 0; }
/// a <= b modulo 2^32.
constexpr bool at_or_before(SeqNum a, SeqNum b) noexcept { return (a - b).value <= 0; }
/// a >= b modulo 2^32.
constexpr bool at_or_after(SeqNum a, SeqNum b) noexcept { return (a - b).value >= 0; }
/// Unsigned distance from `from` up to `to`; the caller knows that `to` is not before `from`.
constexpr std::uint32_t distance(SeqNum from, SeqNum to) noexcept { return to.value - from.value; }
/// first <= s < first + length modulo 2^32.
constexpr bool in_window(SeqNum s, SeqNum first, std::uint32_t length) noexcept {
    return s.value - first.value < length;
}

}  // namespace ringsock
