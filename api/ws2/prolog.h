// SPDX-License-Identifier: BSD-3-Clause
// ApiCall: prolog and epilog of every exported socket call. It says that the thread is inside the library (so
// that WSACleanup can wait for it), checks that the library is started and that the handle is a socket, and
// turns the provider's error into the thread's last error. No allocation, no lock, no atomic
// read-modify-write.
#pragma once

#include <ringsock/spi.h>

#include <atomic>

#include "base/roles.h"
#include "ws2/handle_table.h"
#include "ws2/last_error.h"
#include "ws2/thread_record.h"

namespace ringsock::ws2 {

/// What the shell knows for the process. Writer: WSAStartup and WSACleanup, serialised by a lock of their
/// own; `table` changes only while `started` is 0 and no thread is inside a call.
struct Shell {
    std::atomic<std::uint32_t> started{0};
    std::atomic<std::uint32_t> is_version_1{0};  ///< Every WSAStartup so far asked for version 1.0 or 1.1.
    WSPPROC_TABLE table{};
};
extern Shell g_shell;

/// Marks the thread as inside the library for a scope. What it finds running stays so until it leaves.
class Presence {
  public:
    Presence() noexcept : record_(this_thread_record()) {
        record_.depth.store(depth() + 1, std::memory_order_relaxed);
        // Only the compiler must keep the order: WSACleanup makes every core agree with a membarrier.
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    // (writer: the thread; pairs with the acquire in everybody_left, startup.cc)
    ~Presence() { record_.depth.store(depth() - 1, std::memory_order_release); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

    /// True when this call was made from a hook or a condition function of another.
    [[nodiscard]] bool is_nested() const noexcept { return depth() > 1; }
    [[nodiscard]] static bool is_started() noexcept {
        return g_shell.started.load(std::memory_order_acquire) != 0;
    }

  private:
    [[nodiscard]] std::uint32_t depth() const noexcept {
        return record_.depth.load(std::memory_order_relaxed);
    }
    ThreadRecord& record_;
};

/// Code of a version 1.1 program for a provider's code: it knows no WSAEALREADY (clause 15).
[[nodiscard]] int version_1_code(int code) noexcept;

class RS_SCOPED_CAPABILITY ApiCall {
  public:
    /// A call that names no socket: WSANOTINITIALISED, and WSAEINPROGRESS in a nested call of version 1.1
    /// (clause 22).
    ApiCall() noexcept RS_ACQUIRE(app_role) : error_(judge()) {}
    /// The same, and WSAENOTSOCK.
    explicit ApiCall(SOCKET s) noexcept RS_ACQUIRE(app_role) : error_(judge()) {
        if (error_ == 0 && !is_socket(s)) [[unlikely]]
            error_ = WSAENOTSOCK;
    }
    ~ApiCall() RS_RELEASE() {}
    ApiCall(const ApiCall&) = delete;
    ApiCall& operator=(const ApiCall&) = delete;

    /// Whether the provider may be called; if not, the last error is set by fail().
    explicit operator bool() const noexcept { return error_ == 0; }
    [[nodiscard]] const WSPPROC_TABLE& table() const noexcept { return g_shell.table; }
    /// lpErrno of the provider's entry.
    [[nodiscard]] LPINT error() noexcept { return &error_; }
    [[nodiscard]] int code() const noexcept { return error_; }

    /// Sets the last error to what went wrong so far, or to `code`; returns SOCKET_ERROR.
    int fail() noexcept { return fail(error_); }
    int fail(int code) noexcept {
        set_last_error(g_shell.is_version_1.load(std::memory_order_relaxed) != 0 ? version_1_code(code)
                                                                                 : code);
        return SOCKET_ERROR;
    }
    /// Epilogs for entries whose failure is SOCKET_ERROR, INVALID_SOCKET or FALSE.
    int done(int result) noexcept {
        if (result == SOCKET_ERROR) [[unlikely]]
            return fail();
        set_last_error(0);
        return result;
    }
    SOCKET done_socket(SOCKET s) noexcept {
        if (s == INVALID_SOCKET) [[unlikely]]
            fail();
        else
            set_last_error(0);
        return s;
    }
    BOOL done_bool(BOOL result) noexcept {
        if (result == FALSE)
            fail();
        else
            set_last_error(0);
        return result;
    }

  private:
    [[nodiscard]] int judge() const noexcept {
        if (!Presence::is_started()) [[unlikely]]
            return WSANOTINITIALISED;
        if (g_shell.is_version_1.load(std::memory_order_relaxed) != 0 && presence_.is_nested()) [[unlikely]]
            return WSAEINPROGRESS;
        return 0;
    }
    Presence presence_;
    int error_;
};

}  // namespace ringsock::ws2
