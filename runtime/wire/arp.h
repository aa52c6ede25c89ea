// SPDX-License-Identifier: BSD-3-Clause
// ARP for IPv4 over Ethernet (RFC 826): the 28 bytes after the link header. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "base/endian.h"
#include "wire/ethernet.h"

namespace ringsock {

inline constexpr std::size_t kArpBytes = 28;

/// ar$op. Other values exist (RARP, InARP); we ignore them.
enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

/// A decoded ARP packet. `operation` may hold a value that is no enumerator: the network chose it.
struct ArpFields {
    ArpOperation operation = ArpOperation::request;
    MacAddress sender_mac;
    Ipv4 sender_address;
    MacAddress target_mac;  ///< Zero in a request.
    Ipv4 target_address;
};

/// Reads the packet at `at`, where at least kArpBytes are readable. Borrowed bytes.
struct ArpView {
    static constexpr std::size_t kHardwareAt = 0, kProtocolAt = 2, kHardwareLengthAt = 4,
                                 kProtocolLengthAt = 5, kOperationAt = 6, kSenderMacAt = 8,
                                 kSenderAddressAt = 14, kTargetMacAt = 18, kTargetAddressAt = 24;
    /// Hardware type 1 (Ethernet), protocol 0x0800, address lengths 6 and 4: the first six bytes of ours.
    static constexpr std::uint32_t kHardwareAndProtocol = 0x0001'0800;
    static constexpr std::uint16_t kAddressLengths = 0x0604;

    const std::byte* at;

    /// RFC 826, packet reception: "do I have the hardware type, do I speak the protocol".
    [[nodiscard]] bool is_ipv4_over_ethernet() const noexcept {
        return load_be<std::uint32_t>(at) == kHardwareAndProtocol &&
               load_be<std::uint16_t>(at + kHardwareLengthAt) == kAddressLengths;
    }
    [[nodiscard]] ArpFields fields() const noexcept {
        return {.operation = static_cast<ArpOperation>(load_be<std::uint16_t>(at + kOperationAt)),
                .sender_mac = load_mac(at + kSenderMacAt),
                .sender_address = Ipv4{load_be<std::uint32_t>(at + kSenderAddressAt)},
                .target_mac = load_mac(at + kTargetMacAt),
                .target_address = Ipv4{load_be<std::uint32_t>(at + kTargetAddressAt)}};
    }
};

/// Writes kArpBytes at `to`.
inline void store_arp(std::byte* to, const ArpFields& arp) noexcept {
    store_be(to + ArpView::kHardwareAt, ArpView::kHardwareAndProtocol);
    store_be(to + ArpView::kHardwareLengthAt, ArpView::kAddressLengths);
    store_be(to + ArpView::kOperationAt, static_cast<std::uint16_t>(arp.operation));
    store_mac(to + ArpView::kSenderMacAt, arp.sender_mac);
    store_be(to + ArpView::kSenderAddressAt, arp.sender_address.value);
    store_mac(to + ArpView::kTargetMacAt, arp.target_mac);
    store_be(to + ArpView::kTargetAddressAt, arp.target_address.value);
}

}  // namespace ringsock
