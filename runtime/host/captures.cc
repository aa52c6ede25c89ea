// SPDX-License-Identifier: BSD-3-Clause
#include "host/captures.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/json_text.h"

namespace ringsock {
namespace {

/// An engine takes requests in every pass; one that has not for so long never will.
constexpr int kPatienceNaps = 50'000;
constexpr std::chrono::microseconds kNap{100};

using Kind = CaptureError::Kind;

Result<std::uint32_t, StartError> number_in(const char* name, std::uint32_t low, std::uint32_t high,
                                            std::uint32_t otherwise) {
    const char* text = secure_getenv(name);
    if (text == nullptr || *text == '\0') return otherwise;
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc{} || *stop != '\0' || value < low || value > high)
        return Failure{StartError{std::string(name) + " is \"" + text + "\", must be " + std::to_string(low) +
                                  " to " + std::to_string(high)}};
    return value;
}

std::string text_in(const char* name) {
    const char* text = secure_getenv(name);
    return text != nullptr ? text : "";
}

}  // namespace

Result<CaptureWish, StartError> captures_wished() {
    CaptureWish wish;
    wish.file = text_in("RINGSOCK_CAPTURE");
    if (wish.file.empty()) return wish;
    wish.interface = text_in("RINGSOCK_CAPTURE_INTERFACE");
    auto snap = number_in("RINGSOCK_CAPTURE_SNAP", kMinSnapBytes, kMaxSnapBytes, kMaxSnapBytes);
    if (!snap.ok()) return Failure{snap.error()};
    wish.snap_bytes = snap.value();
    auto seconds = number_in("RINGSOCK_CAPTURE_SECONDS", 0, 86400, 0);
    if (!seconds.ok()) return Failure{seconds.error()};
    wish.seconds = seconds.value();
    return wish;
}

Result<Done, StartError> apply_wish(const CaptureWish& wish, Config& config) {
    if (wish.file.empty()) return Done{};
    bool found = false;
    std::string known;
    for (HostConfig& host : config.hosts) {
        for (std::size_t n = 0; n < host.interfaces.size(); ++n) {
            InterfaceConfig& interface = host.interfaces[n];
            const std::string name = host.name + "/" + std::to_string(n);
            known += (known.empty() ? "" : ", ") + name;
            if (!wish.interface.empty() && wish.interface != name) continue;
            found = true;
            interface.capture = wish.file;
            interface.capture_snap = wish.snap_bytes;
        }
    }
    if (found) return Done{};
    return Failure{StartError{
        wish.interface.empty()
            ? "there is no interface whose frames could be captured: the configuration has loopback only"
            : "no interface is called '" + wish.interface + "' (RINGSOCK_CAPTURE_INTERFACE); there are " +
                  (known.empty() ? "none" : known)}};
}

Result<CaptureFile*, CaptureError> Captures::file_of(const std::string& path) {
    for (const auto& file : files_)
        if (file->path() == path) return file.get();
    auto made = CaptureFile::create(path);
    if (!made.ok()) return Failure{CaptureError{Kind::file, "capture: " + made.error()}};
    files_.push_back(std::move(made).value());
    return files_.back().get();
}

std::size_t Captures::users_of(const CaptureFile* file) const {
    return static_cast<std::size_t>(
        std::count_if(tapped_.begin(), tapped_.end(), [&](const auto& t) { return t->file == file; }));
}

void Captures::forget(const CaptureFile* file) {
    std::erase_if(files_, [&](const auto& f) { return f.get() == file; });
}

// A running engine takes the change in a pass of its own; kick makes an inline one run, or wakes one.
bool Captures::change_carrier(Tapped& tapped, const CapturePoint& point, PacketIo& io) {
    tapped.done.store(0, std::memory_order_relaxed);
    const auto fill = [&](Request& request) {
        request.op = RequestOp::change_carrier;
        request.socket = SocketId{};
        request.carrier = {&io, &tapped.done, tapped.number};
    };
    bool pushed = false;
    for (int naps = 0; naps < kPatienceNaps; ++naps) {
        if (!pushed) pushed = point.port->requests.producer().try_push(fill);
        point.port->drive->kick(*point.port);
        if (tapped.done.load(std::memory_order_acquire) != 0) return true;
        std::this_thread::sleep_for(kNap);
    }
    return false;
}

Result<Done, CaptureError> Captures::begin(const std::string& interface, std::uint32_t number,
                                           std::vector<CapturePoint> points, const std::string& path,
                                           std::uint32_t snap_bytes, std::uint32_t seconds) {
    for (const auto& t : tapped_)
        if (t->interface == interface)
            return Failure{CaptureError{Kind::already, "capture: " + interface + " is captured already, to " +
                                                           t->file->path() + "; end that first"}};
    auto file = file_of(path);
    if (!file.ok()) return Failure{file.error()};
    const IoTraits& traits = points.front().carrier->traits();
    auto added =
        file.value()->add_interface(interface, "Ringsock interface " + interface, traits.mac, snap_bytes);
    if (!added.ok()) {
        if (users_of(file.value()) == 0) forget(file.value());
        return Failure{CaptureError{Kind::file, "capture: " + added.error()}};
    }
    auto tapped = std::make_unique<Tapped>();
    tapped->interface = interface;
    tapped->number = number;
    tapped->points = std::move(points);
    tapped->file = file.value();
    file.value()->stop_recording_after(seconds);
    for (const CapturePoint& point : tapped->points) {
        CaptureTap& tap = file.value()->add_tap(added.value(), snap_bytes);
        tapped->ios.push_back(std::make_unique<CaptureIo>(*point.carrier, tap));
        if (change_carrier(*tapped, point, *tapped->ios.back())) continue;
        abandoned_.push_back(std::move(tapped));
        return Failure{
            CaptureError{Kind::no_answer, "capture: an engine of " + interface + " does not answer"}};
    }
    tapped_.push_back(std::move(tapped));
    return Done{};
}

Result<Done, CaptureError> Captures::end(const std::string& interface) {
    const auto at = std::find_if(tapped_.begin(), tapped_.end(),
                                 [&](const auto& t) { return t->interface == interface; });
    if (at == tapped_.end())
        return Failure{CaptureError{Kind::not_captured, "capture: " + interface + " is not being captured"}};
    std::unique_ptr<Tapped> tapped = std::move(*at);
    tapped_.erase(at);
    for (const CapturePoint& point : tapped->points) {
        if (change_carrier(*tapped, point, *point.carrier)) continue;
        abandoned_.push_back(std::move(tapped));
        return Failure{
            CaptureError{Kind::no_answer, "capture: an engine of " + interface + " does not answer"}};
    }
    CaptureFile* file = tapped->file;
    if (users_of(file) != 0) return Done{};
    const CaptureReport report = file->finish();
    const bool in_use =
        std::any_of(abandoned_.begin(), abandoned_.end(), [&](const auto& t) { return t->file == file; });
    if (!in_use) forget(file);
    if (report.problem.empty()) return Done{};
    return Failure{CaptureError{Kind::file, "capture: " + report.problem + "; the file ends after " +
                                                std::to_string(report.written) + " of " +
                                                std::to_string(report.seen) + " frames"}};
}

void Captures::clear() noexcept {
    for (const auto& file : files_) file->finish();
    tapped_.clear();
    abandoned_.clear();
    files_.clear();
}

std::string Captures::as_json(const std::string& host) const {
    std::string text;
    for (const auto& t : tapped_) {
        if (!t->interface.starts_with(host + "/")) continue;
        const CaptureReport report = t->file->report();
        if (!text.empty()) text += ',';
        text += "{\"interface\":" + json_text(t->interface);
        text += ",\"file\":" + json_text(t->file->path());
        text += ",\"frames\":" + std::to_string(report.seen);
        text += ",\"written\":" + std::to_string(report.written);
        text += ",\"dropped\":" + std::to_string(report.dropped);
        text += ",\"problem\":" + json_text(report.problem) + "}";
    }
    text.insert(text.begin(), '[');
    text.push_back(']');
    return text;
}

}  // namespace ringsock
