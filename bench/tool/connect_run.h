// SPDX-License-Identifier: BSD-3-Clause
// One measured run of the connect workload, the same for every kind of socket: who begins, who closes, when
// the clock counts. A kind of socket (Ringsock, kernel epoll, kernel io_uring) supplies a client and a
// server; the runner puts them on their cores, lets them warm up, reads the counters and drains them.
#ifndef RINGSOCK_BENCH_CONNECT_RUN_H
#define RINGSOCK_BENCH_CONNECT_RUN_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/harness.h"

namespace ringsock::bench {

enum class CloseKind : std::uint8_t { fin, rst };
enum class DriveMode : std::uint8_t { inline_drive, dedicated };

/// What one run shall do.
struct ConnectPlan {
    unsigned in_flight = 64;  // client sockets open at once
    CloseKind close = CloseKind::fin;
    DriveMode mode = DriveMode::inline_drive;
    unsigned cores = 2;
    double seconds = 2;       // measured time after the warm-up; used when count is 0
    std::uint64_t count = 0;  // connects to begin; 0: by time
    std::vector<int> cpus;    // the processors to use: client or engine first
    std::uint64_t outstanding_limit =
        0;  // connections begun and not yet closed by both ends; 0: 2 * in_flight + 64.
            // It keeps the client from running away from the server.
    [[nodiscard]] std::uint64_t outstanding() const noexcept {
        return outstanding_limit != 0 ? outstanding_limit : 2 * std::uint64_t{in_flight} + 64;
    }
};

/// The words that client, server and timekeeper share; one writer a line.
struct RunControl {
    struct alignas(64) TimekeeperWritten {
        std::atomic<bool> measuring{false};      // record latencies
        std::atomic<bool> start_no_more{false};  // client: begin nothing new
        std::atomic<bool> stop{false};           // both: leave
    } timekeeper;
    struct alignas(64) ClientWritten {
        std::atomic<std::uint64_t> started{0};  // connects begun
        std::atomic<std::uint64_t> failed{0};   // connects that ended in an error
        std::atomic<bool> drained{false};       // no socket of the client is open and none will be
    } client;
    struct alignas(64) ServerWritten {
        std::atomic<std::uint64_t> closed{0};  // connections closed by both ends: what is counted
        std::atomic<std::uint64_t> failed{0};
        std::atomic<std::uint64_t> last_close{0};  // cycles
    } server;
};

/// What an end tells when the run is over. Written by the end's thread, read after it was joined.
struct Tally {
    LatencyHistogram latency;        // client: connect call to outcome read
    std::uint64_t enumerations = 0;  // event enumerations or waits
    std::uint64_t fruitless = 0;     // those that found nothing
    std::uint64_t other_errors = 0;  // errors that did not end a connection
    std::string first_error;         // "WSAConnect: 10055"; empty if none
    void fail(std::string text) {
        if (first_error.empty()) first_error = std::move(text);
    }
};

/// One end of the workload. All calls come from the one thread that drives it, in the order enter, pass...,
/// leave.
class Worker {
  public:
    virtual ~Worker() = default;
    /// Takes what belongs to a thread.
    virtual void enter() {}
    /// One round: see what happened, act on it. Never sleeps: each end has a core, or half of one, to itself,
    /// and waking a sleeper costs the kernel's side a fifth of its rate.
    virtual void pass() = 0;
    /// Closes everything that is still open.
    virtual void leave() {}
    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

  protected:
    Tally tally_;
};

/// The rule by which every client decides whether it may begin another connect.
class StartGate {
  public:
    StartGate(const ConnectPlan& plan, RunControl& control) noexcept
        : control_(control), count_(plan.count), limit_(plan.outstanding()) {}
    [[nodiscard]] bool may_start() noexcept {
        if (control_.timekeeper.start_no_more.load(std::memory_order_relaxed)) return false;
        if (count_ != 0 && started_ == count_) return false;
        if (started_ - failed_ - seen_closed_ < limit_) return true;
        seen_closed_ = control_.server.closed.load(std::memory_order_acquire);
        return started_ - failed_ - seen_closed_ < limit_;
    }
    /// True when nothing more will ever be begun.
    [[nodiscard]] bool exhausted() const noexcept {
        return control_.timekeeper.start_no_more.load(std::memory_order_relaxed) ||
               (count_ != 0 && started_ == count_);
    }
    void started() noexcept { ++started_; }
    void failed() noexcept { ++failed_; }
    /// Number of the next connect, for choosing its destination.
    [[nodiscard]] std::uint64_t number() const noexcept { return started_; }
    /// Tells the timekeeper; once a pass is enough.
    void publish(bool client_is_empty) noexcept {
        control_.client.started.store(started_, std::memory_order_relaxed);
        control_.client.failed.store(failed_, std::memory_order_relaxed);
        if (client_is_empty && exhausted()) control_.client.drained.store(true, std::memory_order_release);
    }
    [[nodiscard]] bool measuring() const noexcept {
        return control_.timekeeper.measuring.load(std::memory_order_relaxed);
    }

  private:
    RunControl& control_;
    const std::uint64_t count_, limit_;
    std::uint64_t started_ = 0, failed_ = 0, seen_closed_ = 0;
};

/// The server's counters, published once a pass.
class CloseCounter {
  public:
    explicit CloseCounter(RunControl& control) noexcept : control_(control) {}
    void closed() noexcept { ++closed_; }
    void failed() noexcept { ++failed_; }
    void publish() noexcept {
        if (closed_ == published_ && failed_ == published_failed_) return;
        published_ = closed_;
        published_failed_ = failed_;
        control_.server.last_close.store(read_cycles(), std::memory_order_relaxed);
        control_.server.failed.store(failed_, std::memory_order_relaxed);
        control_.server.closed.store(closed_, std::memory_order_release);
    }

  private:
    RunControl& control_;
    std::uint64_t closed_ = 0, failed_ = 0, published_ = 0, published_failed_ = 0;
};

/// A kind of socket.
class ConnectSide {
  public:
    virtual ~ConnectSide() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Opens the listener and makes both ends. Returns the reason when this kind cannot run here.
    [[nodiscard]] virtual std::optional<std::string> open(const ConnectPlan& plan, RunControl& control) = 0;
    [[nodiscard]] virtual Worker& client() = 0;
    [[nodiscard]] virtual Worker& server() = 0;
    /// Gives everything back, threads of its own included.
    virtual void close() = 0;
    /// True when one thread, on the last processor, drives both ends although the plan has two cores.
    [[nodiscard]] virtual bool one_application_thread(const ConnectPlan& plan) const {
        return plan.cores == 1;
    }
    /// Frames sent and received so far by both hosts; nullopt when nobody counts them.
    [[nodiscard]] virtual std::optional<std::uint64_t> frames() { return std::nullopt; }
};

struct ConnectOutcome {
    std::string unavailable;  // why there is no figure; empty if there is one
    std::uint64_t connects = 0, errors = 0, enumerations = 0, fruitless = 0;
    double seconds = 0, connects_per_second = 0;
    double cpu_cycles_per_connect = 0;      // processor time of all threads of the process
    double busiest_cycles_per_connect = 0;  // of the busier of client and server thread
    std::optional<double> frames_per_connect;
    LatencyHistogram latency;
    std::string first_error;
};

/// Runs the plan once and waits until every socket of it is closed.
[[nodiscard]] std::unique_ptr<ConnectOutcome> run_connect(ConnectSide& side, const ConnectPlan& plan,
                                                          Progress& progress);

[[nodiscard]] std::unique_ptr<ConnectSide> make_kernel_epoll_connect();
[[nodiscard]] std::unique_ptr<ConnectSide> make_kernel_uring_connect();

}  // namespace ringsock::bench
#endif
