// SPDX-License-Identifier: BSD-3-Clause
// LocalPorts: Winsock's rules for sharing a port, and the table they are applied to.
#include "inet/local_ports.h"

#include "base/assert.h"

namespace ringsock {
namespace {

constexpr BindVerdict kOk = BindVerdict::ok;
constexpr BindVerdict kInUse = BindVerdict::in_use;
constexpr BindVerdict kDenied = BindVerdict::denied;

/// Rows: first bind; columns: second bind. Each as (sharing, wildcard before explicit), in the order of
/// BindSharing. Both explicit means both the same address.
constexpr BindVerdict kRules[6][6] = {
    //  none            reuse               exclusive
    {kInUse, kOk, kDenied, kOk, kInUse, kOk},              // none, wildcard
    {kOk, kInUse, kOk, kDenied, kInUse, kInUse},           // none, explicit
    {kInUse, kOk, kOk, kOk, kInUse, kOk},                  // reuse, wildcard
    {kOk, kInUse, kOk, kOk, kInUse, kInUse},               // reuse, explicit
    {kInUse, kDenied, kDenied, kDenied, kInUse, kDenied},  // exclusive, wildcard
    {kOk, kInUse, kOk, kDenied, kInUse, kInUse},           // exclusive, explicit
};

constexpr std::size_t rule_index(const BindClaim& claim) noexcept {
    return static_cast<std::size_t>(claim.sharing) * 2 + (claim.address.is_any() ? 0 : 1);
}

}  // namespace

BindVerdict judge_bind(const BindClaim& first, const BindClaim& second) noexcept {
    if (first.port != second.port || first.space != second.space) return kOk;
    if (first.address.family != second.address.family) return kOk;
    const bool both_explicit = !first.address.is_any() && !second.address.is_any();
    if (both_explicit && !(first.address == second.address)) return kOk;
    return kRules[rule_index(first)][rule_index(second)];
}

LocalPorts::LocalPorts(std::uint32_t capacity) noexcept
    : capacity_(capacity), entries_(capacity), heads_(kBuckets) {}

LocalPorts::Bound LocalPorts::bind(const BindClaim& claim, std::uint32_t owner) noexcept {
    RS_ASSERT(claim.port.value != 0);
    std::uint32_t* link = &heads_[bucket_of(claim.space, claim.port)];
    for (; *link != 0; link = &entries_[*link - 1].next_plus_one) {
        const BindVerdict verdict = judge_bind(entries_[*link - 1].claim, claim);
        if (verdict != BindVerdict::ok) return {verdict, kNone};
    }
    std::uint32_t handle;
    if (free_plus_one_ != 0) {
        handle = free_plus_one_ - 1;
        free_plus_one_ = entries_[handle].next_plus_one;
    } else if (fresh_ < capacity_) {
        handle = fresh_++;
    } else {
        return {BindVerdict::no_room, kNone};
    }
    entries_[handle] = Entry{claim, owner, 0};
    *link = handle + 1;
    ++count_;
    return {BindVerdict::ok, handle};
}

void LocalPorts::unbind(std::uint32_t handle) noexcept {
    RS_ASSERT(handle < fresh_);
    Entry& entry = entries_[handle];
    std::uint32_t* link = &heads_[bucket_of(entry.claim.space, entry.claim.port)];
    while (*link != handle + 1) {
        RS_ASSERT(*link != 0);  // The handle names no binding.
        link = &entries_[*link - 1].next_plus_one;
    }
    *link = entry.next_plus_one;
    entry.next_plus_one = free_plus_one_;
    free_plus_one_ = handle + 1;
    --count_;
}

std::optional<Port> LocalPorts::choose(PortSpace space, PortRange range,
                                       std::uint32_t random) const noexcept {
    const std::uint32_t span = std::uint32_t{range.high.value} - range.low.value + 1;
    auto at = static_cast<std::uint32_t>((std::uint64_t{span} * random) >> 32);
    const std::uint32_t probes = span < kMaxProbes ? span : kMaxProbes;
    for (std::uint32_t probe = 0; probe < probes; ++probe) {
        const Port port{static_cast<std::uint16_t>(range.low.value + at)};
        if (!is_bound(space, port)) return port;
        if (++at == span) at = 0;
    }
    return std::nullopt;
}

std::uint32_t LocalPorts::find(PortSpace space, const IpAddress& address, Port port) const noexcept {
    std::uint32_t wildcard = kNone;
    for (std::uint32_t at = heads_[bucket_of(space, port)]; at != 0; at = entries_[at - 1].next_plus_one) {
        const Entry& entry = entries_[at - 1];
        if (entry.claim.port != port || entry.claim.space != space) continue;
        if (entry.claim.address.family != address.family) continue;
        if (entry.claim.address == address) return entry.owner;
        if (wildcard == kNone && entry.claim.address.is_any()) wildcard = entry.owner;
    }
    return wildcard;
}

bool LocalPorts::is_bound(PortSpace space, Port port) const noexcept {
    for (std::uint32_t at = heads_[bucket_of(space, port)]; at != 0; at = entries_[at - 1].next_plus_one) {
        const BindClaim& claim = entries_[at - 1].claim;
        if (claim.port == port && claim.space == space) return true;
    }
    return false;
}

}  // namespace ringsock
