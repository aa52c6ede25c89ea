// SPDX-License-Identifier: BSD-3-Clause
// Memory, hugepages and limits.
#include <sys/resource.h>
#include <unistd.h>

#include "nic/nic.h"
#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

/// Address space that DPDK and one interface take at least (nic/dpdk/eal.cc).
constexpr std::uint64_t kLeastAddressSpace = std::uint64_t{2} << 30;

std::string per_node(std::uint64_t page_bytes) {
    std::string text;
    int nodes = 0;
    for (const std::string& name : list_folder("/sys/devices/system/node")) {
        if (!name.starts_with("node")) continue;
        for (const HugepageSupply& s : read_hugepages("/sys/devices/system/node/" + name + "/hugepages")) {
            if (s.page_bytes != page_bytes) continue;
            ++nodes;
            text += (text.empty() ? "" : ", ") + name + " " + std::to_string(s.free) + "/" +
                    std::to_string(s.total);
        }
    }
    return nodes > 1 ? " (" + text + ")" : "";
}

bool hugetlbfs_is_mounted() {
    return read_text("/proc/self/mounts").value_or("").find(" hugetlbfs ") != std::string::npos;
}

void look_at_hugepages(Findings& page) {
    const std::string why =
        "vfio, vhost and virtio_user want them; the rest uses ordinary memory with"
        " transparent 2 MiB pages";
    std::string fact;
    bool any = false;
    bool usable = false;
    for (const HugepageSupply& s : read_hugepages()) {
        fact += (fact.empty() ? "" : "; ") + std::to_string(s.total) + " of " +
                (s.page_bytes < (1U << 20) ? std::to_string(s.page_bytes >> 10) + " KiB"
                                           : size_text(s.page_bytes)) +
                ", " + std::to_string(s.free) + " free" + per_node(s.page_bytes);
        any = any || s.total != 0;
        usable = usable || (s.free != 0 && may_map_hugepage(s.page_bytes));
    }
    const NicConfig usual;
    const std::uint64_t pages = ((nic_memory_bytes(usual) >> 21) + 32) * 2;
    const std::string cure = "echo " + std::to_string(pages) + " | sudo tee /proc/sys/vm/nr_hugepages";
    if (fact.empty()) {
        const bool blind = !exists("/sys/kernel");
        page.note("hugepages", blind ? "unknown: /sys is not mounted" : "this kernel has none", why,
                  blind ? "sudo mount -t sysfs sysfs /sys" : "");
        return;
    }
    fact += hugetlbfs_is_mounted() ? "; hugetlbfs is mounted" : "; hugetlbfs is not mounted (not needed)";
    if (usable)
        page.ok("hugepages", fact + "; usable through memfd", why);
    else if (any)
        page.note("hugepages", fact + "; this process gets none", why, cure);
    else
        page.note("hugepages", fact, why, cure);
}

void look_at_available(Findings& page) {
    const std::string why = "packets and tables are taken at start and on use; a full pool is WSAENOBUFS";
    const auto available = read_number("/proc/meminfo", "MemAvailable");
    if (!available) {
        page.note("memory", "unknown: /proc is not mounted", why, "sudo mount -t proc proc /proc");
        return;
    }
    const std::uint64_t free_bytes = *available << 10;
    const std::string fact = size_text(free_bytes) + " available";
    if (free_bytes >= nic_memory_bytes(NicConfig{}) * 2)
        page.ok("memory", fact, why);
    else
        page.problem("memory", fact,
                     "one interface at its defaults needs " + size_text(nic_memory_bytes(NicConfig{})),
                     "ps -eo rss,pid,comm --sort=-rss | head");
}

void look_at_transparent_pages(Findings& page) {
    const std::string file = "/sys/kernel/mm/transparent_hugepage/enabled";
    const std::string why = "packet buffers ask for 2 MiB pages: fewer TLB misses per packet";
    const std::string text = read_text(file).value_or("");
    if (text.find("[never]") != text.npos)
        page.note("2 MiB pages", "transparent hugepages: never", why, "echo madvise | sudo tee " + file);
    else if (!text.empty())
        page.ok(
            "2 MiB pages",
            "transparent hugepages: " + text.substr(text.find('[') + 1, text.find(']') - text.find('[') - 1),
            why);
    else
        page.ok("2 MiB pages", "transparent hugepages: unknown", why);
}

std::string limit_text(rlim_t limit) {
    return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit >> 10) + " KiB";
}

void look_at_limits(Findings& page) {
    rlimit lock{};
    rlimit space{};
    getrlimit(RLIMIT_MEMLOCK, &lock);
    getrlimit(RLIMIT_AS, &space);
    const std::string why = "vfio pins the memory a NIC reads, AF_XDP its buffers; other devices lock none";
    std::string fact = limit_text(lock.rlim_cur);
    if (lock.rlim_cur != lock.rlim_max) fact += ", may be raised to " + limit_text(lock.rlim_max);
    if (may(kIpcLock))
        page.ok("memory lock", fact + ", CAP_IPC_LOCK goes beyond it", why);
    else if (lock.rlim_cur == RLIM_INFINITY)
        page.ok("memory lock", fact, why);
    else if (lock.rlim_max == RLIM_INFINITY)
        page.note("memory lock", fact, why, "ulimit -S -l unlimited");
    else
        page.note("memory lock", fact, why, "sudo prlimit --memlock=unlimited:unlimited --pid $$");
    if (space.rlim_cur == RLIM_INFINITY || space.rlim_cur >= kLeastAddressSpace)
        page.ok("address space", limit_text(space.rlim_cur),
                "tables are reserved at full size, used as needed");
    else
        page.problem(
            "address space", limit_text(space.rlim_cur),
            "tables are reserved at full size: the start needs some 2 GiB of addresses, not of memory",
            space.rlim_max == RLIM_INFINITY ? "ulimit -S -v unlimited"
                                            : "sudo prlimit --as=unlimited:unlimited --pid $$");
}

}  // namespace

bool may_lock_memory() {
    rlimit lock{};
    return may(kIpcLock) || (getrlimit(RLIMIT_MEMLOCK, &lock) == 0 && lock.rlim_cur == RLIM_INFINITY);
}

void look_at_memory(Findings& page) {
    page.chapter("Memory");
    look_at_available(page);
    look_at_hugepages(page);
    look_at_transparent_pages(page);
    look_at_limits(page);
}

}  // namespace ringsock::doctor
