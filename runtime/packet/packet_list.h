// SPDX-License-Identifier: BSD-3-Clause
// PacketList: an owning FIFO of packets linked through Packet::next. Plain structure; its owner's thread.
#pragma once

#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "packet/packet.h"

namespace ringsock {

/// Owns its packets. Move-only. Must be empty when it dies (DCHECK): who drops packets releases them
/// through PacketIo first.
class PacketList {
  public:
    PacketList() noexcept = default;
    PacketList(PacketList&& other) noexcept { take_all(other); }
    PacketList& operator=(PacketList&& other) noexcept {
        RS_DCHECK(empty());
        clear_links();
        take_all(other);
        return *this;
    }
    PacketList(const PacketList&) = delete;
    PacketList& operator=(const PacketList&) = delete;
    ~PacketList() { RS_DCHECK(empty()); }

    [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
    [[nodiscard]] Packet* front() const noexcept { return head_; }
    [[nodiscard]] Packet* back() const noexcept { return tail_; }
    /// Packets in the list.
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

    /// Appends one packet; the list owns it.
    void push_back(Packet* packet_kept) noexcept {
        packet_kept->next = nullptr;
        if (tail_ != nullptr)
            tail_->next = packet_kept;
        else
            head_ = packet_kept;
        tail_ = packet_kept;
        ++count_;
    }
    /// Takes the first packet out; nullptr when empty. The caller owns it.
    [[nodiscard]] Packet* take_front() noexcept {
        Packet* p = head_;
        if (p == nullptr) return nullptr;
        head_ = p->next;
        if (head_ == nullptr) tail_ = nullptr;
        p->next = nullptr;
        --count_;
        return p;
    }
    /// Appends all of `other`, leaving it empty.
    void take_all(PacketList& other) noexcept {
        if (other.head_ == nullptr) return;
        if (tail_ != nullptr)
            tail_->next = other.head_;
        else
            head_ = other.head_;
        tail_ = other.tail_;
        count_ += other.count_;
        other.clear_links();
    }
    /// Gives the chain away: returns the first packet and forgets all. The caller owns the whole chain.
    [[nodiscard]] Packet* take_chain() noexcept {
        Packet* p = head_;
        clear_links();
        return p;
    }

  private:
    void clear_links() noexcept {
        head_ = tail_ = nullptr;
        count_ = 0;
    }
    Packet* head_ = nullptr;
    Packet* tail_ = nullptr;
    std::uint32_t count_ = 0;
};

}  // namespace ringsock
