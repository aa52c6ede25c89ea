// SPDX-License-Identifier: BSD-3-Clause
// ReservedMemory: address space that costs nothing until it is touched (house.md, D7). Tables are sized for
// their bound and pay only for what is in use. Construction belongs to the control role; afterwards the
// memory is its owner's.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace ringsock {

/// What the kernel is told about the pages. `small`: never more resident than what was touched (4 KiB units).
/// `huge`: may use 2 MiB pages, fewer TLB misses but resident in 2 MiB units; for memory that will be full.
enum class PageHint { small, huge };

/// A private, zero-filled mapping, reserved without commitment of memory. Move-only.
class ReservedMemory {
  public:
    ReservedMemory() noexcept = default;
    /// Reserves `bytes` (rounded up to pages), aligned to a page (2 MiB when `huge`). Look at `ok()`: false
    /// when the address space is refused (RLIMIT_AS, overcommit policy). Zero bytes is an empty, good
    /// mapping.
    explicit ReservedMemory(std::size_t bytes, PageHint hint = PageHint::small) noexcept;
    ~ReservedMemory();
    ReservedMemory(ReservedMemory&& other) noexcept { swap(other); }
    ReservedMemory& operator=(ReservedMemory&& other) noexcept {
        ReservedMemory taken(std::move(other));
        swap(taken);
        return *this;
    }
    ReservedMemory(const ReservedMemory&) = delete;
    ReservedMemory& operator=(const ReservedMemory&) = delete;

    [[nodiscard]] bool ok() const noexcept { return !refused_; }
    [[nodiscard]] void* data() const noexcept { return data_; }
    /// Bytes asked for; 0 when refused.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Gives touched pages back to the system; the contents become zero. A system call: not for the data
    /// path.
    void discard() noexcept;

  private:
    void swap(ReservedMemory& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(mapping_, other.mapping_);
        std::swap(mapping_bytes_, other.mapping_bytes_);
        std::swap(refused_, other.refused_);
    }
    void* data_ = nullptr;
    std::size_t size_ = 0;
    void* mapping_ = nullptr;
    std::size_t mapping_bytes_ = 0;
    bool refused_ = false;
};

/// `count` items of a type for which all-zero bytes are a valid initial value. Untouched items cost nothing.
template <typename T>
class ReservedArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    ReservedArray() noexcept = default;
    explicit ReservedArray(std::size_t count, PageHint hint = PageHint::small) noexcept
        : memory_(count * sizeof(T), hint),
          items_(static_cast<T*>(memory_.data())),
          count_(items_ ? count : 0) {}
    ReservedArray(ReservedArray&& other) noexcept { *this = std::move(other); }
    ReservedArray& operator=(ReservedArray&& other) noexcept {
        memory_ = std::move(other.memory_);
        items_ = std::exchange(other.items_, nullptr);
        count_ = std::exchange(other.count_, 0);
        return *this;
    }

    /// False when the address space was refused at construction.
    [[nodiscard]] bool ok() const noexcept { return memory_.ok(); }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] T* data() noexcept { return items_; }
    [[nodiscard]] const T* data() const noexcept { return items_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept {
        RS_DCHECK(i < count_);
        return items_[i];
    }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept {
        RS_DCHECK(i < count_);
        return items_[i];
    }

  private:
    ReservedMemory memory_;
    T* items_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace ringsock
