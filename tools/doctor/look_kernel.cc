// SPDX-License-Identifier: BSD-3-Clause
// What the kernel and the installation offer: tried, not guessed from version numbers.
#include <dlfcn.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

namespace ringsock::doctor {
namespace {

// A socket of a family that the kernel lacks fails otherwise than one that we may not open.
void look_at_family(Findings& page, const char* topic, int family, const char* why, const char* option) {
    const int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, 0);
    const int error = errno;
    if (fd >= 0) {
        close(fd);
        page.ok(topic, "works here", why);
    } else if (error == EPERM || error == EACCES) {
        page.ok(topic, "in the kernel; needs CAP_NET_RAW, see privileges", why);
    } else {
        page.note(topic, std::string("not in this kernel (") + std::strerror(error) + ")", why,
                  std::string("zgrep ") + option + " /proc/config.gz /boot/config-$(uname -r)");
    }
}

void look_at_io_uring(Findings& page) {
    const std::string why = "not used by Ringsock; ringsock-bench compares with it";
    const long made = syscall(SYS_io_uring_setup, 0, nullptr);
    const int error = errno;
    if (made >= 0) close(static_cast<int>(made));
    if (error == EPERM)
        page.note("io_uring", "switched off", why, "echo 0 | sudo tee /proc/sys/kernel/io_uring_disabled");
    else
        page.ok("io_uring", error == ENOSYS ? "not in this kernel" : "works here", why);
}

// In a child, which the kernel may then keep in its namespace.
bool may_make_user_namespace() {
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) _exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : 1);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void look_at_user_namespaces(Findings& page) {
    const std::string why = "an ordinary user tries taps and packet sockets in one: unshare -Urn";
    if (may_make_user_namespace()) {
        page.ok("namespaces", "this user can make user and network namespaces", why);
        return;
    }
    struct Switch {
        const char* file;
        std::uint64_t blocking;
        const char* cure;
    };
    constexpr Switch kSwitches[] = {
        {"/proc/sys/user/max_user_namespaces", 0, "echo 10000 | sudo tee /proc/sys/user/max_user_namespaces"},
        {"/proc/sys/user/max_net_namespaces", 0, "echo 10000 | sudo tee /proc/sys/user/max_net_namespaces"},
        {"/proc/sys/kernel/unprivileged_userns_clone", 0,
         "echo 1 | sudo tee /proc/sys/kernel/unprivileged_userns_clone"},
        {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
         "echo 0 | sudo tee /proc/sys/kernel/apparmor_restrict_unprivileged_userns"},
    };
    for (const Switch& s : kSwitches) {
        if (read_number(s.file) != s.blocking) continue;
        page.note("namespaces", std::string("refused: ") + s.file + " is " + std::to_string(s.blocking), why,
                  s.cure);
        return;
    }
    page.note("namespaces", "refused, as in a chroot or a container without that right", why, "");
}

void look_at_membarrier(Findings& page) {
    const std::string why = "WSACleanup waits with it for calls that are still inside";
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0)
        page.ok("membarrier", "works here", why);
    else
        page.note("membarrier", "refused by this kernel or container", why, "");
}

std::size_t count_drivers(const std::string& folder) {
    const std::string ending = std::string(".so.") + dpdk_abi();
    std::size_t number = 0;
    for (const std::string& name : list_folder(folder)) number += name.ends_with(ending) ? 1 : 0;
    return number;
}

void look_at_dpdk(Findings& page) {
    const DpdkInstallation& dpdk = installed_dpdk();
    const std::size_t drivers = count_drivers(dpdk.driver_folder);
    if (dpdk.version.empty())
        page.problem("DPDK", std::string("librte_eal.so.") + dpdk_abi() + " is not found",
                     "libringsock is built on DPDK 22.11 and does not load without it",
                     "sudo apt-get install -y libdpdk-dev");
    else if (drivers == 0)
        page.note("DPDK", dpdk.version + ", no drivers in " + dpdk.driver_folder,
                  "taps, packet sockets and NICs each need their driver",
                  "sudo apt-get install -y libdpdk-dev");
    else
        page.ok("DPDK", dpdk.version + ", " + counted(drivers, "driver file"),
                "taps, packet sockets and NICs each need their driver");
}

}  // namespace

const char* dpdk_abi() {
    return RINGSOCK_DPDK_ABI;
}

const DpdkInstallation& installed_dpdk() {
    static const DpdkInstallation found = [] {
        DpdkInstallation out;
        void* library = dlopen("librte_eal.so." RINGSOCK_DPDK_ABI, RTLD_LAZY | RTLD_LOCAL);
        if (library == nullptr) return out;
        void* symbol = dlsym(library, "rte_version");
        if (symbol == nullptr) return out;
        out.version = reinterpret_cast<const char* (*)()>(symbol)();
        Dl_info info{};
        if (dladdr(symbol, &info) != 0 && info.dli_fname != nullptr) {
            const std::string file = info.dli_fname;
            out.driver_folder = file.substr(0, file.rfind('/')) + "/dpdk/pmds-" RINGSOCK_DPDK_ABI ".0";
        }
        return out;
    }();
    return found;
}

void look_at_kernel(Findings& page) {
    page.chapter("Kernel and installation");
    utsname name{};
    uname(&name);
    page.ok("kernel", std::string(name.sysname) + " " + name.release + ", " + name.machine,
            "what follows was tried, not concluded from this number");
    look_at_dpdk(page);
    look_at_family(page, "AF_PACKET", AF_PACKET, "net_af_packet sits on a kernel interface",
                   "CONFIG_PACKET=");
    look_at_family(page, "AF_XDP", AF_XDP, "net_af_xdp: the fastest way beside the kernel's own driver",
                   "CONFIG_XDP_SOCKETS=");
    look_at_io_uring(page);
    look_at_user_namespaces(page);
    look_at_membarrier(page);
}

}  // namespace ringsock::doctor
