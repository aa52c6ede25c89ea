// SPDX-License-Identifier: BSD-3-Clause
// RFC 1071 sums of long pieces, written so that the compiler vectorises them.
#include "wire/checksum.h"

namespace ringsock {

std::uint64_t sum_bytes_long(const std::byte* bytes, std::size_t length) noexcept {
    // Two sums that need no carries: `all` of the whole words modulo 2^64, `upper` of their upper halves. The
    // sum of the lower halves is all - upper * 2^32, exact for any piece below 2^35 bytes.
    std::uint64_t all = 0, upper = 0;
    const std::size_t whole = length & ~std::size_t{7};
    for (std::size_t i = 0; i < whole; i += 8) {
        const std::uint64_t word = detail::load_word(bytes + i);
        all += word;
        upper += word >> 32;
    }
    const std::uint64_t lower = all - (upper << 32);
    const std::size_t rest = length & 7;
    const std::uint64_t tail =
        length >= 8 ? detail::load_tail(bytes + length, rest) : detail::load_short(bytes, rest);
    return add_ones(add_ones(lower, upper), tail);
}

}  // namespace ringsock
