// SPDX-License-Identifier: BSD-3-Clause
#include "tools/capture/summary.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace ringsock::capture {
namespace {

enum BlockType : std::uint32_t { kSection = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kPacket = 6 };
constexpr std::uint32_t kMaxBlockBytes = 1U << 20;
constexpr std::uint16_t kNameOption = 2, kDroppedOption = 5;

template <typename T>
T number_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
    T value{};
    if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// The value of an option behind `at`, as where it lies; 0 when there is none.
std::size_t find_option(const std::vector<std::uint8_t>& body, std::size_t at, std::uint16_t code,
                        std::uint16_t& length) {
    while (at + 4 <= body.size()) {
        const auto found = number_at<std::uint16_t>(body, at);
        length = number_at<std::uint16_t>(body, at + 2);
        if (found == 0) return 0;
        if (found == code && at + 4 + length <= body.size()) return at + 4;
        at += 4 + ((length + 3U) & ~3U);
    }
    return 0;
}

void take_block(Summary& summary, std::uint32_t type, const std::vector<std::uint8_t>& body) {
    std::uint16_t length = 0;
    if (type == kPacket) ++summary.frames;
    if (type == kInterface) {
        const std::size_t at = find_option(body, 8, kNameOption, length);
        summary.interfaces += summary.interfaces.empty() ? "" : ", ";
        if (at != 0) summary.interfaces.append(reinterpret_cast<const char*>(body.data()) + at, length);
    }
    if (type == kStatistics) {
        const std::size_t at = find_option(body, 12, kDroppedOption, length);
        if (at != 0) summary.dropped += number_at<std::uint64_t>(body, at);
        summary.has_statistics = true;
    }
}

}  // namespace

Summary read_summary(const std::string& path) {
    Summary summary;
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
        summary.problem = std::strerror(errno);
        return summary;
    }
    std::vector<std::uint8_t> body;
    bool any = false;
    for (std::uint32_t head[2]; std::fread(head, sizeof head, 1, file) == 1; any = true) {
        if (head[1] < 12 || head[1] > kMaxBlockBytes || (!any && head[0] != kSection)) break;
        body.resize(head[1] - sizeof head);
        if (std::fread(body.data(), body.size(), 1, file) != 1) break;
        body.resize(body.size() - 4);
        take_block(summary, head[0], body);
    }
    std::fclose(file);
    if (!any) summary.problem = "nothing captured: the program never started Ringsock (no WSAStartup)";
    return summary;
}

}  // namespace ringsock::capture
