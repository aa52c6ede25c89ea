// SPDX-License-Identifier: BSD-3-Clause
// The level of a socket as pollers see it: one look at the engine's line and at the application's own state.
#pragma once

#include <cstdint>

#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// What holds now. `read`, `write` and `except` are select's three sets.
struct Level {
    bool read = false;       ///< A receive or accept would not block: text, a connection, the end, a break.
    bool write = false;      ///< A send would not block; a stream: connected with room.
    bool except = false;     ///< A connect failed (and nothing else: no urgent data here).
    bool has_data = false;   ///< Text, a datagram or a connection waits.
    bool is_over = false;    ///< The peer ended or broke the connection.
    bool is_broken = false;  ///< It broke.
};

/// Under the cell's lock; settles a connect.
[[nodiscard]] Level level_of(EnginePort& port, SocketCell& cell) noexcept;

/// Room in a stream's send buffer, bytes; 0 also when more is under way than the buffer now holds.
[[nodiscard]] inline std::uint32_t send_room(const EnginePort& port, const SocketCell& cell) noexcept {
    const std::uint32_t configured = cell.names.options.send_buffer_bytes;
    const std::uint32_t limit = configured != 0 ? configured : port.default_send_buffer_bytes;
    const std::uint32_t under_way = cell.app.tx_queued - cell.engine.tx_acked.load(std::memory_order_acquire);
    return under_way < limit ? limit - under_way : 0;
}

}  // namespace ringsock::spi
