// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/quiet_interface.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel/netlink.h"

namespace ringsock {
namespace {

constexpr std::size_t kMaxValueBytes = 16;

// A setting of /proc/sys without the line's end; false when there is none.
bool read_setting(const std::string& path, std::string& value) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    char bytes[kMaxValueBytes];
    const ssize_t got = read(file, bytes, sizeof bytes);
    close(file);
    if (got <= 0) return false;
    value.assign(bytes, static_cast<std::size_t>(got));
    while (!value.empty() && value.back() == '\n') value.pop_back();
    return true;
}

bool write_setting(const std::string& path, const std::string& value) {
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool done = write(file, value.data(), value.size()) == static_cast<ssize_t>(value.size());
    const int error = errno;
    close(file);
    errno = error;
    return done;
}

bool has_ipv4_address(const std::string& name) {
    const unsigned index = if_nametoindex(name.c_str());
    Netlink tables;
    bool found = false;
    if (index == 0 || tables.open(0) != 0) return false;
    (void)tables.dump(RTM_GETADDR, AF_INET, [&](const RouteMessage& message) {
        const auto address = read_address(message.body);
        found |= address && address->link == index;
    });
    return found;
}

}  // namespace

Result<std::unique_ptr<QuietInterface>, std::string> QuietInterface::open(const std::string& name) {
    if (has_ipv4_address(name))
        return Failure{
            "the kernel has an address on " + name +
            " and sees its frames itself (net_af_packet gets copies), so it would answer them twice; "
            "move the address to the interface that `kernel` names (sudo ip address flush dev " +
            name + "), or leave `kernel` out"};
    std::unique_ptr<QuietInterface> quiet(new QuietInterface);
    const std::string four = "/proc/sys/net/ipv4/conf/" + name, six = "/proc/sys/net/ipv6/conf/" + name;
    // Datagrams whose sender is not reached through this interface are not believed: without an address on
    // it none is. Requests for whatever address are not answered. There is no IPv6 on it.
    const bool done = quiet->set(four + "/rp_filter", "1") && quiet->set(four + "/arp_ignore", "8") &&
                      quiet->set(six + "/disable_ipv6", "1");
    if (done) return quiet;
    return Failure{"the kernel would answer on " + name + " too, and its settings cannot be changed (" +
                   std::strerror(errno) + "); sudo sysctl -w net.ipv4.conf." + name +
                   ".rp_filter=1 net.ipv4.conf." + name + ".arp_ignore=8 net.ipv6.conf." + name +
                   ".disable_ipv6=1"};
}

bool QuietInterface::set(const std::string& path, const std::string& value) {
    std::string before;
    if (!read_setting(path, before)) return errno == ENOENT;  // A kernel without IPv6.
    if (before == value) return true;
    if (!write_setting(path, value)) return false;
    settings_.push_back({path, before});
    return true;
}

QuietInterface::~QuietInterface() {
    for (const Setting& setting : settings_) (void)write_setting(setting.path, setting.before);
}

}  // namespace ringsock
