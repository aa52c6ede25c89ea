// SPDX-License-Identifier: BSD-3-Clause
// A provider that writes down how the shell calls it, and answers as the test says. It stands where api/spi
// stands: WSPStartup, and the few native calls of spi/provider.h. There is no runtime behind it.
#pragma once

#include <ringsock/spi.h>
#include <ringsock/ws2.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace ringsock::test {

/// Place of an entry in WSPPROC_TABLE.
#define WSP_SLOT(member) (offsetof(WSPPROC_TABLE, member) / sizeof(void*))

/// One call: which entry, and its arguments but lpErrno, as 64-bit patterns.
struct SeenCall {
    std::size_t slot = 0;
    std::vector<std::uint64_t> arguments;
};

struct RecordingProvider {
    std::vector<SeenCall> calls;
    std::uint64_t result = 0;  ///< What every entry returns.
    int error = 0;             ///< What a failing entry stores.
    /// Runs inside the next entry, once, before it returns.
    std::function<void()> during_call;
    int startups = 0;
    int cleanups = 0;
    int cancels = 0;
    int startup_code = 0;  ///< What WSPStartup returns.
    std::string startup_text;
    WORD seen_version = 0;
    std::string seen_config_path;
    std::string seen_config_text;
    std::vector<std::string> seen_overrides;
    WSPUPCALLTABLE upcalls{};

    /// A SOCKET, made as a provider makes one.
    SOCKET make_socket(DWORD_PTR context = 1) const {
        int error_code = 0;
        return upcalls.lpWPUCreateSocketHandle(1001, context, &error_code);
    }
};
RecordingProvider& provider();

/// A 64-bit pattern of any scalar.
template <typename T>
std::uint64_t pattern(T value) {
    static_assert(sizeof value <= 8);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
}

/// Starts the shell over the recording provider, and stops it.
class Started {
  public:
    explicit Started(WORD version = 0x0202) {
        provider() = RecordingProvider{};
        WSADATA data;
        code = WSAStartup(version, &data);
    }
    ~Started() {
        provider().result = 0;
        if (code == 0) WSACleanup();
    }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;
    int code;
};

}  // namespace ringsock::test
