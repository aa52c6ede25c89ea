// SPDX-License-Identifier: BSD-3-Clause
// ConnError -> WSAE*: the only such mapping in the project. Any thread.
#pragma once

#include "base/conn_error.h"

namespace ringsock::spi {

/// Code of an operation that failed: connect, bind, listen. `none` is 0.
[[nodiscard]] int wsa_of(ConnError error) noexcept;

/// Code that send and recv report on a connection that broke (SocketCell::Names::broken_error).
[[nodiscard]] int wsa_of_broken(ConnError error) noexcept;

/// Code that FD_CLOSE carries. A reset is WSAECONNABORTED there: the page says WSAECONNRESET, Windows reports
/// this.
[[nodiscard]] int wsa_of_close_event(ConnError error) noexcept;

}  // namespace ringsock::spi
