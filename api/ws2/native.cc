// SPDX-License-Identifier: BSD-3-Clause
// Ringsock's own calls: configuration, the current host of a thread, the sentence behind a failed start,
// counters.
#include <ringsock/ws2.h>

#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "host/config_file.h"
#include "host/host.h"
#include "spi/provider.h"
#include "ws2/prolog.h"
#include "ws2/shell.h"

namespace ringsock::ws2 {

namespace {

constexpr int kMaxOverrides = 4096;
/// A configuration that says nothing is the embedded default, whatever RINGSOCK_CONFIG names.
constexpr const char* kEmbeddedDefault = "# The embedded default.\n";

/// What ringsock_configure was told. Under `lock`; lives as long as the process.
struct Configuration {
    std::mutex lock;
    bool is_set = false;
    StartOptions options;
    std::vector<std::string> overrides;
};
Configuration& configuration() noexcept {
    static Configuration* const made = new Configuration;
    return *made;
}

void remember_configuration(const std::string& path, const std::string& text,
                            const std::vector<std::string>& overrides) noexcept {
    Configuration& mine = configuration();
    const std::lock_guard held(mine.lock);
    mine.is_set = true;
    mine.options.config_path = path;
    mine.options.config_text = text;
    mine.overrides = overrides;
}

}  // namespace

void set_error_text(const std::string& text) noexcept {
    this_thread_record().error_text = text;
}

void apply_configuration() noexcept {
    Configuration& mine = configuration();
    const std::lock_guard held(mine.lock);
    if (!mine.is_set) return;
    mine.options.overrides = mine.overrides;
    spi::set_start_options(mine.options);
}

}  // namespace ringsock::ws2

using namespace ringsock;

namespace {

int refuse_configuration(int code, const char* text) noexcept {
    ws2::set_error_text(text);
    return ws2::fail_with(code, SOCKET_ERROR);
}

}  // namespace

int ringsock_configure(const char* toml_text_or_null, const char* path_or_null, const char* const* overrides,
                       int override_count) {
    if (override_count < 0 || override_count > ws2::kMaxOverrides)
        return refuse_configuration(WSAEINVAL, "the number of overrides is out of bounds");
    if (override_count > 0 && overrides == nullptr)
        return refuse_configuration(WSAEFAULT, "overrides are announced, but the pointer is null");
    for (int i = 0; i < override_count; ++i) {
        if (overrides[i] == nullptr) return refuse_configuration(WSAEFAULT, "one of the overrides is null");
        if (std::strchr(overrides[i], '=') == nullptr) {
            ws2::set_error_text("override \"" + std::string(overrides[i]) + "\" has no '=': write key=value");
            return ws2::fail_with(WSAEINVAL, SOCKET_ERROR);
        }
    }
    if (toml_text_or_null != nullptr && path_or_null != nullptr)
        return refuse_configuration(WSAEINVAL, "give TOML text or the path of a file, not both");
    if (ws2::Presence::is_started())
        return refuse_configuration(WSAEALREADY, "already started: configure before the first WSAStartup");
    const std::string path = path_or_null != nullptr ? path_or_null : "";
    std::string text = toml_text_or_null != nullptr ? toml_text_or_null : "";
    if (path.empty() && text.empty()) text = ws2::kEmbeddedDefault;
    const std::vector<std::string> settings(overrides, overrides + override_count);
    if (const auto config = load_config(path, text, settings); !config.ok()) {
        ws2::set_error_text(config.error().message);
        return ws2::fail_with(WSAEINVAL, SOCKET_ERROR);
    }
    ws2::remember_configuration(path, text, settings);
    ws2::set_error_text("");
    ws2::set_last_error(0);
    return 0;
}

int ringsock_use_host(const char* name) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    return spi::set_current_host(name) ? call.done(0) : call.fail(WSAEINVAL);
}

const char* ringsock_last_error_text() {
    return ws2::this_thread_record().error_text.c_str();
}

int ringsock_stats(const char* host, char* json, int* length) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    if (length == nullptr) return call.fail(WSAEFAULT);
    const char* name = host != nullptr ? host : spi::current_host_name();
    const std::string text = name != nullptr ? runtime().stats_json(name) : std::string();
    if (text.empty()) return call.fail(WSAEINVAL);
    const int room = *length;
    *length = static_cast<int>(text.size()) + 1;
    if (json == nullptr || room < *length) return call.fail(WSAEFAULT);
    std::memcpy(json, text.c_str(), text.size() + 1);
    return call.done(0);
}

int ringsock_capture(const char* host, int iface, const char* path_or_null, unsigned int snap_bytes) {
    ws2::ApiCall call;
    if (!call) return call.fail();
    constexpr unsigned int kLeastBytes = 64, kMostBytes = 65535;
    if (iface < 0 || (snap_bytes != 0 && (snap_bytes < kLeastBytes || snap_bytes > kMostBytes)) ||
        (path_or_null != nullptr && *path_or_null == '\0')) {
        ws2::set_error_text(
            "capture: iface counts from 0, snap_bytes is 0 or 64 to 65535, a path is not empty");
        return call.fail(WSAEINVAL);
    }
    const char* name = host != nullptr ? host : spi::current_host_name();
    const auto done = runtime().capture(name, static_cast<std::uint32_t>(iface),
                                        path_or_null != nullptr ? path_or_null : "",
                                        snap_bytes == 0 ? kMostBytes : snap_bytes);
    if (done.ok()) {
        ws2::set_error_text("");
        return call.done(0);
    }
    ws2::set_error_text(done.error().message);
    switch (done.error().kind) {
        case CaptureError::Kind::already:
            return call.fail(WSAEALREADY);
        case CaptureError::Kind::not_captured:
            return call.fail(WSAENOTCONN);
        case CaptureError::Kind::file:
            return call.fail(WSAEACCES);
        case CaptureError::Kind::no_such_interface:
        case CaptureError::Kind::no_answer:
            break;
    }
    return call.fail(WSAEINVAL);
}
