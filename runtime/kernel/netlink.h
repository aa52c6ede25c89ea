// SPDX-License-Identifier: BSD-3-Clause
// A socket to the kernel's tables (rtnetlink(7)), in the network namespace of the thread that opens it.
// Blocking calls with a bound; control role, one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "kernel/route_messages.h"

namespace ringsock {

class Netlink {
  public:
    Netlink() noexcept = default;
    ~Netlink();
    Netlink(const Netlink&) = delete;
    Netlink& operator=(const Netlink&) = delete;

    /// `groups`: bits of RTMGRP_*, whose news arrive from here on. 0, or the errno(3).
    [[nodiscard]] int open(std::uint32_t groups) noexcept;
    /// Readable when news came.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Asks for a whole table (`type`: RTM_GETLINK, ...) of one family (AF_UNSPEC: all) and gives each
    /// message to `take`. 0, or the errno(3): EINTR when the table changed meanwhile, so that the answer may
    /// be no state it ever had; ETIMEDOUT when the kernel says no more.
    [[nodiscard]] int dump(std::uint16_t type, std::uint8_t family,
                           const std::function<void(const RouteMessage&)>& take);
    /// Takes news off the socket, without waiting, and forgets them; true when there were some, or when some
    /// were lost. For whoever reads the tables anew after any news.
    [[nodiscard]] bool drain() noexcept;
    /// Gives interface `link` one more address; one it has already is as good. 0, or the errno(3).
    [[nodiscard]] int add_address(std::uint32_t link, const IpAddress& address, std::uint8_t prefix_length);

  private:
    /// Messages that belong to request `sequence_`, to `take`, until its end.
    [[nodiscard]] int receive_answer(const std::function<void(const RouteMessage&)>& take);

    int descriptor_ = -1;
    std::uint32_t sequence_ = 0;
};

}  // namespace ringsock
