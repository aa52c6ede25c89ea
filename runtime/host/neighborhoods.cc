// SPDX-License-Identifier: BSD-3-Clause
#include "host/neighborhoods.h"

#include <algorithm>

namespace ringsock {
namespace {

std::string where(const HostConfig& host, std::size_t interface) {
    return "host '" + host.name + "', interface " + std::to_string(interface);
}

IpAddress network_of(const Prefix& prefix) {
    if (prefix.address.family != Family::ipv4) return prefix.address;
    const std::uint32_t mask = prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length);
    return IpAddress(Ipv4{prefix.address.v4.value & mask});
}

bool has_address(const std::vector<Prefix>& list, const IpAddress& address) {
    for (const Prefix& prefix : list)
        if (prefix.address == address) return true;
    return false;
}

/// The interface whose subnet holds `gateway`; kNoInterface when none does.
InterfaceIndex interface_towards(const HostAddresses& addresses, const IpAddress& gateway) {
    for (const InterfaceAddress& a : addresses)
        if (prefix_matches(a.address, gateway, a.prefix_length)) return a.interface;
    return kNoInterface;
}

class Maker {
  public:
    Maker(const HostConfig& host, const KernelTables& tables) : host_(host), tables_(tables) {}

    Result<NeighborhoodFacts, std::string> make() {
        for (std::size_t n = 0; n < host_.interfaces.size() && error_.empty(); ++n) add_interface(n);
        for (std::size_t n = 0; n < host_.interfaces.size() && error_.empty(); ++n) add_gateways(n);
        for (const RouteConfig& route : host_.routes)
            if (error_.empty()) add_route(route);
        if (!error_.empty()) return Failure{error_};
        for (std::size_t n = 0; n < host_.interfaces.size(); ++n) follow_link(n);
        follow_refusals();
        out_.value.neighbor_count = static_cast<std::uint32_t>(out_.neighbors.size());
        return std::move(out_);
    }

  private:
    static InterfaceIndex index_of(std::size_t interface) noexcept {
        return static_cast<InterfaceIndex>(interface + 1);
    }

    // Before anything was read the configuration says which addresses of its own the kernel will have.
    [[nodiscard]] bool is_shared(const InterfaceConfig& i, const IpAddress& address) const {
        if (i.kernel.empty()) return false;
        const LinkFact* const tap = tables_.link_named(i.kernel);
        if (tap == nullptr) return tables_.links.empty() && has_address(i.kernel_addresses, address);
        return std::any_of(tables_.addresses.begin(), tables_.addresses.end(), [&](const AddressFact& a) {
            return a.link == tap->index && a.address == address;
        });
    }

    void add_interface(std::size_t n) {
        const InterfaceConfig& i = host_.interfaces[n];
        for (const Prefix& prefix : i.addresses) {
            if (!out_.value.addresses.add(
                    {prefix.address, prefix.length, index_of(n), is_shared(i, prefix.address)})) {
                error_ = where(host_, n) + ": address " + to_text(prefix) +
                         " is no unicast address, stands there twice, or is one too many";
                return;
            }
            if (prefix.address.family != Family::ipv4) continue;
            RouteEntry on_link;
            on_link.prefix = network_of(prefix);
            on_link.prefix_length = prefix.length;
            on_link.interface = index_of(n);
            if (!out_.value.routes.add(on_link))
                error_ = where(host_, n) + ": no room for the route of " + to_text(prefix);
        }
        const LinkFact* const link = i.follow.empty() ? nullptr : tables_.link_named(i.follow);
        if (link == nullptr || !i.addresses.empty()) return;
        for (const AddressFact& a : tables_.addresses) {
            if (a.link != link->index) continue;
            if (!out_.value.addresses.add({a.address, a.prefix_length, index_of(n), is_shared(i, a.address)}))
                ++out_.left_out;
        }
    }

    void add_gateways(std::size_t n) {
        for (const IpAddress& gateway : host_.interfaces[n].gateways) {
            RouteEntry by_default;
            by_default.prefix = gateway.family == Family::ipv6 ? IpAddress(Ipv6{}) : IpAddress(Ipv4{});
            by_default.interface = index_of(n);
            by_default.gateway = gateway;
            if (!out_.value.routes.add(by_default))
                error_ = where(host_, n) + ": gateway " + to_text(gateway) + " is refused by the route table";
        }
    }

    void add_route(const RouteConfig& route) {
        RouteEntry entry;
        entry.prefix = network_of(route.destination);
        entry.prefix_length = route.destination.length;
        entry.gateway = route.gateway;
        const std::string which = "host '" + host_.name + "': route to " + to_text(route.destination);
        switch (route.kind) {
            case RouteAction::swallow:
                entry.kind = RouteKind::blackhole;
                break;
            case RouteAction::unreachable:
                entry.kind = RouteKind::unreachable;
                break;
            case RouteAction::unicast:
                entry.interface = route.gateway.family == Family::none
                                      ? InterfaceIndex{1}
                                      : interface_towards(out_.value.addresses, route.gateway);
                if (entry.interface == kNoInterface || host_.interfaces.empty()) {
                    if (follows_kernel(host_)) {  // The address beside it may come, and go.
                        ++out_.left_out;
                        return;
                    }
                    error_ = which + ": gateway " + to_text(route.gateway) +
                             " is in the subnet of no interface; give an interface an address beside it";
                    return;
                }
                break;
        }
        // What is swallowed needs a source address all the same: that of the first interface.
        if (entry.kind == RouteKind::blackhole) {
            for (const InterfaceAddress& a : out_.value.addresses) {
                if (a.address.family != entry.prefix.family) continue;
                entry.source = a.address;
                break;
            }
        }
        if (!out_.value.routes.add(entry))
            error_ = which + " is refused by the route table (64 routes at most)";
    }

    // An interface that the kernel no longer has carries nothing.
    void follow_link(std::size_t n) {
        const InterfaceConfig& i = host_.interfaces[n];
        if (i.follow.empty() || tables_.links.empty()) return;
        const LinkFact* const link = tables_.link_named(i.follow);
        out_.value.links[index_of(n)] = {link != nullptr ? link->mtu : 0, link != nullptr && link->is_up};
        out_.value.follows[index_of(n)] = true;
        if (link == nullptr) return;
        for (const RouteFact& route : tables_.routes)
            if (route.kind == RouteFactKind::unicast && route.link == link->index)
                take_route(route, index_of(n));
        for (const NeighborFact& neighbor : tables_.neighbors)
            if (neighbor.link == link->index && neighbor.address.family == Family::ipv4)
                out_.neighbors.push_back({index_of(n), neighbor.address.v4, neighbor.mac,
                                          neighbor.is_permanent, neighbor.is_fresh});
    }

    // What the kernel refuses it refuses everybody.
    void follow_refusals() {
        if (std::none_of(host_.interfaces.begin(), host_.interfaces.end(),
                         [](const InterfaceConfig& i) { return !i.follow.empty(); }))
            return;
        for (const RouteFact& route : tables_.routes)
            if (route.kind != RouteFactKind::unicast) take_route(route, kNoInterface);
    }

    void take_route(const RouteFact& route, InterfaceIndex interface) {
        RouteEntry entry;
        entry.prefix = route.prefix;
        entry.prefix_length = route.prefix_length;
        entry.kind = route.kind == RouteFactKind::unicast     ? RouteKind::unicast
                     : route.kind == RouteFactKind::blackhole ? RouteKind::blackhole
                                                              : RouteKind::unreachable;
        entry.interface = interface;
        entry.metric = route.metric;
        entry.gateway = route.gateway;
        if (out_.value.addresses.is_local(route.source)) entry.source = route.source;
        if (!out_.value.routes.add(entry)) ++out_.left_out;
    }

    const HostConfig& host_;
    const KernelTables& tables_;
    NeighborhoodFacts out_;
    std::string error_;
};

bool is_equal(const InterfaceAddress& a, const InterfaceAddress& b) noexcept {
    return a.address == b.address && a.prefix_length == b.prefix_length && a.interface == b.interface &&
           a.is_shared == b.is_shared;
}
bool is_equal(const RouteEntry& a, const RouteEntry& b) noexcept {
    return a.prefix == b.prefix && a.prefix_length == b.prefix_length && a.kind == b.kind &&
           a.interface == b.interface && a.metric == b.metric && a.gateway == b.gateway &&
           a.source == b.source;
}

}  // namespace

Result<NeighborhoodFacts, std::string> make_neighborhood(const HostConfig& host, const KernelTables& tables) {
    return Maker(host, tables).make();
}

bool have_equal_ways(const Neighborhood& a, const Neighborhood& b) noexcept {
    const auto equal = [](const auto& x, const auto& y) { return is_equal(x, y); };
    return std::equal(a.addresses.begin(), a.addresses.end(), b.addresses.begin(), b.addresses.end(),
                      equal) &&
           std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(), equal) &&
           a.links == b.links;
}

bool follows_kernel(const HostConfig& host) noexcept {
    return std::any_of(host.interfaces.begin(), host.interfaces.end(),
                       [](const InterfaceConfig& i) { return !i.follow.empty() || !i.kernel.empty(); });
}

}  // namespace ringsock
