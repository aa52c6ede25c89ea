// SPDX-License-Identifier: BSD-3-Clause
// Packet: one cache line of metadata before the bytes of a buffer that somebody keeps. It lives in the
// private area of an mbuf (nic) or in an array (sim, tests); nobody but its owner touches it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "base/cache_line.h"
#include "base/endian.h"
#include "base/instant.h"
#include "base/seq.h"
#include "base/socket_id.h"

namespace ringsock {

/// A buffer in somebody's possession. Exactly one list, queue or variable owns it at any moment.
struct alignas(kCacheLine) Packet {
    Packet* next = nullptr;         ///< Owner's list.
    std::byte* data = nullptr;      ///< First byte of the current layer (text of a segment, payload, room).
    std::uint32_t length = 0;       ///< Bytes in use from `data`.
    std::uint32_t capacity = 0;     ///< Bytes that fit from `data` on (>= length).
    SeqNum seq;                     ///< TCP: first sequence number of the text, host order.
    std::uint16_t pool_id = 0;      ///< Which pool it came from; set once by the pool.
    std::uint8_t tcp_flags = 0;     ///< TCP: PSH and FIN of the segment that brought or ends the text.
    std::uint8_t rx_flags = 0;      ///< Free for the owner.
    Instant stamped_at;             ///< Received at, or last transmitted at.
    SocketId socket;                ///< Which socket's data this is, for the way back from the application.
    std::uint32_t remote_address = 0;  ///< UDP: IPv4 source of the datagram (host order).
    std::uint16_t remote_port = 0;     ///< UDP: source port (host order).
    std::uint16_t transmissions = 0;   ///< TCP: how often this text was sent (Karn's rule).

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data, length}; }
};
static_assert(sizeof(Packet) == kCacheLine);
static_assert(std::is_trivially_copyable_v<Packet>);

}  // namespace ringsock
