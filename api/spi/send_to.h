// SPDX-License-Identifier: BSD-3-Clause
// Sending one datagram, for WSPSendTo and for WSPSend on a connected datagram socket.
#pragma once

#include "spi/send_path.h"
#include "spi/validate.h"
#include "spi/wsp_socket.h"

namespace ringsock::spi {

/// Sends `bytes` of the gather list as one datagram to `to` (null: the default peer; WSAENOTCONN without
/// one). Binds an unbound socket first. Waits for a packet on a blocking socket. Called with the lock held,
/// checked arguments, and a settled datagram cell.
int send_datagram(SocketCall& call, Gather gather, std::uint32_t bytes, const Name* to,
                  LPDWORD sent) noexcept;

}  // namespace ringsock::spi
