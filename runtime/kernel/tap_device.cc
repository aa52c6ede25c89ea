// SPDX-License-Identifier: BSD-3-Clause
#include "kernel/tap_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/netlink.h"

namespace ringsock {
namespace {

std::string text_of(const MacAddress& mac) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t octet : mac.octets) {
        if (!text.empty()) text += ':';
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    return text;
}

std::string by_hand(const TapWish& wish) {
    const std::string mac = text_of(wish.mac);
    return "sudo ip tuntap add dev " + wish.name + " mode tap user $USER && sudo ip link set dev " +
           wish.name + " address " + mac + " mtu " + std::to_string(wish.mtu) + " up (and mac = \"" + mac +
           "\" in the configuration, where the device would choose another one at the next start)";
}

std::string no_privilege(const TapWish& wish, const std::string& what) {
    return what + " needs cap_net_admin; run with sudo, or make it by hand and start again: " + by_hand(wish);
}

ifreq request_for(const std::string& name) noexcept {
    ifreq request{};
    std::memcpy(request.ifr_name, name.data(), std::min(name.size(), sizeof request.ifr_name - 1));
    return request;
}

/// A socket for questions about interfaces.
struct Questions {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ~Questions() {
        if (descriptor >= 0) close(descriptor);
    }
    [[nodiscard]] int ask(unsigned long what, ifreq& request) const noexcept {
        return ioctl(descriptor, what, &request) == 0 ? 0 : errno;
    }
};

std::string why_no_tap(const TapWish& wish, int error) {
    const std::string what = "kernel = \"" + wish.name + "\": ";
    if (error == EPERM) return what + no_privilege(wish, "a tap interface");
    if (error == EBUSY) return what + "another process holds that interface; end it or choose another name";
    if (error == EINVAL)
        return what +
               "an interface of that name exists and is no tap with one queue; choose another name, or "
               "sudo ip link delete " +
               wish.name;
    return what + std::strerror(error);
}

}  // namespace

Result<std::unique_ptr<TapDevice>, std::string> TapDevice::open(const TapWish& wish) {
    const int descriptor = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        return Failure{"kernel = \"" + wish.name + "\": /dev/net/tun: " + std::strerror(error) +
                       (error == EACCES ? "; run with sudo" : "; sudo modprobe tun")};
    }
    ifreq request = request_for(wish.name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(descriptor, TUNSETIFF, &request) != 0) {
        const int error = errno;
        close(descriptor);
        return Failure{why_no_tap(wish, error)};
    }
    std::unique_ptr<TapDevice> device(new TapDevice(wish.name, descriptor));
    if (std::string problem = device->set_up(wish); !problem.empty())
        return Failure{"kernel = \"" + wish.name + "\": " + problem};
    return device;
}

TapDevice::~TapDevice() {
    if (descriptor_ >= 0) close(descriptor_);
}

// Who finds the interface as it has to be needs no privilege.
std::string TapDevice::set_up(const TapWish& wish) {
    const Questions kernel;
    ifreq request = request_for(name_);
    if (const int e = kernel.ask(SIOCGIFINDEX, request); e != 0) return std::strerror(e);
    const auto link = static_cast<std::uint32_t>(request.ifr_ifindex);

    request = request_for(name_);
    if (const int e = kernel.ask(SIOCGIFHWADDR, request); e != 0) return std::strerror(e);
    if (std::memcmp(request.ifr_hwaddr.sa_data, wish.mac.octets.data(), wish.mac.octets.size()) != 0) {
        std::memcpy(request.ifr_hwaddr.sa_data, wish.mac.octets.data(), wish.mac.octets.size());
        request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
        if (const int e = kernel.ask(SIOCSIFHWADDR, request); e == EPERM)
            return no_privilege(wish, "its address " + text_of(wish.mac));
        else if (e != 0)
            return "address " + text_of(wish.mac) + ": " + std::strerror(e);
    }
    request = request_for(name_);
    if (const int e = kernel.ask(SIOCGIFMTU, request); e != 0) return std::strerror(e);
    if (request.ifr_mtu != static_cast<int>(wish.mtu)) {
        request.ifr_mtu = static_cast<int>(wish.mtu);
        if (const int e = kernel.ask(SIOCSIFMTU, request); e == EPERM)
            return no_privilege(wish, "its MTU of " + std::to_string(wish.mtu));
        else if (e != 0)
            return "MTU " + std::to_string(wish.mtu) + ": " + std::strerror(e);
    }
    if (!wish.addresses.empty()) {
        Netlink tables;
        int error = tables.open(0);
        for (std::size_t i = 0; i < wish.addresses.size() && error == 0; ++i)
            error = tables.add_address(link, wish.addresses[i].address, wish.addresses[i].prefix_length);
        if (error == EPERM) return no_privilege(wish, "kernel_addresses");
        if (error != 0) return std::string("kernel_addresses: ") + std::strerror(error);
    }
    request = request_for(name_);
    if (const int e = kernel.ask(SIOCGIFFLAGS, request); e != 0) return std::strerror(e);
    if ((request.ifr_flags & IFF_UP) != 0) return {};
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (const int e = kernel.ask(SIOCSIFFLAGS, request); e == EPERM)
        return no_privilege(wish, "bringing it up");
    else if (e != 0)
        return std::string("bringing it up: ") + std::strerror(e);
    return {};
}

bool TapDevice::send(std::span<const std::byte> frame) noexcept {
    for (;;) {
        const ssize_t put = write(descriptor_, frame.data(), frame.size());
        if (put >= 0) return true;
        if (errno != EINTR) return false;
    }
}

std::size_t TapDevice::receive(std::span<std::byte> room) noexcept {
    for (;;) {
        const ssize_t got = read(descriptor_, room.data(), room.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return 0;
    }
}

void TapDevice::set_carrier(bool is_up) noexcept {
    int carrier = is_up ? 1 : 0;
    (void)ioctl(descriptor_, TUNSETCARRIER, &carrier);  // Linux before 4.20 has no such call: always up.
}

}  // namespace ringsock
