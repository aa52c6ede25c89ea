// SPDX-License-Identifier: BSD-3-Clause
// HeaderWords: writes a header as whole words out of registers and sums them on the way, so that a checksum
// never has to load back what was just stored in smaller pieces. Used by the writers of this room. Pure; any
// thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/endian.h"
#include "wire/checksum.h"

namespace ringsock {

/// Appends 32-bit numbers, given in host order, in network order. The caller knows that they fit.
class HeaderWords {
  public:
    explicit HeaderWords(std::byte* to) noexcept : at_(to) {}

    void put(std::uint32_t first, std::uint32_t second) noexcept {
        std::uint64_t word = std::uint64_t{first} << 32 | second;
        if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
        std::memcpy(at_, &word, sizeof word);
        at_ += sizeof word;
        sum_ = add_ones(sum_, word);
    }
    void put(std::uint32_t only) noexcept {
        const std::uint32_t word = Be32{only}.raw;
        std::memcpy(at_, &word, sizeof word);
        at_ += sizeof word;
        sum_ = add_ones(sum_, word);
    }
    /// Sum of all that was put, in memory order.
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

  private:
    std::byte* at_;
    std::uint64_t sum_ = 0;
};

}  // namespace ringsock
