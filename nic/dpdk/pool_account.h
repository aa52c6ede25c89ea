// SPDX-License-Identifier: BSD-3-Clause
// PoolAccount: how many Packets of one pool are in somebody's hands, so that what applications hold can be
// bounded without asking the pool (counting free buffers costs a walk over 128 caches).
#pragma once

#include <atomic>
#include <cstdint>

#include "base/cache_line.h"
#include "base/counters.h"

namespace ringsock::dpdk {

/// Writers: the engine of the queue that owns the pool, and (rarely, hence the atomic) engines of other
/// queues that were given its packets back.
struct alignas(kCacheLine) PoolAccount {
    Counter taken;
    Counter returned;
    alignas(kCacheLine) std::atomic<std::uint64_t> returned_elsewhere{0};

    /// Packets out at this moment; exact for the owner.
    [[nodiscard]] std::uint64_t held() const noexcept {
        return taken.read() - returned.read() - returned_elsewhere.load(std::memory_order_relaxed);
    }
};

/// Pools with packets that may exist at once in a process; Packet::pool_id names one.
inline constexpr std::uint16_t kMaxPacketPools = 128;

/// Takes a free pool number, its account set to zero. kMaxPacketPools when all are taken. Control role, under
/// the lock of nic/.
[[nodiscard]] std::uint16_t reserve_pool_id() noexcept;
/// Gives a number back. Not when packets are still out: a late release would then be booked on a stranger.
void release_pool_id(std::uint16_t pool_id) noexcept;
[[nodiscard]] PoolAccount& account_of(std::uint16_t pool_id) noexcept;

}  // namespace ringsock::dpdk
