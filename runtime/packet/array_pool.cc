// SPDX-License-Identifier: BSD-3-Clause
#include "packet/array_pool.h"

#include <new>

#include "base/assert.h"

namespace ringsock {

ArrayPool::ArrayPool(std::uint32_t count, std::uint32_t room) noexcept
    : count_(count),
      room_(room),
      stride_((sizeof(Packet) + kHeadroom + room + kCacheLine - 1) / kCacheLine * kCacheLine),
      memory_(stride_ * count) {}

Packet* ArrayPool::at(std::uint32_t i) const noexcept {
    return reinterpret_cast<Packet*>(static_cast<std::byte*>(memory_.data()) + stride_ * i);
}

Packet* ArrayPool::allocate() noexcept {
    Packet* p = free_;
    if (p != nullptr) {
        free_ = p->next;
    } else {
        if (fresh_ == count_) return nullptr;
        p = at(fresh_++);
    }
    new (p) Packet{};
    p->data = reinterpret_cast<std::byte*>(p + 1) + kHeadroom;
    p->capacity = room_;
    ++in_use_;
    return p;
}

void ArrayPool::release(Packet* packet_given) noexcept {
    RS_DCHECK(in_use_ > 0);
    packet_given->next = free_;
    free_ = packet_given;
    --in_use_;
}

}  // namespace ringsock
