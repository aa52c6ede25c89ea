// SPDX-License-Identifier: BSD-3-Clause
// The Toeplitz hash of Microsoft RSS, by definition and by tables of four input bits.
#include "wire/toeplitz.h"

#include <algorithm>

#include "base/endian.h"

namespace ringsock {
namespace {

/// The 32 bits of the key that begin at bit `first` (0 is the most significant bit of the first byte).
std::uint32_t key_window(const ToeplitzKey& key, std::size_t first) noexcept {
    std::uint64_t bits = 0;  // Five bytes hold any 32 bits; past the key's end come zeros.
    for (std::size_t i = 0; i < 5; ++i) {
        const std::size_t byte = first / 8 + i;
        bits = (bits << 8) | (byte < key.size() ? key[byte] : 0u);
    }
    return static_cast<std::uint32_t>(bits >> (8 - first % 8));
}

}  // namespace

std::uint32_t toeplitz_hash(const ToeplitzKey& key, std::span<const std::byte> input) noexcept {
    const std::size_t bytes = std::min(input.size(), kToeplitzKeyBytes - sizeof(std::uint32_t));
    std::uint32_t hash = 0;
    for (std::size_t bit = 0; bit < bytes * 8; ++bit) {
        const unsigned octet = std::to_integer<unsigned>(input[bit / 8]);
        if ((octet >> (7 - bit % 8) & 1u) != 0) hash ^= key_window(key, bit);
    }
    return hash;
}

Toeplitz::Toeplitz(const ToeplitzKey& key) noexcept {
    for (std::size_t group = 0; group < table_.size(); ++group) {
        for (std::size_t value = 0; value < 16; ++value) {
            std::uint32_t part = 0;
            for (std::size_t bit = 0; bit < 4; ++bit)
                if ((value >> (3 - bit) & 1u) != 0) part ^= key_window(key, 4 * group + bit);
            table_[group][value] = part;
        }
    }
}

std::uint32_t Toeplitz::part16(std::size_t input_byte, std::uint16_t value) const noexcept {
    const auto* row = &table_[2 * input_byte];
    return row[0][value >> 12] ^ row[1][value >> 8 & 15] ^ row[2][value >> 4 & 15] ^ row[3][value & 15];
}

std::uint32_t Toeplitz::part32(std::size_t input_byte, std::uint32_t value) const noexcept {
    return part16(input_byte, static_cast<std::uint16_t>(value >> 16)) ^
           part16(input_byte + 2, static_cast<std::uint16_t>(value));
}

std::uint32_t Toeplitz::part128(std::size_t input_byte, const Ipv6& address) const noexcept {
    std::uint32_t part = 0;
    for (std::size_t i = 0; i < address.octets.size(); ++i) {
        const auto* row = &table_[2 * (input_byte + i)];
        part ^= row[0][address.octets[i] >> 4] ^ row[1][address.octets[i] & 15];
    }
    return part;
}

std::uint32_t Toeplitz::ipv4(Ipv4 source, Ipv4 destination) const noexcept {
    return part32(0, source.value) ^ part32(4, destination.value);
}

std::uint32_t Toeplitz::ipv4(Ipv4 source, Ipv4 destination, Port source_port,
                             Port destination_port) const noexcept {
    return ipv4(source, destination) ^ part16(kIpv4PortsAt, source_port.value) ^
           part16(kIpv4PortsAt + 2, destination_port.value);
}

std::uint32_t Toeplitz::ipv6(const Ipv6& source, const Ipv6& destination) const noexcept {
    return part128(0, source) ^ part128(16, destination);
}

std::uint32_t Toeplitz::ipv6(const Ipv6& source, const Ipv6& destination, Port source_port,
                             Port destination_port) const noexcept {
    return ipv6(source, destination) ^ part16(kIpv6PortsAt, source_port.value) ^
           part16(kIpv6PortsAt + 2, destination_port.value);
}

std::uint32_t Toeplitz::destination_port_part(Family family, Port port) const noexcept {
    return part16(ports_at(family) + 2, port.value);
}

std::uint32_t Toeplitz::source_port_part(Family family, Port port) const noexcept {
    return part16(ports_at(family), port.value);
}

std::array<std::uint32_t, 16> Toeplitz::destination_port_bits(Family family) const noexcept {
    std::array<std::uint32_t, 16> bits;
    for (std::size_t i = 0; i < bits.size(); ++i)
        bits[i] = destination_port_part(family, Port{static_cast<std::uint16_t>(1u << i)});
    return bits;
}

}  // namespace ringsock
