// SPDX-License-Identifier: BSD-3-Clause
// Question: what does it cost to find the connection of a segment, and to add and remove one?
// Unit: nanoseconds per operation at the given number of entries; 85 % load is the table's limit. "Cold"
// visits the flows in random order, so that with many entries each look-up misses the caches; "batched"
// prefetches 32 ahead as the engine does.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "inet/flow_table.h"

namespace {

using namespace ringsock;

constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
constexpr std::size_t kBatch = 32;

FlowKey flow(std::uint32_t index) {
    return FlowKey::ipv4(Ipv4::of(10, 0, 0, 1), Port{static_cast<std::uint16_t>(1024 + index % 60'000)},
                         Ipv4{0x0a000002U + index / 60'000}, Port{80});
}

struct Filled {
    explicit Filled(std::uint32_t count) : table(count, kKey) {
        for (std::uint32_t i = 0; i < count; ++i) {
            flows.push_back(flow(i));
            full = full && table.insert(table.hash_of(flows.back()), i);
        }
        for (std::uint32_t i = 0; i < count; ++i) order.push_back(i);
        std::shuffle(order.begin(), order.end(), std::mt19937(7));
    }
    FlowTable table;
    std::vector<FlowKey> flows;
    std::vector<std::uint32_t> order;
    bool full = true;
};

void BM_FlowTable_Find(benchmark::State& state) {
    Filled filled(static_cast<std::uint32_t>(state.range(0)));
    if (!filled.full) state.SkipWithError("the table refused an entry");
    std::size_t at = 0;
    for (auto _ : state) {
        const FlowKey& wanted = filled.flows[filled.order[at]];
        const auto same = [&](std::uint32_t index) { return filled.flows[index] == wanted; };
        benchmark::DoNotOptimize(filled.table.find(filled.table.hash_of(wanted), same));
        if (++at == filled.order.size()) at = 0;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FlowTable_Find)->Arg(64)->Arg(1024)->Arg(65'536)->Arg(1'000'000);

void BM_FlowTable_FindBatched(benchmark::State& state) {
    Filled filled(static_cast<std::uint32_t>(state.range(0)));
    if (!filled.full) state.SkipWithError("the table refused an entry");
    std::size_t at = 0;
    FlowHash hashes[kBatch];
    for (auto _ : state) {
        if (at + kBatch > filled.order.size()) at = 0;
        for (std::size_t i = 0; i < kBatch; ++i) {
            hashes[i] = filled.table.hash_of(filled.flows[filled.order[at + i]]);
            filled.table.prefetch(hashes[i]);
        }
        for (std::size_t i = 0; i < kBatch; ++i) {
            const FlowKey& wanted = filled.flows[filled.order[at + i]];
            const auto same = [&](std::uint32_t index) { return filled.flows[index] == wanted; };
            benchmark::DoNotOptimize(filled.table.find(hashes[i], same));
        }
        at += kBatch;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(BM_FlowTable_FindBatched)->Arg(64)->Arg(1024)->Arg(65'536)->Arg(1'000'000);

void BM_FlowTable_Miss(benchmark::State& state) {
    const auto count = static_cast<std::uint32_t>(state.range(0));
    Filled filled(count);
    std::uint32_t next = count;
    for (auto _ : state) {
        const FlowKey wanted = flow(next);
        const auto same = [&](std::uint32_t index) { return filled.flows[index] == wanted; };
        benchmark::DoNotOptimize(filled.table.find(filled.table.hash_of(wanted), same));
        next = next + 1 == 4 * count ? count : next + 1;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FlowTable_Miss)->Arg(1024)->Arg(65'536);

// What a connection costs the table: the oldest goes, a new one comes.
void BM_FlowTable_EraseAndInsert(benchmark::State& state) {
    const auto count = static_cast<std::uint32_t>(state.range(0));
    Filled filled(count);
    std::uint32_t oldest = 0, next = count;
    for (auto _ : state) {
        filled.table.erase(filled.table.hash_of(flow(oldest)), oldest % count);
        if (!filled.table.insert(filled.table.hash_of(flow(next)), next % count)) {
            state.SkipWithError("the table refused an entry");
        }
        ++oldest;
        ++next;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FlowTable_EraseAndInsert)->Arg(64)->Arg(65'536);

}  // namespace
