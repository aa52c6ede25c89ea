// SPDX-License-Identifier: BSD-3-Clause
// What wakes an engine that sleeps while its queue is empty, driver by driver. Control role.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nic/dpdk/port.h"
#include "nic/dpdk/preflight.h"
#include "packet/packet_io.h"

namespace ringsock::dpdk {

/// The descriptors this process has at one moment, so that those of a driver can be told from others.
class DescriptorMark {
  public:
    DescriptorMark();
    /// Descriptors opened since, lowest first.
    [[nodiscard]] std::vector<int> opened_since() const;

  private:
    std::vector<int> descriptors_;  ///< Sorted.
};

/// Whether a driver is worth asking for receive interrupts (rte_eth_conf::intr_conf.rxq).
[[nodiscard]] bool may_interrupt(const std::string& driver) noexcept;

/// One answer per queue of a started port. `before` was taken before the device was created.
[[nodiscard]] std::vector<Wakeup> find_wakeups(const EthPort& port, const DeviceRequest& device,
                                               std::uint32_t queues, const DescriptorMark& before);

/// net_null: with "no-rx=1" nothing ever arrives, otherwise there is always something.
[[nodiscard]] Wakeup wakeup_of_null(const std::string& arguments);

/// "its descriptor", for describe().
[[nodiscard]] const char* describe_wakeup(const Wakeup& wakeup) noexcept;

}  // namespace ringsock::dpdk
