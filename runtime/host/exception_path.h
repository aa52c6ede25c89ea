// SPDX-License-Identifier: BSD-3-Clause
// ExceptionPath: what a port needs so that the kernel can use it beside us (runtime/kernel). Control role.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "host/config.h"
#include "kernel/quiet_interface.h"
#include "kernel/tap_thread.h"
#include "packet/packet_io.h"

namespace ringsock {

struct ExceptionPath {
    std::unique_ptr<QuietInterface> quiet;  ///< Null where the kernel does not see the port's frames anyway.
    std::unique_ptr<TapThread> tap;
};

/// Makes the interface that `config.kernel` names, for a port that `engines` drive. `number`: its own in this
/// process. The error is one line with the cure.
[[nodiscard]] Result<std::unique_ptr<ExceptionPath>, std::string> open_exception_path(
    std::size_t number, const InterfaceConfig& config, const IoTraits& port, std::size_t engines);

/// Where the kernel's own connections take their ports from: net.ipv4.ip_local_port_range.
struct KernelPorts {
    std::uint16_t first = 32768, last = 60999;
};
[[nodiscard]] KernelPorts read_kernel_ports();
/// The larger part of `ours` on one side of the kernel's; `ours` itself when nothing is left.
[[nodiscard]] KernelPorts ports_beside(KernelPorts ours, KernelPorts kernels) noexcept;

}  // namespace ringsock
