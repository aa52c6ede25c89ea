// SPDX-License-Identifier: BSD-3-Clause
// Ethernet II framing (RFC 894) with at most one 802.1Q tag. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/address.h"
#include "base/endian.h"

namespace ringsock {

inline constexpr std::size_t kEthernetHeaderBytes = 14;  ///< Destination, source, type.
inline constexpr std::size_t kVlanTagBytes =
    4;  ///< TPID stands in the type's place; TCI and the real type follow.
inline constexpr std::size_t kMaxLinkHeaderBytes = kEthernetHeaderBytes + kVlanTagBytes;
inline constexpr std::size_t kMinEthernetFrameBytes = 60;  ///< Without the checksum; devices pad up to it.

/// Values of the type field. Below 0x0600 the field is an IEEE 802.3 length, which we do not speak.
enum class EtherType : std::uint16_t { ipv4 = 0x0800, arp = 0x0806, vlan = 0x8100, ipv6 = 0x86dd };

/// Reads a link-layer address of six bytes at any alignment.
[[nodiscard]] inline MacAddress load_mac(const std::byte* from) noexcept {
    MacAddress mac;
    std::memcpy(mac.octets.data(), from, mac.octets.size());
    return mac;
}
/// Writes a link-layer address, six bytes.
inline void store_mac(std::byte* to, const MacAddress& mac) noexcept {
    std::memcpy(to, mac.octets.data(), mac.octets.size());
}

/// Reads the header at `at`, where at least kEthernetHeaderBytes are readable. Borrowed bytes.
struct EthernetView {
    static constexpr std::size_t kDestinationAt = 0, kSourceAt = 6, kTypeAt = 12;
    static constexpr std::size_t kVlanTciAt = 14, kVlanTypeAt = 16;

    const std::byte* at;

    [[nodiscard]] MacAddress destination() const noexcept { return load_mac(at + kDestinationAt); }
    [[nodiscard]] MacAddress source() const noexcept { return load_mac(at + kSourceAt); }
    [[nodiscard]] std::uint16_t type() const noexcept { return load_be<std::uint16_t>(at + kTypeAt); }
    [[nodiscard]] bool is(EtherType t) const noexcept { return type() == static_cast<std::uint16_t>(t); }
    /// Whether the destination is a broadcast or multicast address.
    [[nodiscard]] bool is_group() const noexcept { return (std::to_integer<unsigned>(at[0]) & 1u) != 0; }
    /// Whether an interface with address `own` has to look at this frame: it is sent to it or to a group.
    [[nodiscard]] bool is_addressed_to(const MacAddress& own) const noexcept {
        return is_group() || std::memcmp(at + kDestinationAt, own.octets.data(), own.octets.size()) == 0;
    }
};

/// A link header made once per neighbour and copied in front of every frame to it (20 bytes, plain value).
struct LinkHeader {
    std::array<std::byte, kMaxLinkHeaderBytes> bytes{};
    std::uint8_t length = kEthernetHeaderBytes;  ///< 14, or 18 with a tag.

    /// Untagged Ethernet II.
    [[nodiscard]] static LinkHeader ethernet(const MacAddress& destination, const MacAddress& source,
                                             EtherType type) noexcept {
        LinkHeader header;
        store_mac(header.bytes.data() + EthernetView::kDestinationAt, destination);
        store_mac(header.bytes.data() + EthernetView::kSourceAt, source);
        store_be(header.bytes.data() + EthernetView::kTypeAt, static_cast<std::uint16_t>(type));
        return header;
    }
    /// With one 802.1Q tag; `tci` is priority, DEI and the 12 bits of the VLAN's number, in host order.
    [[nodiscard]] static LinkHeader tagged(const MacAddress& destination, const MacAddress& source,
                                           std::uint16_t tci, EtherType type) noexcept {
        LinkHeader header = ethernet(destination, source, EtherType::vlan);
        store_be(header.bytes.data() + EthernetView::kVlanTciAt, tci);
        store_be(header.bytes.data() + EthernetView::kVlanTypeAt, static_cast<std::uint16_t>(type));
        header.length = kMaxLinkHeaderBytes;
        return header;
    }
};

}  // namespace ringsock
