// SPDX-License-Identifier: BSD-3-Clause
// CaptureFile: a pcapng file, the taps whose frames go into it, and the thread that writes them. Control role
// but for the taps' engine sides.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "capture/capture_io.h"
#include "capture/pcapng.h"

namespace ringsock {

/// What became of a capture.
struct CaptureReport {
    std::uint64_t seen = 0;     ///< Frames that passed.
    std::uint64_t written = 0;  ///< Frames in the file.
    std::uint64_t dropped = 0;  ///< seen - written: the ring was full, or the disk.
    std::string problem;        ///< Why writing ended early, one line; "" when it did not.
};

class CaptureFile {
  public:
    /// Bytes between an engine and the writer, per tap.
    static constexpr std::uint32_t kRingBytes = 8U << 20;

    /// Makes (or empties) the file and writes its head. The error is one line: "FILE: Permission denied".
    [[nodiscard]] static Result<std::unique_ptr<CaptureFile>, std::string> create(const std::string& path);
    /// Ends as finish() does.
    ~CaptureFile();
    CaptureFile(const CaptureFile&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;

    /// Adds an interface to the file; frames follow through its taps. The error: as of create().
    [[nodiscard]] Result<std::uint32_t, std::string> add_interface(const std::string& name,
                                                                   const std::string& description,
                                                                   const MacAddress& mac,
                                                                   std::uint32_t snap_bytes);
    /// A tap for one engine. Lives as long as this.
    [[nodiscard]] CaptureTap& add_tap(std::uint32_t interface, std::uint32_t snap_bytes);
    /// From the first tap on the writer writes; with `seconds` not 0 for so long.
    void stop_recording_after(std::uint32_t seconds);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Frames so far. Any thread.
    [[nodiscard]] CaptureReport report() const;
    /// Writes what is in the rings, a statistics block per interface, and closes the file. Nobody may be in a
    /// tap any more. Idempotent.
    CaptureReport finish();

  private:
    CaptureFile(std::string path, int fd);
    void write_on();
    /// Moves what the rings hold into the buffer; how many frames.
    std::size_t drain();
    /// Writes the buffer; after a failure it only empties it.
    void flush();
    void look_at_clock();
    void write_rest();

    const std::string path_;
    int fd_;
    const std::uint64_t started_at_;
    mutable std::mutex lock_;  ///< Taps, interfaces, buffer and problem: writer and control, never an engine.
    std::condition_variable wake_;
    std::vector<std::unique_ptr<CaptureTap>> taps_;
    std::uint32_t interfaces_ = 0;
    std::uint64_t ends_at_ = 0;  ///< 0: never.
    std::uint64_t written_ = 0;
    std::uint64_t in_buffer_ = 0;  ///< Frames.
    pcapng::Bytes buffer_;
    std::vector<std::uint64_t> written_of_;  ///< By interface.
    std::string problem_;
    bool ending_ = false;
    std::thread writer_;
};

}  // namespace ringsock
