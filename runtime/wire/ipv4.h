// SPDX-License-Identifier: BSD-3-Clause
// The IPv4 header (RFC 791 §3.1). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/endian.h"

namespace ringsock {

inline constexpr std::size_t kIpv4HeaderBytes = 20;     ///< Without options, the only form we send.
inline constexpr std::size_t kMaxIpv4HeaderBytes = 60;  ///< IHL is four bits of 32-bit words.
inline constexpr std::size_t kMaxIpv4Bytes = 65535;     ///< Total length is 16 bits.

/// Protocol numbers, also the "next header" of IPv6.
enum class IpProtocol : std::uint8_t { icmpv4 = 1, tcp = 6, udp = 17, icmpv6 = 58 };

/// The two low bits of the type-of-service byte (RFC 3168 §5).
enum class Ecn : std::uint8_t { not_capable = 0, capable_1 = 1, capable_0 = 2, congestion_experienced = 3 };

/// Reads the header at `at`, where at least kIpv4HeaderBytes are readable. Borrowed bytes; nothing is
/// checked.
struct Ipv4View {
    static constexpr std::size_t kTosAt = 1, kTotalLengthAt = 2, kIdAt = 4, kFragmentAt = 6, kTtlAt = 8,
                                 kProtocolAt = 9, kChecksumAt = 10, kSourceAt = 12, kDestinationAt = 16;
    static constexpr std::uint16_t kDontFragment = 0x4000, kMoreFragments = 0x2000,
                                   kFragmentOffsetMask = 0x1fff;

    const std::byte* at;

    [[nodiscard]] unsigned version() const noexcept { return std::to_integer<unsigned>(at[0]) >> 4; }
    /// Bytes of the header including options, as the sender says: 0 to 60.
    [[nodiscard]] std::size_t header_bytes() const noexcept {
        return (std::to_integer<std::size_t>(at[0]) & 15u) * 4;
    }
    [[nodiscard]] std::uint8_t tos() const noexcept { return std::to_integer<std::uint8_t>(at[kTosAt]); }
    [[nodiscard]] std::uint16_t total_length() const noexcept {
        return load_be<std::uint16_t>(at + kTotalLengthAt);
    }
    [[nodiscard]] std::uint16_t id() const noexcept { return load_be<std::uint16_t>(at + kIdAt); }
    /// Flags and fragment offset as they stand in the header.
    [[nodiscard]] std::uint16_t fragment_field() const noexcept {
        return load_be<std::uint16_t>(at + kFragmentAt);
    }
    [[nodiscard]] std::uint8_t ttl() const noexcept { return std::to_integer<std::uint8_t>(at[kTtlAt]); }
    [[nodiscard]] std::uint8_t protocol() const noexcept {
        return std::to_integer<std::uint8_t>(at[kProtocolAt]);
    }
    [[nodiscard]] Ipv4 source() const noexcept { return Ipv4{load_be<std::uint32_t>(at + kSourceAt)}; }
    [[nodiscard]] Ipv4 destination() const noexcept {
        return Ipv4{load_be<std::uint32_t>(at + kDestinationAt)};
    }
};

}  // namespace ringsock
