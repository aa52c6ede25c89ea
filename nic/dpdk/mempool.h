// SPDX-License-Identifier: BSD-3-Clause
// BufferPool: a pool of DPDK buffers with memory of its own. Made and freed in the control role; PoolCache is
// the engine's end of it. With hugepages the memory is EAL's; without, it is an own mapping that the kernel
// may back with 2 MiB pages, so that EAL's small memory is never the limit.
#pragma once

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/reserved_memory.h"
#include "base/result.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// How a pool keeps what its caches do not hold; figures in nic/README.md.
enum class PoolOrder : std::uint8_t {
    fifo,            ///< ring_mp_mc: cycles through the whole pool, so every buffer is cold.
    lifo,            ///< stack: the buffer freed last is used first; a spin lock per refill.
    lifo_lock_free,  ///< lf_stack: likewise, 128-bit compare-and-swap per buffer list.
};

/// Where a pool's bytes lie.
enum class PoolMemory : std::uint8_t {
    any,      ///< Hugepages of EAL's when it has them, else a mapping of our own.
    one_own,  ///< One mapping of our own, buffer behind buffer: what AF_XDP registers with the kernel.
    /// EAL's, with or without hugepages: virtio_user hands its files to the other side, and a NIC reaches
    /// nothing else.
    from_eal,
};

struct PoolSpec {
    std::string purpose;      ///< For messages: "packets of client/0".
    std::uint32_t count = 0;  ///< Buffers.
    std::uint32_t room_bytes =
        0;  ///< Bytes after the headroom; 0: buffers without room of their own (references).
    bool has_packet_area = false;  ///< A Packet follows the rte_mbuf (packet_mbuf.h).
    std::uint32_t cache = 0;       ///< Buffers each lane's cache is refilled with.
    int numa_node = -1;
    PoolOrder order = PoolOrder::lifo;
    PoolMemory memory = PoolMemory::any;
};

/// A pool and its memory. Move-only. When it dies with buffers still out, it is leaked on purpose: somebody
/// may still write to them.
class BufferPool {
  public:
    BufferPool() noexcept = default;
    BufferPool(BufferPool&& other) noexcept { swap(other); }
    BufferPool& operator=(BufferPool&& other) noexcept {
        swap(other);
        return *this;
    }
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool();

    [[nodiscard]] static Result<BufferPool, NicError> make(const PoolSpec& spec);

    [[nodiscard]] rte_mempool* get() const noexcept { return pool_; }
    [[nodiscard]] std::uint32_t total() const noexcept { return pool_ != nullptr ? pool_->size : 0; }
    /// Buffers not in the pool or its caches. Slow; exact only while nobody uses the pool.
    [[nodiscard]] std::uint32_t in_use() const noexcept;
    /// "hugepages", "2 MiB pages on demand"; for describe().
    [[nodiscard]] const char* memory_kind() const noexcept;
    /// Marks every Packet area with the number of its pool. Before first use.
    void number_packets(std::uint16_t pool_id) noexcept;
    /// Frees the pool although buffers are out: nobody has them but a driver that is closed.
    void write_off_missing() noexcept { missing_are_lost_ = true; }

  private:
    void swap(BufferPool& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(memory_, other.memory_);
        std::swap(missing_are_lost_, other.missing_are_lost_);
    }
    rte_mempool* pool_ = nullptr;
    ReservedMemory memory_;
    bool missing_are_lost_ = false;
};

/// The end of a pool that one lane uses: its cache, reached without asking DPDK which thread this is. Plain
/// values; engine role.
class PoolCache {
  public:
    PoolCache() noexcept = default;
    PoolCache(rte_mempool* pool, unsigned lane_id) noexcept
        : pool_(pool), cache_(rte_mempool_default_cache(pool, lane_id)) {}

    [[nodiscard]] rte_mempool* pool() const noexcept { return pool_; }

    /// One buffer, or nullptr. As it left the pool: refcnt 1, one segment, no next; other fields stale.
    [[nodiscard]] rte_mbuf* take() noexcept {
        if (cache_->len > 0) [[likely]]
            return static_cast<rte_mbuf*>(cache_->objs[--cache_->len]);
        void* one = nullptr;
        return rte_mempool_generic_get(pool_, &one, 1, cache_) == 0 ? static_cast<rte_mbuf*>(one) : nullptr;
    }
    /// Exactly `count` buffers, or none and false.
    [[nodiscard]] bool take(rte_mbuf** out, unsigned count) noexcept {
        return rte_mempool_generic_get(pool_, reinterpret_cast<void**>(out), count, cache_) == 0;
    }
    /// Gives back buffers in the state take() hands them out.
    void give(rte_mbuf* mbuf) noexcept {
        if (cache_->len < cache_->size) [[likely]] {
            cache_->objs[cache_->len++] = mbuf;
            return;
        }
        void* one = mbuf;
        rte_mempool_generic_put(pool_, &one, 1, cache_);
    }
    void give(rte_mbuf* const* mbufs, unsigned count) noexcept {
        rte_mempool_generic_put(pool_, reinterpret_cast<void* const*>(mbufs), count, cache_);
    }

  private:
    rte_mempool* pool_ = nullptr;
    rte_mempool_cache* cache_ = nullptr;
};

}  // namespace ringsock::dpdk
