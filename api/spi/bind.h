// SPDX-License-Identifier: BSD-3-Clause
// Binding a cell, for WSPBind and for the operations that bind by themselves.
#pragma once

#include "base/address.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// Gives the cell a local address (any: all of the host's; port 0: chosen) and waits for the engine's answer
/// under the lock. 0 or the WSA code.
[[nodiscard]] int bind_cell(SocketCall& call, Ipv4 address, Port local_port) noexcept;

}  // namespace ringsock::spi
