// SPDX-License-Identifier: BSD-3-Clause
// RawPeer: a peer without a stack, played by the test frame by frame against a host that no wire joins: what
// the host sends is read, decoded and checked by the wire's own rules; what the peer says is built from
// fields.
#pragma once

#include <deque>
#include <optional>
#include <span>

#include "raw_socket.h"
#include "sim/sim_world.h"
#include "wire/build_frame.h"
#include "wire/parse_frame.h"

namespace ringsock::testing {

/// One frame a host sent, with its decoded form. `bytes` stay where they are while the object lives.
struct SentFrame {
    sim::Frame bytes;
    ParsedFrame parsed;

    [[nodiscard]] Bytes payload() const {
        const auto from = bytes.begin() + parsed.payload_offset;
        return {from, from + parsed.payload_length};
    }
};

class RawPeer {
  public:
    /// The peer lives at `address` on the host's network and answers ARP for it unless told otherwise.
    RawPeer(sim::SimWorld& world, sim::SimHost& host, Ipv4 host_address, Ipv4 address)
        : world_(world), host_(host), host_address_(host_address), address_(address) {}

    /// Whether ARP requests for the peer's address are answered (by take()).
    bool answers_arp = true;
    /// Fields of the IP header of what is said next.
    std::uint8_t tos = 0;

    // What the peer says, delivered to the host, which takes it in at once.
    void say(const TcpFields& fields, std::span<const std::byte> text = {}) {
        deliver(tcp_frame(fields, text));
    }
    void say_udp(Port from, Port to, std::span<const std::byte> payload);
    void say_echo(std::uint32_t identifier_and_sequence, std::span<const std::byte> payload);
    /// An ICMP error quoting the first 28 bytes of what the host sent; from the peer's address.
    void say_icmp_error(Icmpv4Type type, std::uint8_t code, const SentFrame& about, std::uint32_t rest = 0);
    void say_arp(ArpOperation operation, Ipv4 sender, Ipv4 target);
    void deliver(const sim::Frame& frame);

    /// The frame of a segment, not delivered.
    [[nodiscard]] sim::Frame tcp_frame(const TcpFields& fields, std::span<const std::byte> text = {}) const;

    /// The next frame the host sent that is not ARP (which is answered, or counted); nullopt when there is
    /// none.
    [[nodiscard]] std::optional<SentFrame> take();
    /// Lets time pass until the host sends something that is not ARP; nullopt when `limit` comes first.
    [[nodiscard]] std::optional<SentFrame> wait(Micros limit);
    /// Whether the host is silent for this long.
    [[nodiscard]] bool is_silent_for(Micros span) { return !wait(span).has_value(); }
    [[nodiscard]] std::uint32_t arp_requests() const noexcept { return arp_requests_; }
    [[nodiscard]] Ipv4 address() const noexcept { return address_; }
    [[nodiscard]] MacAddress mac() const noexcept { return {{2, 0, 0, 0, 1, 1}}; }

  private:
    [[nodiscard]] sim::Frame assemble(const HeaderRoom& header, std::size_t header_bytes,
                                      std::span<const std::byte> payload) const;
    [[nodiscard]] LinkHeader link(EtherType type) const;

    sim::SimWorld& world_;
    sim::SimHost& host_;
    Ipv4 host_address_;
    Ipv4 address_;
    std::size_t taken_ = 0;  ///< Frames of host_.sent already looked at.
    std::uint32_t arp_requests_ = 0;
};

}  // namespace ringsock::testing
