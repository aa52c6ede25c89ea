// SPDX-License-Identifier: BSD-3-Clause
// IndexList: doubly linked list over pool indices, 8 bytes a node. The links live in the caller's records; a
// list is only head, tail and count. Used for FIFO and LRU orders. Owner's thread.
#pragma once

#include <cstdint>

#include "base/assert.h"

namespace ringsock {

/// No index: the end of a list, and of a node's links.
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

/// The two links of one node. A node is on at most one list per link pair.
struct IndexLink {
    std::uint32_t next = kNoIndex;
    std::uint32_t previous = kNoIndex;
};
static_assert(sizeof(IndexLink) == 8);

/// Every operation but `empty`, `front`, `back` and `count` takes `link_of`, a callable that maps an index to
/// its IndexLink&. The list does not know whether an index is on it: that is the caller's record to keep.
class IndexList {
  public:
    [[nodiscard]] bool empty() const noexcept { return head_ == kNoIndex; }
    /// First index, kNoIndex when empty.
    [[nodiscard]] std::uint32_t front() const noexcept { return head_; }
    [[nodiscard]] std::uint32_t back() const noexcept { return tail_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

    template <typename LinkOf>
    void push_back(std::uint32_t index, LinkOf&& link_of) noexcept {
        IndexLink& link = link_of(index);
        link.next = kNoIndex;
        link.previous = tail_;
        if (tail_ != kNoIndex)
            link_of(tail_).next = index;
        else
            head_ = index;
        tail_ = index;
        ++count_;
    }
    template <typename LinkOf>
    void push_front(std::uint32_t index, LinkOf&& link_of) noexcept {
        IndexLink& link = link_of(index);
        link.previous = kNoIndex;
        link.next = head_;
        if (head_ != kNoIndex)
            link_of(head_).previous = index;
        else
            tail_ = index;
        head_ = index;
        ++count_;
    }
    /// Takes `index`, which is on this list, out of it.
    template <typename LinkOf>
    void remove(std::uint32_t index, LinkOf&& link_of) noexcept {
        RS_DCHECK(count_ > 0);
        IndexLink& link = link_of(index);
        if (link.previous != kNoIndex)
            link_of(link.previous).next = link.next;
        else
            head_ = link.next;
        if (link.next != kNoIndex)
            link_of(link.next).previous = link.previous;
        else
            tail_ = link.previous;
        link = IndexLink{};
        --count_;
    }
    /// Takes the first index out; kNoIndex when empty.
    template <typename LinkOf>
    [[nodiscard]] std::uint32_t take_front(LinkOf&& link_of) noexcept {
        const std::uint32_t index = head_;
        if (index != kNoIndex) remove(index, link_of);
        return index;
    }
    /// Makes `index`, which is on this list, the last: "most recently used".
    template <typename LinkOf>
    void move_to_back(std::uint32_t index, LinkOf&& link_of) noexcept {
        if (index == tail_) return;
        remove(index, link_of);
        push_back(index, link_of);
    }

  private:
    std::uint32_t head_ = kNoIndex;
    std::uint32_t tail_ = kNoIndex;
    std::uint32_t count_ = 0;
};

}  // namespace ringsock
