// SPDX-License-Identifier: BSD-3-Clause
// Question: what does a software checksum cost, for a control segment (40 bytes with its pseudo-header) and
// for full ones? Unit: nanoseconds per message and bytes per second, data in the cache.
#include <benchmark/benchmark.h>

#include <vector>

#include "wire/checksum.h"
#include "wire/toeplitz.h"

namespace {

using namespace ringsock;

void BM_Checksum_Message(benchmark::State& state) {
    std::vector<std::byte> message(static_cast<std::size_t>(state.range(0)));
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::byte>(i * 7);
    for (auto _ : state) {
        benchmark::DoNotOptimize(message.data());
        benchmark::DoNotOptimize(checksum_of(message));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Checksum_Message)->Arg(20)->Arg(32)->Arg(64)->Arg(256)->Arg(1460)->Arg(8960);

void BM_Checksum_ControlSegment(benchmark::State& state) {
    std::byte header[32]{};
    for (auto _ : state) {
        benchmark::DoNotOptimize(&header);
        ChecksumAccumulator sum =
            pseudo_header_sum(Ipv4::of(10, 0, 0, 1), Ipv4::of(10, 0, 0, 2), IpProtocol::tcp, sizeof header);
        sum.add(header);
        benchmark::DoNotOptimize(sum.checksum());
    }
}
BENCHMARK(BM_Checksum_ControlSegment);

void BM_Checksum_Update(benchmark::State& state) {
    Be16 checksum{0x1234};
    std::uint32_t number = 1;
    for (auto _ : state) {
        checksum = update_checksum(checksum, Be32{number}, Be32{number + 1});
        ++number;
    }
    benchmark::DoNotOptimize(checksum);
}
BENCHMARK(BM_Checksum_Update);

void BM_Toeplitz_Ipv4Flow(benchmark::State& state) {
    ToeplitzKey key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 37 + 11);
    const Toeplitz toeplitz(key);
    std::uint16_t port = 1024;
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            toeplitz.ipv4(Ipv4::of(10, 0, 0, 2), Ipv4::of(10, 0, 0, 1), Port{80}, Port{++port}));
    }
}
BENCHMARK(BM_Toeplitz_Ipv4Flow);

}  // namespace
