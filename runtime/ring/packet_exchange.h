// SPDX-License-Identifier: BSD-3-Clause
// PacketExchange: empty packets on their way from an engine to one application thread, which fills them and
// sends them back inside a request. One per application thread and engine; the thread asks for more by a
// `credit` request and gives what is left back when it ends.
#pragma once

#include <atomic>
#include <cstdint>

#include "packet/packet.h"
#include "ring/spsc_ring.h"

namespace ringsock {

/// Empty packets a thread may hold per engine.
inline constexpr std::uint32_t kExchangeDepth = 64;

struct PacketExchange {
    SpscRing<Packet*> empties{kExchangeDepth};  ///< Engine pushes, the thread pops.
    std::atomic<std::uint32_t> taken{0};        ///< 1 while a thread owns it. Writer: app role (exchange).
    std::atomic<std::uint32_t> asked{
        0};  ///< 1 while a credit request is on its way. App sets, engine clears.
};

}  // namespace ringsock
