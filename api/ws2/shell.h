// SPDX-License-Identifier: BSD-3-Clause
// What the files of the shell use of each other.
#pragma once

#include <ringsock/spi.h>

#include <string>

namespace ringsock::ws2 {

/// The fifteen upcalls, for WSPStartup (upcalls.cc).
[[nodiscard]] WSPUPCALLTABLE upcall_table() noexcept;

/// Replaces the calling thread's sentence for ringsock_last_error_text (native.cc).
void set_error_text(const std::string& text) noexcept;

/// Hands what ringsock_configure was told to the provider. Under the start-up lock (native.cc).
void apply_configuration() noexcept;

/// Catalogue entries with a name in the other width (catalog.cc).
void narrow_info(const WSAPROTOCOL_INFOW& from, WSAPROTOCOL_INFOA& to) noexcept;
void widen_info(const WSAPROTOCOL_INFOA& from, WSAPROTOCOL_INFOW& to) noexcept;

/// Whether two identifiers are the same.
[[nodiscard]] bool same_guid(const GUID& left, const GUID& right) noexcept;

}  // namespace ringsock::ws2
