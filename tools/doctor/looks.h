// SPDX-License-Identifier: BSD-3-Clause
// The doctor's looks, one chapter of the page each. None changes anything; each copes with /proc, /sys and
// /dev that are not there, and with having no privileges at all.
#pragma once

#include <span>
#include <string>

#include "tools/doctor/finding.h"

namespace ringsock::doctor {

/// What the user said.
struct Request {
    bool has_configuration = false;         ///< --config, --set or RINGSOCK_CONFIG.
    std::string config_path;                ///< --config; "": RINGSOCK_CONFIG or the embedded default.
    std::span<const std::string> settings;  ///< --set, in order.
    std::string program = "PROGRAM";        ///< Stands in cures that name the program.
};

void look_at_processor(Findings& page);
void look_at_memory(Findings& page);
void look_at_kernel(Findings& page);
void look_at_privileges(Findings& page, const Request& request);
void look_at_nics(Findings& page);
/// False: the configuration itself is refused, and nothing more can be said about it.
bool look_at_configuration(Findings& page, const Request& request);

/// Capabilities of this process, for several looks. Numbers of <linux/capability.h>.
inline constexpr unsigned kNetAdmin = 12, kNetRaw = 13, kIpcLock = 14, kSysAdmin = 21, kBpf = 39;
[[nodiscard]] bool may(unsigned capability);

/// A DPDK found by the dynamic linker.
struct DpdkInstallation {
    std::string version;        ///< "DPDK 22.11.11"; "" when there is none.
    std::string driver_folder;  ///< Where its drivers lie; "" when unknown.
};
[[nodiscard]] const DpdkInstallation& installed_dpdk();
/// The release the library was built with, and the number in the names of its files: "23".
[[nodiscard]] const char* dpdk_abi();

/// Whether the page can be locked in memory without end: root's privilege, or no limit.
[[nodiscard]] bool may_lock_memory();

/// How a NIC is taken from its kernel driver and given to vfio-pci.
[[nodiscard]] std::string bind_cure(const std::string& pci_address);

}  // namespace ringsock::doctor
