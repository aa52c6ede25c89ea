// SPDX-License-Identifier: BSD-3-Clause
// TapDevice: the interface that the kernel gets beside a port of ours (tun(4), TUNSETIFF). It has the port's
// MAC address and MTU and offers the kernel nothing, so every frame that comes out of it is complete. It goes
// with this object, unless an administrator made it before and keeps it. Control role, but for send and
// receive: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace ringsock {

struct TapAddress {
    IpAddress address;
    std::uint8_t prefix_length = 0;
};

struct TapWish {
    std::string name;
    MacAddress mac;
    std::uint32_t mtu = 1500;
    std::vector<TapAddress> addresses;
};

class TapDevice {
  public:
    /// Longest name the kernel takes.
    static constexpr std::size_t kMaxName = 15;

    /// Makes the interface or takes hold of the one that is there, and brings it up. The error is one line
    /// with the cure.
    [[nodiscard]] static Result<std::unique_ptr<TapDevice>, std::string> open(const TapWish& wish);
    ~TapDevice();
    TapDevice(const TapDevice&) = delete;
    TapDevice& operator=(const TapDevice&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// Gives the kernel one frame; false: it does not take any (its interface is down). Never waits.
    [[nodiscard]] bool send(std::span<const std::byte> frame) noexcept;
    /// The kernel's next frame into `room`; its length, or 0 when there is none.
    [[nodiscard]] std::size_t receive(std::span<std::byte> room) noexcept;
    /// Shows the kernel whether the port behind has a link: its routes follow.
    void set_carrier(bool is_up) noexcept;

  private:
    TapDevice(std::string name, int descriptor) noexcept : name_(std::move(name)), descriptor_(descriptor) {}
    [[nodiscard]] std::string set_up(const TapWish& wish);

    std::string name_;
    int descriptor_ = -1;
};

}  // namespace ringsock
