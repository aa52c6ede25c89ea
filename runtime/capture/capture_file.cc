// SPDX-License-Identifier: BSD-3-Clause
#include "capture/capture_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "time/wall_clock.h"

namespace ringsock {
namespace {

/// Written when so much has come together, or nothing more has come.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
/// Between two looks at the rings: while frames come, and while none do.
constexpr std::chrono::milliseconds kBusyNap{1};
constexpr std::chrono::milliseconds kIdleNap{10};

}  // namespace

Result<std::unique_ptr<CaptureFile>, std::string> CaptureFile::create(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return Failure{path + ": " + std::strerror(errno)};
    std::unique_ptr<CaptureFile> file(new CaptureFile(path, fd));
    pcapng::append_section(file->buffer_, "Ringsock");
    file->flush();
    if (!file->problem_.empty()) return Failure{file->problem_};
    return file;
}

CaptureFile::CaptureFile(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), started_at_(wall_clock_nanoseconds()) {}

CaptureFile::~CaptureFile() {
    finish();
}

Result<std::uint32_t, std::string> CaptureFile::add_interface(const std::string& name,
                                                              const std::string& description,
                                                              const MacAddress& mac,
                                                              std::uint32_t snap_bytes) {
    const std::lock_guard guard(lock_);
    pcapng::append_interface(buffer_, name, description, mac, snap_bytes);
    flush();  // At once, so that a full disk is known before a frame is.
    if (!problem_.empty()) return Failure{problem_};
    written_of_.push_back(0);
    return interfaces_++;
}

CaptureTap& CaptureFile::add_tap(std::uint32_t interface, std::uint32_t snap_bytes) {
    const std::lock_guard guard(lock_);
    taps_.push_back(std::make_unique<CaptureTap>(interface, snap_bytes, kRingBytes));
    if (!writer_.joinable()) {
        // The application's signals are the application's business.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        writer_ = std::thread([this] { write_on(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    return *taps_.back();
}

void CaptureFile::stop_recording_after(std::uint32_t seconds) {
    const std::lock_guard guard(lock_);
    if (seconds != 0) ends_at_ = wall_clock_nanoseconds() + std::uint64_t{seconds} * 1'000'000'000;
}

void CaptureFile::write_on() {
    pthread_setname_np(pthread_self(), "ringsock-pcapng");
    std::unique_lock lock(lock_);
    while (!ending_) {
        const std::size_t frames = drain();
        flush();
        look_at_clock();
        wake_.wait_for(lock, frames != 0 ? kBusyNap : kIdleNap, [this] { return ending_; });
    }
    write_rest();
}

std::size_t CaptureFile::drain() {
    std::size_t frames = 0;
    for (const auto& tap : taps_) {
        // No more than one ring's worth a look, so that a flood does not keep control waiting.
        for (std::size_t bytes = 0; bytes < kRingBytes;) {
            const std::span<const std::byte> record = tap->ring.front();
            if (record.data() == nullptr) break;
            CaptureRecord head;
            std::memcpy(&head, record.data(), sizeof head);
            pcapng::append_packet(buffer_, tap->interface, head.nanoseconds, head.original_length,
                                  head.direction, record.subspan(sizeof head));
            bytes += record.size();
            tap->ring.pop();
            ++frames;
            ++in_buffer_;
            ++written_of_[tap->interface];
            if (buffer_.size() >= kWriteBytes) flush();
        }
    }
    return frames;
}

void CaptureFile::flush() {
    std::size_t done = 0;
    while (problem_.empty() && done < buffer_.size()) {
        const ssize_t wrote = write(fd_, buffer_.data() + done, buffer_.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            problem_ = path_ + ": " + std::strerror(wrote < 0 ? errno : ENOSPC);
            for (const auto& tap : taps_) tap->recording.store(false, std::memory_order_relaxed);
            break;
        }
        done += static_cast<std::size_t>(wrote);
    }
    if (problem_.empty()) written_ += in_buffer_;
    in_buffer_ = 0;
    buffer_.clear();
}

void CaptureFile::look_at_clock() {
    if (ends_at_ == 0 || wall_clock_nanoseconds() < ends_at_) return;
    for (const auto& tap : taps_) tap->recording.store(false, std::memory_order_relaxed);
}

CaptureReport CaptureFile::report() const {
    const std::lock_guard guard(lock_);
    CaptureReport out;
    for (const auto& tap : taps_) out.seen += tap->seen.load(std::memory_order_relaxed);
    out.written = written_;
    // While frames are on their way, only the ring's refusals are known to be lost.
    const bool is_final = fd_ < 0 || !problem_.empty();
    for (const auto& tap : taps_) out.dropped += tap->no_room.load(std::memory_order_relaxed);
    if (is_final) out.dropped = out.seen - out.written;
    out.problem = problem_;
    return out;
}

CaptureReport CaptureFile::finish() {
    {
        const std::lock_guard guard(lock_);
        ending_ = true;
    }
    wake_.notify_all();
    if (writer_.joinable()) writer_.join();
    {
        const std::lock_guard guard(lock_);
        if (fd_ >= 0 && close(fd_) != 0 && problem_.empty()) problem_ = path_ + ": " + std::strerror(errno);
        fd_ = -1;
    }
    return report();
}

// On the writer's thread, where a broken pipe is an error and no signal.
void CaptureFile::write_rest() {
    while (drain() != 0) {
    }
    flush();
    const std::uint64_t now = wall_clock_nanoseconds();
    for (std::uint32_t n = 0; n < interfaces_; ++n) {
        pcapng::Statistics statistics;
        for (const auto& tap : taps_)
            if (tap->interface == n) statistics.received += tap->seen.load(std::memory_order_relaxed);
        statistics.dropped = statistics.received - written_of_[n];
        pcapng::append_statistics(buffer_, n, started_at_, now, statistics);
    }
    flush();
}

}  // namespace ringsock
