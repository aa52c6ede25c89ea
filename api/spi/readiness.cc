// SPDX-License-Identifier: BSD-3-Clause
// Levels for select and WSAPoll. A failed connect shows in exceptfds alone, a finished one in writefds
// (clause 36).
#include "spi/readiness.h"

#include "spi/listener.h"
#include "spi/receive_list.h"
#include "spi/siblings.h"

namespace ringsock::spi {

namespace {

Level level_of_datagram(SocketCell& cell, std::uint32_t readiness) noexcept {
    Level level;
    level.has_data = has_unread_anywhere(cell);
    level.is_broken = (readiness & kReadyNetDown) != 0;
    level.read = level.has_data || level.is_broken;
    level.write = true;
    return level;
}

Level level_of_connection(EnginePort& port, SocketCell& cell, std::uint32_t readiness) noexcept {
    Level level;
    level.has_data = has_unread(cell);
    level.is_broken = (readiness & (kReadyReset | kReadyNetDown)) != 0;
    level.is_over = level.is_broken || (readiness & kReadyPeerClosed) != 0;
    level.read = level.has_data || level.is_over || (cell.app.shut & kShutReceive) != 0;
    level.write = level.is_broken || (cell.app.shut & kShutSend) != 0 || send_room(port, cell) != 0;
    return level;
}

}  // namespace

Level level_of(EnginePort& port, SocketCell& cell) noexcept {
    settle(cell);
    const std::uint32_t readiness = cell.engine.readiness.load(std::memory_order_acquire);
    if (!is_stream(cell)) return level_of_datagram(cell, readiness);
    switch (phase_of(cell)) {
        case Phase::connected:
            return level_of_connection(port, cell, readiness);
        case Phase::listening: {
            Level level;
            level.has_data = level.read = waiting_anywhere(cell) != 0;
            return level;
        }
        default: {
            Level level;
            level.except = has_flag(cell, kFlagConnectFailed);
            return level;
        }
    }
}

}  // namespace ringsock::spi
