// SPDX-License-Identifier: BSD-3-Clause
// Writing the TCP header (RFC 9293 §3.1).
#include "wire/tcp_header.h"

#include <algorithm>

#include "wire/header_words.h"

namespace ringsock {
namespace {

constexpr std::uint8_t kWrittenOptions =
    kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps | kOptSack;
constexpr std::uint8_t kUsualSynOptions = kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps;

/// Any other mixture of options: written by the general writer, then summed from memory.
WrittenTcpHeader write_with_options(std::span<std::byte, kMaxTcpHeaderBytes> to,
                                    const TcpFields& fields) noexcept {
    const std::size_t option_bytes =
        write_tcp_options(to.subspan<kTcpHeaderBytes, kMaxTcpOptionBytes>(), fields);
    const std::size_t length = kTcpHeaderBytes + option_bytes;
    to[TcpView::kOffsetAt] = static_cast<std::byte>(length / 4 << 4);
    return {length, ChecksumAccumulator{sum_bytes(to.data(), length)}};
}

}  // namespace

WrittenTcpHeader write_tcp_header(std::span<std::byte, kMaxTcpHeaderBytes> to,
                                  const TcpFields& fields) noexcept {
    const std::uint8_t options = fields.options & kWrittenOptions;
    const std::size_t length = options == 0                  ? kTcpHeaderBytes
                               : options == kUsualSynOptions ? kTcpHeaderBytes + 20
                                                             : kTcpHeaderBytes + 12;  // Or corrected below.
    const std::uint32_t ports =
        static_cast<std::uint32_t>(fields.source.value) << 16 | fields.destination.value;
    const std::uint32_t offset_flags_window = static_cast<std::uint32_t>(length / 4) << 28 |
                                              static_cast<std::uint32_t>(fields.flags) << 16 | fields.window;
    const std::uint32_t zero_urgent = fields.urgent_pointer;  // Checksum 0 in the upper half.

    HeaderWords out{to.data()};
    out.put(ports, fields.seq.value);
    out.put(fields.ack.value, offset_flags_window);
    switch (options) {
        case 0:
            out.put(zero_urgent);
            break;
        case kOptTimestamps:
            out.put(zero_urgent, kNopNopTimestamps);
            out.put(fields.ts_value, fields.ts_echo);
            break;
        case kUsualSynOptions:
            out.put(zero_urgent, kMssAndLength | fields.mss);
            out.put(kSackPermittedTimestamps, fields.ts_value);
            out.put(fields.ts_echo,
                    kNopWindowScaleAndLength | std::min(fields.window_scale, kMaxWindowScale));
            break;
        default:
            out.put(zero_urgent);
            return write_with_options(to, fields);
    }
    return {length, ChecksumAccumulator{out.sum()}};
}

}  // namespace ringsock
