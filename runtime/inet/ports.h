// SPDX-License-Identifier: BSD-3-Clause
// PortSets: the source port of an active open, chosen per destination (RFC 6056; house.md, D2). A port is in
// use per 4-tuple, never globally: each destination in recent use has a bit set of its used ports, so that a
// choice is O(1) even when 99 of 100 are taken. One object per engine; engine role.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/cache_line.h"
#include "base/index_list.h"
#include "base/reserved_memory.h"
#include "base/siphash.h"
#include "inet/port_steering.h"

namespace ringsock {

/// The ports that may be chosen, both ends included; low >= 1.
struct PortRange {
    Port low{10000};
    Port high{65535};
};

/// Where a connection goes to, and from which address: all of the 4-tuple but the port to be chosen. For IPv6
/// the words are the keyed hashes of FlowKey; two destinations that share them share a set, which costs
/// ports but never correctness.
struct Destination {
    std::uint32_t local = 0;
    std::uint32_t remote = 0;
    Port remote_port;
    Family family = Family::ipv4;
    std::uint8_t pad = 0;
    static constexpr Destination of(const FlowKey& flow, Family family = Family::ipv4) noexcept {
        return {flow.local, flow.remote, flow.remote_port, family, 0};
    }
    friend constexpr bool operator==(const Destination&, const Destination&) noexcept = default;
};
static_assert(sizeof(Destination) == 12);

struct PortSetsConfig {
    PortRange range{};
    /// Destinations with a set of their own: 8 KiB of reserved memory each, touched on use. 1..65536.
    std::uint32_t max_sets = 64;
    /// Secret of this boot, for the table of destinations.
    SipKey key{};
};

class PortSets {
  public:
    static constexpr std::uint32_t kWords = 1024;  ///< 64 ports a word.
    /// Ports tried with `in_use` before a choice gives up: at 99 % occupancy all fail once in 30 000 calls.
    static constexpr std::uint32_t kMaxProbes = 1024;

    /// `steering` (null: every port is ours) must outlive the object.
    explicit PortSets(const PortSetsConfig& config, const PortSteering* steering = nullptr) noexcept;
    PortSets(const PortSets&) = delete;
    PortSets& operator=(const PortSets&) = delete;
    /// False when the address space was refused; nothing else may be called then.
    [[nodiscard]] bool ok() const noexcept { return words_.ok() && sets_.ok() && excluded_.ok(); }

    /// Takes a free port for `destination`: the first free one at or after a random place (RFC 6056 §3.3.1).
    /// `residue` is steering->residue(...) or 0. `random` must be unpredictable, a fresh one per call.
    /// `in_use(Port)` says whether the flow table has this very 4-tuple; it is asked only when the
    /// destination has no set, or while connections exist that were chosen without one. nullopt: every port
    /// is in use, or kMaxProbes were (caller reports WSAEADDRNOTAVAIL).
    template <typename InUse>
    [[nodiscard]] std::optional<Port> choose(const Destination& destination, std::uint32_t residue,
                                             std::uint32_t random, InUse&& in_use) noexcept;

    /// Takes a named port (explicit bind, then connect). `residue` as above. False when it is in use for this
    /// destination (caller reports WSAEADDRINUSE). Range, steering and exclusions do not matter here.
    template <typename InUse>
    [[nodiscard]] bool reserve(const Destination& destination, std::uint32_t residue, Port port,
                               InUse&& in_use) noexcept;

    /// Gives back a port that choose() or reserve() took: once the tuple can be used again, that is when the
    /// connection and its TIME-WAIT record are gone.
    void release(const Destination& destination, Port port) noexcept;

    /// Keeps a port (a listener's) from being chosen, for all destinations; counted, so that as many admit()
    /// calls undo as many exclude() calls. Control-path cost: admit() looks at every set.
    void exclude(Port port) noexcept;
    void admit(Port port) noexcept;

    /// Whether this destination has a set of its own at this moment.
    [[nodiscard]] bool has_set(const Destination& destination) const noexcept;
    /// Ports in use for a destination with a set; 0 without.
    [[nodiscard]] std::uint32_t in_use_count(const Destination& destination) const noexcept;
    /// Ports in use that no set knows of.
    [[nodiscard]] std::uint64_t untracked() const noexcept { return untracked_; }

  private:
    static constexpr std::uint32_t kSummaryWords = kWords / 64;
    /// "None" inside: an optional<Port> is put together in memory and costs a stalled load.
    static constexpr Port kNoPort{0};
    /// What is known of one destination. Its used bits are words_[number * kWords ...].
    struct alignas(kCacheLine) Set {
        Destination destination;
        std::uint32_t in_use;  ///< Bits set in its words.
        IndexLink idle;        ///< On idle_ while in_use is zero.
        std::uint32_t residue;
        std::uint32_t spare;
        std::uint64_t full[kSummaryWords];  ///< Bit w: word w has nothing to choose; a hint that may lag.
    };
    struct Slot {
        std::uint32_t hash;
        std::uint32_t set_plus_one;  ///< 0: empty.
    };

    [[nodiscard]] std::uint32_t hash_of(const Destination& destination) const noexcept {
        return static_cast<std::uint32_t>(
            siphash_1_3(key_, FlowKey{destination.local, destination.remote, Port{}, destination.remote_port},
                        destination.family));
    }
    /// The set of a destination; kNoIndex when it has none.
    [[nodiscard]] std::uint32_t find_set(const Destination& destination) const noexcept {
        if (last_set_ != kNoIndex && sets_[last_set_].destination == destination) [[likely]]
            return last_set_;
        return search_set(destination);
    }
    [[nodiscard]] std::uint32_t search_set(const Destination& destination) const noexcept;
    [[nodiscard]] std::uint32_t find_or_make_set(const Destination& destination,
                                                 std::uint32_t residue) noexcept;
    void unlink_slot(const Destination& destination) noexcept;

    /// The ports of one word that may be chosen as far as range, steering and exclusions go.
    [[nodiscard]] std::uint64_t allowed(Family family, std::uint32_t residue,
                                        std::uint32_t word) const noexcept;
    [[nodiscard]] std::uint64_t* words_of(std::uint32_t set) noexcept {
        return &words_[std::size_t{set} * kWords];
    }
    [[nodiscard]] Port random_start(std::uint32_t random) const noexcept {
        const std::uint64_t span = std::uint64_t{range_.high.value} - range_.low.value + 1;
        return Port{static_cast<std::uint16_t>(range_.low.value + ((span * random) >> 32))};
    }
    /// First free port at or after `start`, cyclic; kNoPort when there is none. Does not take it.
    [[nodiscard]] Port next_free(std::uint32_t set, Port start) noexcept;
    [[nodiscard]] Port search_words(std::uint32_t set, std::uint32_t word, std::uint64_t below) noexcept;
    /// First allowed port after `port`, cyclic, used or not.
    [[nodiscard]] Port next_allowed(const Destination& destination, std::uint32_t residue,
                                    Port start) const noexcept;
    [[nodiscard]] Port after(Port port) const noexcept {
        return port >= range_.high || port < range_.low ? range_.low
                                                        : Port{static_cast<std::uint16_t>(port.value + 1)};
    }
    [[nodiscard]] Port take_next_free(std::uint32_t set, Port start) noexcept;
    template <typename InUse>
    [[nodiscard]] Port probe(std::uint32_t set, const Destination& destination, std::uint32_t residue,
                             Port start, InUse& in_use) noexcept;
    void take(std::uint32_t set, Port port) noexcept;
    [[nodiscard]] bool is_used(std::uint32_t set, Port port) noexcept {
        return (words_of(set)[port.value >> 6] >> (port.value & 63) & 1) != 0;
    }
    [[nodiscard]] auto idle_links() noexcept {
        return [this](std::uint32_t i) -> IndexLink& { return sets_[i].idle; };
    }

    PortRange range_;
    const PortSteering* steering_;
    SipKey key_;
    std::uint32_t max_sets_;
    std::uint32_t fresh_sets_ = 0;  ///< Sets [fresh_sets_, max_sets_) were never used.
    std::uint32_t last_set_ = kNoIndex;
    std::uint32_t excluded_count_ = 0;
    std::uint64_t untracked_ = 0;
    IndexList idle_;
    std::uint32_t slot_mask_;
    ReservedArray<Set> sets_;
    ReservedArray<Slot> slots_;
    ReservedArray<std::uint64_t> words_;
    ReservedArray<std::uint16_t> excluded_;                      ///< How often each port is excluded.
    std::array<std::uint64_t, kSummaryWords> excluded_words_{};  ///< Bit w: word w has excluded ports.
};

template <typename InUse>
inline std::optional<Port> PortSets::choose(const Destination& destination, std::uint32_t residue,
                                            std::uint32_t random, InUse&& in_use) noexcept {
    const Port start = random_start(random);
    const std::uint32_t set = find_or_make_set(destination, residue);
    // A set knows all of its ports unless some were chosen while it did not exist.
    const bool is_certain = set != kNoIndex && untracked_ == 0;
    const Port port =
        is_certain ? take_next_free(set, start) : probe(set, destination, residue, start, in_use);
    if (port == kNoPort) return std::nullopt;
    return port;
}

template <typename InUse>
Port PortSets::probe(std::uint32_t set, const Destination& destination, std::uint32_t residue, Port start,
                     InUse& in_use) noexcept {
    for (std::uint32_t probe = 0; probe < kMaxProbes; ++probe) {
        const Port port = set != kNoIndex ? next_free(set, start) : next_allowed(destination, residue, start);
        if (port == kNoPort) return kNoPort;
        if (!in_use(port)) {
            if (set != kNoIndex)
                take(set, port);
            else
                ++untracked_;
            return port;
        }
        start = after(port);
    }
    return kNoPort;
}

template <typename InUse>
bool PortSets::reserve(const Destination& destination, std::uint32_t residue, Port port,
                       InUse&& in_use) noexcept {
    const std::uint32_t set = find_or_make_set(destination, residue);
    if (set != kNoIndex && is_used(set, port)) return false;
    if (in_use(port)) return false;
    if (set != kNoIndex)
        take(set, port);
    else
        ++untracked_;
    return true;
}

}  // namespace ringsock
