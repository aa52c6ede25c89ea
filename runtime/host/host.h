// SPDX-License-Identifier: BSD-3-Clause
// The door of the runtime for api/: what is running, and starting and stopping it. Two implementations behind
// one function: runtime/host (engines over nic/, real time) in libringsock, and runtime/sim (virtual time) in
// libringsock-sim.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/conn_error.h"
#include "base/result.h"
#include "ring/engine_port.h"

namespace ringsock {

/// Engines in a process at most, over all hosts.
inline constexpr std::uint32_t kMaxEnginePorts = 256;

/// Why a start failed: one line for a person, saying what is wrong, where, and what to do.
struct StartError {
    std::string message;
};

/// What the caller wants to run; empty members mean "the default" (RINGSOCK_CONFIG, else the embedded
/// default).
struct StartOptions {
    std::string config_path;
    std::string config_text;                 ///< TOML; wins over config_path.
    std::span<const std::string> overrides;  ///< "key=value", in order.
};

/// Why a capture did not begin or did not end well.
struct CaptureError {
    enum class Kind : std::uint8_t { no_such_interface, already, not_captured, file, no_answer };
    Kind kind;
    std::string message;  ///< One line.
};

class Runtime {
  public:
    virtual ~Runtime() = default;
    /// Builds hosts, devices and engines from the configuration and sets them going. Control role: the caller
    /// serialises start and stop. Idempotent while running.
    virtual Result<Done, StartError> start(const StartOptions& options) = 0;
    /// Stops engines and devices; afterwards no engine touches any cell, event or accept queue. EAL stays
    /// (trap T5). start() may follow. Control role; no application thread may be inside a call that uses a
    /// port.
    virtual void stop() noexcept = 0;
    [[nodiscard]] virtual bool running() const noexcept = 0;
    /// The running hosts, in the order of the configuration; the first is the default host.
    [[nodiscard]] virtual std::span<HostPort> hosts() noexcept = 0;
    /// Counters of one host as a JSON object; empty when there is no such host. Any thread.
    [[nodiscard]] virtual std::string stats_json(const char* host_name) = 0;
    /// Writes the frames of an interface to a file from here on, or, with an empty `path`, no longer. Waits
    /// for the engines to take notice. Control role. Simulated hosts have captures of their own (sim.h).
    virtual Result<Done, CaptureError> capture(const char* host_name, std::uint32_t interface,
                                               const std::string& path, std::uint32_t snap_bytes) {
        (void)host_name, (void)interface, (void)path, (void)snap_bytes;
        return Failure{CaptureError{CaptureError::Kind::no_such_interface,
                                    "this library's hosts have no interfaces to capture"}};
    }
};

/// The runtime of this library; never null.
[[nodiscard]] Runtime& runtime() noexcept;

/// Engine ports by SocketCell::Fixed::engine; null where there is none. Written by start() and stop() only.
extern EnginePort* g_engine_ports[kMaxEnginePorts];

}  // namespace ringsock
