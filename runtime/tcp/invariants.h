// SPDX-License-Identifier: BSD-3-Clause
// What must hold for a Tcb between any two calls of the door. Run by tests, simulation and fuzzing. Engine
// role.
#pragma once

#include "tcp/tcb.h"

namespace ringsock::tcp {

/// nullptr when all is well, else which rule is broken (a static string). Walks the queues.
[[nodiscard]] const char* check(const Tcb& tcb) noexcept;

}  // namespace ringsock::tcp
