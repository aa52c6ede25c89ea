// SPDX-License-Identifier: BSD-3-Clause
// Rule: the smaller Win32 services keep their pages' promises: slots, locks, pages, files, text, messages,
// modules.
#include <gtest/gtest.h>
#include <ringsock/win32.h>
#include <ringsock/ws2.h>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

namespace ringsock::test {
namespace {

TEST(Win32Slots, AreAThreadsOwnAndStartNull) {
    const DWORD slot = TlsAlloc();
    ASSERT_NE(slot, TLS_OUT_OF_INDEXES);
    int value = 0;
    EXPECT_EQ(TlsGetValue(slot), nullptr);
    EXPECT_TRUE(TlsSetValue(slot, &value));
    SetLastError(5);
    EXPECT_EQ(TlsGetValue(slot), &value);
    EXPECT_EQ(GetLastError(), 0u) << "success clears the last error";
    std::thread([&] { EXPECT_EQ(TlsGetValue(slot), nullptr); }).join();
    EXPECT_TRUE(TlsFree(slot));
    EXPECT_FALSE(TlsFree(slot));
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_PARAMETER));
}

TEST(Win32CriticalSections, AreRecursiveAndExclude) {
    CRITICAL_SECTION section;
    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    EXPECT_TRUE(TryEnterCriticalSection(&section));
    std::thread([&] { EXPECT_FALSE(TryEnterCriticalSection(&section)); }).join();
    LeaveCriticalSection(&section);
    std::thread([&] { EXPECT_FALSE(TryEnterCriticalSection(&section)); }).join();
    LeaveCriticalSection(&section);
    int counter = 0;  // Not atomic on purpose: the section guards it.
    const auto count = [&] {
        for (int i = 0; i < 20'000; ++i) {
            EnterCriticalSection(&section);
            ++counter;
            LeaveCriticalSection(&section);
        }
    };
    std::thread other(count);
    count();
    other.join();
    EXPECT_EQ(counter, 40'000);
    DeleteCriticalSection(&section);
}

TEST(Win32Memory, PagesAreReservedCommittedProtectedFreed) {
    auto* const reserved = static_cast<char*>(VirtualAlloc(nullptr, 100'000, MEM_RESERVE, PAGE_READWRITE));
    ASSERT_NE(reserved, nullptr);
    EXPECT_EQ(VirtualAlloc(reserved + 4096, 4096, MEM_COMMIT, PAGE_READWRITE), reserved + 4096);
    reserved[4096] = 'x';
    DWORD former = 0;
    EXPECT_TRUE(VirtualProtect(reserved + 4096, 1, PAGE_READONLY, &former));
    EXPECT_EQ(former, static_cast<DWORD>(PAGE_READWRITE));
    EXPECT_EQ(reserved[4096], 'x');
    EXPECT_FALSE(VirtualFree(reserved + 4096, 0, MEM_RELEASE)) << "not the start of a region";
    EXPECT_FALSE(VirtualFree(reserved, 4096, MEM_RELEASE)) << "a release names no size";
    EXPECT_TRUE(VirtualFree(reserved, 0, MEM_RELEASE));
    EXPECT_FALSE(VirtualFree(reserved, 0, MEM_RELEASE));
    EXPECT_EQ(VirtualAlloc(nullptr, 0, MEM_COMMIT, PAGE_READWRITE), nullptr);
    EXPECT_EQ(VirtualAlloc(nullptr, ~SIZE_T{0}, MEM_COMMIT, PAGE_READWRITE), nullptr);
    EXPECT_EQ(VirtualAlloc(nullptr, 1, MEM_COMMIT, 0x7777), nullptr);
    auto* const heap = static_cast<char*>(HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 64));
    EXPECT_EQ(heap[63], 0);
    EXPECT_TRUE(HeapFree(GetProcessHeap(), 0, heap));
    EXPECT_EQ(LocalFree(LocalAlloc(LPTR, 8)), nullptr);
}

TEST(Win32Files, AreWrittenMeasuredAndReadBack) {
    const std::string path = testing::TempDir() + "ringsock_win32_file";
    const HANDLE file = CreateFileA(path.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS,
                                    FILE_ATTRIBUTE_NORMAL, nullptr);
    ASSERT_NE(file, INVALID_HANDLE_VALUE);
    DWORD bytes = 0;
    EXPECT_TRUE(WriteFile(file, "hello", 5, &bytes, nullptr));
    EXPECT_EQ(bytes, 5u);
    DWORD high = 1;
    EXPECT_EQ(GetFileSize(file, &high), 5u);
    EXPECT_EQ(high, 0u);
    EXPECT_EQ(SetFilePointer(file, -2, nullptr, FILE_END), 3u);
    char text[8] = {};
    EXPECT_TRUE(ReadFile(file, text, 8, &bytes, nullptr));
    EXPECT_EQ(bytes, 2u);
    EXPECT_STREQ(text, "lo");
    EXPECT_EQ(SetFilePointer(file, -9, nullptr, FILE_BEGIN), INVALID_SET_FILE_POINTER);
    OVERLAPPED at{};
    at.Offset = 1;
    EXPECT_TRUE(ReadFile(file, text, 3, &bytes, &at));
    EXPECT_EQ(std::string(text, 3), "ell");
    EXPECT_TRUE(GetOverlappedResult(file, &at, &bytes, FALSE));
    EXPECT_EQ(bytes, 3u);
    EXPECT_TRUE(CloseHandle(file));
    EXPECT_FALSE(ReadFile(file, text, 1, &bytes, nullptr));
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
    EXPECT_EQ(CreateFileA(path.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr),
              INVALID_HANDLE_VALUE);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_ALREADY_EXISTS));
    std::remove(path.c_str());
    EXPECT_EQ(CreateFileA(path.c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING, 0, nullptr),
              INVALID_HANDLE_VALUE);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_FILE_NOT_FOUND));
}

TEST(Win32Text, Utf8AndUtf16GoBothWays) {
    const char narrow[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    const char16_t wide[] = u"a\u00e4\u20ac\U0001f600";
    WCHAR out[16];
    EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, narrow, -1, nullptr, 0), 6);
    EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, narrow, -1, out, 16), 6);
    EXPECT_EQ(std::u16string(out), wide);
    EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, narrow, -1, out, 5), 0);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INSUFFICIENT_BUFFER));
    EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, narrow, 3, out, 16), 2) << "without the NUL";
    char back[16];
    BOOL used_default = TRUE;
    EXPECT_EQ(WideCharToMultiByte(CP_UTF8, 0, wide, -1, back, 16, nullptr, &used_default), 11);
    EXPECT_STREQ(back, narrow);
    EXPECT_FALSE(used_default);
}

TEST(Win32Text, WhatIsNoCharacterIsRefusedOrReplaced) {
    for (const char* bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"}) {
        WCHAR out[8];
        EXPECT_EQ(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bad, -1, out, 8), 0) << bad;
        EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NO_UNICODE_TRANSLATION));
        EXPECT_GT(MultiByteToWideChar(CP_UTF8, 0, bad, -1, out, 8), 1);
        EXPECT_EQ(out[0], 0xfffd);
    }
    const WCHAR lone[] = {0xd800, 0};
    char out[8];
    EXPECT_EQ(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, lone, -1, out, 8, nullptr, nullptr), 0);
    EXPECT_EQ(WideCharToMultiByte(CP_UTF8, 0, lone, -1, out, 8, nullptr, nullptr), 4);
    EXPECT_EQ(MultiByteToWideChar(CP_UTF8, 0, nullptr, -1, nullptr, 0), 0);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_PARAMETER));
}

TEST(Win32Messages, ExplainErrors) {
    char text[128];
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    const DWORD length = FormatMessageA(flags, nullptr, WSAECONNREFUSED, 0, text, sizeof text, nullptr);
    EXPECT_EQ(length, std::strlen(text));
    EXPECT_NE(std::string(text).find("refused"), std::string::npos);
    EXPECT_EQ(std::string(text).substr(length - 2), "\r\n");
    EXPECT_EQ(FormatMessageA(flags, nullptr, WSAECONNREFUSED, 0, text, length, nullptr), 0u);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INSUFFICIENT_BUFFER));
    char* made = nullptr;
    EXPECT_EQ(FormatMessageA(flags | FORMAT_MESSAGE_ALLOCATE_BUFFER, nullptr, WSAECONNREFUSED, 0,
                             reinterpret_cast<LPSTR>(&made), 0, nullptr),
              length);
    EXPECT_STREQ(made, text);
    LocalFree(made);
    EXPECT_EQ(FormatMessageA(flags, nullptr, 77777, 0, text, sizeof text, nullptr), 0u);
    EXPECT_NE(GetLastError(), 0u);
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(static_cast<LONG>(0xc0000236)),
              static_cast<ULONG>(ERROR_CONNECTION_REFUSED));
    EXPECT_EQ(RtlNtStatusToDosErrorNoTeb(0), 0u);
}

TEST(Win32Clocks, OnlyMoveForward) {
    LARGE_INTEGER frequency, first, second;
    EXPECT_TRUE(QueryPerformanceFrequency(&frequency));
    EXPECT_GE(frequency.QuadPart, 1'000'000);
    EXPECT_TRUE(QueryPerformanceCounter(&first));
    const ULONGLONG tick = GetTickCount64();
    Sleep(2);
    EXPECT_TRUE(QueryPerformanceCounter(&second));
    EXPECT_GE(second.QuadPart - first.QuadPart, frequency.QuadPart / 1000);
    EXPECT_GT(GetTickCount64(), tick);
    EXPECT_EQ(GetCurrentProcessId(), static_cast<DWORD>(getpid()));
}

TEST(Win32Unfinished, FailsWithItsError) {
    EXPECT_EQ(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_NOT_SUPPORTED));
    LPOVERLAPPED overlapped = reinterpret_cast<LPOVERLAPPED>(1);
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    EXPECT_FALSE(GetQueuedCompletionStatus(nullptr, &bytes, &key, &overlapped, 0));
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_INVALID_HANDLE));
    EXPECT_EQ(overlapped, nullptr);
    EXPECT_EQ(CreateWindowExA(0, nullptr, nullptr, 0, 0, 0, 0, 0, nullptr, nullptr, nullptr, nullptr),
              nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_CALL_NOT_IMPLEMENTED));
    EXPECT_EQ(LoadLibraryA("no_such_module_anywhere"), nullptr);
    EXPECT_EQ(GetLastError(), static_cast<DWORD>(ERROR_MOD_NOT_FOUND));
}

}  // namespace
}  // namespace ringsock::test
