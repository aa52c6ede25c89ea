// SPDX-License-Identifier: BSD-3-Clause
// SocketId: the name of a socket cell that crosses threads instead of a pointer (house.md, section 7.4).
#pragma once

#include <cstdint>

namespace ringsock {

/// Cell index and its generation. A stale generation is rejected wherever an id arrives. Plain value.
struct SocketId {
    std::uint32_t index = UINT32_MAX;
    std::uint32_t generation = 0;
    [[nodiscard]] constexpr bool is_none() const noexcept { return index == UINT32_MAX; }
    friend constexpr bool operator==(SocketId, SocketId) noexcept = default;
};
static_assert(sizeof(SocketId) == 8);

}  // namespace ringsock
