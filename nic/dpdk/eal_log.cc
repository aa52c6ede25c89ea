// SPDX-License-Identifier: BSD-3-Clause
// The memory of DPDK's log lines, see eal_log.h.
#include "nic/dpdk/eal_log.h"

#include <rte_log.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace ringsock::dpdk {
namespace {

constexpr std::size_t kLines = 128;
constexpr std::size_t kLineBytes = 240;

struct Line {
    int level = 0;
    std::array<char, kLineBytes> text{};
};

struct LogMemory {
    std::mutex mutex;
    std::uint64_t written = 0;  // lines ever; line k lies in slot k % kLines
    std::array<Line, kLines> lines;
    FILE* stream = nullptr;
};

// Never destroyed: DPDK's threads outlive static destruction.
LogMemory& memory() noexcept {
    static LogMemory* const the_memory = new LogMemory;
    return *the_memory;
}

ssize_t remember(void*, const char* text, std::size_t bytes) {
    LogMemory& log = memory();
    const std::lock_guard guard(log.mutex);
    Line& line = log.lines[log.written % kLines];
    std::size_t used = bytes < kLineBytes - 1 ? bytes : kLineBytes - 1;
    std::memcpy(line.text.data(), text, used);
    while (used > 0 && (line.text[used - 1] == '\n' || line.text[used - 1] == ' ')) --used;
    line.text[used] = '\0';
    line.level = rte_log_cur_msg_loglevel();
    if (used > 0) ++log.written;
    // DPDK is about to end the process (rte_panic): nobody will read the memory.
    if (line.level > 0 && line.level <= static_cast<int>(RTE_LOG_CRIT))
        std::fprintf(stderr, "DPDK: %s\n", line.text.data());
    return static_cast<ssize_t>(bytes);
}

}  // namespace

void capture_log() noexcept {
    LogMemory& log = memory();
    if (log.stream == nullptr) {
        cookie_io_functions_t functions{};
        functions.write = remember;
        log.stream = fopencookie(nullptr, "w", functions);
        if (log.stream == nullptr) return;  // out of memory: DPDK keeps its own stream
        setvbuf(log.stream, nullptr, _IOLBF, 1024);
    }
    rte_openlog_stream(log.stream);
}

std::uint64_t log_mark() noexcept {
    LogMemory& log = memory();
    const std::lock_guard guard(log.mutex);
    return log.written;
}

std::string worst_line_since(std::uint64_t mark) {
    LogMemory& log = memory();
    const std::lock_guard guard(log.mutex);
    const std::uint64_t oldest = log.written > kLines ? log.written - kLines : 0;
    const Line* worst = nullptr;
    for (std::uint64_t k = mark > oldest ? mark : oldest; k < log.written; ++k) {
        const Line& line = log.lines[k % kLines];
        if (line.level > static_cast<int>(RTE_LOG_WARNING)) continue;
        if (worst == nullptr || line.level <= worst->level) worst = &line;
    }
    return worst != nullptr ? std::string(worst->text.data()) : std::string();
}

}  // namespace ringsock::dpdk
