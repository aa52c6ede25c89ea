// SPDX-License-Identifier: BSD-3-Clause
// One host with a real engine and no NIC, for the provider under real threads: what goes to 127.0.0.1 passes
// the engine's loopback. Inline (with a helper thread) or dedicated. No DPDK, whose objects ThreadSanitizer
// could not see into.
#pragma once

#include <ringsock/spi.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "engine/engine.h"
#include "host/drive.h"
#include "host/host.h"
#include "host/inline_helper.h"
#include "packet/null_io.h"
#include "time/tsc_clock.h"

namespace ringsock::test {

enum class DriveKind { inline_, dedicated };
inline const char* name_of(DriveKind kind) {
    return kind == DriveKind::inline_ ? "inline" : "dedicated";
}

inline constexpr std::uint32_t kStressPackets = 4096;
/// Few, so that full rings are part of every test.
inline constexpr std::uint32_t kStressRequests = 64;
inline constexpr std::uint32_t kStressCells = 2048;

class RealHost final : public Runtime {
  public:
    /// What the next start() starts.
    DriveKind kind = DriveKind::inline_;
    DrivePace pace;

    Result<Done, StartError> start(const StartOptions& options) override;
    void stop() noexcept override;
    [[nodiscard]] bool running() const noexcept override { return running_; }
    [[nodiscard]] std::span<HostPort> hosts() noexcept override { return {&host_port_, 1}; }
    [[nodiscard]] std::string stats_json(const char*) override { return "{}"; }

    [[nodiscard]] EnginePort& port() { return *port_; }
    /// Only while nobody drives the engine.
    [[nodiscard]] Engine& engine() { return *engine_; }
    [[nodiscard]] InlineDrive* inline_drive() { return inline_drive_.get(); }
    /// Stops the drives and runs the engine by hand until it holds nothing (true), or `limit` is over: all
    /// sockets must be closed and all threads that sent must have ended. The runtime stays "running".
    [[nodiscard]] bool comes_to_rest(Micros limit);

  private:
    void stop_driving() noexcept;
    void release_leftovers();

    bool running_ = false;
    bool driving_ = false;
    HostPort host_port_;
    TscClock clock_;
    std::unique_ptr<NullIo> io_;
    std::unique_ptr<EnginePort> port_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<InlineDrive> inline_drive_;
    std::unique_ptr<DedicatedDrive> dedicated_drive_;
    std::unique_ptr<InlineHelper> helper_;
};
RealHost& real_host();

/// The provider's table over real_host(), with handles that are never used twice.
class Provider {
  public:
    explicit Provider(DriveKind kind);
    ~Provider();
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;

    WSPPROC_TABLE wsp{};

    [[nodiscard]] SOCKET stream();
    void nonblocking(SOCKET s);
    /// A blocking listener on 127.0.0.1; its port in `port`.
    [[nodiscard]] SOCKET listener(std::uint16_t& port, int backlog = 64);
    /// 0 or the code.
    int connect(SOCKET s, std::uint16_t port);
    [[nodiscard]] SOCKET accept(SOCKET l, int* code = nullptr);
    /// Bytes, or minus the code.
    int send(SOCKET s, const char* bytes, std::uint32_t length);
    int recv(SOCKET s, char* bytes, std::uint32_t room);
    int close(SOCKET s);
    /// Two ends of a connection, without Nagle's delay.
    void connect_pair(SOCKET& near, SOCKET& far);
};

}  // namespace ringsock::test
