// SPDX-License-Identifier: BSD-3-Clause
// ringsock-doctor: what this machine, and a configuration on it, will do for Ringsock; what will not work,
// why, and the command that mends it. It changes nothing.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/doctor/looks.h"
#include "tools/doctor/page.h"

namespace {

enum ExitCode { kGood = 0, kProblems = 1, kWrongUsage = 2 };

}  // namespace

int main(int argc, char** argv) {
    using namespace ringsock::doctor;
    Request request;
    std::vector<std::string> settings;
    bool json = false;
    CLI::App app{"Looks at this machine, and at a configuration, for what Ringsock needs."};
    app.footer("Exit codes: 0 good, 1 problems found, 2 wrong usage.");
    app.add_option("--config", request.config_path,
                   "TOML file with hosts, devices and addresses (default: RINGSOCK_CONFIG)");
    app.add_option("--set", settings, "One configuration key=value on top of the file; may be repeated")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--program", request.program, "The program that cures speak of");
    app.add_flag("--json", json, "The findings for a program to read");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? kGood : kWrongUsage;
    }
    request.settings = settings;
    const char* from_environment = std::getenv("RINGSOCK_CONFIG");
    request.has_configuration = !request.config_path.empty() || !settings.empty() ||
                                (from_environment != nullptr && *from_environment != '\0');
    Findings findings;
    look_at_processor(findings);
    look_at_memory(findings);
    look_at_kernel(findings);
    look_at_privileges(findings, request);
    look_at_nics(findings);
    if (request.has_configuration) look_at_configuration(findings, request);
    const std::string text = json ? as_json(findings) : as_page(findings);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
        std::fprintf(stderr, "ringsock-doctor: cannot write the page\n");
        return kProblems;
    }
    return findings.count(Verdict::problem) == 0 ? kGood : kProblems;
}
