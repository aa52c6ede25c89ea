// SPDX-License-Identifier: BSD-3-Clause
// SipHash over arbitrary bytes; the flow path is inline in the header.
#include "base/siphash.h"

#include <bit>
#include <cstring>

namespace ringsock {
namespace {

std::uint64_t load_little_endian(const std::byte* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

template <int kCompression, int kFinal>
std::uint64_t siphash(SipKey key, std::span<const std::byte> bytes) noexcept {
    SipState state(key);
    std::size_t at = 0;
    for (; bytes.size() - at >= 8; at += 8) state.compress<kCompression>(load_little_endian(&bytes[at]));
    // The last word: what is left over, and the length modulo 256 in its top byte.
    std::uint64_t last = std::uint64_t{bytes.size() & 0xff} << 56;
    for (int shift = 0; at < bytes.size(); ++at, shift += 8)
        last |= std::uint64_t{static_cast<std::uint8_t>(bytes[at])} << shift;
    state.compress<kCompression>(last);
    return state.finish<kFinal>();
}

}  // namespace

std::uint64_t siphash_2_4(SipKey key, std::span<const std::byte> bytes) noexcept {
    return siphash<2, 4>(key, bytes);
}

std::uint64_t siphash_1_3(SipKey key, std::span<const std::byte> bytes) noexcept {
    return siphash<1, 3>(key, bytes);
}

}  // namespace ringsock
