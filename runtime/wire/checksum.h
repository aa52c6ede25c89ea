// SPDX-License-Identifier: BSD-3-Clause
// The Internet checksum: RFC 1071 sums over any number of pieces of any length and alignment, the incremental
// update of RFC 1624, the pseudo-headers of RFC 9293 §3.1 and RFC 8200 §8.1. Pure; any thread.
//
// All sums are kept in memory order (RFC 1071 §2B): a 64-bit one's complement sum of the bytes as they lie in
// memory is right on machines of either byte order, and is put back into memory without a swap.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/address.h"
#include "base/endian.h"
#include "wire/ipv4.h"

namespace ringsock {

/// One's complement addition of 64-bit words: the carry comes in again at the bottom. Any 64-bit sum stands
/// for the 16-bit sum it folds to, because 2^16, 2^32 and 2^64 are all 1 modulo 2^16 - 1.
[[nodiscard]] constexpr std::uint64_t add_ones(std::uint64_t a, std::uint64_t b) noexcept {
    a += b;
    return a + (a < b ? 1 : 0);
}
/// Folds a 64-bit sum to its 16 bits, still in memory order and not complemented.
[[nodiscard]] constexpr std::uint16_t fold_ones(std::uint64_t sum) noexcept {
    sum += std::rotl(sum, 32);  // The upper half is now the sum of both halves, carry included.
    auto half = static_cast<std::uint32_t>(sum >> 32);
    half += std::rotl(half, 16);
    return static_cast<std::uint16_t>(half >> 16);
}

/// Sum of `length` bytes; for pieces above kInlineSumBytes. Vectorised, whatever the alignment.
[[nodiscard]] std::uint64_t sum_bytes_long(const std::byte* bytes, std::size_t length) noexcept;

/// Pieces up to this length are summed inline, eight bytes a step: headers, control segments, small records.
inline constexpr std::size_t kInlineSumBytes = 64;

namespace detail {
[[nodiscard]] inline std::uint64_t load_word(const std::byte* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
}
/// The last `count` (0 to 7) bytes before `end` as the first bytes of a word, the rest zero. At least eight
/// bytes before `end` must be readable.
[[nodiscard]] inline std::uint64_t load_tail(const std::byte* end, std::size_t count) noexcept {
    const std::uint64_t word = load_word(end - 8);
    const auto excess_bits =
        static_cast<unsigned>(56 - 8 * count);  // Two shifts, since one by 64 is undefined.
    if constexpr (std::endian::native == std::endian::little) return (word >> excess_bits) >> 8;
    return (word << excess_bits) << 8;
}
/// Fewer than eight bytes as the first bytes of a word, the rest zero. Reads nothing else.
[[nodiscard]] inline std::uint64_t load_short(const std::byte* from, std::size_t length) noexcept {
    std::uint64_t word = 0;
    auto* to = reinterpret_cast<std::byte*>(&word);
    std::size_t at = 0;
    if ((length & 4) != 0) std::memcpy(to, from, 4), at = 4;
    if ((length & 2) != 0) std::memcpy(to + at, from + at, 2), at += 2;
    if ((length & 1) != 0) to[at] = from[at];
    return word;
}
/// Exactly 20 bytes: an IPv4 or TCP header without options.
[[nodiscard]] inline std::uint64_t sum_20_bytes(const std::byte* from) noexcept {
    std::uint32_t last;
    std::memcpy(&last, from + 16, sizeof last);
    return add_ones(add_ones(load_word(from), load_word(from + 8)), last);
}
}  // namespace detail

/// Sum of `length` bytes in memory order, as if the piece began at an even place. Small pieces inline.
[[nodiscard]] inline std::uint64_t sum_bytes(const std::byte* bytes, std::size_t length) noexcept {
    if (length > kInlineSumBytes) return sum_bytes_long(bytes, length);
    if (length < 8) return detail::load_short(bytes, length);
    std::uint64_t sum = detail::load_tail(bytes + length, length & 7);
    for (std::size_t i = 0; i + 8 <= length; i += 8)  // At most kInlineSumBytes / 8 steps.
        sum = add_ones(sum, detail::load_word(bytes + i));
    return sum;
}

/// The running sum of a message that comes in pieces. Plain value of 16 bytes; copy it to keep a prefix.
/// An odd piece shifts what follows by one byte, which in one's complement arithmetic is a rotation by eight.
class ChecksumAccumulator {
  public:
    constexpr ChecksumAccumulator() noexcept = default;
    /// From a sum in memory order over a whole number of 16-bit words.
    constexpr explicit ChecksumAccumulator(std::uint64_t sum_of_words) noexcept : sum_(sum_of_words) {}

    /// Appends a piece of the message: any length, any alignment.
    void add(std::span<const std::byte> piece) noexcept {
        append(sum_bytes(piece.data(), piece.size()), (piece.size() & 1) != 0);
    }
    /// Appends all that `following` has summed, as if its pieces had been added here one by one.
    constexpr void add(const ChecksumAccumulator& following) noexcept {
        append(following.sum_, following.is_odd_);
    }
    /// Appends a 16-bit field given in host order.
    constexpr void add_be16(std::uint16_t value) noexcept { append(Be16{value}.raw, false); }
    /// Appends a 32-bit field given in host order.
    constexpr void add_be32(std::uint32_t value) noexcept { append(Be32{value}.raw, false); }

    /// The sum so far, folded, not complemented: what goes into the field when the device completes it.
    [[nodiscard]] constexpr Be16 sum() const noexcept { return Be16::from_raw(fold_ones(sum_)); }
    /// The value for the checksum field, provided that the field itself was added as zero.
    [[nodiscard]] constexpr Be16 checksum() const noexcept {
        return Be16::from_raw(static_cast<std::uint16_t>(~fold_ones(sum_)));
    }
    /// Whether a message that was added with its checksum field is intact (RFC 1071 §1, step 3).
    [[nodiscard]] constexpr bool is_intact() const noexcept { return fold_ones(sum_) == 0xffff; }
    /// Whether an odd number of bytes was added.
    [[nodiscard]] constexpr bool is_odd() const noexcept { return is_odd_; }
    /// The unfolded sum in memory order.
    [[nodiscard]] constexpr std::uint64_t raw_sum() const noexcept { return sum_; }

  private:
    constexpr void append(std::uint64_t sum, bool piece_is_odd) noexcept {
        sum_ = add_ones(sum_, std::rotl(sum, is_odd_ ? 8 : 0));
        is_odd_ = is_odd_ != piece_is_odd;
    }
    std::uint64_t sum_ = 0;
    bool is_odd_ = false;
};

/// The sum over the pseudo-header of an upper-layer packet of `length` bytes, header included (RFC 9293 §3.1,
/// RFC 768). Even, so that the packet itself can be added behind it.
[[nodiscard]] constexpr ChecksumAccumulator pseudo_header_sum(Ipv4 source, Ipv4 destination,
                                                              IpProtocol protocol,
                                                              std::uint32_t length) noexcept {
    // Four fields below 2^33 in all: no carry leaves 64 bits. Protocol and length share one swapped word.
    const std::uint32_t tail = (static_cast<std::uint32_t>(protocol) << 16) + length;
    return ChecksumAccumulator{std::uint64_t{Be32{source.value}.raw} + Be32{destination.value}.raw +
                               Be32{tail}.raw};
}
/// The same for IPv6 (RFC 8200 §8.1). `next_header` is that of the upper-layer packet.
[[nodiscard]] inline ChecksumAccumulator pseudo_header_sum(const Ipv6& source, const Ipv6& destination,
                                                           IpProtocol next_header,
                                                           std::uint32_t length) noexcept {
    ChecksumAccumulator sum;
    sum.add(std::as_bytes(std::span{source.octets}));
    sum.add(std::as_bytes(std::span{destination.octets}));
    sum.add_be32(length);
    sum.add_be32(static_cast<std::uint32_t>(next_header));
    return sum;
}

/// The checksum of a single piece: what belongs in the field if it was zero, zero if the piece is intact.
[[nodiscard]] inline Be16 checksum_of(std::span<const std::byte> message) noexcept {
    ChecksumAccumulator sum;
    sum.add(message);
    return sum.checksum();
}

/// The checksum after one 16-bit field of the message changed (RFC 1624 §3, equation 3: HC' = ~(~HC + ~m +
/// m')).
[[nodiscard]] constexpr Be16 update_checksum(Be16 checksum, Be16 before, Be16 after) noexcept {
    const std::uint64_t sum = std::uint64_t{static_cast<std::uint16_t>(~checksum.raw)} +
                              static_cast<std::uint16_t>(~before.raw) + after.raw;
    return Be16::from_raw(static_cast<std::uint16_t>(~fold_ones(sum)));
}
/// The same for a 32-bit field at an even place: an address, a sequence number.
[[nodiscard]] constexpr Be16 update_checksum(Be16 checksum, Be32 before, Be32 after) noexcept {
    const std::uint64_t sum =
        std::uint64_t{static_cast<std::uint16_t>(~checksum.raw)} + std::uint64_t{~before.raw} + after.raw;
    return Be16::from_raw(static_cast<std::uint16_t>(~fold_ones(sum)));
}

/// Writes a checksum into its field, any alignment.
inline void store_checksum(std::byte* to, Be16 checksum) noexcept {
    std::memcpy(to, &checksum.raw, sizeof checksum.raw);
}

}  // namespace ringsock
