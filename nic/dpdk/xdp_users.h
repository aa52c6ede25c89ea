// SPDX-License-Identifier: BSD-3-Clause
// What the kernel tells about AF_XDP: whether it has it, and who uses an interface already. Control role.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringsock::dpdk {

/// "" when AF_XDP sockets can be made here; else why not, with the cure.
[[nodiscard]] std::string why_no_xdp();

/// Whether an XDP program sits on an interface of this network namespace: somebody else's AF_XDP sockets, or
/// what a killed process left, which a new one may take over.
[[nodiscard]] bool has_xdp_program(std::uint32_t interface_index);

/// Our name on queues of an interface, seen by every process of this network namespace while it lives. A
/// second user of a queue would not only be refused: libxdp would take the first one's program away as it
/// leaves.
class XdpClaim {
  public:
    XdpClaim() noexcept = default;
    XdpClaim(XdpClaim&& other) noexcept { swap(other); }
    XdpClaim& operator=(XdpClaim&& other) noexcept {
        swap(other);
        return *this;
    }
    XdpClaim(const XdpClaim&) = delete;
    XdpClaim& operator=(const XdpClaim&) = delete;
    ~XdpClaim();

    enum class Outcome : std::uint8_t {
        ours,
        taken,    ///< One of the queues is a Ringsock's already.
        foreign,  ///< An XDP program of somebody else sits on the interface.
    };
    [[nodiscard]] Outcome take(std::uint32_t interface_index, std::uint32_t first, std::uint32_t count);

    /// Around the start of the port: remembers which AF_XDP sockets the driver makes.
    void before_start();
    void after_start();
    /// After the port was closed: closes those of its sockets that driver and libxdp left open (seen
    /// with 22.11 and libxdp 1.3: the one that holds the memory), or the queue could never be opened again.
    void close_leftovers() noexcept;

  private:
    struct Socket {
        int fd;
        std::uint64_t inode;
        bool operator==(const Socket&) const = default;
    };
    static std::vector<Socket> sockets_of_process();
    void swap(XdpClaim& other) noexcept {
        names_.swap(other.names_);
        strangers_.swap(other.strangers_);
        drivers_.swap(other.drivers_);
    }
    std::vector<int> names_;
    std::vector<Socket> strangers_;  ///< There before the start.
    std::vector<Socket> drivers_;
};

}  // namespace ringsock::dpdk
