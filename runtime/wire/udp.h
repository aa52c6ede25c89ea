// SPDX-License-Identifier: BSD-3-Clause
// The UDP header (RFC 768). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/endian.h"

namespace ringsock {

inline constexpr std::size_t kUdpHeaderBytes = 8;

/// Reads the header at `at`, where at least kUdpHeaderBytes are readable. Borrowed bytes; nothing is checked.
struct UdpView {
    static constexpr std::size_t kSourceAt = 0, kDestinationAt = 2, kLengthAt = 4, kChecksumAt = 6;

    const std::byte* at;

    [[nodiscard]] Port source() const noexcept { return Port{load_be<std::uint16_t>(at + kSourceAt)}; }
    [[nodiscard]] Port destination() const noexcept {
        return Port{load_be<std::uint16_t>(at + kDestinationAt)};
    }
    /// Bytes of header and data, as the sender says.
    [[nodiscard]] std::uint16_t length() const noexcept { return load_be<std::uint16_t>(at + kLengthAt); }
    /// Zero means that the sender computed none (IPv4 only).
    [[nodiscard]] std::uint16_t checksum() const noexcept { return load_be<std::uint16_t>(at + kChecksumAt); }
};

}  // namespace ringsock
