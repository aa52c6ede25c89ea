// SPDX-License-Identifier: BSD-3-Clause
// Medians over the repeats, and what both reports share.
#include "tool/report.h"

#include <cmath>
#include <cstdio>
#include <fstream>

namespace ringsock::bench {

std::unique_ptr<ConnectFigures> summarize(const std::vector<std::unique_ptr<ConnectOutcome>>& repeats) {
    auto figures = std::make_unique<ConnectFigures>();
    std::vector<double> rates, cpu, busiest, frames;
    std::vector<Quantiles> latencies;
    for (const auto& repeat : repeats) {
        if (!repeat->unavailable.empty()) {
            figures->unavailable = repeat->unavailable;
            continue;
        }
        rates.push_back(repeat->connects_per_second);
        cpu.push_back(repeat->cpu_cycles_per_connect);
        busiest.push_back(repeat->busiest_cycles_per_connect);
        if (repeat->frames_per_connect) frames.push_back(*repeat->frames_per_connect);
        latencies.push_back(quantiles_of(repeat->latency));
        figures->all.merge(repeat->latency);
        figures->connects += repeat->connects;
        figures->errors += repeat->errors;
        figures->enumerations += repeat->enumerations;
        figures->fruitless += repeat->fruitless;
        if (figures->first_error.empty()) figures->first_error = repeat->first_error;
    }
    figures->rate = spread_of(std::move(rates));
    figures->cpu_cycles = spread_of(std::move(cpu));
    figures->busiest_cycles = spread_of(std::move(busiest));
    if (!frames.empty()) figures->frames_per_connect = spread_of(std::move(frames)).median;
    figures->latency = median_of(latencies);
    return figures;
}

std::unique_ptr<PingFigures> summarize(const std::vector<std::unique_ptr<PingOutcome>>& repeats) {
    auto figures = std::make_unique<PingFigures>();
    std::vector<double> rates, medians;
    std::vector<Quantiles> latencies;
    for (const auto& repeat : repeats) {
        if (!repeat->unavailable.empty()) {
            figures->unavailable = repeat->unavailable;
            continue;
        }
        rates.push_back(repeat->round_trips_per_second);
        latencies.push_back(quantiles_of(repeat->round_trip));
        medians.push_back(latencies.back().p50);
        figures->all.merge(repeat->round_trip);
        figures->round_trips += repeat->round_trips;
        figures->errors += repeat->errors;
        if (figures->first_error.empty()) figures->first_error = repeat->first_error;
    }
    figures->rate = spread_of(std::move(rates));
    figures->p50 = spread_of(std::move(medians));
    figures->round_trip = median_of(latencies);
    return figures;
}

void write_quantiles(JsonWriter& json, const char* key, const Quantiles& quantiles) {
    json.begin_object(key);
    json.value("p50", quantiles.p50);
    json.value("p90", quantiles.p90);
    json.value("p99", quantiles.p99);
    json.value("p999", quantiles.p999);
    json.value("p9999", quantiles.p9999);
    json.value("p99999", quantiles.p99999);
    json.end_object();
}

void write_machine(JsonWriter& json, const Machine& machine) {
    json.begin_object("machine");
    json.value("cpu", machine.cpu);
    json.value("virtualization", machine.virtualization);
    json.begin_array("cpus");
    for (const int cpu : machine.cpus) json.element(cpu);
    json.end_array();
    json.value("cycle_counter_mhz", machine.cycle_counter_mhz);
    json.value("memory_mib", machine.memory_mib);
    json.value("hugepages_total", machine.hugepages_total);
    json.value("hugepage_kib", machine.hugepage_kib);
    json.value("kernel", machine.kernel);
    json.value("tcp_congestion_control", machine.congestion_control);
    json.value("ip_local_port_range", machine.local_port_range);
    json.value("compiler", machine.compiler);
    json.value("build", machine.build);
    json.value("date_utc", machine.date_utc);
    json.end_object();
}

std::string grouped(double number) {
    std::string digits = std::to_string(static_cast<long long>(std::llround(std::abs(number))));
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ' ');
    return (number < 0 ? "-" : "") + digits;
}

bool write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) std::fprintf(stderr, "ringsock-bench: cannot write %s\n", path.c_str());
    return static_cast<bool>(file);
}

}  // namespace ringsock::bench
