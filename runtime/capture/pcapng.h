// SPDX-License-Identifier: BSD-3-Clause
// pcapng blocks (draft-ietf-opsawg-pcapng) as bytes, in this machine's byte order: what Wireshark, tshark and
// tcpdump read. Pure: times are arguments, bytes are appended to the caller's buffer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace ringsock::pcapng {

using Bytes = std::vector<std::byte>;

/// epb_flags bits 0-1 (§4.3.1).
enum class Direction : std::uint32_t { unknown = 0, inbound = 1, outbound = 2 };

/// What an Interface Statistics Block says (§4.6).
struct Statistics {
    std::uint64_t received = 0;  ///< Frames that passed, isb_ifrecv.
    std::uint64_t dropped = 0;   ///< Of these, not in the file, isb_ifdrop.
};

/// Section Header Block: the first of a file. `application` is shb_userappl.
void append_section(Bytes& out, const std::string& application);
/// Interface Description Block, Ethernet, nanoseconds. Interfaces are numbered from 0 in order of these.
void append_interface(Bytes& out, const std::string& name, const std::string& description,
                      const MacAddress& mac, std::uint32_t snap_bytes);
/// Enhanced Packet Block. `frame` holds what was captured of `original_length` bytes; `nanoseconds` since
/// 1970.
void append_packet(Bytes& out, std::uint32_t interface, std::uint64_t nanoseconds,
                   std::uint32_t original_length, Direction direction, std::span<const std::byte> frame);
void append_statistics(Bytes& out, std::uint32_t interface, std::uint64_t started, std::uint64_t ended,
                       const Statistics& statistics);

}  // namespace ringsock::pcapng
