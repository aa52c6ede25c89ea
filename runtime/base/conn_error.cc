// SPDX-License-Identifier: BSD-3-Clause
#include "base/conn_error.h"

namespace ringsock {

const char* name_of(ConnError error) noexcept {
    static constexpr const char* kNames[] = {
        "none",           "refused",         "reset",    "aborted",  "timed out",
        "net unreachable", "host unreachable", "net down", "address in use", "address unavailable",
        "no buffers",     "invalid",         "access denied", "message too long", "canceled",
        "not supported"};
    static_assert(sizeof kNames / sizeof kNames[0] == static_cast<unsigned>(ConnError::count_));
    const auto i = static_cast<unsigned>(error);
    return i < static_cast<unsigned>(ConnError::count_) ? kNames[i] : "unknown";
}

}  // namespace ringsock
