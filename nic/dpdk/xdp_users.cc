// SPDX-License-Identifier: BSD-3-Clause
// AF_XDP as the kernel tells of it (rtnetlink), see xdp_users.h.
#include "nic/dpdk/xdp_users.h"

#include <dirent.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace ringsock::dpdk {
namespace {

// The attribute of that type among `left` bytes of them; nullptr when there is none.
const rtattr* find_attribute(const rtattr* first, std::size_t left, unsigned type) {
    auto bytes = static_cast<int>(left);
    for (; RTA_OK(first, bytes); first = RTA_NEXT(first, bytes))
        if ((first->rta_type & NLA_TYPE_MASK) == type) return first;
    return nullptr;
}

bool tells_of_program(const nlmsghdr* link) {
    const auto* const about = static_cast<const ifinfomsg*>(NLMSG_DATA(link));
    const rtattr* const xdp =
        find_attribute(IFLA_RTA(about), link->nlmsg_len - NLMSG_LENGTH(sizeof *about), IFLA_XDP);
    if (xdp == nullptr) return false;
    const rtattr* const attached =
        find_attribute(static_cast<const rtattr*>(RTA_DATA(xdp)), RTA_PAYLOAD(xdp), IFLA_XDP_ATTACHED);
    return attached != nullptr && *static_cast<const std::uint8_t*>(RTA_DATA(attached)) != XDP_ATTACHED_NONE;
}

// Queues looked at for other users of an interface.
constexpr std::uint32_t kQueuesLookedAt = 64;

// A socket that bears the queue's name in the abstract name space, which is the network namespace's; -1 when
// the name is taken.
int bear_name(std::uint32_t interface_index, std::uint32_t queue) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "ringsock-xdp-" + std::to_string(interface_index) + "-" + std::to_string(queue);
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

bool has_other_queues_of_ours(std::uint32_t interface_index, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t queue = 0; queue < kQueuesLookedAt; ++queue) {
        if (queue >= first && queue < first + count) continue;
        const int fd = bear_name(interface_index, queue);
        if (fd < 0) return true;
        close(fd);
    }
    return false;
}

}  // namespace

XdpClaim::~XdpClaim() {
    close_leftovers();
    for (const int fd : names_) close(fd);
}

std::vector<XdpClaim::Socket> XdpClaim::sockets_of_process() {
    std::vector<Socket> sockets;
    DIR* const directory = opendir("/proc/self/fd");
    if (directory == nullptr) return sockets;
    while (const dirent* entry = readdir(directory)) {
        const int fd = std::atoi(entry->d_name);
        int domain = 0;
        socklen_t length = sizeof domain;
        struct stat status {};
        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_XDP &&
            fstat(fd, &status) == 0)
            sockets.push_back({fd, status.st_ino});
    }
    closedir(directory);
    return sockets;
}

void XdpClaim::before_start() {
    strangers_ = sockets_of_process();
}

void XdpClaim::after_start() {
    for (const Socket& socket : sockets_of_process())
        if (std::find(strangers_.begin(), strangers_.end(), socket) == strangers_.end())
            drivers_.push_back(socket);
}

void XdpClaim::close_leftovers() noexcept {
    for (const Socket& socket : drivers_) {
        struct stat status {};
        if (fstat(socket.fd, &status) == 0 && status.st_ino == socket.inode) close(socket.fd);
    }
    drivers_.clear();
}

XdpClaim::Outcome XdpClaim::take(std::uint32_t interface_index, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t queue = first; queue < first + count; ++queue) {
        const int fd = bear_name(interface_index, queue);
        if (fd < 0) return Outcome::taken;
        names_.push_back(fd);
    }
    // A program may be that of another Ringsock on other queues: they share it.
    const bool foreign =
        has_xdp_program(interface_index) && !has_other_queues_of_ours(interface_index, first, count);
    return foreign ? Outcome::foreign : Outcome::ours;
}

std::string why_no_xdp() {
    const int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        close(fd);
        return {};
    }
    if (errno == EAFNOSUPPORT)
        return "this kernel has no AF_XDP (CONFIG_XDP_SOCKETS); use device = \"net_af_packet\"";
    return std::string("no AF_XDP socket can be made: ") + std::strerror(errno);
}

bool has_xdp_program(std::uint32_t interface_index) {
    const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return false;
    const timeval patience{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct {
        nlmsghdr header;
        ifinfomsg about;
    } question{};
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = RTM_GETLINK;
    question.header.nlmsg_flags = NLM_F_REQUEST;
    question.about.ifi_index = static_cast<int>(interface_index);
    alignas(nlmsghdr) std::array<char, 32768> buffer{};
    bool found = false;
    if (send(fd, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question)) {
        const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
        const auto* const answer = reinterpret_cast<const nlmsghdr*>(buffer.data());
        found = got > 0 && NLMSG_OK(answer, static_cast<unsigned>(got)) &&
                answer->nlmsg_type == RTM_NEWLINK && tells_of_program(answer);
    }
    close(fd);
    return found;
}

}  // namespace ringsock::dpdk
