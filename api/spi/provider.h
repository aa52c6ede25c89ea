// SPDX-License-Identifier: BSD-3-Clause
// The door of the base provider: WSPStartup (declared in <ringsock/spi.h>) and the few native calls that the
// shell passes on besides WSPPROC_TABLE. Every rule about sockets lives in this room; the shell has none.
#pragma once

#include <ringsock/spi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ringsock {
struct StartOptions;
}

namespace ringsock::spi {

// ---- native calls behind ringsock_configure, ringsock_use_host, ringsock_last_error_text ----

/// What the next start of the runtime is to run; copied. Control role. Without a call: the defaults of
/// StartOptions.
void set_start_options(const StartOptions& options);

/// Why the last WSPStartup returned WSASYSNOTREADY: one line for a person; "" when it did not.
[[nodiscard]] const std::string& start_error_text() noexcept;

/// Makes the named host (null: the first) the calling thread's: WSPSocket makes its sockets there. False when
/// there is no such host, or nothing runs.
bool set_current_host(const char* name) noexcept;

/// Name of the calling thread's host; null while nothing runs.
[[nodiscard]] const char* current_host_name() noexcept;

// ---- the catalogue ----

/// What one host offers. IPv6 entries join when the engine speaks it.
enum class Offer : std::uint32_t { tcp_v4 = 0, udp_v4 = 1 };
inline constexpr std::uint32_t kOffersPerHost = 2;
/// dwCatalogEntryId of the first host's first offer.
inline constexpr DWORD kFirstCatalogEntry = 1001;

/// {7c3d1f52-6a41-4c0e-9b67-52494e47534b}: ProviderId of the base provider.
inline constexpr GUID kProviderId = {
    0x7c3d1f52, 0x6a41, 0x4c0e, {0x9b, 0x67, 0x52, 0x49, 0x4e, 0x47, 0x53, 0x4b}};

/// Entries of the catalogue: kOffersPerHost for every host of the configuration, or for one host while
/// nothing runs.
[[nodiscard]] std::uint32_t catalog_size() noexcept;
/// Fills entry `index` (below catalog_size()): host index / kOffersPerHost, offer index % kOffersPerHost. Its
/// dwCatalogEntryId is kFirstCatalogEntry + index.
void fill_catalog_entry(std::uint32_t index, WSAPROTOCOL_INFOW& out) noexcept;

// ---- extension functions, obtained by lpWSPIoctl(SIO_GET_EXTENSION_FUNCTION_POINTER, GUID) ----

/// {7c3d1f52-6a41-4c0e-9b67-52494e470001}: names PollFunction.
inline constexpr GUID kPollExtension = {
    0x7c3d1f52, 0x6a41, 0x4c0e, {0x9b, 0x67, 0x52, 0x49, 0x4e, 0x47, 0x00, 0x01}};
/// WSAPoll for sockets of this provider: fills revents of all entries; returns how many are not 0 (entries
/// whose fd names no socket get WS_POLLNVAL and are not counted, as Windows does), or SOCKET_ERROR with
/// WSAEINVAL (no entry, or a bit that cannot be asked for) or WSAEFAULT (null) in *lpErrno. Time-out in ms;
/// negative: for ever.
using PollFunction = int (*)(WSAPOLLFD* entries, ULONG count, INT timeout_ms, LPINT lpErrno);

}  // namespace ringsock::spi
