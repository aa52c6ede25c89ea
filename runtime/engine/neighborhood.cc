// SPDX-License-Identifier: BSD-3-Clause
// What an engine does when addresses, routes, links or neighbours change under it. Connections keep their
// addresses and find their next hop anew; one whose address is gone, or that no route leads to, is kept and
// ends by its timers, or goes on when the address or the route comes back, as the kernel's do.
#include "engine/neighborhood.h"

#include <algorithm>

#include "engine/engine.h"

namespace ringsock {

void Engine::set_subnets() noexcept {
    std::uint32_t count = 0;
    for (const InterfaceAddress& entry : config_.addresses) {
        if (entry.address.family != Family::ipv4 || entry.prefix_length == 0 || entry.prefix_length > 30)
            continue;
        const std::uint32_t mask = ~std::uint32_t{0} << (32 - entry.prefix_length);
        port_.set_subnet(count++, mask, entry.address.v4.value & mask);
    }
    port_.set_subnet_count(count);
}

void Engine::take_neighborhood(const Neighborhood& news, Instant now) noexcept {
    if (news.changes_ways) {
        config_.addresses = news.addresses;
        config_.routes = news.routes;
        set_subnets();
        for (InterfaceIndex n = 1; n < interface_count_; ++n) {
            Interface& i = interfaces_[n];
            i.good_source = i.good_destination = Ipv4{};
            const std::uint32_t most = i.io->traits().mtu;
            i.mtu = news.links[n].mtu != 0 ? std::min(news.links[n].mtu, most) : most;
            i.may_be_up = news.links[n].is_up;
        }
        if (interface_count_ > 1) port_.max_datagram_bytes = interfaces_[1].mtu - 28;
        change_ways();
        poll_links(now);
    }
    for (std::uint32_t n = 0; n < news.neighbor_count; ++n) {
        const KnownNeighbor& known = news.neighbors[n];
        const ArpOutcome outcome = neighbors_.tell(known.interface, known.address, known.mac,
                                                   known.is_permanent, known.is_fresh, now);
        if (outcome.resolved) neighbor_resolved(outcome.index);
    }
    for (InterfaceIndex n = 1; n < interface_count_; ++n) {
        if (!news.follows[n]) continue;
        neighbors_.demote(n, [&](const Neighbor& entry) {
            return std::any_of(news.neighbors, news.neighbors + news.neighbor_count,
                               [&](const KnownNeighbor& k) {
                                   return k.is_permanent && k.interface == n && k.address == entry.address;
                               });
        });
    }
    ++stats_.neighborhoods;
}

// Every reference to a next hop is void, so that each connection asks for its way at its next segment
// (neighbor_of). Those that wait for a link address are let go to do so now.
void Engine::change_ways() noexcept {
    path_cache_.is_valid = false;
    const auto link_of = [this](std::uint32_t i) -> IndexLink& { return wait_links_[i]; };
    for (std::uint32_t n = 0; n < neighbors_.used(); ++n) {
        IndexList& waiting = neighbors_.waiting(n);
        for (std::uint32_t i; (i = waiting.take_front(link_of)) != kNoIndex;) {
            sides_[i].flags &= static_cast<std::uint8_t>(~kSideParked);
            mark_ready(i);
        }
        const bool was_current = waiting_[n].generation == neighbors_.at(n).generation;
        neighbors_.renumber(n);
        if (was_current) waiting_[n].generation = neighbors_.at(n).generation;
    }
}

}  // namespace ringsock
