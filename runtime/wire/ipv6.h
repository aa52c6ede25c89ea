// SPDX-License-Identifier: BSD-3-Clause
// The IPv6 header (RFC 8200 §3): sizes, offsets and accessors. Frames of this family are recognised by
// parse_frame and handed up undecoded for now; checksum.h and toeplitz.h serve both families already.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/address.h"
#include "base/endian.h"

namespace ringsock {

inline constexpr std::size_t kIpv6HeaderBytes = 40;
inline constexpr std::size_t kMinIpv6Mtu = 1280;  ///< RFC 8200 §5.

/// Reads the header at `at`, where at least kIpv6HeaderBytes are readable. Borrowed bytes; nothing is
/// checked.
struct Ipv6View {
    static constexpr std::size_t kPayloadLengthAt = 4, kNextHeaderAt = 6, kHopLimitAt = 7, kSourceAt = 8,
                                 kDestinationAt = 24;

    const std::byte* at;

    [[nodiscard]] unsigned version() const noexcept { return std::to_integer<unsigned>(at[0]) >> 4; }
    /// Bytes that follow this header, extension headers included.
    [[nodiscard]] std::uint16_t payload_length() const noexcept {
        return load_be<std::uint16_t>(at + kPayloadLengthAt);
    }
    [[nodiscard]] std::uint8_t next_header() const noexcept {
        return std::to_integer<std::uint8_t>(at[kNextHeaderAt]);
    }
    [[nodiscard]] std::uint8_t hop_limit() const noexcept {
        return std::to_integer<std::uint8_t>(at[kHopLimitAt]);
    }
    [[nodiscard]] Ipv6 source() const noexcept { return load(kSourceAt); }
    [[nodiscard]] Ipv6 destination() const noexcept { return load(kDestinationAt); }

  private:
    [[nodiscard]] Ipv6 load(std::size_t offset) const noexcept {
        Ipv6 address;
        std::memcpy(address.octets.data(), at + offset, address.octets.size());
        return address;
    }
};

}  // namespace ringsock
