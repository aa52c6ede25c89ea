// SPDX-License-Identifier: BSD-3-Clause
// Waiting inside a blocking call: until a condition of the cell holds, a deadline passes, the socket is
// closed by another thread, or the call is cancelled. Drives an inline engine meanwhile.
#pragma once

#include <cstdint>

#include "base/instant.h"
#include "spi/thread_state.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

enum class WaitEnd : std::uint8_t {
    ready,      ///< The condition held when the lock was last taken.
    timed_out,  ///< The deadline passed first.
    canceled,   ///< WSPCancelBlockingCall, or the blocking hook said so: WSAEINTR.
    closed,     ///< The socket is gone: WSAEINTR. The lock is not held and the cell must not be touched.
};

/// WSA code of an end that is not `ready`.
[[nodiscard]] constexpr int wsa_of(WaitEnd end) noexcept {
    return end == WaitEnd::timed_out ? WSAETIMEDOUT : WSAEINTR;
}

/// Deadline `timeout_ms` from now on the port's clock; 0 ms means none.
[[nodiscard]] inline Instant deadline_after(EnginePort& port, std::uint32_t timeout_ms) noexcept {
    return timeout_ms == 0 ? Instant::never()
                           : port.drive->now() + Micros::from_millis(static_cast<std::int64_t>(timeout_ms));
}

/// One parked call: holds the cell against recycling, declares the sleeper, knows the blocking hook.
class ParkedCall {
  public:
    /// With the lock of `call` held.
    explicit ParkedCall(SocketCall& call) noexcept;
    /// Lets go of the cell: the last thing that touches it when it was closed meanwhile.
    ~ParkedCall();
    ParkedCall(const ParkedCall&) = delete;
    ParkedCall& operator=(const ParkedCall&) = delete;

    /// Unlocks, waits a step, locks again. `ready` means "look at the condition again".
    [[nodiscard]] WaitEnd step(std::uint32_t seen, Instant deadline, std::uint32_t iteration) noexcept;
    /// Word to read before the condition is looked at, and to give to step(). Declares this thread asleep
    /// from the first iteration on that may nap.
    [[nodiscard]] std::uint32_t observe(std::uint32_t iteration) noexcept;

  private:
    /// A step on the words of all cells, and of whoever drives their engines.
    void wait_for_all(Instant deadline, std::uint32_t iteration) noexcept;

    SocketCall& call_;
    SocketCell& cell_;
    EnginePort& port_;
    ThreadState& thread_;
    SocketCell* const outer_;  ///< What this thread was parked on around this call (a hook that calls in).
    LPBLOCKINGCALLBACK hook_ = nullptr;
    DWORD_PTR hook_context_ = 0;
    std::uint32_t spin_steps_;
    bool is_declared_ = false;
    // A socket on several engines waits for the words of all its cells.
    struct Watched {
        EnginePort* port;
        SocketCell* cell;
    };
    std::uint32_t watched_count_ = 0;
    Watched watched_[16];
    std::atomic<std::uint32_t>* words_[16];
    std::uint32_t seen_[16];
};

/// Waits with the lock of `call` held at the start, and at the end unless that is `closed`. `condition()` is
/// looked at under the lock.
template <typename Condition>
[[nodiscard]] WaitEnd wait_until(SocketCall& call, Instant deadline, Condition&& condition) noexcept {
    if (condition()) return WaitEnd::ready;
    ParkedCall parked(call);
    for (WaitPace pace(call.port().drive);;) {  // Bounded by the deadline, or by the peer's doing.
        const std::uint32_t iteration = pace.next();
        const std::uint32_t seen = parked.observe(iteration);
        if (condition()) return WaitEnd::ready;
        const WaitEnd end = parked.step(seen, deadline, iteration);
        if (end == WaitEnd::ready) continue;
        return end == WaitEnd::timed_out && condition() ? WaitEnd::ready : end;
    }
}

/// One step of a blocking call's wait for an empty packet or a slot of the ring, which nobody announces to
/// the cell. `iteration` counts them. Lock as in wait_until; `timed_out` when the deadline passed.
[[nodiscard]] WaitEnd wait_for_supply(SocketCall& call, Instant deadline, std::uint32_t iteration) noexcept;

}  // namespace ringsock::spi
