// SPDX-License-Identifier: BSD-3-Clause
// Result<T, E>: a value or an error. Stands in for std::expected, which g++ 12 lacks in C++20. Any thread.
#pragma once

#include <utility>
#include <variant>

#include "base/assert.h"

namespace ringsock {

/// Wraps an error so that Result<T, E> can be built from it even when T and E are the same type.
template <typename E>
struct Failure {
    E error;
};
template <typename E>
Failure(E) -> Failure<E>;

/// Holds either a T (`ok()`) or an E. Reading the wrong side is a programmer error (asserts).
template <typename T, typename E>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    template <typename F>
    Result(Failure<F> failure) : state_(std::in_place_index<1>, E(std::move(failure.error))) {}

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }
    T& value() & noexcept {
        RS_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& noexcept {
        RS_ASSERT(ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && noexcept {
        RS_ASSERT(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    const E& error() const noexcept {
        RS_ASSERT(!ok());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, E> state_;
};

/// The value of a Result that only says "done".
struct Done {};

}  // namespace ringsock
