// SPDX-License-Identifier: BSD-3-Clause
// The last error of a thread: one slot behind WSAGetLastError and GetLastError, which are the same on
// Windows. Only the shell and win32/ write it; a provider never does (clause 9). Any thread, its own slot.
#pragma once

namespace ringsock::ws2 {

/// In the static TLS block of the library, so that a call pays one addressed store.
extern constinit thread_local int t_last_error __attribute__((tls_model("initial-exec")));

inline void set_last_error(int code) noexcept {
    t_last_error = code;
}
[[nodiscard]] inline int last_error() noexcept {
    return t_last_error;
}

/// Sets the code and gives back `result`, so that a failing line is one line.
template <typename T>
[[nodiscard]] T fail_with(int code, T result) noexcept {
    t_last_error = code;
    return result;
}

}  // namespace ringsock::ws2
