// SPDX-License-Identifier: BSD-3-Clause
// NeighborTable: rounds of requests, what is believed, and which entry gives way (RFC 826, RFC 1122 §2.3.2).
#include "inet/neighbor.h"

#include "base/assert.h"

namespace ringsock {
namespace {

constexpr std::uint32_t heads_for(std::uint32_t capacity) noexcept {
    std::uint32_t heads = 16;
    while (heads < capacity) heads *= 2;
    return heads;
}

bool is_host(Ipv4 address) noexcept {
    const std::uint32_t top = address.value >> 24;
    return top != 0 && top != 127 && top < 224;
}

}  // namespace

NeighborTable::NeighborTable(std::uint32_t capacity) noexcept
    : capacity_(capacity),
      head_mask_(heads_for(capacity) - 1),
      hot_(capacity),
      cold_(capacity),
      heads_(heads_for(capacity)) {
    RS_ASSERT(capacity >= 1 && capacity <= 65536);
}

std::uint32_t NeighborTable::find(InterfaceIndex interface, Ipv4 address) const noexcept {
    for (std::uint32_t at = heads_[bucket_of(interface, address)]; at != 0; at = cold_[at - 1].next_plus_one)
        if (hot_[at - 1].address == address && hot_[at - 1].interface == interface) return at - 1;
    return kNoIndex;
}

/// The least recently resolved entry that may go; kNoIndex when all are permanent or waited on.
std::uint32_t NeighborTable::evict() noexcept {
    for (std::uint32_t index = by_age_.front(); index != kNoIndex; index = cold_[index].age.next) {
        if (hot_[index].state == NeighborState::permanent || !cold_[index].waiting.empty()) continue;
        unlink(index);
        return index;
    }
    return kNoIndex;
}

void NeighborTable::unlink(std::uint32_t index) noexcept {
    std::uint32_t* link = &heads_[bucket_of(hot_[index].interface, hot_[index].address)];
    while (*link != index + 1) link = &cold_[*link - 1].next_plus_one;
    *link = cold_[index].next_plus_one;
    by_age_.remove(index, age_links());
    hot_[index].state = NeighborState::free;
}

std::uint32_t NeighborTable::make(InterfaceIndex interface, Ipv4 address) noexcept {
    const std::uint32_t index = fresh_ < capacity_ ? fresh_++ : evict();
    if (index == kNoIndex) return kNoIndex;
    Neighbor& hot = hot_[index];
    hot = Neighbor{hot.generation + 1, address, {}, NeighborState::incomplete, interface};
    std::uint32_t& head = heads_[bucket_of(interface, address)];
    cold_[index] = Cold{{}, {}, Instant::never(), Instant{}, Instant{}, head, 0};
    head = index + 1;
    by_age_.push_back(index, age_links());
    return index;
}

std::uint32_t NeighborTable::learn(InterfaceIndex interface, Ipv4 address) noexcept {
    if (fresh_ >= capacity_ / 2) return kNoIndex;
    const std::uint32_t index = make(interface, address);
    by_age_.remove(index, age_links());
    by_age_.push_front(index, age_links());
    return index;
}

NeighborAction NeighborTable::start_round(std::uint32_t index, NeighborState state, Instant now) noexcept {
    hot_[index].state = state;
    cold_[index].requests = 0;
    return continue_round(index, now);
}

/// One more request, and when to look again.
NeighborAction NeighborTable::continue_round(std::uint32_t index, Instant now) noexcept {
    ++cold_[index].requests;
    cold_[index].requested_at = now;
    plan(index, now + kArpRequestInterval);
    return {hot_[index].state == NeighborState::probing ? NeighborAction::Kind::request_unicast
                                                        : NeighborAction::Kind::request_broadcast,
            index};
}

NeighborAnswer NeighborTable::resolve(InterfaceIndex interface, Ipv4 next_hop, Instant now) noexcept {
    std::uint32_t index = find(interface, next_hop);
    NeighborAnswer answer;
    if (index == kNoIndex) {
        index = make(interface, next_hop);
        if (index == kNoIndex) return answer;
        answer.action = start_round(index, NeighborState::incomplete, now);
    } else {
        by_age_.move_to_back(index, age_links());
        answer.action = note_use(index, now);
    }
    answer.ref = {index, hot_[index].generation};
    answer.is_usable = hot_[index].is_usable();
    return answer;
}

NeighborAction NeighborTable::note_use(std::uint32_t index, Instant now) noexcept {
    const NeighborState state = hot_[index].state;
    if (state != NeighborState::stale && state != NeighborState::failed) return {};
    // A round that failed was begun three seconds ago at least, but an entry may have been confirmed and gone
    // stale by a jump of time since: the limit of one a second is kept whatever happened.
    if (cold_[index].requests != 0 && now - cold_[index].requested_at < kArpRequestInterval) return {};
    return start_round(
        index, state == NeighborState::stale ? NeighborState::probing : NeighborState::incomplete, now);
}

void NeighborTable::confirm(std::uint32_t index, Instant now) noexcept {
    Neighbor& hot = hot_[index];
    if (hot.state < NeighborState::reachable || hot.state == NeighborState::permanent) return;
    cold_[index].confirmed_at = now;
    if (hot.state == NeighborState::reachable) return;  // Its deadline moves by itself when it comes due.
    hot.state = NeighborState::reachable;
    plan(index, now + kNeighborReachableTime);
}

NeighborRef NeighborTable::add_permanent(InterfaceIndex interface, Ipv4 address,
                                         const MacAddress& mac) noexcept {
    std::uint32_t index = find(interface, address);
    if (index == kNoIndex) index = make(interface, address);
    if (index == kNoIndex) return {};
    hot_[index].mac = mac;
    hot_[index].state = NeighborState::permanent;
    cold_[index].deadline = Instant::never();
    return {index, hot_[index].generation};
}

ArpOutcome NeighborTable::tell(InterfaceIndex interface, Ipv4 address, const MacAddress& mac,
                               bool is_permanent, bool is_fresh, Instant now) noexcept {
    ArpOutcome outcome;
    if (!is_host(address) || mac.is_group() || mac.is_zero())
        return {.verdict = ArpOutcome::Verdict::malformed};
    std::uint32_t index = find(interface, address);
    const bool was_usable = index != kNoIndex && hot_[index].is_usable();
    const bool was_known = was_usable && hot_[index].mac == mac;
    if (is_permanent) {
        const NeighborRef ref = add_permanent(interface, address, mac);
        if (ref.is_none()) return outcome;
        index = ref.index;
    } else {
        if (index == kNoIndex) index = learn(interface, address);
        if (index == kNoIndex) return outcome;
        Neighbor& hot = hot_[index];
        if (hot.state == NeighborState::permanent) return outcome;
        if (was_usable && !is_fresh) return outcome;
        if (was_usable && !was_known && now - cold_[index].confirmed_at < kNeighborLockTime)
            return {.verdict = ArpOutcome::Verdict::locked};
        hot.mac = mac;
        hot.state = is_fresh ? NeighborState::reachable : NeighborState::stale;
        cold_[index].requests = 0;
        cold_[index].confirmed_at = is_fresh ? now : Instant{};
        plan(index, is_fresh ? now + kNeighborReachableTime : Instant::never());
    }
    outcome.verdict = ArpOutcome::Verdict::updated;
    outcome.resolved = !was_usable;
    outcome.mac_changed = was_usable && !was_known;
    outcome.index = index;
    return outcome;
}

ArpOutcome NeighborTable::on_arp(InterfaceIndex interface, const ArpFields& arp,
                                 const HostAddresses& addresses, Instant now) noexcept {
    using Verdict = ArpOutcome::Verdict;
    const bool is_request = arp.operation == ArpOperation::request;
    if (!is_request && arp.operation != ArpOperation::reply) return {.verdict = Verdict::malformed};
    if (arp.sender_mac.is_group() || arp.sender_mac.is_zero()) return {.verdict = Verdict::malformed};

    ArpOutcome outcome;
    // RFC 826: answer a request for an address of ours on this interface. The loopback network is not asked
    // about on a wire. RFC 5227 §2.1.1: a probe has sender address 0 and is answered like any request.
    const bool sender_is_nobody = arp.sender_address.is_any();
    if (!sender_is_nobody &&
        (!is_host(arp.sender_address) || addresses.is_broadcast(arp.sender_address, interface)))
        return {.verdict = Verdict::malformed};
    if (!sender_is_nobody && addresses.is_local(arp.sender_address)) return {.verdict = Verdict::conflict};
    outcome.reply_due = is_request && is_host(arp.target_address) && addresses.is_local(arp.target_address);
    if (sender_is_nobody) return outcome;

    std::uint32_t index = find(interface, arp.sender_address);
    if (index == kNoIndex && outcome.reply_due && addresses.is_on_link(arp.sender_address, interface))
        index = learn(interface, arp.sender_address);
    if (index == kNoIndex || hot_[index].state == NeighborState::permanent) return outcome;
    Neighbor& hot = hot_[index];
    const bool was_usable = hot.is_usable();
    const bool changes = was_usable && hot.mac != arp.sender_mac;
    // A fresh confirmation protects the address for a second. Where we asked, the last one is older than
    // that.
    if (changes && now - cold_[index].confirmed_at < kNeighborLockTime) {
        outcome.verdict = Verdict::locked;
        return outcome;
    }
    hot.mac = arp.sender_mac;
    hot.state = NeighborState::reachable;
    cold_[index].confirmed_at = now;
    plan(index, now + kNeighborReachableTime);
    outcome.verdict = Verdict::updated;
    outcome.resolved = !was_usable;
    outcome.mac_changed = changes;
    outcome.index = index;
    return outcome;
}

void NeighborTable::expire(Instant now, Actions& actions) noexcept {
    actions.clear();
    if (now < next_deadline_) return;
    next_deadline_ = Instant::never();
    for (std::uint32_t index = 0; index < fresh_; ++index) {
        Neighbor& hot = hot_[index];
        Cold& cold = cold_[index];
        if (hot.state == NeighborState::free || cold.deadline.is_never()) continue;
        if (cold.deadline > now || actions.full()) {
            if (cold.deadline < next_deadline_) next_deadline_ = cold.deadline;
            continue;
        }
        if (hot.state == NeighborState::reachable) {
            // confirm() does not move the deadline, it is looked at here.
            const Instant good_until = cold.confirmed_at + kNeighborReachableTime;
            if (good_until <= now) hot.state = NeighborState::stale;
            plan(index, good_until <= now ? Instant::never() : good_until);
        } else if (cold.requests < kMaxArpRequests) {
            actions.push(continue_round(index, now));
        } else {
            hot.state = NeighborState::failed;
            plan(index, Instant::never());
            actions.push({NeighborAction::Kind::failed, index});
        }
    }
}

}  // namespace ringsock
