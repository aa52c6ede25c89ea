// SPDX-License-Identifier: BSD-3-Clause
// NeighborTable: IPv4 next hops and their link-layer addresses (RFC 826; RFC 1122 §2.3.2; RFC 5227 for
// conflicts). Bounded, careful about what it believes, and silent: it returns what should be sent. Packets
// and connections that wait for an address hang on a list the engine threads. One table per engine; engine
// role.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/fixed_vector.h"
#include "base/index_list.h"
#include "base/instant.h"
#include "base/reserved_memory.h"
#include "inet/host_addresses.h"
#include "wire/arp.h"

namespace ringsock {

enum class NeighborState : std::uint8_t {
    free,        ///< The entry names nobody.
    incomplete,  ///< Asked by broadcast; address unknown.
    failed,      ///< Nobody answered. The next use asks anew.
    // From here on the address is usable.
    reachable,  ///< Confirmed within kReachableTime.
    stale,      ///< Not confirmed for a while; used all the same, and asked about on the next use.
    probing,    ///< Asked by unicast; used meanwhile (RFC 1122 §2.3.2.1 (2)).
    permanent,  ///< Configured; never asked about, never changed by the network.
};

/// RFC 1122 §2.3.2.1: no more than one request a second and destination.
inline constexpr Micros kArpRequestInterval = Micros::from_seconds(1);
/// Requests before failure: sent at 0, 1 and 2 s, given up at 3 s.
inline constexpr std::uint8_t kMaxArpRequests = 3;
/// How long a confirmation lasts. RFC 1122 §2.3.2.1 speaks of the order of a minute for time-outs.
inline constexpr Micros kNeighborReachableTime = Micros::from_seconds(30);
/// A usable address is not replaced by another more often than this, so that two claimants do not flap.
inline constexpr Micros kNeighborLockTime = Micros::from_seconds(1);

/// What a connection keeps of its next hop: 8 bytes. Good while the generation is.
struct NeighborRef {
    std::uint32_t index = kNoIndex;
    std::uint32_t generation = 0;
    [[nodiscard]] constexpr bool is_none() const noexcept { return index == kNoIndex; }
    friend constexpr bool operator==(NeighborRef, NeighborRef) noexcept = default;
};

/// The line the data path reads.
struct Neighbor {
    std::uint32_t generation = 0;  ///< Changes when the entry comes to name another next hop.
    Ipv4 address;
    MacAddress mac;
    NeighborState state = NeighborState::free;
    InterfaceIndex interface = kNoInterface;
    [[nodiscard]] bool is_usable() const noexcept { return state >= NeighborState::reachable; }
};
static_assert(sizeof(Neighbor) == 16);

/// Something the engine is asked to do.
struct NeighborAction {
    enum class Kind : std::uint8_t {
        none,
        request_broadcast,  ///< Send an ARP request for the entry's address to ff:ff:ff:ff:ff:ff.
        request_unicast,    ///< Send it to the entry's present MAC.
        failed,             ///< Nobody answers: fail what waits in waiting(index) (WSAEHOSTUNREACH).
    };
    Kind kind = Kind::none;
    std::uint32_t index = kNoIndex;
};

/// What resolve() found.
struct NeighborAnswer {
    NeighborRef ref;         ///< None when the table is full of entries others wait for (WSAENOBUFS).
    NeighborAction action;   ///< A request to send now, or none.
    bool is_usable = false;  ///< The MAC may be used at once; otherwise wait on waiting(ref.index).
};

/// What an ARP packet changed.
struct ArpOutcome {
    enum class Verdict : std::uint8_t {
        nothing,    ///< Not about us and not about an entry.
        updated,    ///< `index` was confirmed or changed.
        malformed,  ///< Sender addresses no host can have, or an operation we do not know.
        conflict,   ///< The sender claims an address of ours (RFC 5227 §2.4): counted, never believed.
        locked,     ///< Contradicts an address confirmed less than kNeighborLockTime ago.
    };
    Verdict verdict = Verdict::nothing;
    bool resolved = false;     ///< `index` became usable just now: send what waits in waiting(index).
    bool mac_changed = false;  ///< Header templates made from the entry are out of date.
    bool reply_due = false;    ///< A request for an address of ours: answer it to the sender.
    std::uint32_t index = kNoIndex;
};

class NeighborTable {
  public:
    /// Actions one call of expire() returns at most.
    static constexpr std::size_t kMaxActions = 16;
    using Actions = FixedVector<NeighborAction, kMaxActions>;

    /// Room for `capacity` next hops (1..65536). Address space only.
    explicit NeighborTable(std::uint32_t capacity = 256) noexcept;
    NeighborTable(const NeighborTable&) = delete;
    NeighborTable& operator=(const NeighborTable&) = delete;
    [[nodiscard]] bool ok() const noexcept { return hot_.ok() && cold_.ok() && heads_.ok(); }

    /// The hot path: the entry behind a reference, or nullptr when it now names another next hop. An array
    /// read and a compare. An entry that is not `reachable` or `permanent` wants note_use().
    [[nodiscard]] const Neighbor* get(NeighborRef ref) const noexcept {
        if (ref.index >= hot_.size()) return nullptr;
        const Neighbor& entry = hot_[ref.index];
        return entry.generation == ref.generation && entry.state != NeighborState::free ? &entry : nullptr;
    }
    /// The entry itself, to build the ARP request an action asks for.
    [[nodiscard]] const Neighbor& at(std::uint32_t index) const noexcept { return hot_[index]; }

    /// Finds the entry for a next hop, or makes one and asks about it. A full table gives up its least
    /// recently resolved entry that is not permanent and nobody waits on.
    [[nodiscard]] NeighborAnswer resolve(InterfaceIndex interface, Ipv4 next_hop, Instant now) noexcept;

    /// Tells of one more use of an entry that is stale or failed: asks about it, no more than once a second.
    [[nodiscard]] NeighborAction note_use(std::uint32_t index, Instant now) noexcept;

    /// The peer answered through this next hop (an ACK of new data came): as good as an ARP reply (RFC 1122
    /// §2.3.2.1 (3), RFC 4861 §7.3.1). One store.
    void confirm(std::uint32_t index, Instant now) noexcept;

    /// A usable entry that will not be asked about; for networks without ARP and for configuration. None when
    /// the table is full.
    [[nodiscard]] NeighborRef add_permanent(InterfaceIndex interface, Ipv4 address,
                                            const MacAddress& mac) noexcept;

    /// Takes in one ARP packet received on `interface`. Existing entries are confirmed or changed, by reply,
    /// request or announcement. Who asks for an address of ours is about to talk to us: a sender of our
    /// subnet gets an entry (RFC 826, "merge"), while the table is less than half used and first in line to
    /// give way, so that nobody can fill the table. Nothing else the network says makes an entry.
    [[nodiscard]] ArpOutcome on_arp(InterfaceIndex interface, const ArpFields& arp,
                                    const HostAddresses& addresses, Instant now) noexcept;

    /// Takes in what another table, the kernel's, knows. A permanent entry replaces what we had. Otherwise
    /// ours is believed where it is usable and the news are not fresher; an unknown neighbour gets an entry
    /// under the same terms as one who asked for us. `resolved` and `index` as for on_arp().
    [[nodiscard]] ArpOutcome tell(InterfaceIndex interface, Ipv4 address, const MacAddress& mac,
                                  bool is_permanent, bool is_fresh, Instant now) noexcept;
    /// Permanent entries of `interface` that `stays` does not want to keep are asked about again on their
    /// next use. Looks at every entry.
    template <typename Stays>
    void demote(InterfaceIndex interface, const Stays& stays) noexcept {
        for (std::uint32_t index = 0; index < fresh_; ++index) {
            Neighbor& hot = hot_[index];
            if (hot.state != NeighborState::permanent || hot.interface != interface || stays(hot)) continue;
            hot.state = NeighborState::stale;
            cold_[index].requests = 0;
        }
    }
    /// Voids every reference to the entry, which itself stays as it is.
    void renumber(std::uint32_t index) noexcept { ++hot_[index].generation; }
    /// Entries below this were used at some time.
    [[nodiscard]] std::uint32_t used() const noexcept { return fresh_; }

    /// What waits for `index`; the links belong to the waiting records. The engine empties it on `resolved`
    /// and on `failed`, and takes out what is closed before.
    [[nodiscard]] IndexList& waiting(std::uint32_t index) noexcept { return cold_[index].waiting; }

    /// No action is due before this; never() when none is planned.
    [[nodiscard]] Instant next_deadline() const noexcept { return next_deadline_; }
    /// Fills `actions` (cleared first) with what is due at `now`. When it is full, next_deadline() is still
    /// due: call again. Looks at every entry in use: for once a second, not for every pass.
    void expire(Instant now, Actions& actions) noexcept;

    [[nodiscard]] std::uint32_t count() const noexcept { return by_age_.count(); }

  private:
    struct Cold {
        IndexList waiting;
        IndexLink age;     ///< On by_age_: least recently resolved first.
        Instant deadline;  ///< Next request, failure or staleness.
        Instant confirmed_at;
        Instant requested_at;
        std::uint32_t next_plus_one;  ///< In its hash chain, or in the free list.
        std::uint8_t requests;        ///< Sent in this round.
    };
    [[nodiscard]] std::uint32_t bucket_of(InterfaceIndex interface, Ipv4 address) const noexcept {
        return ((address.value * 0x9e3779b1u) >> 16 ^ interface) & head_mask_;
    }
    [[nodiscard]] std::uint32_t find(InterfaceIndex interface, Ipv4 address) const noexcept;
    [[nodiscard]] std::uint32_t make(InterfaceIndex interface, Ipv4 address) noexcept;
    /// An entry for one who asked for us; kNoIndex when none is to spare.
    [[nodiscard]] std::uint32_t learn(InterfaceIndex interface, Ipv4 address) noexcept;
    [[nodiscard]] std::uint32_t evict() noexcept;
    void unlink(std::uint32_t index) noexcept;
    [[nodiscard]] NeighborAction start_round(std::uint32_t index, NeighborState state, Instant now) noexcept;
    [[nodiscard]] NeighborAction continue_round(std::uint32_t index, Instant now) noexcept;
    void plan(std::uint32_t index, Instant deadline) noexcept {
        cold_[index].deadline = deadline;
        if (deadline < next_deadline_) next_deadline_ = deadline;
    }
    [[nodiscard]] auto age_links() noexcept {
        return [this](std::uint32_t i) -> IndexLink& { return cold_[i].age; };
    }

    std::uint32_t capacity_;
    std::uint32_t head_mask_;
    std::uint32_t fresh_ = 0;
    Instant next_deadline_ = Instant::never();
    IndexList by_age_;
    ReservedArray<Neighbor> hot_;
    ReservedArray<Cold> cold_;
    ReservedArray<std::uint32_t> heads_;  ///< Entry index plus one.
};

/// Group MAC of an IPv4 multicast address (RFC 1112 §6.4).
[[nodiscard]] constexpr MacAddress multicast_mac(Ipv4 group) noexcept {
    return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(group.value >> 16 & 0x7f),
             static_cast<std::uint8_t>(group.value >> 8 & 0xff),
             static_cast<std::uint8_t>(group.value & 0xff)}};
}

}  // namespace ringsock
