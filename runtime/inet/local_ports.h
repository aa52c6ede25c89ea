// SPDX-License-Identifier: BSD-3-Clause
// LocalPorts: which local addresses and ports are bound, and whether one more bind is lawful (Winsock page
// "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", the table for one user account on Windows Server 2003 and
// later). Also finds the listener or datagram socket an arrival belongs to. One object per owner; its thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/reserved_memory.h"
#include "inet/ports.h"

namespace ringsock {

/// Transports with ports; the values are IP protocol numbers.
enum class PortSpace : std::uint8_t { tcp = 6, udp = 17 };

/// What the socket asked for before bind: nothing, SO_REUSEADDR, or SO_EXCLUSIVEADDRUSE.
enum class BindSharing : std::uint8_t { none, reuse, exclusive };

enum class BindVerdict : std::uint8_t {
    ok,
    in_use,   ///< WSAEADDRINUSE.
    denied,   ///< WSAEACCES.
    no_room,  ///< The table is full: WSAENOBUFS.
};

/// One side of the judgement.
struct BindClaim {
    IpAddress address{};  ///< is_any(): the wildcard of its family.
    Port port{};
    PortSpace space = PortSpace::tcp;
    BindSharing sharing = BindSharing::none;
};

/// May `second` be bound while `first` is? Claims on different ports, transports, families or explicit
/// addresses never conflict. A dual-stack socket is judged once per family.
[[nodiscard]] BindVerdict judge_bind(const BindClaim& first, const BindClaim& second) noexcept;

class LocalPorts {
  public:
    /// "No such binding", and never a legal handle.
    static constexpr std::uint32_t kNone = UINT32_MAX;
    /// Ports tried by choose() before it gives up.
    static constexpr std::uint32_t kMaxProbes = 1024;

    struct Bound {
        BindVerdict verdict = BindVerdict::no_room;
        std::uint32_t handle = kNone;  ///< For unbind(); valid when the verdict is ok.
    };

    /// Room for `capacity` bindings; address space only.
    explicit LocalPorts(std::uint32_t capacity) noexcept;
    LocalPorts(const LocalPorts&) = delete;
    LocalPorts& operator=(const LocalPorts&) = delete;
    [[nodiscard]] bool ok() const noexcept { return entries_.ok() && heads_.ok(); }

    /// Judges `claim` (port not 0) against all bindings and enters it. `owner` is the caller's own number.
    /// Several conflicts: the verdict of the oldest one.
    [[nodiscard]] Bound bind(const BindClaim& claim, std::uint32_t owner) noexcept;
    /// Takes a binding out. `handle` came from bind() and is used once.
    void unbind(std::uint32_t handle) noexcept;

    /// A port for bind() with port 0 or an implicit bind: the first one at or after a random place that has
    /// no binding of this transport at all. nullopt: none within kMaxProbes (WSAEADDRINUSE from bind,
    /// WSAENOBUFS or WSAEADDRNOTAVAIL from an implicit bind).
    [[nodiscard]] std::optional<Port> choose(PortSpace space, PortRange range,
                                             std::uint32_t random) const noexcept;

    /// Owner of the binding an arrival for (address, port) belongs to: an explicit address beats the
    /// wildcard, among equals the oldest wins. kNone when nobody is bound.
    [[nodiscard]] std::uint32_t find(PortSpace space, const IpAddress& address, Port port) const noexcept;
    /// Whether anything of this transport is bound to the port.
    [[nodiscard]] bool is_bound(PortSpace space, Port port) const noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  private:
    static constexpr std::uint32_t kBuckets = 4096;
    struct Entry {
        BindClaim claim;
        std::uint32_t owner;
        std::uint32_t next_plus_one;  ///< In its bucket, oldest first; or in the free list.
    };
    [[nodiscard]] static std::uint32_t bucket_of(PortSpace space, Port port) noexcept {
        return (port.value ^ (space == PortSpace::udp ? 0x555u : 0u)) % kBuckets;
    }

    std::uint32_t capacity_;
    std::uint32_t fresh_ = 0;  ///< Entries [fresh_, capacity_) were never used.
    std::uint32_t free_plus_one_ = 0;
    std::uint32_t count_ = 0;
    ReservedArray<Entry> entries_;
    ReservedArray<std::uint32_t> heads_;  ///< Entry index plus one.
};

}  // namespace ringsock
