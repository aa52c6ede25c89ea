// SPDX-License-Identifier: BSD-3-Clause
// GateRuntime: two hosts joined by DirectIo under a clock that counts passes, behind the door of
// runtime/host, so that the Winsock calls run on one thread with nothing but the stack underneath. Fixed
// seeds: every run does the same work.
#pragma once

namespace ringsock::gate {

inline constexpr const char* kClientHost = "client";  ///< 10.0.0.1
inline constexpr const char* kServerHost = "server";  ///< 10.0.0.2

/// Frames both hosts have sent so far.
[[nodiscard]] unsigned long long frames_sent() noexcept;

}  // namespace ringsock::gate
