// SPDX-License-Identifier: BSD-3-Clause
// ArrayPool: packets in plain memory, for hosts without a NIC, for simulation and for tests. The owner's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/reserved_memory.h"
#include "packet/packet.h"

namespace ringsock {

/// `count` buffers of `room` bytes, each with its Packet line. Address space is reserved at construction, a
/// buffer becomes resident when it is first used; free buffers are handed out last-in first-out.
class ArrayPool {
  public:
    /// Bytes left free before Packet::data of a fresh packet.
    static constexpr std::uint32_t kHeadroom = 64;

    ArrayPool(std::uint32_t count, std::uint32_t room) noexcept;
    ArrayPool(const ArrayPool&) = delete;
    ArrayPool& operator=(const ArrayPool&) = delete;
    /// False when the address space was refused; nothing else may be called then.
    [[nodiscard]] bool ok() const noexcept { return memory_.ok(); }

    /// An empty packet (length 0, capacity `room`); nullptr when all are out.
    [[nodiscard]] Packet* allocate() noexcept;
    /// Takes a packet of this pool back.
    void release(Packet* packet_given) noexcept;

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint32_t in_use() const noexcept { return in_use_; }

  private:
    [[nodiscard]] Packet* at(std::uint32_t i) const noexcept;

    std::uint32_t count_;
    std::uint32_t room_;
    std::size_t stride_;
    std::uint32_t fresh_ = 0;  ///< Buffers [fresh_, count_) were never handed out.
    std::uint32_t in_use_ = 0;
    Packet* free_ = nullptr;
    ReservedMemory memory_;
};

}  // namespace ringsock
