// SPDX-License-Identifier: BSD-3-Clause
// What this user may do: capabilities and device files.
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

struct Capability {
    unsigned number;
    const char* name;   ///< As setcap spells it.
    const char* opens;  ///< What it is good for.
};
constexpr std::array kCapabilities = {
    Capability{kNetAdmin, "cap_net_admin", "taps, AF_XDP"},
    Capability{kNetRaw, "cap_net_raw", "packet sockets, AF_XDP"},
    Capability{kBpf, "cap_bpf", "AF_XDP's program"},
    Capability{kIpcLock, "cap_ipc_lock", "locking memory beyond the limit"},
};

void look_at_capabilities(Findings& page, const Request& request) {
    std::string has;
    std::string lacks;
    std::string names;
    std::string barred;
    for (const Capability& c : kCapabilities) {
        if (may(c.number)) {
            has += std::string(has.empty() ? "" : ", ") + c.name;
            continue;
        }
        lacks += std::string(lacks.empty() ? "" : ", ") + c.name + " (" + c.opens + ")";
        names += std::string(names.empty() ? "" : ",") + c.name;
        if (prctl(PR_CAPBSET_READ, c.number, 0, 0, 0) == 0) barred += std::string(" ") + c.name;
    }
    const std::string why = "rings, memif and the default need none of them";
    if (lacks.empty())
        page.ok("capabilities", has, why);
    else if (!barred.empty())
        page.note("capabilities", "without " + lacks + "; barred in this container:" + barred, why,
                  "docker run --cap-add NET_ADMIN --cap-add NET_RAW --cap-add BPF --cap-add IPC_LOCK IMAGE");
    else
        page.note("capabilities", "without " + lacks, why, "sudo setcap " + names + "+ep " + request.program);
}

struct DeviceFile {
    const char* path;
    const char* why;
    const char* make;  ///< When it is missing.
    const char* open;  ///< When it may not be opened.
    bool by_module;    ///< Its driver comes as a module, or not at all.
};
constexpr std::array kDeviceFiles = {
    DeviceFile{"/dev/net/tun", "net_tap makes its interface through it",
               "sudo modprobe -q tun; sudo mkdir -p /dev/net && sudo mknod -m 666 /dev/net/tun c 10 200",
               "sudo chmod 666 /dev/net/tun", false},
    DeviceFile{"/dev/vfio/vfio", "NICs under vfio-pci are reached through it", "sudo modprobe vfio-pci",
               "sudo chmod 666 /dev/vfio/vfio && sudo chown $(id -un) /dev/vfio/[0-9]*", true},
    DeviceFile{"/dev/vhost-net", "virtio_user's exception path into the kernel uses it",
               "sudo modprobe vhost_net", "sudo chmod 666 /dev/vhost-net", true},
};

// A kernel without modules, or one told at boot not to load any, has no /proc/modules or a lock on it.
bool loads_modules() {
    if (!exists("/proc/self")) return true;  // Unknown.
    const std::string boot = " " + read_text("/proc/cmdline").value_or("") + " ";
    return exists("/proc/modules") && read_number("/proc/sys/kernel/modules_disabled").value_or(0) == 0 &&
           boot.find(" nomodule ") == boot.npos;
}

void look_at_device_file(Findings& page, const DeviceFile& file) {
    const int fd = open(file.path, O_RDWR | O_CLOEXEC);
    const int error = errno;
    if (fd >= 0) {
        close(fd);
        page.ok(file.path, "can be opened", file.why);
    } else if (error == EACCES || error == EPERM) {
        page.note(file.path, "no permission to open it", file.why, file.open);
    } else if (!loads_modules() && file.by_module) {
        page.note(file.path, "not in this kernel, which loads no modules either", file.why,
                  "sudo apt-get install -y linux-image-amd64 && sudo reboot");
    } else {
        page.note(file.path, std::strerror(error), file.why, file.make);
    }
}

}  // namespace

bool may(unsigned capability) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (syscall(SYS_capget, &header, data.data()) != 0) return false;
    return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

void look_at_privileges(Findings& page, const Request& request) {
    page.chapter("Privileges");
    const std::string who = "user " + std::to_string(geteuid());
    page.ok("user", geteuid() == 0 ? who + " (root)" : who,
            "what a user lacks is granted below, piece by piece");
    look_at_capabilities(page, request);
    for (const DeviceFile& file : kDeviceFiles) look_at_device_file(page, file);
}

}  // namespace ringsock::doctor
