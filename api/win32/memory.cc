// SPDX-License-Identifier: BSD-3-Clause
// Pages and the process heap. VirtualFree gives no size, so the size of each region is remembered.
// Win32: VirtualAlloc, VirtualFree, VirtualProtect, HeapAlloc and its kin, LocalAlloc, LocalFree.
#include <malloc.h>
#include <ringsock/win32.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "ws2/last_error.h"

using namespace ringsock;

namespace {

struct Region {
    SIZE_T bytes;
    DWORD protection;
};
/// Regions of VirtualAlloc by their start. Under `lock`.
struct Regions {
    std::mutex lock;
    std::map<char*, Region> all;
};
Regions& regions() noexcept {
    static Regions* const made = new Regions;
    return *made;
}
/// There is one heap; its handle only has to be something.
char g_heap;

SIZE_T page_bytes() noexcept {
    return static_cast<SIZE_T>(sysconf(_SC_PAGESIZE));
}
SIZE_T round_up(SIZE_T bytes) noexcept {
    return (bytes + page_bytes() - 1) & ~(page_bytes() - 1);
}

/// Linux protection; -1 for one that is not known.
int protection_of(DWORD protect) noexcept {
    switch (protect & 0xff) {
        case PAGE_NOACCESS:
            return PROT_NONE;
        case PAGE_READONLY:
            return PROT_READ;
        case PAGE_READWRITE:
            return PROT_READ | PROT_WRITE;
        case PAGE_EXECUTE:
            return PROT_EXEC;
        case PAGE_EXECUTE_READ:
            return PROT_EXEC | PROT_READ;
        case PAGE_EXECUTE_READWRITE:
            return PROT_EXEC | PROT_READ | PROT_WRITE;
        default:
            return -1;
    }
}

/// Under the lock. The region that holds all of [start, start + bytes), or end.
std::map<char*, Region>::iterator region_of(char* start, SIZE_T bytes) noexcept {
    auto& all = regions().all;
    auto after = all.upper_bound(start);
    if (after == all.begin()) return all.end();
    const auto region = std::prev(after);
    const auto offset = static_cast<SIZE_T>(start - region->first);
    return offset <= region->second.bytes && bytes <= region->second.bytes - offset ? region : all.end();
}

LPVOID commit(char* start, SIZE_T bytes, DWORD protect) noexcept {
    const std::lock_guard held(regions().lock);
    const auto region = region_of(start, bytes);
    if (region == regions().all.end() || mprotect(start, bytes, protection_of(protect)) != 0)
        return ws2::fail_with<LPVOID>(ERROR_INVALID_ADDRESS, nullptr);
    region->second.protection = protect;
    return start;
}

}  // namespace

LPVOID VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect) {
    const int protection = protection_of(flProtect);
    const bool wants_commit = (flAllocationType & MEM_COMMIT) != 0;
    const bool wants_reserve =
        (flAllocationType & MEM_RESERVE) != 0 || (wants_commit && lpAddress == nullptr);
    if (protection < 0 || dwSize == 0 || (!wants_commit && !wants_reserve))
        return ws2::fail_with<LPVOID>(ERROR_INVALID_PARAMETER, nullptr);
    const SIZE_T bytes = round_up(dwSize);
    if (bytes < dwSize) return ws2::fail_with<LPVOID>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    if (!wants_reserve) return commit(static_cast<char*>(lpAddress), bytes, flProtect);
    const int flags =
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (lpAddress != nullptr ? MAP_FIXED_NOREPLACE : 0);
    void* const memory = mmap(lpAddress, bytes, wants_commit ? protection : PROT_NONE, flags, -1, 0);
    if (memory == MAP_FAILED)
        return ws2::fail_with<LPVOID>(lpAddress != nullptr ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY,
                                      nullptr);
    const std::lock_guard held(regions().lock);
    regions().all[static_cast<char*>(memory)] = {bytes, flProtect};
    return memory;
}

BOOL VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType) {
    auto* const start = static_cast<char*>(lpAddress);
    const std::lock_guard held(regions().lock);
    if (dwFreeType == MEM_DECOMMIT) {
        if (region_of(start, dwSize) == regions().all.end())
            return ws2::fail_with(ERROR_INVALID_ADDRESS, FALSE);
        madvise(start, round_up(dwSize), MADV_DONTNEED);
        return mprotect(start, round_up(dwSize), PROT_NONE) == 0
                   ? TRUE
                   : ws2::fail_with(ERROR_INVALID_ADDRESS, FALSE);
    }
    if (dwFreeType != MEM_RELEASE || dwSize != 0) return ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
    const auto region = regions().all.find(start);
    if (region == regions().all.end()) return ws2::fail_with(ERROR_INVALID_ADDRESS, FALSE);
    munmap(start, region->second.bytes);
    regions().all.erase(region);
    return TRUE;
}

BOOL VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect, PDWORD lpflOldProtect) {
    const int protection = protection_of(flNewProtect);
    if (lpflOldProtect == nullptr) return ws2::fail_with(ERROR_NOACCESS, FALSE);
    if (protection < 0) return ws2::fail_with(ERROR_INVALID_PARAMETER, FALSE);
    const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(lpAddress) & ~(page_bytes() - 1);
    const SIZE_T bytes = round_up(reinterpret_cast<std::uintptr_t>(lpAddress) - first + dwSize);
    const std::lock_guard held(regions().lock);
    const auto region = region_of(reinterpret_cast<char*>(first), bytes);
    if (region == regions().all.end() || mprotect(reinterpret_cast<void*>(first), bytes, protection) != 0)
        return ws2::fail_with(ERROR_INVALID_ADDRESS, FALSE);
    *lpflOldProtect = region->second.protection;
    region->second.protection = flNewProtect;
    return TRUE;
}

HANDLE GetProcessHeap() {
    return &g_heap;
}

LPVOID HeapAlloc(HANDLE, DWORD dwFlags, SIZE_T dwBytes) {
    const SIZE_T bytes = dwBytes == 0 ? 1 : dwBytes;
    void* const memory = (dwFlags & HEAP_ZERO_MEMORY) != 0 ? std::calloc(1, bytes) : std::malloc(bytes);
    return memory != nullptr ? memory : ws2::fail_with<LPVOID>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
}

LPVOID HeapReAlloc(HANDLE, DWORD dwFlags, LPVOID lpMem, SIZE_T dwBytes) {
    const SIZE_T former = malloc_usable_size(lpMem);
    void* const memory = std::realloc(lpMem, dwBytes == 0 ? 1 : dwBytes);
    if (memory == nullptr) return ws2::fail_with<LPVOID>(ERROR_NOT_ENOUGH_MEMORY, nullptr);
    if ((dwFlags & HEAP_ZERO_MEMORY) != 0 && dwBytes > former)
        std::memset(static_cast<char*>(memory) + former, 0, dwBytes - former);
    return memory;
}

BOOL HeapFree(HANDLE, DWORD, LPVOID lpMem) {
    std::free(lpMem);
    return TRUE;
}

HLOCAL LocalAlloc(UINT uFlags, SIZE_T uBytes) {
    return HeapAlloc(nullptr, (uFlags & LMEM_ZEROINIT) != 0 ? HEAP_ZERO_MEMORY : 0, uBytes);
}
HLOCAL LocalFree(HLOCAL hMem) {
    std::free(hMem);
    return nullptr;
}
