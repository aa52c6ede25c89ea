// SPDX-License-Identifier: BSD-3-Clause
// Describes the machine and the build, so that a figure carries its circumstances with it.
#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tool/harness.h"

namespace ringsock::bench {
namespace {

// The value after "key   :" in files like /proc/cpuinfo; empty when the key is absent.
std::string field_of(const std::string& text, std::string_view key) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(key)) continue;
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::size_t value = line.find_first_not_of(" \t", colon + 1);
        return value == std::string::npos ? "" : line.substr(value);
    }
    return "";
}

std::string one_line(const char* path) {
    std::string text = read_small_file(path).value_or("");
    for (char& c : text) {
        if (c == '\n' || c == '\t') c = ' ';
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

std::string utc_now() {
    const time_t now = time(nullptr);
    tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return std::string(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

constexpr const char* kBuild =
#if defined(__SANITIZE_ADDRESS__)
    "AddressSanitizer: figures are meaningless"
#elif !defined(__OPTIMIZE__)
    "not optimised: figures are meaningless"
#elif !defined(NDEBUG)
    "optimised, with assertions"
#else
    "optimised, without assertions"
#endif
    ;

}  // namespace

std::optional<std::string> read_small_file(const char* path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Machine describe_machine() {
    Machine machine;
    const std::string cpuinfo = read_small_file("/proc/cpuinfo").value_or("");
    const std::string meminfo = read_small_file("/proc/meminfo").value_or("");
    machine.cpu = field_of(cpuinfo, "model name");
    const bool guest = field_of(cpuinfo, "flags").find(" hypervisor") != std::string::npos;
    machine.virtualization = guest ? "virtual machine" : "none seen";
    utsname name{};
    if (uname(&name) == 0)
        machine.kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
    machine.compiler = "g++ " __VERSION__;
#if defined(__clang__)
    machine.compiler = __VERSION__;
#endif
    machine.build = kBuild;
    machine.cpus = allowed_cpus();
    machine.cycle_counter_mhz = CycleClock::instance().hertz() / 1e6;
    machine.memory_mib = std::strtoull(field_of(meminfo, "MemTotal").c_str(), nullptr, 10) / 1024;
    machine.hugepages_total = std::strtoull(field_of(meminfo, "HugePages_Total").c_str(), nullptr, 10);
    machine.hugepage_kib = std::strtoull(field_of(meminfo, "Hugepagesize").c_str(), nullptr, 10);
    machine.congestion_control = one_line("/proc/sys/net/ipv4/tcp_congestion_control");
    machine.local_port_range = one_line("/proc/sys/net/ipv4/ip_local_port_range");
    machine.date_utc = utc_now();
    return machine;
}

}  // namespace ringsock::bench
