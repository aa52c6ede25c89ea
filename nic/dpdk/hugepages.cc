// SPDX-License-Identifier: BSD-3-Clause
// What the kernel has in hugepages, and whether this process gets any (nic.h). Links no DPDK.
#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

#include "nic/nic.h"

namespace ringsock {
namespace {

std::uint64_t read_number(const std::string& path) {
    std::uint64_t value = 0;
    if (FILE* file = std::fopen(path.c_str(), "re")) {
        if (std::fscanf(file, "%lu", &value) != 1) value = 0;
        std::fclose(file);
    }
    return value;
}

}  // namespace

std::vector<HugepageSupply> read_hugepages(const std::string& base) {
    std::vector<HugepageSupply> sizes;
    DIR* directory = opendir(base.c_str());
    if (directory == nullptr) return sizes;
    while (const dirent* entry = readdir(directory)) {
        unsigned long kilobytes = 0;
        if (std::sscanf(entry->d_name, "hugepages-%lukB", &kilobytes) != 1) continue;
        const std::string folder = base + "/" + entry->d_name;
        sizes.push_back({std::uint64_t{kilobytes} * 1024, read_number(folder + "/nr_hugepages"),
                         read_number(folder + "/free_hugepages")});
    }
    closedir(directory);
    return sizes;
}

// Free pages are a promise only if this process may map them (cgroup limits, permissions): one is tried.
bool may_map_hugepage(std::uint64_t page_bytes) {
    unsigned shift = 0;
    while ((std::uint64_t{1} << shift) < page_bytes) ++shift;
    const int fd = memfd_create("ringsock-probe", MFD_CLOEXEC | MFD_HUGETLB | (shift << MAP_HUGE_SHIFT));
    if (fd < 0) return false;
    bool mapped = false;
    if (ftruncate(fd, static_cast<off_t>(page_bytes)) == 0) {
        void* at = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        mapped = at != MAP_FAILED;
        if (mapped) munmap(at, page_bytes);
    }
    close(fd);
    return mapped;
}

}  // namespace ringsock
