// SPDX-License-Identifier: BSD-3-Clause
// ringsock-capture: runs a program with the frames of its Ringsock interfaces written to a pcapng file. The
// program itself is unchanged: libringsock reads RINGSOCK_CAPTURE and its kin when it starts
// (runtime/host/captures.h). When the program has ended, the file's statistics are told.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/capture/summary.h"

namespace {

using namespace ringsock::capture;

/// Besides the program's own exit code, as a shell would have it.
enum ExitCode { kNoCapture = 1, kWrongUsage = 2, kNotExecutable = 126, kNotFound = 127, kSignal = 128 };

struct Options {
    std::string output;
    std::string interface;
    unsigned snap = 65535;
    unsigned seconds = 0;
    bool is_quiet = false;
    std::vector<std::string> command;
};

pid_t g_child = 0;

void pass_on(int signal) {
    if (g_child > 0) kill(g_child, signal);
}

void complain(const std::string& line) {
    std::fprintf(stderr, "ringsock-capture: %s\n", line.c_str());
}

// Whether the file can be made is known before the program runs; what was there is gone either way.
bool make_file(Options& options) {
    std::FILE* file = std::fopen(options.output.c_str(), "wbe");
    if (file == nullptr) {
        complain(options.output + ": " + std::strerror(errno));
        return false;
    }
    std::fclose(file);
    std::error_code ignored;  // The program may change its folder before it starts Ringsock.
    options.output = std::filesystem::absolute(options.output, ignored).string();
    return true;
}

[[noreturn]] void become(const Options& options) {
    setenv("RINGSOCK_CAPTURE", options.output.c_str(), 1);
    setenv("RINGSOCK_CAPTURE_INTERFACE", options.interface.c_str(), 1);
    setenv("RINGSOCK_CAPTURE_SNAP", std::to_string(options.snap).c_str(), 1);
    setenv("RINGSOCK_CAPTURE_SECONDS", std::to_string(options.seconds).c_str(), 1);
    std::vector<char*> argv;
    for (const std::string& word : options.command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    const int error = errno;
    complain(options.command[0] + ": " + std::strerror(error));
    _exit(error == ENOENT ? kNotFound : kNotExecutable);
}

int run(const Options& options) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        action.sa_handler = pass_on;
        action.sa_flags = SA_RESTART;
        sigaction(signal, &action, nullptr);
    }
    g_child = fork();
    if (g_child < 0) {
        complain(std::string("fork: ") + std::strerror(errno));
        return kNoCapture;
    }
    if (g_child == 0) {
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
        become(options);
    }
    int status = 0;
    while (waitpid(g_child, &status, 0) < 0 && errno == EINTR) {
    }
    g_child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : kSignal + WTERMSIG(status);
}

// One line on standard error; the exit code when the program's own was good.
int tell(const Options& options) {
    const Summary summary = read_summary(options.output);
    if (!summary.problem.empty()) {
        complain(options.output + ": " + summary.problem);
        return kNoCapture;
    }
    if (options.is_quiet) return 0;
    std::string line = options.output + ": " + std::to_string(summary.frames) +
                       (summary.frames == 1 ? " frame of " : " frames of ") + summary.interfaces;
    if (!summary.has_statistics)
        line += ", cut short: the program ended without its last WSACleanup";
    else
        line += ", " + std::to_string(summary.dropped) + " dropped";
    complain(line);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Runs a program and writes the frames of its Ringsock interfaces to a pcapng file."};
    app.footer(
        "Exit code: the program's; 1 when that was 0 and there is no capture, 2 wrong usage, 126 and 127\n"
        "when it cannot be run, 128 and the signal when one ended it.");
    app.add_option("--output", options.output, "The file, for Wireshark, tshark or tcpdump -r")->required();
    app.add_option("--interface", options.interface, "HOST/NUMBER, as \"local/0\" (default: all)");
    app.add_option("--snap", options.snap, "Bytes of each frame that are kept")->check(CLI::Range(64, 65535));
    app.add_option("--seconds", options.seconds, "Record for so long from the start (the program goes on)")
        ->check(CLI::Range(1, 86400));
    app.add_flag("--quiet", options.is_quiet, "Only complaints");
    app.add_option("command", options.command, "-- PROGRAM ARGUMENTS...")->required();
    app.positionals_at_end();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? 0 : kWrongUsage;
    }
    if (!make_file(options)) return kNoCapture;
    const int code = run(options);
    const int told = code < kNotExecutable ? tell(options) : 0;
    return code != 0 ? code : told;
}
