// SPDX-License-Identifier: BSD-3-Clause
// Checks on the Unix sockets over which memif, vhost and virtio_user find their peers. Control role.
#pragma once

#include <optional>
#include <string>

#include "nic/nic.h"

namespace ringsock::dpdk {

/// Where two processes meet.
struct MeetingPlace {
    std::string key;           ///< The driver's argument that names it: "socket", "iface", "path".
    std::string path;          ///< A path, or a name in the abstract name space.
    bool is_abstract = false;  ///< A name without a file, private to the network namespace.
};

/// For the side that makes the socket: the name fits, its folder exists and may be written, nobody else
/// serves it. A socket file that nobody listens to (what a killed process leaves) is removed.
[[nodiscard]] std::optional<NicError> check_served_socket(const NicConfig& config, const MeetingPlace& place);
/// For the side that connects: the name fits and may be used. Nobody listening is no error.
[[nodiscard]] std::optional<NicError> check_used_socket(const NicConfig& config, const MeetingPlace& place);

/// Whether somebody listens there: 0, else an errno. Without connecting, since DPDK's memif server ends its
/// process when a client comes and goes at once. Names without a file are not looked up: 0.
[[nodiscard]] int why_nobody_listens(const MeetingPlace& place);

}  // namespace ringsock::dpdk
