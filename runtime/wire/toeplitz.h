// SPDX-License-Identifier: BSD-3-Clause
// The Toeplitz hash by which a NIC spreads flows over its queues (Microsoft RSS), in software, and its linear
// parts, by which a source port is chosen whose answers come to a wanted queue (house.md, D2). Pure; any
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"

namespace ringsock {

/// Bytes of a key that hash inputs of up to 36 bytes (IPv6 addresses and ports) can reach.
inline constexpr std::size_t kToeplitzKeyBytes = 40;
using ToeplitzKey = std::array<std::uint8_t, kToeplitzKeyBytes>;

/// The hash of up to 36 bytes by its definition, bit by bit: for every set bit of the input the 32 bits of
/// the key that begin at the bit's place. Slow; bytes beyond 36 are not looked at.
[[nodiscard]] std::uint32_t toeplitz_hash(const ToeplitzKey& key, std::span<const std::byte> input) noexcept;

/// A key prepared for hashing four bits a step (4.6 kB, built once; IPv4 touches the first 1.5 kB). Inputs
/// are those of RSS: source and destination are the ones of the *received* packet, so our own port is the
/// destination.
class Toeplitz {
  public:
    explicit Toeplitz(const ToeplitzKey& key) noexcept;

    /// Hash types "IPv4" and "TCP/UDP IPv4".
    [[nodiscard]] std::uint32_t ipv4(Ipv4 source, Ipv4 destination) const noexcept;
    [[nodiscard]] std::uint32_t ipv4(Ipv4 source, Ipv4 destination, Port source_port,
                                     Port destination_port) const noexcept;
    /// Hash types "IPv6" and "TCP/UDP IPv6".
    [[nodiscard]] std::uint32_t ipv6(const Ipv6& source, const Ipv6& destination) const noexcept;
    [[nodiscard]] std::uint32_t ipv6(const Ipv6& source, const Ipv6& destination, Port source_port,
                                     Port destination_port) const noexcept;

    /// What the destination port contributes: hash(.., sp, dp) == hash(.., sp, Port{0}) ^
    /// destination_port_part(dp). Family none counts as ipv4.
    [[nodiscard]] std::uint32_t destination_port_part(Family family, Port port) const noexcept;
    /// The same for the source port.
    [[nodiscard]] std::uint32_t source_port_part(Family family, Port port) const noexcept;
    /// The contribution of each bit of the destination port: item i belongs to the bit of value 1 << i. The
    /// port part is the exclusive or of the items of its set bits.
    [[nodiscard]] std::array<std::uint32_t, 16> destination_port_bits(Family family) const noexcept;

  private:
    static constexpr std::size_t kInputBytes = 36;
    static constexpr std::size_t kIpv4PortsAt = 8,
                                 kIpv6PortsAt = 32;  ///< Source port, then destination port.
    static constexpr std::size_t ports_at(Family family) noexcept {
        return family == Family::ipv6 ? kIpv6PortsAt : kIpv4PortsAt;
    }
    [[nodiscard]] std::uint32_t part16(std::size_t input_byte, std::uint16_t value) const noexcept;
    [[nodiscard]] std::uint32_t part32(std::size_t input_byte, std::uint32_t value) const noexcept;
    [[nodiscard]] std::uint32_t part128(std::size_t input_byte, const Ipv6& address) const noexcept;

    /// table_[n][v]: contribution of value v in the n-th group of four input bits.
    std::array<std::array<std::uint32_t, 16>, 2 * kInputBytes> table_;
};

}  // namespace ringsock
