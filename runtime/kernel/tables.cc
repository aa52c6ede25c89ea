// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/tables.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace ringsock {
namespace {

/// A dump that a change cut into is asked for again; on a router in turmoil the last one has to do.
constexpr int kAttempts = 5;

template <typename Fact, typename Read>
int read_table(Netlink& kernel, std::uint16_t type, std::uint8_t family, std::vector<Fact>& out, Read read) {
    int error = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        out.clear();
        error = kernel.dump(type, family, [&](const RouteMessage& message) {
            if (auto fact = read(message.body)) out.push_back(std::move(*fact));
        });
        if (error != EINTR) return error;
    }
    return 0;
}

}  // namespace

const LinkFact* KernelTables::link_named(const std::string& name) const noexcept {
    for (const LinkFact& link : links)
        if (link.name == name) return &link;
    return nullptr;
}

int read_tables(Netlink& kernel, KernelTables& out) {
    if (const int e = read_table(kernel, RTM_GETLINK, AF_UNSPEC, out.links, read_link); e != 0) return e;
    if (const int e = read_table(kernel, RTM_GETADDR, AF_INET, out.addresses, read_address); e != 0) return e;
    if (const int e = read_table(kernel, RTM_GETROUTE, AF_INET, out.routes, read_route); e != 0) return e;
    return read_table(kernel, RTM_GETNEIGH, AF_INET, out.neighbors, read_neighbor);
}

std::uint32_t table_groups() noexcept {
    return RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH;
}

}  // namespace ringsock
