// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/netlink.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/endian.h"

namespace ringsock {
namespace {

/// The kernel fills datagrams of a dump up to 32 KiB (netlink(7)).
constexpr std::size_t kDatagramBytes = 32768;
/// It answers at once; so long it may take on a machine that is very busy.
constexpr int kPatienceMs = 2000;
/// Room for news while nobody reads them.
constexpr int kNewsBytes = 1 << 20;

/// The flag of a dump that was cut into by a change.
bool was_interrupted(const std::byte* datagram) noexcept {
    nlmsghdr head{};
    std::memcpy(&head, datagram, sizeof head);
    return (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
}

}  // namespace

Netlink::~Netlink() {
    if (descriptor_ >= 0) close(descriptor_);
}

int Netlink::open(std::uint32_t groups) noexcept {
    descriptor_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor_ < 0) return errno;
    (void)setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kNewsBytes, sizeof kNewsBytes);
    const int on = 1;
    (void)setsockopt(descriptor_, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    sockaddr_nl self{};
    self.nl_family = AF_NETLINK;
    self.nl_groups = groups;
    return bind(descriptor_, reinterpret_cast<const sockaddr*>(&self), sizeof self) == 0 ? 0 : errno;
}

int Netlink::receive_answer(const std::function<void(const RouteMessage&)>& take) {
    const auto buffer = std::make_unique<std::byte[]>(kDatagramBytes);
    bool is_torn = false;
    for (;;) {
        pollfd polled{descriptor_, POLLIN, 0};
        const int ready = poll(&polled, 1, kPatienceMs);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return ready == 0 ? ETIMEDOUT : errno;
        sockaddr_nl from{};
        socklen_t from_length = sizeof from;
        const ssize_t got = recvfrom(descriptor_, buffer.get(), kDatagramBytes, MSG_TRUNC,
                                     reinterpret_cast<sockaddr*>(&from), &from_length);
        if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;  // News were lost, not answers.
        if (got < 0) return errno;
        if (from.nl_pid != 0) continue;  // Only the kernel is believed.
        if (static_cast<std::size_t>(got) > kDatagramBytes) return EMSGSIZE;
        MessageBytes bytes{buffer.get(), static_cast<std::size_t>(got)};
        while (bytes.size() >= sizeof(nlmsghdr)) {
            const std::byte* const at = bytes.data();
            const auto message = take_message(bytes);
            if (!message) break;
            if (message->sequence != sequence_) continue;  // News of a group.
            is_torn |= was_interrupted(at);
            if (message->type == NLMSG_DONE) return is_torn ? EINTR : 0;
            if (message->type == NLMSG_ERROR) {
                int error = 0;
                if (message->body.size() < sizeof error) return EPROTO;
                std::memcpy(&error, message->body.data(), sizeof error);
                return -error;
            }
            take(*message);
        }
    }
}

int Netlink::dump(std::uint16_t type, std::uint8_t family,
                  const std::function<void(const RouteMessage&)>& take) {
    struct {
        nlmsghdr head;
        union {  // NETLINK_GET_STRICT_CHK wants the head of the very table.
            ifinfomsg link;
            ifaddrmsg address;
            rtmsg route;
            ndmsg neighbor;
        } body;
    } request{};
    static_assert(sizeof(ifinfomsg) == 16 && sizeof(ifaddrmsg) == 8 && sizeof(rtmsg) == 12 &&
                  sizeof(ndmsg) == 12);
    const std::size_t body = type == RTM_GETLINK   ? sizeof(ifinfomsg)
                             : type == RTM_GETADDR ? sizeof(ifaddrmsg)
                                                   : sizeof(rtmsg);
    request.body.link.ifi_family = family;  // The first byte of each.
    request.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(body));
    request.head.nlmsg_type = type;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.head.nlmsg_seq = ++sequence_;
    if (send(descriptor_, &request, request.head.nlmsg_len, 0) < 0) return errno;
    return receive_answer(take);
}

bool Netlink::drain() noexcept {
    bool any = false;
    for (int n = 0; n < 4096; ++n) {
        std::byte byte{};
        const ssize_t got = recv(descriptor_, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno != ENOBUFS) return any;
        any = true;
    }
    return any;
}

int Netlink::add_address(std::uint32_t link, const IpAddress& address, std::uint8_t prefix_length) {
    struct {
        nlmsghdr head;
        ifaddrmsg body;
        std::byte attributes[64];
    } request{};
    std::size_t used = 0;
    const auto put = [&](std::uint16_t type, const void* value, std::size_t length) {
        const rtattr head{static_cast<std::uint16_t>(sizeof(rtattr) + length), type};
        std::memcpy(request.attributes + used, &head, sizeof head);
        std::memcpy(request.attributes + used + sizeof head, value, length);
        used += RTA_SPACE(length);
    };
    const bool is_v4 = address.family == Family::ipv4;
    std::byte bytes[16]{};
    if (is_v4)
        store_be(bytes, address.v4.value);
    else
        std::memcpy(bytes, address.v6.octets.data(), sizeof bytes);
    const std::size_t length = is_v4 ? 4 : 16;
    put(IFA_LOCAL, bytes, length);
    put(IFA_ADDRESS, bytes, length);
    if (is_v4 && prefix_length <= 30) {
        store_be(bytes, address.v4.value | ~(~std::uint32_t{0} << (32 - prefix_length)));
        put(IFA_BROADCAST, bytes, length);
    }
    request.body.ifa_family = is_v4 ? AF_INET : AF_INET6;
    request.body.ifa_prefixlen = prefix_length;
    request.body.ifa_index = link;
    request.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(ifaddrmsg)) + used);
    request.head.nlmsg_type = RTM_NEWADDR;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    request.head.nlmsg_seq = ++sequence_;
    if (send(descriptor_, &request, request.head.nlmsg_len, 0) < 0) return errno;
    const int error = receive_answer([](const RouteMessage&) {});
    return error == EEXIST ? 0 : error;
}

}  // namespace ringsock
