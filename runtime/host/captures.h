// SPDX-License-Identifier: BSD-3-Clause
// Captures of a runtime: which interface's frames go into which file, put in place and taken away while
// engines run. Control role; the caller serialises its calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/capture_file.h"
#include "host/config.h"
#include "host/host.h"

namespace ringsock {

/// Where one engine's frames of an interface pass.
struct CapturePoint {
    EnginePort* port = nullptr;
    PacketIo* carrier = nullptr;
};

/// What RINGSOCK_CAPTURE and its kin ask for: how ringsock-capture reaches into the program that it runs.
struct CaptureWish {
    std::string file;       ///< RINGSOCK_CAPTURE; "": nothing is wished.
    std::string interface;  ///< RINGSOCK_CAPTURE_INTERFACE, "host/0"; "": all interfaces with a device.
    std::uint32_t snap_bytes = kMaxSnapBytes;  ///< RINGSOCK_CAPTURE_SNAP.
    std::uint32_t seconds = 0;                 ///< RINGSOCK_CAPTURE_SECONDS; 0: to the end.
};
/// Reads the environment; nothing of it in a program with more privileges than its user (secure_getenv(3)).
[[nodiscard]] Result<CaptureWish, StartError> captures_wished();
/// Writes the wish into the configuration. The error: no such interface.
[[nodiscard]] Result<Done, StartError> apply_wish(const CaptureWish& wish, Config& config);

class Captures {
  public:
    /// Sends the frames of "host/0", that pass at `points`, to `path` too; interfaces may share a file.
    /// Engines that run are told and waited for. `seconds` 0: until end().
    [[nodiscard]] Result<Done, CaptureError> begin(const std::string& interface, std::uint32_t number,
                                                   std::vector<CapturePoint> points, const std::string& path,
                                                   std::uint32_t snap_bytes, std::uint32_t seconds);
    /// Takes the interface out of its file, which is finished with its last one. The error: there is no
    /// capture, or its file is not whole, and why.
    [[nodiscard]] Result<Done, CaptureError> end(const std::string& interface);
    /// Ends all, when no engine is there any more.
    void clear() noexcept;

    /// [{"interface":"local/0","file":"x.pcapng","frames":1,"written":1,"dropped":0,"problem":""},...] of the
    /// interfaces of one host.
    [[nodiscard]] std::string as_json(const std::string& host) const;

  private:
    struct Tapped {
        std::string interface;
        std::uint32_t number = 0;
        std::vector<CapturePoint> points;
        CaptureFile* file = nullptr;
        std::vector<std::unique_ptr<CaptureIo>> ios;
        std::atomic<std::uint32_t> done{0};
    };
    Result<CaptureFile*, CaptureError> file_of(const std::string& path);
    [[nodiscard]] std::size_t users_of(const CaptureFile* file) const;
    void forget(const CaptureFile* file);
    [[nodiscard]] static bool change_carrier(Tapped& tapped, const CapturePoint& point, PacketIo& io);

    std::vector<std::unique_ptr<CaptureFile>> files_;
    std::vector<std::unique_ptr<Tapped>> tapped_;
    /// An engine that did not answer may still use these.
    std::vector<std::unique_ptr<Tapped>> abandoned_;
};

}  // namespace ringsock
