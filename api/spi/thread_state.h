// SPDX-License-Identifier: BSD-3-Clause
// What the provider keeps per application thread: where it is parked, whether its wait was cancelled, and the
// empty packets it holds of each engine. Registered on first need, given back when the thread ends.
#pragma once

#include <atomic>
#include <cstdint>

#include "host/host.h"
#include "packet/packet.h"
#include "ring/engine_port.h"

namespace ringsock::spi {

/// Engines whose packets one thread holds at the same time.
inline constexpr std::uint32_t kExchangesPerThread = 16;

struct ThreadState {
    /// The cell this thread waits on; nullptr while it does not block. Writer: the thread.
    std::atomic<SocketCell*> parked{nullptr};
    /// 1: the present wait is to end with WSAEINTR. Set by WSPCancelBlockingCall, cleared when a wait begins.
    std::atomic<std::uint32_t> cancelled{0};
    ThreadState* next = nullptr;  ///< In the list of all threads; under its lock.

    struct HeldExchange {
        std::uint16_t engine;
        std::uint16_t index;
        PacketExchange* exchange;
        Packet* spare;  ///< Taken from it and not sent: a chain through Packet::next, used first.
    };
    std::uint32_t epoch = 0;  ///< The start of the runtime that `held` belongs to.
    std::uint32_t held_count = 0;
    HeldExchange held[kExchangesPerThread];
};

/// The calling thread's state; registers the thread on first use.
[[nodiscard]] ThreadState& this_thread() noexcept;

/// Ends the calling thread's blocking call if it has one (a blocking hook runs inside it), else those of all
/// threads. False when nobody blocks.
bool cancel_blocking_calls() noexcept;

/// Takes an empty packet for a send through `port`, from the thread's exchange with the engine (made on first
/// use); asks for more when few are left. nullptr: none yet, or kMaxExchanges threads have one. The caller
/// kicks or waits, and tries again.
[[nodiscard]] Packet* take_empty_packet(EnginePort& port) noexcept;

/// Puts packets that were taken but not sent back into the thread's stock: a chain through Packet::next.
void return_empty_packets(EnginePort& port, Packet* chain_given) noexcept;

/// Forgets every thread's exchanges: the ports are about to go, or are gone. Control role.
void forget_exchanges() noexcept;

}  // namespace ringsock::spi
