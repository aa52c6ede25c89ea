// SPDX-License-Identifier: BSD-3-Clause
// Assertions for programmer errors only. What the network or the caller does wrong is a value, never an
// assertion. Any thread.
#pragma once

namespace ringsock {

/// Prints `expression`, file and line to standard error and aborts. Never returns.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace ringsock

/// Always on: a broken invariant stops the process before it can corrupt a connection.
#define RS_ASSERT(expression)                      \
    (__builtin_expect(!!(expression), 1) ? (void)0 \
                                         : ::ringsock::assertion_failed(#expression, __FILE__, __LINE__))

/// Only in builds with RINGSOCK_DCHECKS (debug, sanitizer, fuzz): checks too dear for the data path.
#ifdef RINGSOCK_DCHECKS
#define RS_DCHECK(expression) RS_ASSERT(expression)
#else
#define RS_DCHECK(expression) ((void)sizeof(!(expression)))
#endif
