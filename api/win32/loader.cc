// SPDX-License-Identifier: BSD-3-Clause
// Module names of Windows are names for this library; others are shared objects. A Berkeley call is found by
// its Windows name. Win32: LoadLibraryA, GetModuleHandleA, FreeLibrary, GetProcAddress.
#include <dlfcn.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>
#include <strings.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "ws2/last_error.h"

using namespace ringsock;

namespace {

constexpr const char* kOurNames[] = {"ws2_32", "wsock32", "mswsock", "kernel32", "kernelbase",
                                     "winmm",  "msvcrt",  "user32",  "ntdll"};
/// Names below this are ordinals, which nothing here has.
constexpr std::uintptr_t kFirstName = 0x10000;

bool is_ours(const char* name) noexcept {
    std::string stem = name;
    if (stem.size() > 4 && strcasecmp(stem.c_str() + stem.size() - 4, ".dll") == 0)
        stem.resize(stem.size() - 4);
    for (const char* known : kOurNames)
        if (strcasecmp(stem.c_str(), known) == 0) return true;
    return false;
}

/// This library, counted once more; null cannot happen while it runs.
void* open_ourselves(int flags) noexcept {
    Dl_info info{};
    if (dladdr(reinterpret_cast<void*>(&WSAStartup), &info) == 0) return nullptr;
    return dlopen(info.dli_fname, RTLD_NOW | flags);
}

HMODULE module_of(void* library) noexcept {
    return library != nullptr ? static_cast<HMODULE>(library)
                              : ws2::fail_with<HMODULE>(ERROR_MOD_NOT_FOUND, nullptr);
}

}  // namespace

HMODULE LoadLibraryA(LPCSTR lpLibFileName) {
    if (lpLibFileName == nullptr) return ws2::fail_with<HMODULE>(ERROR_INVALID_PARAMETER, nullptr);
    return module_of(is_ours(lpLibFileName) ? open_ourselves(0) : dlopen(lpLibFileName, RTLD_NOW));
}

// Not counted, as on Windows: what dlopen counted is given back at once.
HMODULE GetModuleHandleA(LPCSTR lpModuleName) {
    void* library = nullptr;
    if (lpModuleName == nullptr)
        library = dlopen(nullptr, RTLD_NOW);
    else
        library = is_ours(lpModuleName) ? open_ourselves(RTLD_NOLOAD)
                                        : dlopen(lpModuleName, RTLD_NOW | RTLD_NOLOAD);
    if (library != nullptr) dlclose(library);
    return module_of(library);
}

BOOL FreeLibrary(HMODULE hLibModule) {
    if (hLibModule == nullptr || dlclose(hLibModule) != 0) return ws2::fail_with(ERROR_INVALID_HANDLE, FALSE);
    return TRUE;
}

FARPROC GetProcAddress(HMODULE hModule, LPCSTR lpProcName) {
    if (reinterpret_cast<std::uintptr_t>(lpProcName) < kFirstName || hModule == nullptr)
        return ws2::fail_with<FARPROC>(ERROR_PROC_NOT_FOUND, nullptr);
    // The Berkeley names first: through a whole program's handle, "connect" would be the C library's.
    const std::string ours = std::string("ws2_") + lpProcName;
    void* function = dlsym(hModule, ours.c_str());
    if (function == nullptr) function = dlsym(hModule, lpProcName);
    if (function == nullptr) return ws2::fail_with<FARPROC>(ERROR_PROC_NOT_FOUND, nullptr);
    return reinterpret_cast<FARPROC>(function);
}
