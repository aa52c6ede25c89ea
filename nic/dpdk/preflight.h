// SPDX-License-Identifier: BSD-3-Clause
// What can be known to be wrong before a driver is asked: better words than any driver has. Also turns the
// name in a NicConfig into the one DPDK wants. Control role.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "nic/dpdk/mempool.h"
#include "nic/dpdk/socket_path.h"
#include "nic/dpdk/xdp_users.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// What a device name and its arguments amount to.
struct DeviceRequest {
    std::string driver;     ///< "net_tap", or "" for PCI.
    std::string name;       ///< DPDK's device name: "net_tap0", "0000:00:05.0".
    std::string arguments;  ///< As the driver gets them.
    std::string
        interface;  ///< Kernel interface the device sits on; "" when there is none or it is not known.
    std::uint32_t mtu_limit = 9000;             ///< What the arguments allow, bytes.
    std::uint32_t queue_limit = kMaxNicQueues;  ///< What the arguments allow, and NicConfig::most_queues.
    bool mtu_is_ours = false;  ///< The driver's frames are bound by its buffers, whatever it claims.
    bool is_pci = false;
    bool interface_is_ours = false;    ///< The driver creates it (net_tap).
    bool shares_link_address = false;  ///< Others find us by the device's own MAC (af_packet, af_xdp, PCI).
    PoolMemory memory = PoolMemory::any;  ///< Where packets must lie.
    std::uint32_t driver_buffers = 0;     ///< Packets the driver takes beyond its descriptors, per queue.
    std::uint32_t driver_headroom = 0;    ///< Bytes of each that it leaves empty.
    bool keeps_buffers = false;           ///< It does not give all of them back when it is closed.
    bool waits_for_peer = false;          ///< The driver cannot start without the other side (peer_port.h).
    XdpClaim xdp;                         ///< Our name on the queues of net_af_xdp.
    MeetingPlace place;                   ///< Where the other side is met; no path: nowhere.
};

/// "client/0 (net_tap iface=dtap0)": where, for messages.
[[nodiscard]] std::string place_of(const NicConfig& config);
/// An error about this device.
[[nodiscard]] NicError error_at(const NicConfig& config, NicErrorKind kind, const std::string& what);

/// The MTU is not one of this device.
[[nodiscard]] NicError refuse_mtu(const NicConfig& config, std::uint32_t least, std::uint32_t most);

/// Checks ranges of `config` that hold for every device.
[[nodiscard]] std::optional<NicError> check_ranges(const NicConfig& config);

/// Works out the device, and checks interface and privileges. A name without number keeps none here.
[[nodiscard]] Result<DeviceRequest, NicError> examine_device(const NicConfig& config);

}  // namespace ringsock::dpdk
