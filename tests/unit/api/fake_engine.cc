// SPDX-License-Identifier: BSD-3-Clause
// The doubles: engine, runtime, shell.
#include "fake_engine.h"

#include <ringsock/mswsock.h>

#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/assert.h"
#include "ring/parker.h"

namespace ringsock {

EnginePort* g_engine_ports[kMaxEnginePorts] = {};
Runtime& runtime() noexcept {
    return test::fake_runtime();
}

namespace test {

namespace {

Ipv4 ipv4_of(const std::uint8_t* bytes) {
    return Ipv4::of(bytes[0], bytes[1], bytes[2], bytes[3]);
}

}  // namespace

FakeEngine::FakeEngine(std::uint16_t index) : port(kFakeRequestSlots, kFakeCells) {
    port.index = index;
    port.drive = this;
    port.default_send_buffer_bytes = 8192;
    port.default_receive_buffer_bytes = 8192;
    issue_cells();
}

FakeEngine::~FakeEngine() {
    for (std::uint32_t i = 0; i < fresh_; ++i)
        for (Packet* p = port.cell(i).names.rx_first; p != nullptr;) {
            Packet* next = p->next;
            release(p);
            p = next;
        }
    for (auto& exchange : port.exchanges) {
        Packet* p = nullptr;
        while (exchange && exchange->empties.try_pop(p)) release(p);
    }
    for (Request* r = port.requests.consumer().front(); r != nullptr; r = port.requests.consumer().front()) {
        if (r->op == RequestOp::send)
            for (Packet* p = r->send.first; p != nullptr;) {
                Packet* next = p->next;
                release(p);
                p = next;
            }
        if (r->op == RequestOp::send_to) release(r->send_to.packet);
        port.requests.consumer().pop();
    }
}

void FakeEngine::issue_cells() {
    while (port.fresh_cells.count() < 8) {
        std::uint32_t index = 0;
        if (!free_.empty()) {
            index = free_.back();
            free_.pop_back();
        } else if (fresh_ < kFakeCells) {
            index = fresh_++;
        } else {
            port.out_of_cells.store(1);
            return;
        }
        port.out_of_cells.store(0);
        if (!port.fresh_cells.try_push(index)) return;
        ++cells_in_use_;
    }
}

void FakeEngine::kick(EnginePort&) noexcept {
    pass();
}
void FakeEngine::help(EnginePort&) noexcept {
    if (on_help) on_help();
    pass();
}

void FakeEngine::wait_step(EnginePort&, std::atomic<std::uint32_t>&, std::uint32_t, Instant deadline,
                           std::uint32_t) noexcept {
    ++steps;
    RS_ASSERT(steps < 2'000'000);  // A wait that never ends.
    pass();
    if (on_wait) on_wait();
    clock = std::min(clock + step, deadline.is_never() ? clock + step : std::max(deadline, clock));
}

void FakeEngine::pass() noexcept {
    if (is_inside_) return;
    is_inside_ = true;
    ++passes;
    if (takes_requests) {
        auto consumer = port.requests.consumer();
        while (Request* request = consumer.front()) {
            take(*request);
            consumer.pop();
        }
        if (port.attention_any.exchange(0) != 0) {
            for (std::uint32_t w = 0; w < kFakeCells / 64; ++w) {
                std::uint64_t bits = port.attention[w].exchange(0);
                for (; bits != 0; bits &= bits - 1) {
                    SocketCell& cell = port.cell(w * 64 + static_cast<std::uint32_t>(__builtin_ctzll(bits)));
                    if (cell.app.closing.load() == kClosingByBit)
                        close(cell);
                    else
                        give_back_consumed(cell);
                }
            }
        }
    }
    retry_retired();
    issue_cells();
    is_inside_ = false;
}

void FakeEngine::take(const Request& request) {
    SeenRequest record{};
    record.op = request.op;
    record.attempt = request.attempt;
    record.socket = request.socket;
    SocketCell* const cell = port.find(request.socket);
    switch (request.op) {
        case RequestOp::bind:
        case RequestOp::connect:
        case RequestOp::connect_datagram:
            record.endpoint = request.endpoint;
            if (cell != nullptr) take_endpoint(request, *cell);
            break;
        case RequestOp::listen:
            record.listen = request.listen;
            if (cell == nullptr || !answers) break;
            queues_[cell] = request.listen.queue;
            reply(*cell, request.attempt, listen_answer);
            break;
        case RequestOp::send:
            for (Packet* p = request.send.first; p != nullptr;) {
                Packet* const next = p->next;
                record.text.append(reinterpret_cast<const char*>(p->data), p->length);
                release(p);
                p = next;
            }
            break;
        case RequestOp::send_small:
            record.text.assign(reinterpret_cast<const char*>(request.small.bytes), request.small.length);
            break;
        case RequestOp::send_to:
            record.send_to = request.send_to;
            record.text.assign(reinterpret_cast<const char*>(request.send_to.packet->data),
                               request.send_to.packet->length);
            record.send_to.packet = nullptr;
            release(request.send_to.packet);
            break;
        case RequestOp::consumed:
            if (cell != nullptr) give_back_consumed(*cell);
            break;
        case RequestOp::change_carrier:
        case RequestOp::change_neighborhood:
            break;
        case RequestOp::credit:
            give_credit(*port.exchanges[request.credit.exchange]);
            break;
        case RequestOp::close:
            if (cell != nullptr) close(*cell);
            break;
        case RequestOp::none:
        case RequestOp::shutdown_send:
        case RequestOp::set_options:
            break;
    }
    seen.push_back(record);
}

void FakeEngine::take_endpoint(const Request& request, SocketCell& cell) {
    const EndpointArgs& endpoint = request.endpoint;
    FlowKey& key = cell.names.key;
    if (request.op == RequestOp::connect) cell.engine.readiness.store(0);
    if (!answers) return;
    const Ipv4 remote = ipv4_of(endpoint.remote);
    switch (request.op) {
        case RequestOp::bind:
            if (bind_answer == ConnError::none) {
                key.local = ipv4_of(endpoint.local).value;
                key.local_port = Port{endpoint.local_port != 0 ? endpoint.local_port : next_port.value++};
            }
            return reply(cell, request.attempt, bind_answer);
        case RequestOp::connect: {
            const Port local{endpoint.has_local != 0 ? endpoint.local_port : next_port.value++};
            key = FlowKey::ipv4(Ipv4::of(10, 0, 0, 1), local, remote, Port{endpoint.remote_port});
            return;
        }
        default:
            break;
    }
    if (connect_datagram_answer == ConnError::none) {
        if (key.local_port.value == 0) key.local_port = Port{next_port.value++};
        const bool off = endpoint.family == Family::none;
        key.remote = off ? 0 : remote.value;
        key.remote_port = Port{off ? std::uint16_t{0} : endpoint.remote_port};
    }
    reply(cell, request.attempt, connect_datagram_answer);
}

void FakeEngine::give_credit(PacketExchange& exchange) {
    exchange.asked.store(0);
    while (empty_packets > 0 && exchange.empties.count() < kExchangeDepth) {
        --empty_packets;
        RS_ASSERT(exchange.empties.try_push(new_packet(packet_bytes)));
    }
}

void FakeEngine::close(SocketCell& cell) {
    RS_ASSERT(cell.app.closing.load() != 0);
    retired_.push_back(static_cast<std::uint32_t>(&cell - port.cells));
    queues_.erase(&cell);
}

void FakeEngine::retry_retired() {
    for (std::size_t i = 0; i < retired_.size();) {
        SocketCell& cell = port.cell(retired_[i]);
        if (std::atomic_ref(cell.app.holds).load() != 0) {
            ++i;
            continue;
        }
        for (Packet* p = cell.names.rx_first; p != nullptr;) {
            Packet* next = p->next;
            release(p);
            p = next;
        }
        const std::uint32_t generation = cell.fixed.generation.load();
        cell.fixed.generation.store(generation + 1);
        std::memset(reinterpret_cast<char*>(&cell.app) + 1, 0, sizeof cell.app - 1);
        std::memset(static_cast<void*>(&cell.engine), 0, sizeof cell.engine);
        std::memset(static_cast<void*>(&cell.names), 0, sizeof cell.names);
        std::memset(reinterpret_cast<char*>(&cell.fixed) + 4, 0, sizeof cell.fixed - 4);
        free_.push_back(retired_[i]);
        --cells_in_use_;
        retired_.erase(retired_.begin() + static_cast<long>(i));
    }
}

void FakeEngine::reply(SocketCell& cell, std::uint16_t attempt, ConnError error) {
    cell.engine.reply.store(pack_outcome(attempt, error), std::memory_order_release);
    wake(cell);
}

void FakeEngine::bump(SocketCell& cell, Edge edge) {
    auto& counter = cell.engine.edges[static_cast<unsigned>(edge)];
    counter.store(counter.load() + 1, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if ((cell.app.armed.load() & edge_bit(edge)) != 0) cell.app.event.load()->set();
    wake(cell);
}

void FakeEngine::wake(SocketCell& cell) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (cell.app.sleepers.load() == 0) return;
    cell.names.wake_sequence.fetch_add(1);
    futex_wake(cell.names.wake_sequence, INT_MAX);
}

void FakeEngine::finish_connect(SocketCell& cell, ConnError error) {
    cell.engine.readiness.store(error == ConnError::none ? kReadyConnected : kReadyFailed);
    cell.engine.connected_at.store(static_cast<std::uint32_t>(clock.micros / 1'000'000));
    cell.engine.outcome.store(pack_outcome(cell.app.attempt.load(), error), std::memory_order_release);
    bump(cell, Edge::connect);
    if (error == ConnError::none) bump(cell, Edge::write);
}

Packet* FakeEngine::new_packet(std::uint32_t capacity) {
    auto* packet = new Packet;
    packet->data = new std::byte[capacity];
    packet->capacity = capacity;
    ++packets_out_;
    return packet;
}

void FakeEngine::release(Packet* packet) {
    delete[] packet->data;
    delete packet;
    --packets_out_;
}

void FakeEngine::deliver(SocketCell& cell, const std::string& text, Ipv4 from, Port from_port) {
    Packet* const packet = new_packet(static_cast<std::uint32_t>(text.size() + 1));
    std::memcpy(packet->data, text.data(), text.size());
    packet->length = static_cast<std::uint32_t>(text.size());
    packet->remote_address = from.value;
    packet->remote_port = from_port.value;
    packet->next = nullptr;
    const std::uint32_t number = cell.engine.rx_published.load();
    if (cell.names.rx_first == nullptr) {
        cell.names.rx_first = packet;
        cell.engine.rx_head.store(packet);
        cell.engine.rx_head_seq.store(number, std::memory_order_release);
    } else {
        publish_next(cell.names.rx_last, packet);
    }
    cell.names.rx_last = packet;
    cell.engine.rx_bytes.store(cell.engine.rx_bytes.load() + packet->length);
    cell.engine.rx_published.store(number + 1, std::memory_order_release);
    bump(cell, Edge::read);
}

void FakeEngine::give_back_consumed(SocketCell& cell) {
    const std::uint32_t consumed = cell.app.rx_consumed.load();
    std::uint32_t given =
        cell.names.rx_first != nullptr ? cell.engine.rx_head_seq.load() : cell.engine.rx_published.load();
    while (given != consumed && cell.names.rx_first != nullptr) {
        Packet* const packet = cell.names.rx_first;
        cell.names.rx_first = packet->next;
        release(packet);
        ++given;
    }
    cell.engine.rx_head.store(cell.names.rx_first);
    cell.engine.rx_head_seq.store(given, std::memory_order_release);
}

void FakeEngine::close_by_peer(SocketCell& cell) {
    cell.engine.readiness.fetch_or(kReadyPeerClosed);
    bump(cell, Edge::close);
}

void FakeEngine::break_connection(SocketCell& cell, ConnError error) {
    cell.names.broken_error.store(static_cast<std::uint8_t>(error));
    cell.engine.readiness.fetch_or(kReadyReset);
    bump(cell, Edge::close);
}

void FakeEngine::lose_link(SocketCell& cell) {
    cell.engine.readiness.fetch_or(kReadyNetDown);
    bump(cell, Edge::close);
}

void FakeEngine::acknowledge(SocketCell& cell, std::uint32_t bytes) {
    cell.engine.tx_acked.store(cell.engine.tx_acked.load() + bytes);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (cell.app.want_write.load() != 0) bump(cell, Edge::write);
    wake(cell);
}

void FakeEngine::acknowledge_all(SocketCell& cell) {
    acknowledge(cell, cell.app.tx_queued - cell.engine.tx_acked.load());
}

SocketCell* FakeEngine::arrive(SocketCell& listener, Ipv4 from, Port from_port) {
    AcceptQueue* const queue = queues_.at(&listener);
    std::uint32_t index = 0;
    RS_ASSERT(port.fresh_cells.try_pop(index));
    SocketCell& cell = port.cell(index);
    const std::uint32_t generation = cell.fixed.generation.load() + 1;
    cell.fixed.engine = port.index;
    cell.fixed.protocol = Protocol::tcp;
    cell.fixed.family = Family::ipv4;
    cell.names.options = listener.names.options;
    cell.names.key = FlowKey::ipv4(Ipv4::of(10, 0, 0, 1), listener.names.key.local_port, from, from_port);
    cell.engine.readiness.store(kReadyConnected);
    cell.fixed.generation.store(generation);
    if (!queue->try_push({SocketId{index, generation}, cell.names.key})) return nullptr;
    bump(cell, Edge::write);
    bump(listener, Edge::accept);
    return &cell;
}

std::size_t FakeEngine::count(RequestOp op) const {
    std::size_t n = 0;
    for (const SeenRequest& request : seen) n += request.op == op ? 1 : 0;
    return n;
}

const SeenRequest& FakeEngine::last(RequestOp op) const {
    for (std::size_t i = seen.size(); i-- > 0;)
        if (seen[i].op == op) return seen[i];
    RS_ASSERT(!"no such request");
    std::abort();
}

// ---- runtime ----

FakeRuntime& fake_runtime() {
    static FakeRuntime the_runtime;
    return the_runtime;
}

Result<Done, StartError> FakeRuntime::start(const StartOptions& options) {
    if (fails_to_start) return Failure{StartError{"the fake runtime was told to fail"}};
    seen_config_path = options.config_path;
    static const char* const kNames[] = {"client", "server"};
    for (std::uint16_t i = 0; i < 2; ++i) {
        engines[i] = std::make_unique<FakeEngine>(i);
        hosts_[i] = HostPort{};
        hosts_[i].name = kNames[i];
        hosts_[i].engine_count = 1;
        hosts_[i].engines[0] = &engines[i]->port;
        g_engine_ports[i] = &engines[i]->port;
    }
    is_running_ = true;
    ++starts;
    return Done{};
}

void FakeRuntime::stop() noexcept {
    if (!is_running_) return;
    is_running_ = false;
    ++stops;
    for (std::uint16_t i = 0; i < 2; ++i) g_engine_ports[i] = nullptr;
    for (auto& engine : engines) engine.reset();
}

std::span<HostPort> FakeRuntime::hosts() noexcept {
    return hosts_;
}

// ---- shell ----

FakeShell& fake_shell() {
    static FakeShell the_shell;
    return the_shell;
}

WSPUPCALLTABLE FakeShell::upcalls() {
    WSPUPCALLTABLE table{};
    table.lpWPUCreateSocketHandle = [](DWORD, DWORD_PTR context, LPINT error) -> SOCKET {
        FakeShell& shell = fake_shell();
        if (shell.refuses_handles) {
            *error = WSAEMFILE;
            return INVALID_SOCKET;
        }
        const SOCKET s = shell.next += 4;
        shell.contexts[s] = context;
        return s;
    };
    table.lpWPUCloseSocketHandle = [](SOCKET s, LPINT error) -> int {
        if (fake_shell().contexts.erase(s) != 0) return 0;
        *error = WSAENOTSOCK;
        return SOCKET_ERROR;
    };
    table.lpWPUQuerySocketHandleContext = [](SOCKET s, PDWORD_PTR context, LPINT error) -> int {
        const auto found = fake_shell().contexts.find(s);
        if (found == fake_shell().contexts.end()) {
            *error = WSAENOTSOCK;
            return SOCKET_ERROR;
        }
        *context = found->second;
        return 0;
    };
    table.lpWPUQueryBlockingCallback = [](DWORD, LPBLOCKINGCALLBACK* callback, PDWORD_PTR context,
                                          LPINT) -> int {
        *callback = fake_shell().hook;
        *context = fake_shell().hook_context;
        return 0;
    };
    return table;
}

// ---- fixture ----

ProviderFixture::ProviderFixture() {
    fake_shell() = FakeShell{};
    WSPDATA data{};
    WSAPROTOCOL_INFOW info{};
    RS_ASSERT(WSPStartup(MAKEWORD(2, 2), &data, &info, FakeShell::upcalls(), &wsp) == 0);
}

ProviderFixture::~ProviderFixture() {
    wsp.lpWSPCleanup(&error);
}

ws2_sockaddr_in name_of(const char* address, std::uint16_t port) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    RS_ASSERT(std::sscanf(address, "%u.%u.%u.%u", &a, &b, &c, &d) == 4);
    ws2_sockaddr_in in{};
    in.sin_family = WS_AF_INET;
    in.sin_port = __builtin_bswap16(port);
    in.sin_addr.S_un.S_addr = __builtin_bswap32(a << 24 | b << 16 | c << 8 | d);
    return in;
}

SOCKET ProviderFixture::stream() {
    return wsp.lpWSPSocket(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, 0, &error);
}
SOCKET ProviderFixture::datagram() {
    return wsp.lpWSPSocket(WS_AF_INET, WS_SOCK_DGRAM, WS_IPPROTO_UDP, nullptr, 0, 0, &error);
}
SocketCell& ProviderFixture::cell(SOCKET s) {
    return *reinterpret_cast<SocketCell*>(fake_shell().contexts.at(s));
}

void ProviderFixture::nonblocking(SOCKET s) {
    ULONG on = 1;
    DWORD returned = 0;
    RS_ASSERT(wsp.lpWSPIoctl(s, WS_FIONBIO, &on, sizeof on, nullptr, 0, &returned, nullptr, nullptr, nullptr,
                             &error) == 0);
}

int ProviderFixture::connect(SOCKET s, const char* address, std::uint16_t port) {
    const ws2_sockaddr_in in = name_of(address, port);
    return wsp.lpWSPConnect(s, as_name(in), sizeof in, nullptr, nullptr, nullptr, nullptr, &error);
}
int ProviderFixture::bind(SOCKET s, const char* address, std::uint16_t port) {
    const ws2_sockaddr_in in = name_of(address, port);
    return wsp.lpWSPBind(s, as_name(in), sizeof in, &error);
}

SOCKET ProviderFixture::connected() {
    const SOCKET s = stream();
    nonblocking(s);
    RS_ASSERT(connect(s, "10.0.0.2", 80) == SOCKET_ERROR && error == WSAEWOULDBLOCK);
    engine().finish_connect(cell(s), ConnError::none);
    return s;
}

SOCKET ProviderFixture::listener(int backlog) {
    const SOCKET s = stream();
    nonblocking(s);
    RS_ASSERT(bind(s, "0.0.0.0", 80) == 0);
    RS_ASSERT(wsp.lpWSPListen(s, backlog, &error) == 0);
    return s;
}

int ProviderFixture::send(SOCKET s, const std::string& text, DWORD flags) {
    WSABUF buffer{static_cast<ULONG>(text.size()), const_cast<char*>(text.data())};
    DWORD sent = 0;
    return wsp.lpWSPSend(s, &buffer, 1, &sent, flags, nullptr, nullptr, nullptr, &error) == 0
               ? static_cast<int>(sent)
               : SOCKET_ERROR;
}

int ProviderFixture::recv(SOCKET s, std::string& text, std::size_t room, DWORD flags) {
    text.assign(room, '\0');
    WSABUF buffer{static_cast<ULONG>(room), text.data()};
    DWORD got = 0;
    const int result = wsp.lpWSPRecv(s, &buffer, 1, &got, &flags, nullptr, nullptr, nullptr, &error);
    text.resize(got);
    return result == 0 ? static_cast<int>(got) : SOCKET_ERROR;
}

long ProviderFixture::enumerate(SOCKET s, WSAEVENT event) {
    for (int& code : events.iErrorCode) code = -1;
    events.lNetworkEvents = 0;
    if (wsp.lpWSPEnumNetworkEvents(s, event, &events, &error) != 0) return -1;
    return events.lNetworkEvents;
}

int ProviderFixture::option(SOCKET s, int level, int name) {
    int value = 0;
    int length = sizeof value;
    return wsp.lpWSPGetSockOpt(s, level, name, reinterpret_cast<char*>(&value), &length, &error) == 0 ? value
                                                                                                      : -999;
}
int ProviderFixture::set_option(SOCKET s, int level, int name, int value) {
    return wsp.lpWSPSetSockOpt(s, level, name, reinterpret_cast<const char*>(&value), sizeof value, &error);
}

}  // namespace test
}  // namespace ringsock
