// SPDX-License-Identifier: BSD-3-Clause
// Cores, what may disturb them, and the time stamp counter.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "tools/doctor/looks.h"
#include "tools/doctor/probe.h"

namespace ringsock::doctor {
namespace {

const std::string kCpus = "/sys/devices/system/cpu";

std::vector<unsigned> allowed_cores() {
    std::vector<unsigned> cores;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
    for (unsigned core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &set)) cores.push_back(core);
    return cores;
}

std::vector<unsigned> online_cores() {
    const std::vector<unsigned> told = parse_cpu_list(read_text(kCpus + "/online").value_or(""));
    if (!told.empty()) return told;
    std::vector<unsigned> counted_only;  // Without /sys the C library counts them otherwise.
    const long number = sysconf(_SC_NPROCESSORS_ONLN);
    for (long core = 0; core < number; ++core) counted_only.push_back(static_cast<unsigned>(core));
    return counted_only;
}

void look_at_cores(Findings& page) {
    const std::vector<unsigned> online = online_cores();
    const std::vector<unsigned> allowed = allowed_cores();
    const std::string why = "a dedicated engine takes one core whole; inline engines take none";
    const std::string online_text = counted(online.size(), "core") + " online (" + cpu_list(online) + ")";
    if (allowed.size() >= online.size())
        page.ok("cores", online_text + ", this process may use all", why);
    else
        page.note("cores", online_text + ", this process may use " + cpu_list(allowed), why,
                  "taskset -pc " + cpu_list(online) + " $$");
}

void look_at_isolation(Findings& page) {
    const std::string why = "the scheduler's work and its clock tick on an engine's core delay its packets";
    const std::optional<std::string> isolated = read_text(kCpus + "/isolated");
    const std::string full = read_text(kCpus + "/nohz_full").value_or("");
    if (!isolated) {
        page.note("isolation", "unknown: /sys is not mounted", why, "sudo mount -t sysfs sysfs /sys");
        return;
    }
    if (!isolated->empty()) {
        const bool ticks = full.empty() || full == "(null)";
        page.ok("isolation", "isolcpus " + *isolated + ", nohz_full " + (ticks ? "none" : full), why);
        return;
    }
    const std::vector<unsigned> online = online_cores();
    if (online.size() < 2) {
        page.ok("isolation", "one core only: nothing to isolate", why);
        return;
    }
    const std::string last = std::to_string(online.back());
    page.note("isolation", "no core is kept free of other work", why,
              "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&isolcpus=" + last + " nohz_full=" + last +
                  " rcu_nocbs=" + last + " /' /etc/default/grub && sudo update-grub && sudo reboot");
}

/// A limit on processor time: how much, and the file it is taken away in.
struct Quota {
    double cores = 0;
    std::string file;
    const char* unlimited = "max";
};

// A group's limit holds for all groups below it, so the path is walked up.
std::optional<Quota> quota_above(const std::string& root, std::string path, bool is_v2) {
    std::optional<Quota> tightest;
    for (;;) {
        const std::string folder = root + (path == "/" ? "" : path);
        double quota = -1;
        double period = 0;
        const std::string file = folder + (is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us");
        const std::string text = read_text(file).value_or("");
        if (is_v2)
            std::sscanf(text.c_str(), "%lf %lf", &quota, &period);
        else if (std::sscanf(text.c_str(), "%lf", &quota) == 1)
            period = static_cast<double>(read_number(folder + "/cpu.cfs_period_us").value_or(0));
        if (quota > 0 && period > 0 && (!tightest || quota / period < tightest->cores))
            tightest = Quota{quota / period, file, is_v2 ? "max" : "-1"};
        if (path.empty() || path == "/") return tightest;
        path.resize(path.rfind('/'));
    }
}

void look_at_quota(Findings& page) {
    const std::string why = "an engine that used up its share stands still until the next period";
    const std::optional<std::string> groups = read_text("/proc/self/cgroup");
    if (!groups) {
        page.note("cpu quota", "unknown: /proc is not mounted", why, "sudo mount -t proc proc /proc");
        return;
    }
    std::optional<Quota> quota;
    for (std::size_t at = 0; at < groups->size();) {
        const std::size_t end = std::min(groups->find('\n', at), groups->size());
        const std::string line = groups->substr(at, end - at);
        at = end + 1;
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::string path = line.substr(second + 1);
        std::optional<Quota> found;
        if (names == ",,") found = quota_above("/sys/fs/cgroup", path, true);
        if (names.find(",cpu,") != names.npos) found = quota_above("/sys/fs/cgroup/cpu", path, false);
        if (found && (!quota || found->cores < quota->cores)) quota = found;
    }
    if (!quota) {
        page.ok("cpu quota", "none", why);
        return;
    }
    char share[64];
    std::snprintf(share, sizeof share, "%.2f cores' worth of time", quota->cores);
    page.note("cpu quota", std::string(share) + " (" + quota->file + ")", why,
              std::string("echo ") + quota->unlimited + " | sudo tee " + quota->file);
}

void look_at_numa(Findings& page) {
    std::size_t nodes = 0;
    for (const std::string& name : list_folder("/sys/devices/system/node"))
        nodes += name.starts_with("node") && name.size() > 4 && name[4] >= '0' && name[4] <= '9' ? 1 : 0;
    page.ok("NUMA", nodes == 0 ? "unknown: the kernel does not tell" : counted(nodes, "node"),
            "an engine is placed on the node of its NIC");
}

bool counter_is_invariant() {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1U << 8) != 0;
#else
    return true;  // The generic timer of arm64 runs at one rate by definition.
#endif
}

void look_at_clock(Findings& page) {
    const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
    const std::string used = read_text(folder + "current_clocksource").value_or("");
    const bool offered =
        (" " + read_text(folder + "available_clocksource").value_or("") + " ").find(" tsc ") !=
        std::string::npos;
    const std::string why =
        "engines read it for the time once a pass; where it cannot be trusted they ask the kernel";
    const bool invariant = counter_is_invariant();
    const std::string fact = std::string("constant and nonstop: ") + (invariant ? "yes" : "no") +
                             "; clocksource " + (used.empty() ? "unknown" : used);
    if (invariant && (used.empty() || used == "tsc"))
        page.ok("TSC", fact, why);
    else if (offered)
        page.note("TSC", fact, why, "echo tsc | sudo tee " + folder + "current_clocksource");
    else
        page.note("TSC", fact, why, "");
}

void look_at_governor(Findings& page) {
    const std::string why = "a core that slowed down takes many packets to speed up again";
    const std::string governor = read_text(kCpus + "/cpu0/cpufreq/scaling_governor").value_or("");
    if (governor.empty())
        page.ok("frequency", "the kernel does not control it here", why);
    else if (governor == "performance")
        page.ok("frequency", "governor performance", why);
    else
        page.note("frequency", "governor " + governor, why,
                  "echo performance | sudo tee " + kCpus + "/cpu*/cpufreq/scaling_governor");
}

}  // namespace

void look_at_processor(Findings& page) {
    page.chapter("Processor");
    look_at_cores(page);
    look_at_isolation(page);
    look_at_quota(page);
    look_at_numa(page);
    look_at_clock(page);
    look_at_governor(page);
}

}  // namespace ringsock::doctor
