// SPDX-License-Identifier: BSD-3-Clause
// The connect report.
#include <algorithm>
#include <cstdio>

#include "tool/report.h"

namespace ringsock::bench {
namespace {

void print_row(const char* name, const ConnectFigures* figures) {
    if (figures == nullptr) return;
    if (!figures->present()) {
        std::printf("  %-16s not measured: %s\n", name, figures->unavailable.c_str());
        return;
    }
    const Quantiles& latency = figures->latency;
    std::printf("  %-16s %12s %12s %12s %12s %10.1f %10.1f %10.1f %8llu\n", name,
                grouped(figures->rate.median).c_str(), grouped(figures->rate.smallest).c_str(),
                grouped(figures->rate.largest).c_str(), grouped(figures->cpu_cycles.median).c_str(),
                latency.p50 / 1e3, latency.p99 / 1e3, latency.p999 / 1e3,
                static_cast<unsigned long long>(figures->errors));
}

void write_figures(JsonWriter& json, const ConnectFigures& figures) {
    json.value("connects_per_second", figures.rate.median);
    json.value("cycles_per_connect", figures.cpu_cycles.median);
    json.value("busiest_thread_cycles_per_connect", figures.busiest_cycles.median);
    json.value("frames_per_connect", figures.frames_per_connect);
    json.value("connects", figures.connects);
    json.value("errors", figures.errors);
    if (figures.first_error.empty())
        json.null("first_error");
    else
        json.value("first_error", figures.first_error);
    write_quantiles(json, "latency_ns", figures.latency);
}

void write_side(JsonWriter& json, const char* key, const ConnectFigures* figures, const char* why_not_asked) {
    json.begin_object(key);
    if (figures != nullptr && figures->present()) {
        write_figures(json, *figures);
    } else {
        json.null("connects_per_second");
        json.value("reason", figures == nullptr ? why_not_asked : figures->unavailable.c_str());
    }
    json.end_object();
}

void write_spread(JsonWriter& json, const char* key, const ConnectFigures* figures) {
    if (figures == nullptr || !figures->present()) return;
    json.begin_object(key);
    json.value("min", figures->rate.smallest);
    json.value("max", figures->rate.largest);
    json.begin_array("runs");
    for (const double rate : figures->rate.runs) json.element(rate);
    json.end_array();
    json.end_object();
}

// [fraction, nanoseconds] pairs, close together where the tail is: what the picture draws.
void write_distribution(JsonWriter& json, const char* key, const ConnectFigures* figures) {
    if (figures == nullptr || !figures->present() || figures->all.count() == 0) return;
    json.begin_array(key);
    for (double beyond = 1; beyond > 0.9e-5; beyond *= 0.6310) {
        json.begin_array();
        json.element(1 - beyond);
        json.element(figures->all.quantile_ns(1 - beyond));
        json.end_array();
    }
    json.end_array();
}

}  // namespace

std::optional<double> ConnectReport::ratio_to_best_kernel() const {
    double best = 0;
    for (const ConnectFigures* kernel : {epoll.get(), io_uring.get()}) {
        if (kernel != nullptr && kernel->present()) best = std::max(best, kernel->rate.median);
    }
    if (best <= 0 || !ringsock || !ringsock->present()) return std::nullopt;
    return ringsock->rate.median / best;
}

bool ConnectReport::clean() const noexcept {
    for (const ConnectFigures* side : {ringsock.get(), epoll.get(), io_uring.get()}) {
        if (side != nullptr && side->errors != 0) return false;
    }
    return !ringsock || (ringsock->present() && ringsock->connects != 0);
}

void ConnectReport::print_table() const {
    std::printf("\nconnect over %s, %s, close by %s, %u in flight, %u core%s, median of %u repeat%s\n",
                options.device.c_str(), text_of(options.mode), close == CloseKind::fin ? "FIN" : "RST",
                in_flight, options.cores, options.cores == 1 ? "" : "s", options.repeat,
                options.repeat == 1 ? "" : "s");
    std::printf("  %-16s %12s %12s %12s %12s %10s %10s %10s %8s\n", "", "connects/s", "lowest", "highest",
                "cycles each", "p50 us", "p99 us", "p99.9 us", "errors");
    print_row("Ringsock", ringsock.get());
    print_row("kernel epoll", epoll.get());
    print_row("kernel io_uring", io_uring.get());
    if (const auto ratio = ratio_to_best_kernel()) {
        std::printf("  Ringsock completes %.1f times as many connects a second as the best kernel sockets.\n",
                    *ratio);
    }
    if (ringsock && ringsock->present()) {
        if (ringsock->frames_per_connect)
            std::printf("  %.2f frames a connect on the wire", *ringsock->frames_per_connect);
        else
            std::printf("  Frames were not counted");
        const double share = ringsock->enumerations == 0 ? 0
                                                         : 100 * static_cast<double>(ringsock->fruitless) /
                                                               static_cast<double>(ringsock->enumerations);
        std::printf("; %.0f %% of the event enumerations found nothing.\n", share);
    }
    for (const auto* side : {&ringsock, &epoll, &io_uring}) {
        if (*side && !(*side)->first_error.empty())
            std::printf("  First error: %s\n", (*side)->first_error.c_str());
    }
}

void ConnectReport::write_json(JsonWriter& json, const Machine& machine) const {
    json.begin_object();
    json.value("command", "connect");
    json.value("mode", text_of(options.mode));
    json.value("device", options.device);
    json.value("close", text_of(close));
    json.value("in_flight", in_flight);
    json.value("cores", options.cores);
    json.value("repeat", options.repeat);
    if (options.count != 0)
        json.value("count", options.count);
    else
        json.value("seconds", options.seconds);
    json.begin_object("ringsock");
    if (ringsock && ringsock->present()) {
        write_figures(json, *ringsock);
        json.value("enumerations", ringsock->enumerations);
        json.value("fruitless_enumerations", ringsock->fruitless);
    } else {
        json.null("connects_per_second");
        json.value("reason", ringsock ? ringsock->unavailable.c_str() : "not asked for");
    }
    json.end_object();
    json.begin_object("kernel");
    write_side(json, "epoll", epoll.get(), "not asked for");
    write_side(json, "io_uring", io_uring.get(), "not asked for");
    json.end_object();
    json.value("ratio_to_best_kernel", ratio_to_best_kernel());
    json.begin_object("spread");
    write_spread(json, "ringsock", ringsock.get());
    write_spread(json, "epoll", epoll.get());
    write_spread(json, "io_uring", io_uring.get());
    json.end_object();
    json.begin_object("latency_distribution");
    write_distribution(json, "ringsock", ringsock.get());
    write_distribution(json, "epoll", epoll.get());
    write_distribution(json, "io_uring", io_uring.get());
    json.end_object();
    write_machine(json, machine);
    json.end_object();
}

}  // namespace ringsock::bench
