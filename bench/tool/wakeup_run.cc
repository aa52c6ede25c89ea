// SPDX-License-Identifier: BSD-3-Clause
// The wake-up workload, whatever the sockets; and its command.
#include "tool/wakeup_run.h"

#include <time.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "tool/commands.h"

namespace ringsock::bench {
namespace {

constexpr std::uint64_t kDefaultCount = 2000;
constexpr std::uint64_t kWarmUp = 50;

void pause_us(std::uint64_t micros) {
    timespec span{};
    span.tv_sec = static_cast<time_t>(micros / 1'000'000);
    span.tv_nsec = static_cast<long>(micros % 1'000'000 * 1000);
    nanosleep(&span, nullptr);
}

// Messages carry the time at which they were sent and whether they count.
struct Message {
    std::uint64_t sent;
    std::uint64_t counts;
};

void receive_all(WakeSide& side, const WakePlan& plan, WakeOutcome& outcome) {
    pin_this_thread(plan.cpus.back());
    Message message{};
    while (side.receive({reinterpret_cast<char*>(&message), sizeof message})) {
        const std::uint64_t now = read_cycles();
        if (message.counts == 0) continue;
        outcome.delay.record(now - message.sent);
        ++outcome.wakeups;
    }
}

struct Contest {
    std::unique_ptr<WakeSide> side;
    std::vector<std::unique_ptr<WakeOutcome>> outcomes;
};

Quantiles quantiles_over(const std::vector<std::unique_ptr<WakeOutcome>>& outcomes) {
    std::vector<Quantiles> runs;
    for (const auto& one : outcomes) runs.push_back(quantiles_of(one->delay));
    return median_of(runs);
}

double cpu_over(const std::vector<std::unique_ptr<WakeOutcome>>& outcomes) {
    std::vector<double> runs;
    for (const auto& one : outcomes) runs.push_back(one->cpu_percent);
    return spread_of(std::move(runs)).median;
}

std::uint64_t errors_of(const Contest& contest) {
    std::uint64_t errors = 0;
    for (const auto& one : contest.outcomes) errors += one->errors + (one->unavailable.empty() ? 0 : 1);
    return errors;
}

void print_row(const Contest& contest) {
    if (!contest.side) return;
    const std::string name(contest.side->name());
    if (const std::string& reason = contest.outcomes.back()->unavailable; !reason.empty()) {
        std::printf("  %-10s not measured: %s\n", name.c_str(), reason.c_str());
        return;
    }
    const Quantiles q = quantiles_over(contest.outcomes);
    std::printf("  %-10s %10.1f %10.1f %10.1f %10.1f %12.1f %8llu\n", name.c_str(), q.p50 / 1e3, q.p90 / 1e3,
                q.p99 / 1e3, q.p999 / 1e3, cpu_over(contest.outcomes),
                static_cast<unsigned long long>(errors_of(contest)));
}

void write_side(JsonWriter& json, const char* key, const Contest& contest) {
    json.begin_object(key);
    if (!contest.side || !contest.outcomes.back()->unavailable.empty()) {
        json.null("wakeup_ns");
        json.value("reason", contest.side ? contest.outcomes.back()->unavailable.c_str() : "not asked for");
    } else {
        std::uint64_t wakeups = 0;
        for (const auto& one : contest.outcomes) wakeups += one->wakeups;
        write_quantiles(json, "wakeup_ns", quantiles_over(contest.outcomes));
        json.value("wakeups", wakeups);
        json.value("cpu_percent", cpu_over(contest.outcomes));
        json.value("errors", errors_of(contest));
    }
    json.end_object();
}

}  // namespace

std::unique_ptr<WakeOutcome> run_wakeup(WakeSide& side, const WakePlan& plan) {
    auto outcome = std::make_unique<WakeOutcome>();
    if (auto reason = side.open(plan)) {
        outcome->unavailable = *reason;
        side.close();
        return outcome;
    }
    std::thread receiver([&] { receive_all(side, plan, *outcome); });
    std::thread sender([&] {
        pin_this_thread(plan.cpus.front());
        std::uint64_t state = 0x9e3779b97f4a7c15;
        double cpu = 0;
        std::uint64_t since = 0;
        for (std::uint64_t i = 0; i < plan.count + kWarmUp; ++i) {
            if (i == kWarmUp) {
                cpu = process_cpu_seconds();
                since = read_cycles();
            }
            state = state * 6364136223846793005u + 1442695040888963407u;
            pause_us(plan.pause_us / 2 + (state >> 33) % (plan.pause_us + 1));
            const Message message{read_cycles(), i >= kWarmUp ? 1u : 0u};
            if (side.send({reinterpret_cast<const char*>(&message), sizeof message})) continue;
            ++outcome->errors;
            break;
        }
        const double seconds = CycleClock::instance().to_seconds(read_cycles() - since);
        if (since != 0) outcome->cpu_percent = 100 * (process_cpu_seconds() - cpu) / seconds;
        side.end_sending();
    });
    sender.join();
    receiver.join();
    if (outcome->wakeups != plan.count) ++outcome->errors;
    side.close();
    return outcome;
}

int wakeup_command(const Options& options) {
    const Machine machine = describe_machine();
    Progress progress(options.quiet);
    Contest ringsock{make_ringsock_wakeup(options), {}};
    Contest kernel{options.kernel_baseline ? make_kernel_wakeup() : nullptr, {}};
    std::vector<int> cpus = allowed_cpus();
    cpus.resize(2);
    const WakePlan plan{options.mode, options.count != 0 ? options.count : kDefaultCount, options.pause_us,
                        cpus};
    for (unsigned repeat = 1; repeat <= options.repeat; ++repeat) {
        for (Contest* contest : {&ringsock, &kernel}) {
            if (!contest->side) continue;
            if (!contest->outcomes.empty() && !contest->outcomes.back()->unavailable.empty()) continue;
            progress.announce("wakeup, repeat " + std::to_string(repeat) + "/" +
                              std::to_string(options.repeat) + ", " + std::string(contest->side->name()));
            contest->outcomes.push_back(run_wakeup(*contest->side, plan));
        }
    }
    progress.finish();
    std::printf("\nwakeup over %s, %s, %u us between messages, median of %u repeat%s\n",
                options.device.c_str(), text_of(options.mode), options.pause_us, options.repeat,
                options.repeat == 1 ? "" : "s");
    std::printf("  %-10s %10s %10s %10s %10s %12s %8s\n", "", "p50 us", "p90 us", "p99 us", "p99.9 us",
                "processor %", "errors");
    print_row(ringsock);
    print_row(kernel);
    JsonWriter json;
    json.begin_object();
    json.value("command", "wakeup");
    json.value("mode", text_of(options.mode));
    json.value("device", options.device);
    json.value("pause_us", options.pause_us);
    json.value("count", plan.count);
    json.value("repeat", options.repeat);
    write_side(json, "ringsock", ringsock);
    write_side(json, "kernel", kernel);
    write_machine(json, machine);
    json.end_object();
    if (!options.json_path.empty() && !write_file(options.json_path, json.text())) return 1;
    return errors_of(ringsock) + errors_of(kernel) == 0 ? 0 : 1;
}

}  // namespace ringsock::bench
