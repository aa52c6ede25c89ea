// SPDX-License-Identifier: BSD-3-Clause
// What each driver needs and takes, known before it is asked: its arguments, privileges, interface, socket or
// files. One function a driver; preflight.cc calls them. Control role.
#pragma once

#include <optional>
#include <string>

#include "nic/dpdk/preflight.h"

namespace ringsock::dpdk {

/// Completes `device`, whose driver and arguments are set, with what its driver makes of it, and says what is
/// wrong: the first mistake found, with its cure. Drivers that are not known here pass as they are.
[[nodiscard]] std::optional<NicError> check_device(const NicConfig& config, DeviceRequest& device);

/// Keys of `arguments` against what the driver takes, numbers against their ranges.
[[nodiscard]] std::optional<NicError> check_arguments(const NicConfig& config, const std::string& driver);

/// Why nobody can be reached at the socket of a device that waits for its peer; "" when somebody listens.
[[nodiscard]] std::string why_no_peer(const DeviceRequest& device);

}  // namespace ringsock::dpdk
