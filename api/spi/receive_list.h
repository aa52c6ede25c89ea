// SPDX-License-Identifier: BSD-3-Clause
// The application's end of a socket's receive list: the protocol is told in ring/socket_cell.h. Everything
// under the cell's app.lock.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// Whether packets are published that were not consumed.
[[nodiscard]] inline bool has_unread(const SocketCell& cell) noexcept {
    return cell.engine.rx_published.load(std::memory_order_acquire) !=
           cell.app.rx_consumed.load(std::memory_order_relaxed);
}

/// The packet to read next, from app.rx_offset on; nullptr when none is published, or when one is but the
/// engine has not heard yet that the earlier ones were consumed (then has_unread() is true: drive and try
/// again).
[[nodiscard]] inline Packet* current_packet(SocketCell& cell) noexcept {
    if (cell.app.rx_cursor != nullptr) return cell.app.rx_cursor;
    if (!has_unread(cell)) return nullptr;
    const std::uint32_t consumed = cell.app.rx_consumed.load(std::memory_order_relaxed);
    if (cell.engine.rx_head_seq.load(std::memory_order_acquire) != consumed) return nullptr;
    cell.app.rx_cursor = cell.engine.rx_head.load(std::memory_order_acquire);
    cell.app.rx_offset = 0;
    return cell.app.rx_cursor;
}

/// The packet after `packet`, for a peek beyond the current one; nullptr at the end of the published ones.
[[nodiscard]] inline Packet* packet_after(const SocketCell& cell, const Packet* packet,
                                          std::uint32_t ahead) noexcept {
    const std::uint32_t left = cell.engine.rx_published.load(std::memory_order_acquire) -
                               cell.app.rx_consumed.load(std::memory_order_relaxed);
    return ahead < left ? observe_next(packet) : nullptr;
}

/// Lets go of the current packet. The caller ends with announce_consumed().
inline void consume_packet(SocketCell& cell) noexcept {
    Packet* const packet = cell.app.rx_cursor;
    const std::uint32_t bytes = packet->length;
    const std::uint32_t consumed = cell.app.rx_consumed.load(std::memory_order_relaxed) + 1;
    // A link beyond the published ones is not ours to follow yet.
    const bool more = cell.engine.rx_published.load(std::memory_order_acquire) != consumed;
    cell.app.rx_cursor = more ? observe_next(packet) : nullptr;
    cell.app.rx_offset = 0;
    cell.app.rx_consumed_bytes.store(cell.app.rx_consumed_bytes.load(std::memory_order_relaxed) + bytes,
                                     std::memory_order_release);
    // (writer: application under app.lock; pairs with the engine's acquire when it takes `consumed`)
    cell.app.rx_consumed.store(consumed, std::memory_order_release);
}

/// Tells the engine that packets were consumed: they may go, and the window may open. The caller kicks.
inline void announce_consumed(EnginePort& port, SocketCell& cell) noexcept {
    clear_flag(cell, kFlagConsumedDue);
    // Never refused: nobody might call again who could tell it later, with text waiting or the window closed.
    if (!try_push_request(port, cell, RequestOp::consumed, [](Request&) {}))
        port.raise_attention(id_of(port, cell).index);
}

/// current_packet() of a datagram socket. With a default peer, datagrams of others that were queued before
/// the connect are thrown away on the way (clauses 42 and 47); the consumption is then due to be announced.
[[nodiscard]] inline Packet* current_datagram(SocketCell& cell) noexcept {
    Packet* packet = current_packet(cell);
    if (phase_of(cell) != Phase::connected) return packet;
    const FlowKey& key = cell.names.key;
    while (packet != nullptr &&
           (packet->remote_address != key.remote || packet->remote_port != key.remote_port.value)) {
        consume_packet(cell);  // Bounded by what is published.
        set_flag(cell, kFlagConsumedDue);
        packet = current_packet(cell);
    }
    return packet;
}

/// After a datagram's connect to another peer: throws away what is queued from anybody else (clause 47), up
/// to the first of its own. Keeps the lock.
void drop_datagrams_of_others(EnginePort& port, SocketCell& cell) noexcept;

}  // namespace ringsock::spi
