// SPDX-License-Identifier: BSD-3-Clause
// The table of pool accounts, see pool_account.h.
#include "nic/dpdk/pool_account.h"

#include <array>

#include "base/assert.h"

namespace ringsock::dpdk {
namespace {

std::array<PoolAccount, kMaxPacketPools> accounts;
std::array<bool, kMaxPacketPools> taken_ids{};

}  // namespace

std::uint16_t reserve_pool_id() noexcept {
    for (std::uint16_t id = 0; id < kMaxPacketPools; ++id) {
        if (taken_ids[id]) continue;
        taken_ids[id] = true;
        accounts[id].taken.set(0);
        accounts[id].returned.set(0);
        accounts[id].returned_elsewhere.store(0, std::memory_order_relaxed);
        return id;
    }
    return kMaxPacketPools;
}

void release_pool_id(std::uint16_t pool_id) noexcept {
    RS_ASSERT(pool_id < kMaxPacketPools);
    if (accounts[pool_id].held() == 0) taken_ids[pool_id] = false;
}

PoolAccount& account_of(std::uint16_t pool_id) noexcept {
    RS_ASSERT(pool_id < kMaxPacketPools);
    return accounts[pool_id];
}

}  // namespace ringsock::dpdk
