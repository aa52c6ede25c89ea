// SPDX-License-Identifier: BSD-3-Clause
// Network-order integers as types of their own, so that a host-order value can not be stored by mistake.
// Unaligned access goes through load_be/store_be. Any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringsock {

constexpr std::uint16_t swap_bytes(std::uint16_t v) noexcept { return __builtin_bswap16(v); }
constexpr std::uint32_t swap_bytes(std::uint32_t v) noexcept { return __builtin_bswap32(v); }

/// An unsigned integer held in network order. `raw` is the memory image; `host()` the value.
template <typename T>
struct BigEndian {
    T raw = 0;

    constexpr BigEndian() noexcept = default;
    constexpr explicit BigEndian(T host_value) noexcept
        : raw(std::endian::native == std::endian::little ? swap_bytes(host_value) : host_value) {}
    static constexpr BigEndian from_raw(T raw_value) noexcept {
        BigEndian v;
        v.raw = raw_value;
        return v;
    }
    [[nodiscard]] constexpr T host() const noexcept {
        return std::endian::native == std::endian::little ? swap_bytes(raw) : raw;
    }
    friend constexpr bool operator==(BigEndian, BigEndian) noexcept = default;
};
using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

/// Reads a network-order value of host type `T` (uint16_t, uint32_t) at any alignment.
template <typename T>
[[nodiscard]] inline T load_be(const std::byte* from) noexcept {
    T v;
    std::memcpy(&v, from, sizeof v);
    return std::endian::native == std::endian::little ? swap_bytes(v) : v;
}
/// Writes host value `v` in network order at any alignment.
template <typename T>
inline void store_be(std::byte* to, T v) noexcept {
    if constexpr (std::endian::native == std::endian::little) v = swap_bytes(v);
    std::memcpy(to, &v, sizeof v);
}

}  // namespace ringsock
