// SPDX-License-Identifier: BSD-3-Clause
// What the kernel knows about a network interface that a driver sits on (net_tap, net_af_packet, net_af_xdp),
// asked through a socket that stays open: its network namespace is the one the device was opened in. Also
// the privileges of this process. Control role; flags() also by the engine role, one system call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/address.h"

namespace ringsock::dpdk {

class KernelInterface {
  public:
    KernelInterface() noexcept = default;
    explicit KernelInterface(std::string name) noexcept;
    KernelInterface(KernelInterface&& other) noexcept { swap(other); }
    KernelInterface& operator=(KernelInterface&& other) noexcept {
        swap(other);
        return *this;
    }
    KernelInterface(const KernelInterface&) = delete;
    KernelInterface& operator=(const KernelInterface&) = delete;
    ~KernelInterface();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool named() const noexcept { return !name_.empty(); }
    [[nodiscard]] bool exists() const noexcept { return flags() >= 0; }
    /// IFF_* bits of <net/if.h>; -1 when the interface is gone.
    [[nodiscard]] int flags() const noexcept;
    /// Administratively up and with carrier.
    [[nodiscard]] bool carries() const noexcept;
    /// Bytes; nothing when it is gone.
    [[nodiscard]] std::optional<std::uint32_t> mtu() const noexcept;
    [[nodiscard]] std::optional<MacAddress> mac() const noexcept;
    /// The kernel's number of it in this thread's network namespace; 0 when there is none.
    [[nodiscard]] std::uint32_t index() const noexcept;
    /// Receive queues it has at this moment; 1 when the kernel does not say.
    [[nodiscard]] std::uint32_t rx_queues() const noexcept;
    /// Those of them that share a number with a transmit queue; 1 when there are none.
    [[nodiscard]] std::uint32_t combined_queues() const noexcept;

  private:
    void swap(KernelInterface& other) noexcept {
        std::swap(name_, other.name_);
        std::swap(socket_, other.socket_);
    }
    std::string name_;
    int socket_ = -1;
};

/// The value of `key` in driver arguments "a=1,b=2"; "" when it is not there.
[[nodiscard]] std::string argument_value(const std::string& arguments, const std::string& key);

/// Capabilities of this thread that drivers need (numbers of <linux/capability.h>).
inline constexpr unsigned kCapNetAdmin = 12;
inline constexpr unsigned kCapNetRaw = 13;
inline constexpr unsigned kCapSysAdmin = 21;
inline constexpr unsigned kCapBpf = 39;
[[nodiscard]] bool has_capability(unsigned capability) noexcept;

/// Whether capabilities are the machine's own, not those of a container's root.
[[nodiscard]] bool in_first_user_namespace() noexcept;

/// "run it with sudo, or once: sudo setcap cap_net_raw,cap_net_admin+ep /path/of/this/program"
[[nodiscard]] std::string grant_hint(const std::string& capabilities);

}  // namespace ringsock::dpdk
