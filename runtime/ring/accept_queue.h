// SPDX-License-Identifier: BSD-3-Clause
// AcceptQueue: established connections on their way from one engine to the application, one per engine and
// listener. The engine pushes, the application pops under the listener's app.lock.
#pragma once

#include <atomic>

#include "base/address.h"
#include "base/socket_id.h"
#include "ring/spsc_ring.h"

namespace ringsock {

/// One established connection, not yet accepted. Its cell is in use from here on.
struct AcceptRecord {
    SocketId socket;
    FlowKey key;
};

class AcceptQueue {
  public:
    /// Room for `backlog` connections. Allocates; application role, at listen().
    explicit AcceptQueue(std::uint32_t backlog) : ring_(backlog) {}
    /// Engine. False when the backlog is full: the connection waits in SYN-RECEIVED.
    [[nodiscard]] bool try_push(const AcceptRecord& record) noexcept { return ring_.try_push(record); }
    /// Application, under the listener's app.lock; the engine after the listener's close. False when empty.
    [[nodiscard]] bool try_pop(AcceptRecord& out) noexcept { return ring_.try_pop(out); }
    /// Connections waiting; either side.
    [[nodiscard]] std::uint32_t count() const noexcept { return ring_.count(); }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return ring_.capacity(); }

  private:
    SpscRing<AcceptRecord> ring_;
};

}  // namespace ringsock
