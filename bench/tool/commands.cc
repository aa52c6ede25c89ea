// SPDX-License-Identifier: BSD-3-Clause
// Which measurements a command makes, in which order: the kinds of socket take turns within every repeat, so
// that a noisy minute touches all of them.
#include "tool/commands.h"

#include <cstdio>

namespace ringsock::bench {
namespace {

// Kinds of socket that are measured, with their outcomes so far.
template <typename Side, typename Outcome>
struct Contender {
    std::unique_ptr<Side> side;
    std::vector<std::unique_ptr<Outcome>> outcomes;
    [[nodiscard]] bool asked_for() const noexcept { return side != nullptr; }
    [[nodiscard]] bool unavailable() const noexcept {
        return !outcomes.empty() && !outcomes.back()->unavailable.empty();
    }
};

std::vector<int> cpus_for(unsigned cores) {
    std::vector<int> cpus = allowed_cpus();
    cpus.resize(cores);
    return cpus;
}

ConnectPlan plan_of(const Options& options, unsigned in_flight, CloseKind close) {
    ConnectPlan plan;
    plan.in_flight = in_flight;
    plan.close = close;
    plan.mode = options.mode;
    plan.cores = options.cores;
    plan.seconds = options.seconds;
    plan.count = options.count;
    plan.cpus = cpus_for(options.cores);
    return plan;
}

std::unique_ptr<ConnectReport> measure_connect(const Options& options, unsigned in_flight, CloseKind close,
                                               Progress& progress) {
    using Kind = Contender<ConnectSide, ConnectOutcome>;
    Kind ringsock, epoll, io_uring;
    if (options.ringsock) ringsock.side = make_ringsock_connect(options);
    if (options.kernel_baseline) {
        epoll.side = make_kernel_epoll_connect();
        io_uring.side = make_kernel_uring_connect();
    }
    const ConnectPlan plan = plan_of(options, in_flight, close);
    for (unsigned repeat = 1; repeat <= options.repeat; ++repeat) {
        for (Kind* kind : {&ringsock, &epoll, &io_uring}) {
            if (!kind->asked_for() || kind->unavailable()) continue;
            progress.announce("connect, " + std::to_string(in_flight) + " in flight, " + text_of(close) +
                              ", repeat " + std::to_string(repeat) + "/" + std::to_string(options.repeat) +
                              ", " + std::string(kind->side->name()));
            kind->outcomes.push_back(run_connect(*kind->side, plan, progress));
        }
    }
    progress.finish();
    auto report =
        std::make_unique<ConnectReport>(ConnectReport{options, in_flight, close, nullptr, nullptr, nullptr});
    if (ringsock.asked_for()) report->ringsock = summarize(ringsock.outcomes);
    if (epoll.asked_for()) report->epoll = summarize(epoll.outcomes);
    if (io_uring.asked_for()) report->io_uring = summarize(io_uring.outcomes);
    return report;
}

}  // namespace

int connect_command(const Options& options) {
    const Machine machine = describe_machine();
    Progress progress(options.quiet);
    JsonWriter json;
    const bool several = options.in_flight.size() * options.close.size() > 1;
    if (several) json.begin_array();
    bool clean = true;
    for (const CloseKind close : options.close) {
        for (const unsigned in_flight : options.in_flight) {
            const auto report = measure_connect(options, in_flight, close, progress);
            report->print_table();
            report->write_json(json, machine);
            clean = clean && report->clean();
        }
    }
    if (several) json.end_array();
    if (!options.json_path.empty() && !write_file(options.json_path, json.text())) return 1;
    return clean ? 0 : 1;
}

int pingpong_command(const Options& options) {
    using Kind = Contender<PingSide, PingOutcome>;
    const Machine machine = describe_machine();
    Progress progress(options.quiet);
    Kind ringsock, kernel;
    if (options.ringsock) ringsock.side = make_ringsock_pingpong(options);
    if (options.kernel_baseline) kernel.side = make_kernel_pingpong();
    const PingPlan plan{options.size,    options.close.front(), options.mode,           options.cores,
                        options.seconds, options.count,         cpus_for(options.cores)};
    for (unsigned repeat = 1; repeat <= options.repeat; ++repeat) {
        for (Kind* kind : {&ringsock, &kernel}) {
            if (!kind->asked_for() || kind->unavailable()) continue;
            progress.announce("pingpong, repeat " + std::to_string(repeat) + "/" +
                              std::to_string(options.repeat) + ", " + std::string(kind->side->name()));
            kind->outcomes.push_back(run_pingpong(*kind->side, plan, progress));
        }
    }
    progress.finish();
    PingReport report{options, nullptr, nullptr};
    if (ringsock.asked_for()) report.ringsock = summarize(ringsock.outcomes);
    if (kernel.asked_for()) report.kernel = summarize(kernel.outcomes);
    report.print_table();
    JsonWriter json;
    report.write_json(json, machine);
    if (!options.json_path.empty() && !write_file(options.json_path, json.text())) return 1;
    return report.clean() ? 0 : 1;
}

int idle_command(const Options& options) {
    const Machine machine = describe_machine();
    Progress progress(options.quiet);
    progress.announce("idle, " + std::to_string(options.connections) + " connections");
    const IdleFigures figures = measure_idle(options, progress);
    progress.finish();
    const bool measured = figures.unavailable.empty();
    const bool within = options.max_bytes <= 0 || figures.bytes_per_endpoint <= options.max_bytes;
    const bool no_buffers = figures.buffers_held.value_or(0) == 0;
    if (!measured) {
        std::printf("idle: not measured: %s\n", figures.unavailable.c_str());
    } else {
        std::printf("%s idle connections, both ends here: %.1f bytes of resident memory an endpoint%s\n",
                    grouped(static_cast<double>(figures.connections)).c_str(), figures.bytes_per_endpoint,
                    within ? "" : ", ABOVE THE BOUND");
        if (figures.buffers_held) {
            std::printf("  packet buffers held by them: %s\n",
                        grouped(static_cast<double>(*figures.buffers_held)).c_str());
        } else {
            std::printf("  packet buffers: not counted\n");
        }
        std::printf("  errors: %s%s%s\n", grouped(static_cast<double>(figures.errors)).c_str(),
                    figures.first_error.empty() ? "" : ", the first: ", figures.first_error.c_str());
    }
    JsonWriter json;
    json.begin_object();
    json.value("command", "idle");
    json.value("connections", figures.connections);
    json.value("endpoints", 2 * figures.connections);
    if (measured)
        json.value("bytes_per_endpoint", figures.bytes_per_endpoint);
    else
        json.null("bytes_per_endpoint");
    json.value("resident_growth_bytes", figures.anonymous_growth);
    json.value("hugetlb_growth_bytes", figures.hugetlb_growth);
    if (figures.buffers_held)
        json.value("packet_buffers_held", *figures.buffers_held);
    else
        json.null("packet_buffers_held");
    if (options.max_bytes > 0)
        json.value("max_bytes", options.max_bytes);
    else
        json.null("max_bytes");
    json.value("errors", figures.errors);
    if (!measured) json.value("reason", figures.unavailable);
    if (!figures.first_error.empty()) json.value("first_error", figures.first_error);
    write_machine(json, machine);
    json.end_object();
    if (!options.json_path.empty() && !write_file(options.json_path, json.text())) return 1;
    return measured && within && no_buffers && figures.errors == 0 ? 0 : 1;
}

}  // namespace ringsock::bench
