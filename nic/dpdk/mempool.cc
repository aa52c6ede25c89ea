// SPDX-License-Identifier: BSD-3-Clause
// Making and freeing buffer pools, see mempool.h.
#include "nic/dpdk/mempool.h"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <atomic>
#include <new>

#include "nic/dpdk/eal.h"
#include "nic/dpdk/eal_log.h"
#include "nic/dpdk/packet_mbuf.h"

namespace ringsock::dpdk {
namespace {

const char* ops_name(PoolOrder order) noexcept {
    switch (order) {
        case PoolOrder::fifo:
            return "ring_mp_mc";
        case PoolOrder::lifo:
            return "stack";
        case PoolOrder::lifo_lock_free:
            return "lf_stack";
    }
    return "ring_mp_mc";
}

NicError out_of_memory(const PoolSpec& spec, std::uint64_t bytes, const std::string& said) {
    return {NicErrorKind::no_memory, "no memory for " + std::to_string(spec.count) + " " + spec.purpose +
                                         " (" + std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB)" +
                                         (said.empty() ? "" : ": " + said) +
                                         "; lower limits.packets or the interface's descriptors"};
}

std::string next_name() {
    static std::atomic<unsigned> made{0};
    return "ringsock_" + std::to_string(made.fetch_add(1, std::memory_order_relaxed));
}

void construct_packet(rte_mempool*, void* pool_id, void* object, unsigned) {
    RS_ASSERT(reinterpret_cast<std::uintptr_t>(object) % kCacheLine == 0);  // or packet_of() would misalign
    auto* packet = new (packet_of(static_cast<rte_mbuf*>(object))) Packet;
    packet->pool_id = *static_cast<const std::uint16_t*>(pool_id);
}

// Without hugepages: one own mapping for all buffers. The address serves as the I/O address (iova-mode=va).
bool populate_own(rte_mempool* pool, ReservedMemory& memory) noexcept {
    rte_mempool_objsz sizes;
    rte_mempool_calc_obj_size(pool->elt_size, pool->flags, &sizes);
    // DPDK leaves out buffers that would lie across two of its own pages, so there is one to spare for each.
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    std::size_t bytes = std::size_t{sizes.total_size} * pool->size + kCacheLine;
    bytes += (bytes / kHugePage + 1) * sizes.total_size;
    memory = ReservedMemory(bytes, bytes >= kHugePage / 2 ? PageHint::huge : PageHint::small);
    if (!memory.ok()) return false;
    auto* const start = static_cast<char*>(memory.data());
    const int added =
        rte_mempool_populate_iova(pool, start, reinterpret_cast<rte_iova_t>(start), bytes, nullptr, nullptr);
    return added >= 0 && static_cast<std::uint32_t>(added) == pool->size;
}

bool populate(rte_mempool* pool, PoolMemory where, ReservedMemory& memory) noexcept {
    if (where == PoolMemory::one_own) return populate_own(pool, memory);
    const bool eals = where == PoolMemory::from_eal;
    if ((eals || eal_has_hugepages()) && rte_mempool_populate_default(pool) >= 0 &&
        pool->populated_size == pool->size)
        return true;
    // Hugepages ran out: DPDK took its half-filled chunks back, so the pool is empty again.
    return !eals && pool->populated_size == 0 && populate_own(pool, memory);
}

}  // namespace

Result<BufferPool, NicError> BufferPool::make(const PoolSpec& spec) {
    const std::uint16_t priv = spec.has_packet_area ? sizeof(Packet) : 0;
    const std::uint32_t room = spec.room_bytes == 0 ? 0 : spec.room_bytes + RTE_PKTMBUF_HEADROOM;
    const std::uint32_t element = static_cast<std::uint32_t>(sizeof(rte_mbuf)) + priv + room;
    const std::uint64_t bytes = std::uint64_t{element + 2 * kCacheLine} * spec.count;
    const std::uint64_t mark = log_mark();
    const int node = spec.numa_node < 0 ? SOCKET_ID_ANY : spec.numa_node;

    // In ordinary memory an I/O address is the address (iova-mode=va), contiguous across every page.
    // Without a gap at page ends, too: AF_XDP takes the extent of a pool to be its buffers and nothing else.
    const bool contiguous = eal_has_hugepages() && spec.memory != PoolMemory::one_own;
    const unsigned flags = contiguous ? 0 : RTE_MEMPOOL_F_NO_IOVA_CONTIG;
    BufferPool made;
    rte_mempool* pool = rte_mempool_create_empty(next_name().c_str(), spec.count, element, spec.cache,
                                                 sizeof(rte_pktmbuf_pool_private), node, flags);
    if (pool == nullptr) return Failure{out_of_memory(spec, bytes, worst_line_since(mark))};
    made.pool_ = pool;
    if (rte_mempool_set_ops_byname(pool, ops_name(spec.order), nullptr) != 0 &&
        rte_mempool_set_ops_byname(pool, ops_name(PoolOrder::fifo), nullptr) != 0)
        return Failure{NicError{NicErrorKind::environment,
                                "DPDK's mempool drivers are not installed "
                                "(Debian: librte-mempool-ring, librte-mempool-stack)"}};
    rte_pktmbuf_pool_private geometry{};
    geometry.mbuf_data_room_size = static_cast<std::uint16_t>(room);
    geometry.mbuf_priv_size = priv;
    rte_pktmbuf_pool_init(pool, &geometry);
    if (!populate(pool, spec.memory, made.memory_))
        return Failure{out_of_memory(spec, bytes, worst_line_since(mark))};
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    return made;
}

BufferPool::~BufferPool() {
    if (pool_ == nullptr) return;
    if (missing_are_lost_ || rte_mempool_avail_count(pool_) == pool_->populated_size) {
        rte_mempool_free(pool_);
        return;
    }
    // Leaked with its memory: a buffer that is still out may be written to at any time.
    static_cast<void>(new ReservedMemory(std::move(memory_)));
}

std::uint32_t BufferPool::in_use() const noexcept {
    return pool_ != nullptr ? pool_->size - rte_mempool_avail_count(pool_) : 0;
}

const char* BufferPool::memory_kind() const noexcept {
    return memory_.data() != nullptr ? "ordinary memory (2 MiB pages where the kernel has them)"
                                     : "hugepages";
}

void BufferPool::number_packets(std::uint16_t pool_id) noexcept {
    rte_mempool_obj_iter(pool_, construct_packet, &pool_id);
}

}  // namespace ringsock::dpdk
