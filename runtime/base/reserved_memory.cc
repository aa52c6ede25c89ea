// SPDX-License-Identifier: BSD-3-Clause
#include "base/reserved_memory.h"

#include <sys/mman.h>

#include <cstdint>

namespace ringsock {
namespace {

constexpr std::size_t kSmallPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) noexcept {
    return (bytes + unit - 1) / unit * unit;
}

}  // namespace

ReservedMemory::ReservedMemory(std::size_t bytes, PageHint hint) noexcept {
    if (bytes == 0) return;
    const bool huge = hint == PageHint::huge;
    const std::size_t unit = huge ? kHugePage : kSmallPage;
    if (bytes > SIZE_MAX / 2) {
        refused_ = true;
        return;
    }
    // One huge page more than needed lets us start on a huge page's boundary; address space is free.
    const std::size_t wanted = round_up(bytes, unit) + (huge ? unit : 0);
    void* const mapping =
        ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        refused_ = true;
        return;
    }
    const std::uintptr_t start = round_up(reinterpret_cast<std::uintptr_t>(mapping), unit);
    mapping_ = mapping;
    mapping_bytes_ = wanted;
    data_ = reinterpret_cast<void*>(start);
    size_ = bytes;
    // Advice only: a kernel without transparent huge pages refuses both and works as well. MADV_NOHUGEPAGE
    // matters where the system's policy is "always": one touched byte would make 2 MiB resident.
    (void)::madvise(data_, round_up(bytes, unit), huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

ReservedMemory::~ReservedMemory() {
    if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
}

void ReservedMemory::discard() noexcept {
    if (data_ != nullptr) (void)::madvise(data_, round_up(size_, kSmallPage), MADV_DONTNEED);
}

}  // namespace ringsock
