// SPDX-License-Identifier: BSD-3-Clause
// NicOffload: names of what a device may do in our place, for configuration and nic/. Plain values.
#pragma once

#include <cstdint>

namespace ringsock {

/// What a device may be given to do (bits of NicConfig::offloads).
enum NicOffload : std::uint8_t {
    kOffloadChecksum = 1,      ///< IPv4, TCP and UDP checksums, both ways.
    kOffloadSegmentation = 2,  ///< Cutting long TCP text into segments; needs checksum and multi_segment.
    kOffloadMultiSegment = 4,  ///< Frames in several buffers, so that payload is not copied.
    kOffloadScatter = 8,       ///< Received frames in several buffers.
    kOffloadVlan = 16,         ///< Tags put on and taken off.
};
inline constexpr std::uint8_t kAllOffloads = 31;

}  // namespace ringsock
