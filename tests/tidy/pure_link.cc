// SPDX-License-Identifier: BSD-3-Clause
// The pure rooms link and run with nothing under them: no C library, no C++ library, no DPDK, no clock.
// Linked with -nostdlib -static and every object of wire, tcp, udp and inet, so that whatever else they
// needed would be a link error. What a bare machine must give is in this file: a few functions on bytes,
// address space, and a way to stop.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "wire/checksum.h"

namespace {

long system_call(long number, long a, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

[[noreturn]] void leave(int code) {
    for (;;) system_call(231, code);  // exit_group
}

// RFC 1071 §3, the worked example: the words 0001 f203 f4f5 f6f7 add up to ddf2.
bool checksum_works() {
    constexpr std::array<std::uint8_t, 8> kExample{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    const ringsock::Be16 sum = ringsock::checksum_of(std::as_bytes(std::span(kExample)));
    return sum.host() == static_cast<std::uint16_t>(~0xddf2U);
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t n) {
    void* const begin = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return begin;
}

void* memset(void* to, int value, std::size_t n) {
    void* const begin = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return begin;
}

void* memmove(void* to, const void* from, std::size_t n) {
    auto* t = static_cast<unsigned char*>(to);
    const auto* f = static_cast<const unsigned char*>(from);
    if (t <= f) return memcpy(to, from, n);
    while (n-- > 0) t[n] = f[n];
    return to;
}

int memcmp(const void* a, const void* b, std::size_t n) {
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    for (std::size_t i = 0; i < n; ++i) {
        if (x[i] != y[i]) return x[i] - y[i];
    }
    return 0;
}

std::size_t strlen(const char* text) {
    std::size_t n = 0;
    while (text[n] != 0) ++n;
    return n;
}

int bcmp(const void* a, const void* b, std::size_t n) {
    return memcmp(a, b, n);
}

// Tables take their memory once, when they are built (base/reserved_memory.h).
void* mmap64(void* at, std::size_t n, int protection, int flags, int file, long offset) {
    const long place = reinterpret_cast<long>(at);
    const long bytes = static_cast<long>(n);
    return reinterpret_cast<void*>(system_call(9, place, bytes, protection, flags, file, offset));
}
void* mmap(void* at, std::size_t n, int protection, int flags, int file, long offset) {
    return mmap64(at, n, protection, flags, file, offset);
}
int munmap(void* at, std::size_t n) {
    return static_cast<int>(system_call(11, reinterpret_cast<long>(at), static_cast<long>(n)));
}
int madvise(void* at, std::size_t n, int advice) {
    return static_cast<int>(system_call(28, reinterpret_cast<long>(at), static_cast<long>(n), advice));
}

void __cxa_pure_virtual() {
    leave(3);
}
void __stack_chk_fail() {
    leave(3);
}

__attribute__((used)) void run() {
    leave(checksum_works() ? 0 : 1);
}
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call run\n");
}

void ringsock::assertion_failed(const char*, const char*, int) noexcept {
    leave(2);
}
