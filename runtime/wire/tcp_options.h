// SPDX-License-Identifier: BSD-3-Clause
// TCP options (RFC 9293 §3.2, RFC 7323 §2 and §3, RFC 2018 §2 and §3): a walk that is total on any bytes, and
// the layouts we send. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/endian.h"
#include "wire/tcp_fields.h"

namespace ringsock {

inline constexpr std::size_t kMaxTcpOptionBytes = 40;
inline constexpr std::size_t kMaxSackBlocks = 4;
inline constexpr std::uint8_t kMaxWindowScale = 14;  ///< RFC 7323 §2.3.

/// Option kinds we know (RFC 9293 §3.2, RFC 7323, RFC 2018); all others are skipped by their length (MUST-6).
enum class TcpOptionKind : std::uint8_t {
    end = 0,
    no_operation = 1,
    mss = 2,
    window_scale = 3,
    sack_permitted = 4,
    sack = 5,
    timestamps = 8,
};

/// Four option bytes as one big-endian number, as they stand in the layouts of RFC 7323 appendix A.
inline constexpr std::uint32_t kNopNopTimestamps = 0x0101'080a;
inline constexpr std::uint32_t kSackPermittedTimestamps = 0x0402'080a;
inline constexpr std::uint32_t kNopNopSackPermitted = 0x0101'0402;
inline constexpr std::uint32_t kMssAndLength = 0x0204'0000;             ///< Plus the MSS.
inline constexpr std::uint32_t kNopWindowScaleAndLength = 0x0103'0300;  ///< Plus the shift count.
inline constexpr std::uint32_t kNopNopSack = 0x0101'0500;               ///< Plus 2 and 8 per block.

/// The general walk behind read_tcp_options. Ends after at most options.size() steps.
void walk_tcp_options(std::span<const std::byte> options, TcpFields& fields) noexcept;

/// Decodes the bytes between the fixed header and the data into the option part of `fields`; starts from "no
/// options". Any bytes, any alignment (MUST-64). An option whose length is illegal or wrong for its kind sets
/// kOptMalformed and ends the walk (MUST-7); unknown kinds are skipped (MUST-6); of an option given twice the
/// last counts. A shift count above 14 becomes 14 (RFC 7323 §2.3). Whether an option is legal in this segment
/// is for tcp to say.
inline void read_tcp_options(std::span<const std::byte> options, TcpFields& fields) noexcept {
    fields.options = 0;
    fields.sack_count = 0;
    if (options.empty()) return;
    if (options.size() == 12 && load_be<std::uint32_t>(options.data()) == kNopNopTimestamps) {
        fields.options = kOptTimestamps;  // RFC 7323 appendix A: what nearly every segment carries.
        fields.ts_value = load_be<std::uint32_t>(options.data() + 4);
        fields.ts_echo = load_be<std::uint32_t>(options.data() + 8);
        return;
    }
    walk_tcp_options(options, fields);
}

/// Writes the options of `fields` the way Linux lays them out: MSS; SACK-permitted and timestamps sharing
/// four bytes; window scale after a NOP; SACK blocks last, as many as still fit. Every option begins its own
/// 32-bit word after NOPs, so no padding is left over. Returns the bytes written, a multiple of 4 up to 40.
[[nodiscard]] std::size_t write_tcp_options(std::span<std::byte, kMaxTcpOptionBytes> to,
                                            const TcpFields& fields) noexcept;

}  // namespace ringsock
