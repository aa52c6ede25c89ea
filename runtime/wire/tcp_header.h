// SPDX-License-Identifier: BSD-3-Clause
// The TCP header (RFC 9293 §3.1): bytes <-> TcpFields. Checksums are the callers' (checksum.h, parse_frame,
// build_frame). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/endian.h"
#include "wire/checksum.h"
#include "wire/tcp_fields.h"
#include "wire/tcp_options.h"

namespace ringsock {

inline constexpr std::size_t kTcpHeaderBytes = 20;  ///< Without options.
inline constexpr std::size_t kMaxTcpHeaderBytes = kTcpHeaderBytes + kMaxTcpOptionBytes;

/// Reads single fields of the header at `at`, where at least kTcpHeaderBytes are readable. Borrowed bytes.
struct TcpView {
    static constexpr std::size_t kSourceAt = 0, kDestinationAt = 2, kSeqAt = 4, kAckAt = 8, kOffsetAt = 12,
                                 kFlagsAt = 13, kWindowAt = 14, kChecksumAt = 16, kUrgentAt = 18;

    const std::byte* at;

    /// Header bytes including options, as the sender says: 0 to 60.
    [[nodiscard]] std::size_t header_bytes() const noexcept {
        return (std::to_integer<std::size_t>(at[kOffsetAt]) >> 4) * 4;
    }
    /// Decodes the fixed part into `out`; its option part is left as it is. The four reserved bits are
    /// ignored.
    void read_fixed(TcpFields& out) const noexcept {
        out.source = Port{load_be<std::uint16_t>(at + kSourceAt)};
        out.destination = Port{load_be<std::uint16_t>(at + kDestinationAt)};
        out.seq = SeqNum{load_be<std::uint32_t>(at + kSeqAt)};
        out.ack = SeqNum{load_be<std::uint32_t>(at + kAckAt)};
        out.flags = std::to_integer<std::uint8_t>(at[kFlagsAt]);
        out.window = load_be<std::uint16_t>(at + kWindowAt);
        out.urgent_pointer = load_be<std::uint16_t>(at + kUrgentAt);
    }
};

/// Decodes the header at the start of `segment`. Returns its length (20 to 60), or 0 when the segment is
/// shorter than a header or the data offset is below 5 or past the end; then `out` is untouched.
[[nodiscard]] inline std::size_t read_tcp_header(std::span<const std::byte> segment,
                                                 TcpFields& out) noexcept {
    if (segment.size() < kTcpHeaderBytes) return 0;
    const TcpView view{segment.data()};
    const std::size_t header_bytes = view.header_bytes();
    if (header_bytes < kTcpHeaderBytes || header_bytes > segment.size()) return 0;
    view.read_fixed(out);
    read_tcp_options(segment.subspan(kTcpHeaderBytes, header_bytes - kTcpHeaderBytes), out);
    return header_bytes;
}

/// What write_tcp_header wrote: its length and its sum with the checksum field as zero, computed on the way.
struct WrittenTcpHeader {
    std::size_t length;
    ChecksumAccumulator sum;
};

/// Encodes `fields` at `to`: fixed header with checksum 0, then the options as write_tcp_options lays them
/// out. Length is a multiple of 4 from 20 to 60. Headers without options, with timestamps only, and the usual
/// SYN are written from registers in whole words.
[[nodiscard]] WrittenTcpHeader write_tcp_header(std::span<std::byte, kMaxTcpHeaderBytes> to,
                                                const TcpFields& fields) noexcept;

}  // namespace ringsock
