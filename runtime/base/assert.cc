// SPDX-License-Identifier: BSD-3-Clause
#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace ringsock {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "ringsock: assertion failed: %s at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace ringsock
