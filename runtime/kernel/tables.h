// SPDX-License-Identifier: BSD-3-Clause
// The kernel's tables as they are at one moment: what follows them reads them anew after any news, so that no
// sequence of news, lost ones included, leads anywhere else than to the truth. Control role.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/netlink.h"
#include "kernel/route_messages.h"

namespace ringsock {

struct KernelTables {
    std::vector<LinkFact> links;
    std::vector<AddressFact> addresses;
    std::vector<RouteFact> routes;
    std::vector<NeighborFact> neighbors;

    /// The interface of that name; nullptr when there is none.
    [[nodiscard]] const LinkFact* link_named(const std::string& name) const noexcept;
};

/// Reads all tables, IPv4 only but for links. 0, or the errno(3).
[[nodiscard]] int read_tables(Netlink& kernel, KernelTables& out);

/// Groups whose news make a reading worth while.
[[nodiscard]] std::uint32_t table_groups() noexcept;

}  // namespace ringsock
