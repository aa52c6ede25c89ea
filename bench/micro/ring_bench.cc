// SPDX-License-Identifier: BSD-3-Clause
// Question: what does it cost an application thread to hand a request to an engine, and a packet back?
// Unit: nanoseconds per item, push and pop together; the two-thread case is one way between cores, half a
// round trip.
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <thread>

#include "ring/mpsc_ring.h"
#include "ring/request.h"
#include "ring/spsc_ring.h"

namespace {

using namespace ringsock;

constexpr std::uint32_t kCapacity = 4096;

void fill_connect(Request& request, std::uint32_t index) {
    request.op = RequestOp::connect;
    request.flags = 0;
    request.attempt = 1;
    request.socket = SocketId{index, 1};
    request.endpoint.remote_port = 80;
    request.endpoint.family = Family::ipv4;
}

// A burst of connect requests into the ring, then out again, on one thread.
void BM_MpscRing_PushAndPop(benchmark::State& state) {
    MpscRing<Request> ring(kCapacity);
    auto producer = ring.producer();
    auto consumer = ring.consumer();
    const auto burst = static_cast<std::uint32_t>(state.range(0));
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < burst; ++i) {
            if (!producer.try_push([i](Request& request) { fill_connect(request, i); })) {
                state.SkipWithError("the ring is full");
            }
        }
        for (std::uint32_t i = 0; i < burst; ++i) {
            benchmark::DoNotOptimize(consumer.front()->socket);
            consumer.pop();
        }
    }
    state.SetItemsProcessed(state.iterations() * burst);
}
BENCHMARK(BM_MpscRing_PushAndPop)->Arg(1)->Arg(32);

void BM_MpscRing_LookAtEmpty(benchmark::State& state) {
    MpscRing<Request> ring(kCapacity);
    for (auto _ : state) benchmark::DoNotOptimize(ring.looks_nonempty());
}
BENCHMARK(BM_MpscRing_LookAtEmpty);

void BM_SpscRing_PushAndPop(benchmark::State& state) {
    SpscRing<std::uint64_t> ring(kCapacity);
    const auto burst = static_cast<std::uint64_t>(state.range(0));
    std::uint64_t out = 0;
    for (auto _ : state) {
        for (std::uint64_t i = 0; i < burst; ++i) benchmark::DoNotOptimize(ring.try_push(i));
        for (std::uint64_t i = 0; i < burst; ++i) benchmark::DoNotOptimize(ring.try_pop(out));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(burst));
}
BENCHMARK(BM_SpscRing_PushAndPop)->Arg(1)->Arg(32);

// Puts the calling thread on the first (0) or second (1) processor that this process may use; without a
// second one both ends share the first, and the figure says so by its size.
void pin(unsigned place, const cpu_set_t& allowed) {
    cpu_set_t one;
    CPU_ZERO(&one);
    unsigned seen = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && seen <= place; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        ++seen;
    }
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
}

// A value goes to the other thread and comes back: two crossings an iteration.
void BM_SpscRing_BetweenThreads(benchmark::State& state) {
    SpscRing<std::uint64_t> there(64), back(64);
    std::atomic<bool> stop{false};
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    pin(0, allowed);
    std::thread echo([&] {
        pin(1, allowed);
        std::uint64_t value = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            if (there.try_pop(value)) (void)back.try_push(value);
        }
    });
    std::uint64_t value = 0;
    for (auto _ : state) {
        (void)there.try_push(value + 1);
        while (!back.try_pop(value)) {
        }
    }
    stop.store(true);
    echo.join();
    pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
    state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(BM_SpscRing_BetweenThreads)->UseRealTime();

}  // namespace
