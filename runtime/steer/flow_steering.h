// SPDX-License-Identifier: BSD-3-Clause
// FlowSteering: which engine of a host a frame belongs to (house.md, D2). The same Toeplitz key and
// redirection table go into every NIC that hashes, so that software, NIC and the choice of source ports
// agree. One object per host, shared by its engines: constant but for the pins, which are rare.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/siphash.h"
#include "packet/packet_io.h"
#include "wire/toeplitz.h"

namespace ringsock {

/// Engines of one host at most.
inline constexpr std::uint16_t kMaxSteeredEngines = 16;
/// Entries of the redirection table; a NIC with more repeats it.
inline constexpr std::size_t kRedirectionEntries = 128;

/// Flows that live on another engine than their hash says: connections whose local port the application chose
/// (bind, then connect). Read for every frame, but one load while there are none; written by engines, rarely.
class FlowPins {
  public:
    /// Pins at most; a bound connect beyond them fails with WSAENOBUFS.
    static constexpr std::uint32_t kCapacity = 8192;

    explicit FlowPins(const SipKey& key) noexcept : key_(key) {}
    FlowPins(const FlowPins&) = delete;
    FlowPins& operator=(const FlowPins&) = delete;

    /// From now on `flow` (local side first) belongs to `engine`. False: no place within kProbes. Any engine;
    /// a compare-and-swap, on the path of bound connects only.
    [[nodiscard]] bool pin(const FlowKey& flow, std::uint16_t engine) noexcept;
    /// Undoes pin(); nothing when it was not pinned. Any engine.
    void unpin(const FlowKey& flow) noexcept;
    /// The engine `flow` is pinned to, or `otherwise`. Any engine.
    [[nodiscard]] std::uint16_t find(const FlowKey& flow, std::uint16_t otherwise) const noexcept {
        if (count_.load(std::memory_order_acquire) == 0) [[likely]]
            return otherwise;
        return search(flow, otherwise);
    }
    [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

  private:
    static constexpr std::uint32_t kProbes = 32;
    static constexpr std::uint64_t kFree = 0;
    /// 56 bits of a keyed hash, never all zero, and the engine below them.
    [[nodiscard]] std::uint64_t tag_of(const FlowKey& flow) const noexcept;
    [[nodiscard]] static std::uint32_t slot_of(std::uint64_t tag, std::uint32_t probe) noexcept {
        return (static_cast<std::uint32_t>(tag >> 8) + probe) & (kCapacity - 1);
    }
    [[nodiscard]] std::uint16_t search(const FlowKey& flow, std::uint16_t otherwise) const noexcept;

    const SipKey key_;
    std::atomic<std::uint32_t> count_{0};
    std::array<std::atomic<std::uint64_t>, kCapacity> slots_{};
};

class FlowSteering {
  public:
    /// Answers of owner_of() besides engine numbers.
    static constexpr std::uint16_t kWhoeverGotIt = 0xffff;  ///< Any engine may deal with it.
    static constexpr std::uint16_t kEverybody = 0xfffe;     ///< Every engine wants to see it (ARP).

    /// `engines` is 2 to kMaxSteeredEngines. Both secrets are of this boot (RFC 6056; a stranger must not be
    /// able to aim flows at one engine).
    FlowSteering(const ToeplitzKey& key, const SipKey& pin_key, std::uint16_t engines) noexcept;

    [[nodiscard]] std::uint16_t engines() const noexcept { return engines_; }
    [[nodiscard]] const ToeplitzKey& key() const noexcept { return key_; }
    /// Engine for each value of the low bits of the hash.
    [[nodiscard]] std::span<const std::uint16_t> redirection() const noexcept { return redirection_; }
    [[nodiscard]] FlowPins& pins() noexcept { return pins_; }

    /// The engine of a flow by its hash alone (`flow`: local side first).
    [[nodiscard]] std::uint16_t home_of(const FlowKey& flow) const noexcept;

    /// The engine of a received frame: TCP and UDP by addresses and ports, fragments by addresses, ICMP
    /// errors by what they quote, ARP for everybody, the rest for whoever got it. `trusts_hash`: the frame's
    /// rss_hash, where there is one, was made with our key over addresses and ports. Looks at the headers it
    /// needs and no further; total on any input. Any engine.
    [[nodiscard]] std::uint16_t owner_of(const RxFrame& frame, bool trusts_hash) const noexcept;

  private:
    [[nodiscard]] std::uint16_t engine_for(std::uint32_t hash) const noexcept {
        return redirection_[hash % kRedirectionEntries];
    }
    [[nodiscard]] std::uint16_t owner_of_ipv4(const RxFrame& frame, std::uint32_t at,
                                              bool trusts_hash) const noexcept;
    [[nodiscard]] std::uint16_t owner_of_quoted(const std::byte* quoted, std::uint32_t length) const noexcept;

    const ToeplitzKey key_;
    const Toeplitz toeplitz_;
    std::uint16_t engines_;
    std::array<std::uint16_t, kRedirectionEntries> redirection_{};
    FlowPins pins_;
};

}  // namespace ringsock
