// SPDX-License-Identifier: BSD-3-Clause
// A host without a NIC, and a shell of a few lines.
#include "real_host.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "base/assert.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};
Runtime& runtime() noexcept {
    return test::real_host();
}

namespace test {

namespace {

EngineConfig make_config() {
    EngineConfig config;
    config.limits.connections = 1024;
    config.limits.time_wait_records = 1024;
    config.limits.bindings = 256;
    config.limits.neighbors = 16;
    config.limits.port_sets = 16;
    config.tcp.two_msl = Micros::from_millis(50);
    config.tcp.orphan_timeout = Micros::from_millis(500);
    config.iss_key = {1, 2};
    config.flow_key = {3, 4};
    config.port_key = {5, 6};
    config.random_key = {7, 8};
    return config;
}

}  // namespace

RealHost& real_host() {
    static RealHost the_host;
    return the_host;
}

Result<Done, StartError> RealHost::start(const StartOptions&) {
    io_ = std::make_unique<NullIo>(kStressPackets);
    port_ = std::make_unique<EnginePort>(kStressRequests, kStressCells);
    port_->index = 0;
    port_->default_send_buffer_bytes = 64 * 1024;
    port_->default_receive_buffer_bytes = 64 * 1024;
    engine_ = std::make_unique<Engine>(make_config(), *io_, clock_, *port_);
    RS_ASSERT(engine_->ok());
    g_engine_ports[0] = port_.get();
    host_port_ = HostPort{};
    host_port_.name = "host";
    host_port_.engine_count = 1;
    host_port_.engines[0] = port_.get();
    RS_ASSERT(bell_of_engine(0).open());
    if (kind == DriveKind::inline_) {
        inline_drive_ = std::make_unique<InlineDrive>(*engine_, pace);
        port_->drive = inline_drive_.get();
        helper_ = std::make_unique<InlineHelper>();
        helper_->add(*inline_drive_);
        helper_->start();
    } else {
        dedicated_drive_ = std::make_unique<DedicatedDrive>();
        dedicated_drive_->add(*engine_, pace);
        port_->drive = dedicated_drive_.get();
        dedicated_drive_->start(-1);
    }
    running_ = driving_ = true;
    return Done{};
}

void RealHost::stop_driving() noexcept {
    if (!driving_) return;
    driving_ = false;
    if (helper_) helper_->stop();
    if (inline_drive_) inline_drive_->close_for_good();
    if (dedicated_drive_) dedicated_drive_->stop();
}

// A credit that was under way when its thread ended stays in the exchange for the next thread.
void RealHost::release_leftovers() {
    for (auto& exchange : port_->exchanges) {
        if (!exchange) continue;
        EXPECT_EQ(exchange->taken.load(), 0u) << "a thread still holds packets";
        Packet* packet = nullptr;
        while (exchange->empties.try_pop(packet)) io_->release(packet);
    }
}

bool RealHost::comes_to_rest(Micros limit) {
    stop_driving();
    RoleScope role(engine_role);
    const Instant deadline = monotonic_now() + limit;
    while (monotonic_now() < deadline) {
        for (int i = 0; i < 64; ++i) engine_->run_once();
        const Engine::Holdings held = engine_->holdings();
        const bool idle = held.connections == 0 && held.time_waits == 0 && held.bindings == 0 &&
                          held.cells == 0 && held.packets_unread == 0;
        if (idle) release_leftovers();
        if (idle && io_->pool().in_use() == 0) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const Engine::Holdings held = engine_->holdings();
    std::printf(
        "held: %u connections, %u TIME-WAIT, %u bindings, %u cells, %llu unread packets, %u of the pool\n",
        held.connections, held.time_waits, held.bindings, held.cells,
        static_cast<unsigned long long>(held.packets_unread), io_->pool().in_use());
    return false;
}

void RealHost::stop() noexcept {
    if (!running_) return;
    stop_driving();
    running_ = false;
    {
        RoleScope role(engine_role);
        engine_->shut_down();
        engine_.reset();
    }
    g_engine_ports[0] = nullptr;
    inline_drive_.reset();
    dedicated_drive_.reset();
    helper_.reset();
    port_.reset();
    io_.reset();
}

// ---- the shell ----

namespace {

/// Contexts by handle / 4. Never used twice.
constexpr std::uint32_t kHandles = 1 << 18;
std::array<std::atomic<DWORD_PTR>, kHandles> g_contexts;
std::atomic<std::uint32_t> g_next_handle{1};

std::atomic<DWORD_PTR>* context_of(SOCKET s) {
    return s % 4 == 0 && s / 4 < kHandles ? &g_contexts[s / 4] : nullptr;
}

WSPUPCALLTABLE upcalls() {
    WSPUPCALLTABLE table{};
    table.lpWPUCreateSocketHandle = [](DWORD, DWORD_PTR context, LPINT error) -> SOCKET {
        const std::uint32_t slot = g_next_handle.fetch_add(1);
        if (slot >= kHandles) {
            *error = WSAEMFILE;
            return INVALID_SOCKET;
        }
        g_contexts[slot].store(context, std::memory_order_release);
        return SOCKET{slot} * 4;
    };
    table.lpWPUCloseSocketHandle = [](SOCKET s, LPINT error) -> int {
        std::atomic<DWORD_PTR>* const context = context_of(s);
        if (context != nullptr && context->exchange(0) != 0) return 0;
        *error = WSAENOTSOCK;
        return SOCKET_ERROR;
    };
    table.lpWPUQuerySocketHandleContext = [](SOCKET s, PDWORD_PTR out, LPINT error) -> int {
        std::atomic<DWORD_PTR>* const context = context_of(s);
        *out = context != nullptr ? context->load(std::memory_order_acquire) : 0;
        if (*out != 0) return 0;
        *error = WSAENOTSOCK;
        return SOCKET_ERROR;
    };
    return table;
}

ws2_sockaddr_in loopback(std::uint16_t port) {
    ws2_sockaddr_in in{};
    in.sin_family = WS_AF_INET;
    in.sin_port = __builtin_bswap16(port);
    in.sin_addr.S_un.S_addr = __builtin_bswap32(0x7f000001);
    return in;
}

}  // namespace

Provider::Provider(DriveKind kind) {
    real_host().kind = kind;
    WSPDATA data{};
    WSAPROTOCOL_INFOW info{};
    RS_ASSERT(WSPStartup(MAKEWORD(2, 2), &data, &info, upcalls(), &wsp) == 0);
}

Provider::~Provider() {
    int error = 0;
    RS_ASSERT(wsp.lpWSPCleanup(&error) == 0);
}

SOCKET Provider::stream() {
    int error = 0;
    const SOCKET s = wsp.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, 0, nullptr, 0, 0, &error);
    RS_ASSERT(s != INVALID_SOCKET);
    return s;
}

void Provider::nonblocking(SOCKET s) {
    ULONG on = 1;
    DWORD returned = 0;
    int error = 0;
    (void)wsp.lpWSPIoctl(s, WS_FIONBIO, &on, sizeof on, nullptr, 0, &returned, nullptr, nullptr, nullptr,
                         &error);
}

SOCKET Provider::listener(std::uint16_t& port, int backlog) {
    const SOCKET s = stream();
    ws2_sockaddr_in name = loopback(0);
    int length = sizeof name;
    int error = 0;
    RS_ASSERT(wsp.lpWSPBind(s, reinterpret_cast<sockaddr*>(&name), length, &error) == 0);
    RS_ASSERT(wsp.lpWSPListen(s, backlog, &error) == 0);
    RS_ASSERT(wsp.lpWSPGetSockName(s, reinterpret_cast<sockaddr*>(&name), &length, &error) == 0);
    port = __builtin_bswap16(name.sin_port);
    return s;
}

int Provider::connect(SOCKET s, std::uint16_t port) {
    const ws2_sockaddr_in name = loopback(port);
    int error = 0;
    const int result = wsp.lpWSPConnect(s, reinterpret_cast<const sockaddr*>(&name), sizeof name, nullptr,
                                        nullptr, nullptr, nullptr, &error);
    return result == 0 ? 0 : error;
}

SOCKET Provider::accept(SOCKET l, int* code) {
    int error = 0;
    const SOCKET s = wsp.lpWSPAccept(l, nullptr, nullptr, nullptr, 0, &error);
    if (code != nullptr) *code = s != INVALID_SOCKET ? 0 : error;
    return s;
}

int Provider::send(SOCKET s, const char* bytes, std::uint32_t length) {
    WSABUF buffer{length, const_cast<char*>(bytes)};
    DWORD done = 0;
    int error = 0;
    const int result = wsp.lpWSPSend(s, &buffer, 1, &done, 0, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(done) : -error;
}

int Provider::recv(SOCKET s, char* bytes, std::uint32_t room) {
    WSABUF buffer{room, bytes};
    DWORD done = 0;
    DWORD flags = 0;
    int error = 0;
    const int result = wsp.lpWSPRecv(s, &buffer, 1, &done, &flags, nullptr, nullptr, nullptr, &error);
    return result == 0 ? static_cast<int>(done) : -error;
}

int Provider::close(SOCKET s) {
    int error = 0;
    return wsp.lpWSPCloseSocket(s, &error) == 0 ? 0 : error;
}

void Provider::connect_pair(SOCKET& near, SOCKET& far) {
    std::uint16_t port = 0;
    const SOCKET l = listener(port);
    near = stream();
    RS_ASSERT(connect(near, port) == 0);
    far = accept(l);
    RS_ASSERT(far != INVALID_SOCKET);
    const int on = 1;
    int error = 0;
    for (const SOCKET s : {near, far})
        RS_ASSERT(wsp.lpWSPSetSockOpt(s, WS_IPPROTO_TCP, WS_TCP_NODELAY, reinterpret_cast<const char*>(&on),
                                      sizeof on, &error) == 0);
    RS_ASSERT(close(l) == 0);
}

}  // namespace test
}  // namespace ringsock
