// SPDX-License-Identifier: BSD-3-Clause
// The script's end of the wire: takes frames out of the simulated host, answers ARP, knows the initial
// numbers of each connection, builds what the script says and compares what the host said. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "script.h"
#include "wire/parse_frame.h"

namespace ringsock::script {

inline constexpr const char* kHost = "host";
inline constexpr Ipv4 kHostAddress = Ipv4::of(10, 0, 0, 1);
inline constexpr Ipv4 kPeerAddress = Ipv4::of(10, 0, 0, 2);
/// The peer's first number: near the end, so that nearly every script crosses zero.
inline constexpr std::uint32_t kPeerIss = 0xffffff80u;

/// The byte of a stream at its relative sequence number (the first is 1), the same in both directions.
[[nodiscard]] constexpr std::byte text_byte(std::uint64_t position) noexcept {
    return static_cast<std::byte>(position * 31 + 7 + (position >> 8));
}

/// A frame the host sent, and when it was seen (microseconds of virtual time).
struct Sent {
    std::vector<std::byte> bytes;
    ParsedFrame parsed;
    std::uint64_t at = 0;
};

class Wire {
  public:
    /// `shows_arp`: ARP frames are queued like all others and nothing is answered.
    explicit Wire(bool shows_arp) : shows_arp_(shows_arp) {}

    /// Takes in what the host has sent since the last look.
    void poll();
    [[nodiscard]] bool has_frame() const noexcept { return !queue_.empty(); }
    [[nodiscard]] const Sent& front() const noexcept { return queue_.front(); }
    void pop() { queue_.pop_front(); }

    /// What is wrong with `sent` as an instance of the line; empty: nothing. Learns numbers and ports from
    /// SYNs.
    [[nodiscard]] std::string compare(const Event& line, const Sent& sent);
    /// Sends what the line says to the host. What is wrong with it, or empty.
    [[nodiscard]] std::string say(const Event& line);
    /// A frame in the script's own words.
    [[nodiscard]] std::string describe(const Sent& sent) const;

  private:
    /// One connection as the script counts it.
    struct Connection {
        Ipv4 peer = kPeerAddress;
        Port host_port, peer_port;
        std::uint32_t host_iss = 0, peer_iss = kPeerIss;
        std::uint32_t host_ts_value = 0;  ///< The last TSval the host sent, echoed by default.
        bool host_iss_known = false;
    };
    [[nodiscard]] std::string compare_tcp(const TcpLine& line, const Sent& sent);
    [[nodiscard]] std::string compare_options(const TcpLine& line, const Connection& c,
                                              const TcpFields& fields) const;
    [[nodiscard]] std::string compare_udp(const UdpLine& line, const Sent& sent);
    [[nodiscard]] std::string compare_icmp(const IcmpLine& line, const Sent& sent) const;
    [[nodiscard]] std::string compare_arp(const ArpLine& line, const Sent& sent) const;
    [[nodiscard]] std::string say_tcp(const TcpLine& line);
    void say_udp(const UdpLine& line);
    [[nodiscard]] std::string say_icmp(const IcmpLine& line);
    void say_arp(bool is_reply, Ipv4 about, Ipv4 asker);
    [[nodiscard]] const Connection* connection_of(const ParsedFrame& frame) const;
    void deliver(std::span<const std::byte> header, std::span<const std::byte> payload);

    bool shows_arp_;
    std::deque<Sent> queue_;
    std::map<std::string, Connection> connections_;
    Sent last_;  ///< The last TCP or UDP frame that matched a line: what an ICMP error is about.
};

}  // namespace ringsock::script
