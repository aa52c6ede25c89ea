// SPDX-License-Identifier: BSD-3-Clause
// Flags of every command, their bounds, and the combinations that make no sense.
#include "tool/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

namespace ringsock::bench {
namespace {

// Bounds of the flags: generous for a large machine, small enough that a slip of the finger is caught.
constexpr unsigned kMaxInFlight = 16'384;
constexpr unsigned kMaxRepeat = 1'000;
constexpr unsigned kMaxSize = 1U << 20U;
constexpr double kMaxSeconds = 3'600;
constexpr double kMinSeconds = 0.05;
constexpr double kMaxCount = 1e12;
constexpr std::uint64_t kMaxConnections = 500'000;

const std::map<std::string, CloseKind> kCloseKinds{{"fin", CloseKind::fin}, {"rst", CloseKind::rst}};
const std::map<std::string, DriveMode> kDriveModes{{"inline", DriveMode::inline_drive},
                                                   {"dedicated", DriveMode::dedicated}};

// What the flags say before they are checked against each other.
struct Raw {
    std::string mode = "inline", baseline = "kernel", only = "all";
    std::vector<std::string> close = {"fin"};
    CLI::Option *seconds = nullptr, *count = nullptr, *in_flight = nullptr, *cores = nullptr;
};

std::vector<std::string> keys_of(const auto& map) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    return keys;
}

void add_common(CLI::App& command, Options& options) {
    command.add_option("--json", options.json_path, "Write the figures to this file as JSON");
    command.add_option("--config", options.config_path,
                       "TOML configuration instead of the built-in ring pair");
    command.add_option("--set", options.overrides, "Configuration override key=value; may be repeated")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    command.add_option("--server-address", options.server_address, "Address of the host named \"server\"")
        ->capture_default_str();
    command.add_flag("--quiet", options.quiet, "No progress on standard error");
}

// Of every command that measures both sides by turns.
void add_comparison(CLI::App& command, Options& options, Raw& raw) {
    command.add_option("--repeat", options.repeat, "Repeats; the medians are reported")
        ->check(CLI::Range(1U, kMaxRepeat))
        ->capture_default_str();
    command
        .add_option("--baseline", raw.baseline, "Compare with kernel sockets in the same run, interleaved")
        ->check(CLI::IsMember({"kernel", "none"}))
        ->capture_default_str();
}

void add_workload(CLI::App& command, Options& options, Raw& raw) {
    command.add_option("--device", options.device, "Wire between the hosts: ring")
        ->check(CLI::IsMember({"ring", "memif"}))
        ->capture_default_str();
    command
        .add_option("--mode", raw.mode, "Who drives the engines: the application's own calls, or a thread")
        ->check(CLI::IsMember(keys_of(kDriveModes)))
        ->capture_default_str();
    command.add_option("--close", raw.close, "How the client ends a connection; several: fin,rst")
        ->delimiter(',')
        ->check(CLI::IsMember(keys_of(kCloseKinds)))
        ->capture_default_str();
    raw.cores = command.add_option("--cores", options.cores, "2: an end a core; 1: both ends on one thread")
                    ->check(CLI::IsMember({1, 2}))
                    ->capture_default_str();
    raw.seconds = command.add_option("--seconds", options.seconds, "Measured time of a repeat")
                      ->check(CLI::Range(kMinSeconds, kMaxSeconds))
                      ->capture_default_str();
    raw.count = command.add_option("--count", options.count, "Measure so many instead of a time")
                    ->check(CLI::Range(1.0, kMaxCount));
    add_comparison(command, options, raw);
    command.add_option("--only", raw.only, "Leave Ringsock out: kernel")
        ->check(CLI::IsMember({"all", "kernel"}));
}

void add_wakeup(CLI::App& command, Options& options, Raw& raw) {
    command
        .add_option("--mode", raw.mode, "Who drives the engines: the application's own calls, or a thread")
        ->check(CLI::IsMember(keys_of(kDriveModes)))
        ->capture_default_str();
    command.add_option("--count", options.count, "Messages of a repeat; 2000 if left out")
        ->check(CLI::Range(1.0, kMaxCount));
    command.add_option("--pause-us", options.pause_us, "Mean pause before a message, microseconds")
        ->check(CLI::Range(50U, 1'000'000U))
        ->capture_default_str();
    add_comparison(command, options, raw);
}

// Says what is wrong in one line; empty when nothing is.
std::string contradiction(const Options& options, const Raw& raw) {
    if (options.command == Command::idle) return "";
    if (options.command == Command::wakeup) {
        return allowed_cpus().size() >= 2 ? "" : "wakeup needs two processors, one for the sender";
    }
    if (options.device == "memif") return "--device memif is not available yet; use --device ring";
    if (raw.seconds->count() != 0 && raw.count->count() != 0)
        return "--seconds and --count exclude each other";
    if (options.mode == DriveMode::dedicated && options.cores == 1) {
        return "--mode dedicated needs --cores 2: one for the engine, one for the application";
    }
    if (!options.ringsock && !options.kernel_baseline)
        return "--only kernel and --baseline none leave nothing to run";
    if (options.command == Command::pingpong && options.in_flight != std::vector<unsigned>{1}) {
        return "pingpong keeps one request in flight; --in-flight 1 is the only choice";
    }
    if (options.command == Command::pingpong && options.close.size() != 1)
        return "pingpong takes one --close";
    if (allowed_cpus().size() < options.cores) {
        return "--cores " + std::to_string(options.cores) +
               " needs that many processors, and this process may use " +
               std::to_string(allowed_cpus().size());
    }
    return "";
}

void take(const Raw& raw, Options& options) {
    options.mode = kDriveModes.at(raw.mode);
    options.kernel_baseline = raw.baseline == "kernel";
    options.ringsock = raw.only == "all";
    options.close.clear();
    for (const std::string& kind : raw.close) options.close.push_back(kCloseKinds.at(kind));
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

bool parse_options(int argc, char** argv, Options& options, int& exit_code) {
    CLI::App app("What a connection costs on Ringsock and, for the same work, on kernel sockets.",
                 "ringsock-bench");
    app.require_subcommand(1);
    Raw connect_raw, ping_raw, wakeup_raw;
    CLI::App* connect = app.add_subcommand("connect", "Open and close connections as fast as possible");
    CLI::App* pingpong = app.add_subcommand("pingpong", "Round trips of a small message on one connection");
    CLI::App* idle = app.add_subcommand("idle", "Memory of connections that do nothing");
    CLI::App* wakeup = app.add_subcommand("wakeup", "From a send to the return of the recv that slept");
    for (CLI::App* command : {connect, pingpong, idle, wakeup}) add_common(*command, options);
    add_workload(*connect, options, connect_raw);
    add_workload(*pingpong, options, ping_raw);
    connect_raw.in_flight =
        connect->add_option("--in-flight", options.in_flight, "Connects at once; several: 64,1024")
            ->delimiter(',')
            ->check(CLI::Range(1U, kMaxInFlight))
            ->capture_default_str();
    ping_raw.in_flight = pingpong->add_option("--in-flight", options.in_flight, "Always 1");
    pingpong->add_option("--size", options.size, "Bytes each way")
        ->check(CLI::Range(1U, kMaxSize))
        ->capture_default_str();
    add_wakeup(*wakeup, options, wakeup_raw);
    idle->add_option("--connections", options.connections, "Connections to open; each has two endpoints here")
        ->check(CLI::Range(std::uint64_t{1}, kMaxConnections))
        ->capture_default_str();
    idle->add_option("--max-bytes", options.max_bytes,
                     "Fail with exit code 1 above so many bytes an endpoint")
        ->check(CLI::PositiveNumber);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        exit_code = app.exit(help);
        return false;
    } catch (const CLI::ParseError& mistake) {
        std::fprintf(stderr, "ringsock-bench: %s\n", first_line(mistake.what()).c_str());
        exit_code = 2;
        return false;
    }
    const Raw& raw = pingpong->parsed() ? ping_raw : wakeup->parsed() ? wakeup_raw : connect_raw;
    options.command = idle->parsed()       ? Command::idle
                      : wakeup->parsed()   ? Command::wakeup
                      : pingpong->parsed() ? Command::pingpong
                                           : Command::connect;
    if (pingpong->parsed() && ping_raw.in_flight->count() == 0) options.in_flight = {1};
    take(raw, options);
    const std::string mistake = contradiction(options, raw);
    if (!mistake.empty()) {
        std::fprintf(stderr, "ringsock-bench: %s\n", mistake.c_str());
        exit_code = 2;
    }
    return mistake.empty();
}

const char* text_of(CloseKind close) noexcept {
    return close == CloseKind::fin ? "fin" : "rst";
}
const char* text_of(DriveMode mode) noexcept {
    return mode == DriveMode::inline_drive ? "inline" : "dedicated";
}

}  // namespace ringsock::bench
