// SPDX-License-Identifier: BSD-3-Clause
// ringsock-bench: what a connection costs, on Ringsock and on kernel sockets, in one run. See ../README.md.
#include <cstdio>
#include <exception>

#include "tool/commands.h"

int main(int argc, char** argv) {
    using namespace ringsock::bench;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        Options options;
        int exit_code = 0;
        if (!parse_options(argc, argv, options, exit_code)) return exit_code;
        switch (options.command) {
            case Command::connect:
                return connect_command(options);
            case Command::pingpong:
                return pingpong_command(options);
            case Command::idle:
                return idle_command(options);
            case Command::wakeup:
                return wakeup_command(options);
        }
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ringsock-bench: %s\n", failure.what());
    }
    return 1;
}
