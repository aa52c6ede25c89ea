// SPDX-License-Identifier: BSD-3-Clause
// Frames that a Linux 6 kernel put on a tap device with all offloads off, and plain helpers to make others
// from them. Each frame lives in a block of exactly its size, so that the address sanitizer sees any look
// outside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/endian.h"

namespace ringsock::test {

using Bytes = std::vector<std::byte>;

/// Bytes from hexadecimal digits; anything else is skipped.
inline Bytes hex(std::string_view digits) {
    Bytes bytes;
    int high = -1;
    for (const char c : digits) {
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) continue;
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + value));
            high = -1;
        }
    }
    return Bytes(bytes.begin(), bytes.end());
}

/// RFC 1071 by its definition: 16-bit big-endian words, an odd last byte padded with zero. Not complemented.
inline std::uint16_t naive_sum(std::span<const std::byte> bytes, std::uint32_t start = 0) {
    std::uint64_t sum = start;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
        if (i + 1 < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i + 1]);
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

/// Puts the right IPv4 header checksum into a frame whose IPv4 header begins at `l3`.
inline void fix_ipv4_checksum(Bytes& frame, std::size_t l3 = 14) {
    const std::size_t header = (std::to_integer<std::size_t>(frame[l3]) & 15) * 4;
    store_be<std::uint16_t>(&frame[l3 + 10], 0);
    const auto sum = naive_sum(std::span{frame}.subspan(l3, header));
    store_be(&frame[l3 + 10], static_cast<std::uint16_t>(~sum));
}

/// Puts the right TCP, UDP or ICMP checksum at `field` (offset within layer 4), over what the total length
/// covers.
inline void fix_l4_checksum(Bytes& frame, std::size_t field, std::size_t l3 = 14) {
    const std::size_t header = (std::to_integer<std::size_t>(frame[l3]) & 15) * 4;
    const std::size_t length = load_be<std::uint16_t>(&frame[l3 + 2]) - header;
    const auto protocol = std::to_integer<std::uint32_t>(frame[l3 + 9]);
    const auto l4 = std::span{frame}.subspan(l3 + header, length);
    store_be<std::uint16_t>(&l4[field], 0);
    std::uint32_t start = 0;
    if (protocol != 1) {
        start =
            naive_sum(std::span{frame}.subspan(l3 + 12, 8)) + protocol + static_cast<std::uint32_t>(length);
    }
    store_be(&l4[field], static_cast<std::uint16_t>(~naive_sum(l4, start)));
}

// One conversation: 10.9.9.1 connects to port 80 of 10.9.9.2.
inline constexpr std::string_view kSyn =
    "020000000002020000000001 0800 4500003c294340004006eb64 0a090901 0a090902"
    "a3ba0050 ee5b56d8 00000000 a002faf0 b69d0000 020405b4 0402080a 71b21569 00000000 0103030a";
inline constexpr std::string_view kAck =
    "020000000002020000000001 0800 45000034294440004006eb6b 0a090901 0a090902"
    "a3ba0050 ee5b56d9 00001389 8010003f c89c0000 0101080a 71b2156a 000003e8";
inline constexpr std::string_view kAckWithSack =
    "020000000002020000000001 0800 45000040294540004006eb5e 0a090901 0a090902"
    "a3ba0050 ee5b56d9 00001389 b010003f 6b550000 0101080a 71b2156a 000003e8 0101050a 00001393 0000139d";
inline constexpr std::string_view kDataWithTwoSacks =
    "020000000002020000000001 0800 4500004d294740004006eb4f 0a090901 0a090902"
    "a3ba0050 ee5b56d9 00001389 d018003f dff90000 0101080a 71b2156a 000003e8"
    "01010512 000013b1 000013bb 00001393 0000139d 68656c6c6f";
inline constexpr std::string_view kFinWithTwoSacks =
    "020000000002020000000001 0800 45000048294840004006eb53 0a090901 0a090902"
    "a3ba0050 ee5b56de 00001389 d011003f 23d30000 0101080a 71b2156a 000003e8"
    "01010512 000013b1 000013bb 00001393 0000139d";
inline constexpr std::string_view kRefusal =
    "020000000002020000000001 0800 450000280000400040 0614bc 0a090901 0a090902"
    "00630051 00000000 00000002 50140000 89060000";
// Others of the same kernel.
inline constexpr std::string_view kUdpHello =
    "020000000002020000000001 0800 450000212d9b40004011e71c 0a090901 0a090902 97ef0009000dfdf4 68656c6c6f";
inline constexpr std::string_view kPortUnreachable =
    "020000000002020000000001 0800 45c0003d6ba500004001e846 0a090901 0a090902 0303c1c300000000"
    "4500002100070000401154b1 0a090902 0a090901 0009115c000d0000 6162636465";
inline constexpr std::string_view kEchoReply =
    "020000000002020000000001 0800 450000256ba600004001e91d 0a090901 0a090902 00002c2112340001 "
    "70696e672064617461";
inline constexpr std::string_view kArpRequest =
    "ffffffffffff020000000001 0806 0001080006040001 020000000001 0a090901 000000000000 0a090903";
inline constexpr std::string_view kArpReply =
    "020000000002020000000001 0806 0001080006040002 020000000001 0a090901 020000000002 0a090902";
/// The last part of a datagram of 1608 bytes; 'z' throughout.
inline constexpr std::string_view kLastFragmentHeader =
    "020000000002020000000001 0800 45000094e41900b940116f72 0a090901 0a090902";

inline Bytes last_fragment() {
    Bytes frame = hex(kLastFragmentHeader);
    frame.resize(frame.size() + 128, std::byte{'z'});
    return frame;
}

/// A 64-bit generator of our own (splitmix64), so that a seed means the same everywhere.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// Uniform enough below `bound` (> 0).
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    Bytes bytes(std::size_t length) {
        Bytes out(length);
        for (auto& b : out) b = static_cast<std::byte>(next());
        return out;
    }

  private:
    std::uint64_t state_;
};

}  // namespace ringsock::test
