// SPDX-License-Identifier: BSD-3-Clause
// FixedVector: a bounded array on the spot. Plain value; the thread that owns it.
#pragma once

#include <array>
#include <cstddef>

#include "base/assert.h"

namespace ringsock {

/// Up to `N` values of `T` in place. `push` on full is a programmer error; `try_push` answers false.
template <typename T, std::size_t N>
class FixedVector {
  public:
    void push(const T& value) noexcept {
        RS_ASSERT(size_ < N);
        items_[size_++] = value;
    }
    [[nodiscard]] bool try_push(const T& value) noexcept {
        if (size_ == N) return false;
        items_[size_++] = value;
        return true;
    }
    void pop_back() noexcept {
        RS_ASSERT(size_ > 0);
        --size_;
    }
    void clear() noexcept { size_ = 0; }
    /// Removes item `i` by moving the last one into its place (order is not kept).
    void remove_unordered(std::size_t i) noexcept {
        RS_ASSERT(i < size_);
        items_[i] = items_[--size_];
    }
    [[nodiscard]] T& operator[](std::size_t i) noexcept {
        RS_DCHECK(i < size_);
        return items_[i];
    }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept {
        RS_DCHECK(i < size_);
        return items_[i];
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] bool full() const noexcept { return size_ == N; }
    static constexpr std::size_t capacity() noexcept { return N; }
    T* data() noexcept { return items_.data(); }
    const T* data() const noexcept { return items_.data(); }
    T* begin() noexcept { return items_.data(); }
    T* end() noexcept { return items_.data() + size_; }
    const T* begin() const noexcept { return items_.data(); }
    const T* end() const noexcept { return items_.data() + size_; }

  private:
    std::array<T, N> items_{};
    std::size_t size_ = 0;
};

}  // namespace ringsock
