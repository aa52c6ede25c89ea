// SPDX-License-Identifier: BSD-3-Clause
// The ping-pong report.
#include <cstdio>

#include "tool/report.h"

namespace ringsock::bench {
namespace {

void print_row(const char* name, const PingFigures* figures) {
    if (figures == nullptr) return;
    if (!figures->present()) {
        std::printf("  %-10s not measured: %s\n", name, figures->unavailable.c_str());
        return;
    }
    const Quantiles& trip = figures->round_trip;
    std::printf("  %-10s %10.2f %10.2f %10.2f %10.2f %14s %8llu\n", name, trip.p50 / 1e3, trip.p99 / 1e3,
                trip.p999 / 1e3, trip.p99999 / 1e3, grouped(figures->rate.median).c_str(),
                static_cast<unsigned long long>(figures->errors));
}

void write_side(JsonWriter& json, const char* key, const PingFigures* figures) {
    json.begin_object(key);
    if (figures != nullptr && figures->present()) {
        write_quantiles(json, "round_trip_ns", figures->round_trip);
        json.value("round_trips_per_second", figures->rate.median);
        json.value("round_trips", figures->round_trips);
        json.value("errors", figures->errors);
        if (figures->first_error.empty())
            json.null("first_error");
        else
            json.value("first_error", figures->first_error);
    } else {
        json.null("round_trip_ns");
        json.value("reason", figures == nullptr ? "not asked for" : figures->unavailable.c_str());
    }
    json.end_object();
}

void write_spread(JsonWriter& json, const char* key, const PingFigures* figures) {
    if (figures == nullptr || !figures->present()) return;
    json.begin_object(key);
    json.value("p50_min", figures->p50.smallest);
    json.value("p50_max", figures->p50.largest);
    json.begin_array("p50_runs");
    for (const double p50 : figures->p50.runs) json.element(p50);
    json.end_array();
    json.end_object();
}

}  // namespace

std::optional<double> PingReport::ratio_to_best_kernel() const {
    if (!ringsock || !ringsock->present() || !kernel || !kernel->present()) return std::nullopt;
    if (ringsock->round_trip.p50 <= 0) return std::nullopt;
    return kernel->round_trip.p50 / ringsock->round_trip.p50;
}

bool PingReport::clean() const noexcept {
    if (kernel && kernel->errors != 0) return false;
    return !ringsock || (ringsock->present() && ringsock->errors == 0 && ringsock->round_trips != 0);
}

void PingReport::print_table() const {
    std::printf("\npingpong over %s, %s, %u byte%s, %u core%s, median of %u repeat%s\n",
                options.device.c_str(), text_of(options.mode), options.size, options.size == 1 ? "" : "s",
                options.cores, options.cores == 1 ? "" : "s", options.repeat, options.repeat == 1 ? "" : "s");
    std::printf("  %-10s %10s %10s %10s %10s %14s %8s\n", "", "p50 us", "p99 us", "p99.9 us", "p99.999 us",
                "round trips/s", "errors");
    print_row("Ringsock", ringsock.get());
    print_row("kernel", kernel.get());
    if (const auto ratio = ratio_to_best_kernel()) {
        std::printf("  A round trip on kernel sockets takes %.1f times as long (medians).\n", *ratio);
    }
    for (const auto* side : {&ringsock, &kernel}) {
        if (*side && !(*side)->first_error.empty())
            std::printf("  First error: %s\n", (*side)->first_error.c_str());
    }
}

void PingReport::write_json(JsonWriter& json, const Machine& machine) const {
    json.begin_object();
    json.value("command", "pingpong");
    json.value("mode", text_of(options.mode));
    json.value("device", options.device);
    json.value("close", text_of(options.close.front()));
    json.value("in_flight", 1U);
    json.value("cores", options.cores);
    json.value("size", options.size);
    json.value("repeat", options.repeat);
    if (options.count != 0)
        json.value("count", options.count);
    else
        json.value("seconds", options.seconds);
    write_side(json, "ringsock", ringsock.get());
    write_side(json, "kernel", kernel.get());
    json.value("ratio_to_best_kernel", ratio_to_best_kernel());
    json.begin_object("spread");
    write_spread(json, "ringsock", ringsock.get());
    write_spread(json, "kernel", kernel.get());
    json.end_object();
    write_machine(json, machine);
    json.end_object();
}

}  // namespace ringsock::bench
