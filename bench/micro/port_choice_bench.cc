// SPDX-License-Identifier: BSD-3-Clause
// Question: what does the choice of a source port cost, also when nearly all ports of a destination are in
// use and when only a quarter of them hashes to this engine? Unit: nanoseconds for a choice and the release
// of the oldest port; the argument is the share in use, percent.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "inet/ports.h"

namespace {

using namespace ringsock;

constexpr std::uint32_t kPorts = 64'512;  // 1024 to 65535

// A cheap stand-in for the engine's random source: the same numbers in every run.
class Numbers {
  public:
    std::uint32_t next() noexcept {
        state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        return static_cast<std::uint32_t>(state_ >> 32);
    }

  private:
    std::uint64_t state_ = 1;
};

void choose_and_release(benchmark::State& state, const PortSteering* steering, std::uint32_t available,
                        std::uint32_t residue) {
    PortSets ports({{Port{1024}, Port{65'535}}, 64, SipKey{1, 2}}, steering);
    const Destination to{0x0a000001, 0x0a000002, Port{80}};
    const auto never = [](Port) { return false; };
    Numbers numbers;
    const std::size_t in_use = available * static_cast<std::size_t>(state.range(0)) / 100 + 1;
    std::vector<Port> taken;
    for (std::size_t i = 0; i < in_use; ++i) {
        const auto port = ports.choose(to, residue, numbers.next(), never);
        if (!port) {
            state.SkipWithError("no port was left");
            return;
        }
        taken.push_back(*port);
    }
    std::size_t oldest = 0;
    for (auto _ : state) {
        ports.release(to, taken[oldest]);
        const auto port = ports.choose(to, residue, numbers.next(), never);
        if (!port) {
            state.SkipWithError("no port was left");
            break;
        }
        taken[oldest] = *port;
        if (++oldest == taken.size()) oldest = 0;
    }
    state.SetItemsProcessed(state.iterations());
}

void BM_PortChoice_OneEngine(benchmark::State& state) {
    choose_and_release(state, nullptr, kPorts, 0);
}
BENCHMARK(BM_PortChoice_OneEngine)->Arg(0)->Arg(50)->Arg(90)->Arg(99);

void BM_PortChoice_OneOfFourEngines(benchmark::State& state) {
    ToeplitzKey key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 37 + 11);
    std::vector<std::uint16_t> redirection(128);
    for (std::size_t i = 0; i < redirection.size(); ++i) redirection[i] = static_cast<std::uint16_t>(i % 4);
    const auto steering = std::make_unique<PortSteering>(key, redirection, std::uint16_t{1});
    const std::uint32_t residue = steering->residue(Ipv4::of(10, 0, 0, 1), Ipv4::of(10, 0, 0, 2), Port{80});
    std::uint32_t mine = 0;
    for (std::uint32_t port = 1024; port <= 65'535; ++port) {
        mine += steering->is_mine(Family::ipv4, residue, Port{static_cast<std::uint16_t>(port)}) ? 1 : 0;
    }
    choose_and_release(state, steering.get(), mine, residue);
}
BENCHMARK(BM_PortChoice_OneOfFourEngines)->Arg(0)->Arg(90)->Arg(99);

// Every connect goes to another address: the destination's set is found, not remembered.
void BM_PortChoice_ManyDestinations(benchmark::State& state) {
    PortSets ports({{Port{1024}, Port{65'535}}, 256, SipKey{1, 2}});
    const auto never = [](Port) { return false; };
    Numbers numbers;
    std::uint32_t host = 0;
    for (auto _ : state) {
        const Destination to{0x0a000001, 0x0a000100 + (++host % 200), Port{80}};
        const auto port = ports.choose(to, 0, numbers.next(), never);
        if (port) ports.release(to, *port);
        benchmark::DoNotOptimize(port);
    }
}
BENCHMARK(BM_PortChoice_ManyDestinations);

}  // namespace

BENCHMARK_MAIN();
