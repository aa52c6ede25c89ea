// SPDX-License-Identifier: BSD-3-Clause
#include "tools/doctor/probe.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdio>
#include <cstdlib>

namespace ringsock::doctor {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 10;
constexpr unsigned kMaxCpus = 8192;

}  // namespace

std::optional<std::string> read_text(const std::string& path) {
    FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return std::nullopt;
    std::string text(kMaxFileBytes, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    const bool bad = std::ferror(file) != 0;
    std::fclose(file);
    if (bad) return std::nullopt;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::optional<std::uint64_t> read_number(const std::string& path, const std::string& label) {
    const std::optional<std::string> text = read_text(path);
    if (!text) return std::nullopt;
    std::size_t at = text->find(label);
    if (at == text->npos) return std::nullopt;
    at = text->find_first_not_of(" \t:", at + label.size());
    if (at == text->npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text->data() + at, text->data() + text->size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

std::vector<std::string> list_folder(const std::string& path) {
    std::vector<std::string> names;
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return names;
    while (const dirent* entry = readdir(folder)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
}

std::string link_name(const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    if (length <= 0) return {};
    const std::string text(target.data(), static_cast<std::size_t>(length));
    const std::size_t slash = text.rfind('/');
    return slash == text.npos ? text : text.substr(slash + 1);
}

bool exists(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

std::vector<unsigned> parse_cpu_list(const std::string& text) {
    std::vector<unsigned> cpus;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        unsigned first = 0;
        auto parsed = std::from_chars(at, end, first);
        if (parsed.ec != std::errc{} || first >= kMaxCpus) return {};
        unsigned last = first;
        if (parsed.ptr < end && *parsed.ptr == '-') {
            parsed = std::from_chars(parsed.ptr + 1, end, last);
            if (parsed.ec != std::errc{} || last < first || last >= kMaxCpus) return {};
        }
        for (unsigned cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
        if (parsed.ptr < end && *parsed.ptr != ',') return {};
        at = parsed.ptr + 1;
    }
    return cpus;
}

std::string cpu_list(const std::vector<unsigned>& cpus) {
    std::string text;
    for (std::size_t i = 0; i < cpus.size();) {
        std::size_t last = i;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
        text += (text.empty() ? "" : ",") + std::to_string(cpus[i]);
        if (last > i) text += "-" + std::to_string(cpus[last]);
        i = last + 1;
    }
    return text;
}

std::string size_text(std::uint64_t bytes) {
    std::array<char, 32> text{};
    const double mib = static_cast<double>(bytes) / (1 << 20);
    if (mib < 4096)
        std::snprintf(text.data(), text.size(), "%.0f MiB", mib);
    else
        std::snprintf(text.data(), text.size(), "%.1f GiB", mib / 1024);
    return text.data();
}

std::string counted(std::uint64_t number, const std::string& thing) {
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

}  // namespace ringsock::doctor
