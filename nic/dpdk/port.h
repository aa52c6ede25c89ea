// SPDX-License-Identifier: BSD-3-Clause
// Port: one DPDK Ethernet port from its creation to its removal, so that the same device can be opened again
// in the same process. Control role.
#pragma once

#include <rte_ethdev.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "nic/dpdk/port_plan.h"
#include "nic/dpdk/preflight.h"
#include "nic/nic.h"

namespace ringsock::dpdk {

/// No port.
inline constexpr std::uint16_t kNoPort = RTE_MAX_ETHPORTS;

class EthPort {
  public:
    EthPort() noexcept = default;
    EthPort(EthPort&& other) noexcept { swap(other); }
    EthPort& operator=(EthPort&& other) noexcept {
        swap(other);
        return *this;
    }
    EthPort(const EthPort&) = delete;
    EthPort& operator=(const EthPort&) = delete;
    /// Stops, closes and removes the device.
    ~EthPort();

    /// Creates (virtual) or claims (PCI) the device. Chooses a number for a name that has none.
    [[nodiscard]] static Result<EthPort, NicError> attach(const NicConfig& config,
                                                          const DeviceRequest& device);
    /// Takes over a port that rte_eth_from_rings made under this device name.
    [[nodiscard]] static Result<EthPort, NicError> adopt(const NicConfig& config, std::uint16_t id,
                                                         std::string device_name);

    /// Sizes for this device: `config` adjusted to its limits and to those of `request`, and with them the
    /// offloads. `default_mtu` serves when config.mtu is 0.
    [[nodiscard]] Result<PortSizes, NicError> plan_sizes(const NicConfig& config, std::uint32_t default_mtu,
                                                         const DeviceRequest& request);

    /// Configures and starts; `receive_pools` holds one pool per queue.
    [[nodiscard]] std::optional<NicError> start(const NicConfig& config, const PortSizes& sizes,
                                                std::span<rte_mempool* const> receive_pools);
    /// Gives the kernel interface that the driver created the MTU of the port; others keep their owner's.
    void set_interface_mtu(std::uint32_t mtu) noexcept;
    /// Makes the device accept frames for `mac`, which is not its own.
    [[nodiscard]] std::optional<NicError> accept_address(const NicConfig& config, const MacAddress& mac,
                                                         bool may_change_device);

    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& device_name() const noexcept { return device_name_; }
    [[nodiscard]] std::string driver() const { return info_.driver_name != nullptr ? info_.driver_name : ""; }
    /// Whether the driver took the request for receive interrupts.
    [[nodiscard]] bool has_interrupts() const noexcept { return has_interrupts_; }
    [[nodiscard]] const OffloadPlan& offloads() const noexcept { return offloads_; }
    [[nodiscard]] bool spreads_as_asked() const noexcept { return spreads_as_asked_; }
    [[nodiscard]] MacAddress own_mac() const noexcept;
    [[nodiscard]] int numa_node() const noexcept;
    [[nodiscard]] bool driver_says_link_up() const noexcept;

  private:
    void swap(EthPort& other) noexcept;
    [[nodiscard]] std::optional<NicError> configure_and_start(const NicConfig& config, const PortSizes& sizes,
                                                              std::span<rte_mempool* const> receive_pools,
                                                              bool interrupts);
    [[nodiscard]] std::optional<NicError> learn(const NicConfig& config);
    /// After the start: whether key and redirection table are in force.
    [[nodiscard]] bool redirect_as_asked(const NicConfig& config) noexcept;

    std::uint16_t id_ = kNoPort;
    std::string device_name_;
    bool is_virtual_ = false;
    bool started_ = false;
    bool has_interrupts_ = false;
    rte_eth_dev_info info_{};
    OffloadPlan offloads_;
    bool spreads_as_asked_ = false;
};

}  // namespace ringsock::dpdk
