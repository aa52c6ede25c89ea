// SPDX-License-Identifier: BSD-3-Clause
// Clocks. Win32: GetTickCount[64], timeGetTime, timeBeginPeriod, QueryPerformanceCounter.
#include <ringsock/win32.h>
#include <time.h>

#include "ws2/last_error.h"

using namespace ringsock;

namespace {

constexpr LONGLONG kTicksPerSecond = 1'000'000'000;

LONGLONG nanoseconds() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kTicksPerSecond + now.tv_nsec;
}

BOOL store(LARGE_INTEGER* out, LONGLONG value) noexcept {
    if (out == nullptr) return ws2::fail_with(ERROR_NOACCESS, FALSE);
    out->QuadPart = value;
    return TRUE;
}

}  // namespace

ULONGLONG GetTickCount64() {
    return static_cast<ULONGLONG>(nanoseconds() / 1'000'000);
}
DWORD GetTickCount() {
    return static_cast<DWORD>(GetTickCount64());
}
DWORD timeGetTime() {
    return GetTickCount();
}
UINT timeBeginPeriod(UINT) {
    return 0;
}
UINT timeEndPeriod(UINT) {
    return 0;
}
BOOL QueryPerformanceCounter(LARGE_INTEGER* lpPerformanceCount) {
    return store(lpPerformanceCount, nanoseconds());
}
BOOL QueryPerformanceFrequency(LARGE_INTEGER* lpFrequency) {
    return store(lpFrequency, kTicksPerSecond);
}
