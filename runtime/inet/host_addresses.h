// SPDX-License-Identifier: BSD-3-Clause
// HostAddresses: the addresses of one host, per interface (RFC 1122 §3.2.1.3, §3.3.6; RFC 4291 §2.8). A
// handful of entries, looked through in order. Filled by the control role before engines run; then read by
// any engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/fixed_vector.h"

namespace ringsock {

/// Number of an interface within its host.
using InterfaceIndex = std::uint8_t;
inline constexpr InterfaceIndex kNoInterface = 0xff;

/// An address and the subnet it stands in.
struct InterfaceAddress {
    IpAddress address;
    std::uint8_t prefix_length = 0;  ///< 0..32 or 0..128.
    InterfaceIndex interface = kNoInterface;
    bool is_shared = false;  ///< The kernel has it too, on the interface's exception path.
};

/// Whether the first `length` bits of both are equal; false across families or with a length past the
/// address.
[[nodiscard]] bool prefix_matches(const IpAddress& a, const IpAddress& b, unsigned length) noexcept;

class HostAddresses {
  public:
    static constexpr std::size_t kMax = 32;

    /// False when the table is full, the address is no unicast one, its prefix is too long, or it is there.
    [[nodiscard]] bool add(const InterfaceAddress& entry) noexcept;

    /// The host's own: an address of any interface, 127.0.0.0/8 or ::1 (house.md, D5). The "weak end system"
    /// of RFC 1122 §3.3.4.2: the interface does not matter.
    [[nodiscard]] bool is_local(Ipv4 address) const noexcept;
    [[nodiscard]] bool is_local(const IpAddress& address) const noexcept;

    /// Whether it is ours and the kernel's at the same time.
    [[nodiscard]] bool is_shared(Ipv4 address) const noexcept;

    /// 255.255.255.255, or the all-ones or the obsolete all-zeros host of a subnet of `interface` with a
    /// prefix up to /30 (RFC 1122 §3.3.6, RFC 3021 for /31).
    [[nodiscard]] bool is_broadcast(Ipv4 address, InterfaceIndex interface) const noexcept;
    /// The same for the subnets of all interfaces.
    [[nodiscard]] bool is_broadcast_anywhere(Ipv4 address) const noexcept;

    /// Whether `address` lies in a subnet of `interface`: reached there without a gateway.
    [[nodiscard]] bool is_on_link(Ipv4 address, InterfaceIndex interface) const noexcept;

    /// The source address for packets out of `interface` towards `next_hop`: the first in the same subnet,
    /// else the interface's first of that family; family none when there is none (RFC 1122 §3.3.4.3).
    [[nodiscard]] IpAddress source_for(InterfaceIndex interface, const IpAddress& next_hop) const noexcept;

    [[nodiscard]] const InterfaceAddress* begin() const noexcept { return entries_.begin(); }
    [[nodiscard]] const InterfaceAddress* end() const noexcept { return entries_.end(); }
    [[nodiscard]] std::size_t count() const noexcept { return entries_.size(); }

  private:
    FixedVector<InterfaceAddress, kMax> entries_;
};

}  // namespace ringsock
