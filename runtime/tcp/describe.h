// SPDX-License-Identifier: BSD-3-Clause
// Human text of a Tcb and of segments, for logs and test failures. Pure, no allocation; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tcp/tcb.h"
#include "wire/tcp_fields.h"

namespace ringsock::tcp {

/// Enough for either text.
inline constexpr std::size_t kDescriptionBytes = 320;

/// State, send and receive variables, windows, modes. Cut off where `into` ends; the view lies in `into`.
std::string_view describe(const Tcb& tcb, std::span<char> into) noexcept;
/// "80 > 4096 SA seq 1 ack 2 win 3 len 4 <mss 1460,...>".
std::string_view describe(const TcpFields& segment, std::uint32_t text_length, std::span<char> into) noexcept;

}  // namespace ringsock::tcp
