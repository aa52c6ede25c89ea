// SPDX-License-Identifier: BSD-3-Clause
// Thirty entries from one template, and a runtime that never runs.
#include "recording_provider.h"

#include <atomic>
#include <utility>

#include "host/host.h"
#include "spi/provider.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};

namespace {

class NoRuntime final : public Runtime {
  public:
    Result<Done, StartError> start(const StartOptions&) override { return Done{}; }
    void stop() noexcept override {}
    [[nodiscard]] bool running() const noexcept override { return false; }
    [[nodiscard]] std::span<HostPort> hosts() noexcept override { return {}; }
    [[nodiscard]] std::string stats_json(const char* name) override {
        return std::string(name) == "local" ? "{\"passes\":1}" : "";
    }
};

}  // namespace

Runtime& runtime() noexcept {
    static NoRuntime none;
    return none;
}

namespace test {

RecordingProvider& provider() {
    static RecordingProvider the_provider;
    return the_provider;
}

namespace {

template <std::size_t kSlot, typename Function>
struct Recorder;

template <std::size_t kSlot, typename Return, typename... Arguments>
struct Recorder<kSlot, Return (*)(Arguments...)> {
    static Return call(Arguments... arguments) {
        RecordingProvider& mine = provider();
        SeenCall seen{kSlot, {pattern(arguments)...}};
        const auto lp_errno = reinterpret_cast<LPINT>(seen.arguments.back());
        seen.arguments.pop_back();
        if (kSlot == WSP_SLOT(lpWSPCleanup)) ++mine.cleanups;
        if (kSlot == WSP_SLOT(lpWSPCancelBlockingCall)) {
            std::atomic_ref(mine.cancels).fetch_add(1);  // From any thread: it leaves no other trace.
            return Return{};
        }
        mine.calls.push_back(seen);
        if (auto run = std::exchange(mine.during_call, nullptr)) run();
        if (mine.error != 0) *lp_errno = mine.error;
        return static_cast<Return>(mine.result);
    }
};

template <std::size_t kSlot, typename Member>
void fill(Member& member) {
    member = Recorder<kSlot, Member>::call;
}

#define FILL(member) fill<WSP_SLOT(member)>(table.member)
void fill_table(WSPPROC_TABLE& table) {
    FILL(lpWSPAccept);
    FILL(lpWSPAddressToString);
    FILL(lpWSPAsyncSelect);
    FILL(lpWSPBind);
    FILL(lpWSPCancelBlockingCall);
    FILL(lpWSPCleanup);
    FILL(lpWSPCloseSocket);
    FILL(lpWSPConnect);
    FILL(lpWSPDuplicateSocket);
    FILL(lpWSPEnumNetworkEvents);
    FILL(lpWSPEventSelect);
    FILL(lpWSPGetOverlappedResult);
    FILL(lpWSPGetPeerName);
    FILL(lpWSPGetSockName);
    FILL(lpWSPGetSockOpt);
    FILL(lpWSPGetQOSByName);
    FILL(lpWSPIoctl);
    FILL(lpWSPJoinLeaf);
    FILL(lpWSPListen);
    FILL(lpWSPRecv);
    FILL(lpWSPRecvDisconnect);
    FILL(lpWSPRecvFrom);
    FILL(lpWSPSelect);
    FILL(lpWSPSend);
    FILL(lpWSPSendDisconnect);
    FILL(lpWSPSendTo);
    FILL(lpWSPSetSockOpt);
    FILL(lpWSPShutdown);
    FILL(lpWSPSocket);
    FILL(lpWSPStringToAddress);
}
#undef FILL

}  // namespace

}  // namespace test

namespace spi {

void set_start_options(const StartOptions& options) {
    test::provider().seen_config_path = options.config_path;
    test::provider().seen_config_text = options.config_text;
    test::provider().seen_overrides.assign(options.overrides.begin(), options.overrides.end());
}
const std::string& start_error_text() noexcept {
    return test::provider().startup_text;
}
bool set_current_host(const char* name) noexcept {
    return name == nullptr || std::string(name) == "local";
}
const char* current_host_name() noexcept {
    return "local";
}
std::uint32_t catalog_size() noexcept {
    return kOffersPerHost;
}

void fill_catalog_entry(std::uint32_t index, WSAPROTOCOL_INFOW& out) noexcept {
    out = WSAPROTOCOL_INFOW{};
    out.dwCatalogEntryId = kFirstCatalogEntry + index;
    out.ProviderId = kProviderId;
    out.iAddressFamily = WS_AF_INET;
    out.iProtocol = index == 0 ? WS_IPPROTO_TCP : WS_IPPROTO_UDP;
    out.szProtocol[0] = u'P';
}

}  // namespace spi

}  // namespace ringsock

int WSPStartup(WORD version, LPWSPDATA, LPWSAPROTOCOL_INFOW, WSPUPCALLTABLE upcalls, LPWSPPROC_TABLE table) {
    auto& mine = ringsock::test::provider();
    ++mine.startups;
    mine.seen_version = version;
    mine.upcalls = upcalls;
    ringsock::test::fill_table(*table);
    return mine.startup_code;
}
