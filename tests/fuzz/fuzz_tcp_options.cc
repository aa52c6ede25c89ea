// SPDX-License-Identifier: BSD-3-Clause
// Fuzz target for wire/tcp_options and wire/tcp_header. The input is an option list of any length.
// Properties: total; limits hold; the fast paths and the walk agree; what is read can be written and read
// again.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz_check.h"
#include "wire/tcp_header.h"

namespace ringsock {
namespace {

using Bytes = std::vector<std::byte>;

TcpFields read(const Bytes& options) {
    TcpFields fields;
    read_tcp_options(options, fields);
    return fields;
}

/// Compares what the present options make valid.
bool is_same(const TcpFields& a, const TcpFields& b) {
    if (a.options != b.options || a.sack_count != b.sack_count) return false;
    if (a.has_option(kOptMss) && a.mss != b.mss) return false;
    if (a.has_option(kOptWindowScale) && a.window_scale != b.window_scale) return false;
    if (a.has_option(kOptTimestamps) && (a.ts_value != b.ts_value || a.ts_echo != b.ts_echo)) return false;
    for (std::size_t i = 0; i < a.sack_count; ++i)
        if (!(a.sack[i].left == b.sack[i].left) || !(a.sack[i].right == b.sack[i].right)) return false;
    return true;
}

void check_limits(const TcpFields& fields) {
    constexpr unsigned kKnown =
        kOptMss | kOptWindowScale | kOptSackPermitted | kOptTimestamps | kOptSack | kOptMalformed;
    FUZZ_CHECK((fields.options & ~kKnown) == 0);
    FUZZ_CHECK(fields.sack_count <= kMaxSackBlocks);
    FUZZ_CHECK((fields.sack_count > 0) == fields.has_option(kOptSack));
    FUZZ_CHECK(!fields.has_option(kOptWindowScale) || fields.window_scale <= kMaxWindowScale);
}

/// Written in our layout and read again; all comes back except SACK blocks for which there is no room.
void check_round_trip(TcpFields fields) {
    std::array<std::byte, kMaxTcpHeaderBytes> room;
    const WrittenTcpHeader written = write_tcp_header(room, fields);
    FUZZ_CHECK(written.length >= kTcpHeaderBytes && written.length <= kMaxTcpHeaderBytes &&
               written.length % 4 == 0);
    const Bytes segment(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(written.length));
    FUZZ_CHECK(fold_ones(written.sum.raw_sum()) == fold_ones(sum_bytes(segment.data(), segment.size())));
    TcpFields back;
    FUZZ_CHECK(read_tcp_header(segment, back) == written.length);
    FUZZ_CHECK(back.sack_count <= fields.sack_count);
    fields.sack_count = back.sack_count;
    fields.options &= static_cast<std::uint8_t>(~kOptMalformed);
    if (back.sack_count == 0) fields.options &= static_cast<std::uint8_t>(~kOptSack);
    FUZZ_CHECK(is_same(fields, back));
}

/// A whole segment around the options: RFC 9293 §3.1, the data offset reaches at most 60 bytes.
void check_in_segment(const Bytes& options, const TcpFields& expected) {
    Bytes segment(kTcpHeaderBytes);
    segment.insert(segment.end(), options.begin(), options.end());
    segment[TcpView::kOffsetAt] = static_cast<std::byte>(segment.size() / 4 << 4);
    const bool fits = segment.size() <= kMaxTcpHeaderBytes && segment.size() % 4 == 0;
    TcpFields fields;
    const std::size_t length = read_tcp_header(segment, fields);
    FUZZ_CHECK(length <= segment.size() && length <= kMaxTcpHeaderBytes);
    if (fits) FUZZ_CHECK(length == segment.size() && is_same(fields, expected));
}

void run(const Bytes& options) {
    const TcpFields fields = read(options);
    check_limits(fields);
    TcpFields walked;
    walk_tcp_options(options, walked);
    FUZZ_CHECK(is_same(fields, walked));
    Bytes shifted = {
        std::byte{1}};  // A NOP in front: no fast path fits any more, and the alignment is another.
    shifted.insert(shifted.end(), options.begin(), options.end());
    FUZZ_CHECK(is_same(fields, read(shifted)));
    Bytes longer = options;  // Behind an end mark or a malformed option nothing counts.
    longer.insert(longer.end(), {std::byte{0}, std::byte{2}, std::byte{4}, std::byte{5}, std::byte{0xb4}});
    const TcpFields with_end = read(longer);
    if (!fields.has_option(kOptMalformed)) FUZZ_CHECK(is_same(fields, with_end));
    check_round_trip(fields);
    check_in_segment(options, fields);
}

}  // namespace
}  // namespace ringsock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    ringsock::run(std::vector<std::byte>(bytes, bytes + size));
    return 0;
}
