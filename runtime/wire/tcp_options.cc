// SPDX-License-Identifier: BSD-3-Clause
// TCP options: RFC 9293 §3.2 (MUST-4 to MUST-7, MUST-64), RFC 7323, RFC 2018.
#include "wire/tcp_options.h"

#include <algorithm>

namespace ringsock {
namespace {

std::uint8_t octet(std::byte b) noexcept {
    return std::to_integer<std::uint8_t>(b);
}

/// MSS, SACK permitted, timestamps, NOP, window scale: the 20 bytes of a SYN as Linux and we send it.
bool read_usual_syn_options(std::span<const std::byte> options, TcpFields& fields) noexcept {
    if (options.size() != 20) return false;
    const std::byte* at = options.data();
    const std::uint32_t mss = load_be<std::uint32_t>(at);
    const std::uint32_t scale = load_be<std::uint32_t>(at + 16);
    if ((mss & 0xffff'0000u) != kMssAndLength || (scale & 0xffff'ff00u) != kNopWindowScaleAndLength)
        return false;
    if (load_be<std::uint32_t>(at + 4) != kSackPermittedTimestamps) return false;
    fields.options = kOptMss | kOptSackPermitted | kOptTimestamps | kOptWindowScale;
    fields.mss = static_cast<std::uint16_t>(mss);
    fields.ts_value = load_be<std::uint32_t>(at + 8);
    fields.ts_echo = load_be<std::uint32_t>(at + 12);
    fields.window_scale = static_cast<std::uint8_t>(std::min<std::uint32_t>(scale & 0xff, kMaxWindowScale));
    return true;
}

bool take_sack(std::span<const std::byte> option, TcpFields& fields) noexcept {
    const std::size_t block_bytes = option.size() - 2;  // RFC 2018 §3: length is 8n + 2.
    if (block_bytes % 8 != 0 || block_bytes == 0 || block_bytes > 8 * kMaxSackBlocks) return false;
    const std::size_t count = block_bytes / 8;
    for (std::size_t i = 0; i < count; ++i) {
        const std::byte* block = option.data() + 2 + 8 * i;
        fields.sack[i] = {SeqNum{load_be<std::uint32_t>(block)}, SeqNum{load_be<std::uint32_t>(block + 4)}};
    }
    fields.sack_count = static_cast<std::uint8_t>(count);
    fields.options |= kOptSack;
    return true;
}

/// Takes one option of its full length (>= 2). False when the length is not the one of its kind.
bool take_option(std::span<const std::byte> option, TcpFields& fields) noexcept {
    const std::byte* value = option.data() + 2;
    switch (static_cast<TcpOptionKind>(octet(option[0]))) {
        case TcpOptionKind::mss:
            if (option.size() != 4) return false;
            fields.mss = load_be<std::uint16_t>(value);
            fields.options |= kOptMss;
            return true;
        case TcpOptionKind::window_scale:
            if (option.size() != 3) return false;
            fields.window_scale =
                std::min(octet(value[0]), kMaxWindowScale);  // RFC 7323 §2.3: larger is used as 14.
            fields.options |= kOptWindowScale;
            return true;
        case TcpOptionKind::sack_permitted:
            if (option.size() != 2) return false;
            fields.options |= kOptSackPermitted;
            return true;
        case TcpOptionKind::sack:
            return take_sack(option, fields);
        case TcpOptionKind::timestamps:
            if (option.size() != 10) return false;
            fields.ts_value = load_be<std::uint32_t>(value);
            fields.ts_echo = load_be<std::uint32_t>(value + 4);
            fields.options |= kOptTimestamps;
            return true;
        case TcpOptionKind::end:
        case TcpOptionKind::no_operation:  // Single bytes: the walk has taken them already.
            break;
    }
    return true;  // MUST-6: an option we do not implement is ignored.
}

}  // namespace

void walk_tcp_options(std::span<const std::byte> options, TcpFields& fields) noexcept {
    fields.options = 0;
    fields.sack_count = 0;
    if (read_usual_syn_options(options, fields)) return;
    std::size_t at = 0;
    while (at < options.size()) {  // Every step takes at least one byte.
        const std::uint8_t kind = octet(options[at]);
        if (kind == static_cast<std::uint8_t>(TcpOptionKind::end))
            return;  // What follows is padding (MUST-69).
        if (kind == static_cast<std::uint8_t>(TcpOptionKind::no_operation)) {
            ++at;
            continue;
        }
        // MUST-7: a length below 2 (zero would stand still), past the end, or missing.
        const std::size_t left = options.size() - at;
        const std::size_t length = left >= 2 ? octet(options[at + 1]) : 0u;
        if (length < 2 || length > left || !take_option(options.subspan(at, length), fields)) {
            fields.options |= kOptMalformed;
            return;
        }
        at += length;
    }
}

std::size_t write_tcp_options(std::span<std::byte, kMaxTcpOptionBytes> to, const TcpFields& fields) noexcept {
    std::byte* at = to.data();
    const auto put = [&at](std::uint32_t word) noexcept {
        store_be(at, word);
        at += sizeof word;
    };
    if (fields.has_option(kOptMss)) put(kMssAndLength | fields.mss);
    if (fields.has_option(kOptTimestamps)) {
        put(fields.has_option(kOptSackPermitted) ? kSackPermittedTimestamps : kNopNopTimestamps);
        put(fields.ts_value);
        put(fields.ts_echo);
    } else if (fields.has_option(kOptSackPermitted)) {
        put(kNopNopSackPermitted);
    }
    if (fields.has_option(kOptWindowScale))
        put(kNopWindowScaleAndLength | std::min(fields.window_scale, kMaxWindowScale));
    const auto used = static_cast<std::size_t>(at - to.data());
    std::size_t blocks = std::min<std::size_t>(fields.sack_count, kMaxSackBlocks);
    blocks = std::min(blocks, (kMaxTcpOptionBytes - 4 - used) / 8);  // At most 20 bytes are used so far.
    if (!fields.has_option(kOptSack) || blocks == 0) return used;
    put(kNopNopSack | static_cast<std::uint32_t>(2 + 8 * blocks));
    for (std::size_t i = 0; i < blocks; ++i) {
        put(fields.sack[i].left.value);
        put(fields.sack[i].right.value);
    }
    return static_cast<std::size_t>(at - to.data());
}

}  // namespace ringsock
