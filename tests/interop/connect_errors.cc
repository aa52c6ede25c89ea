// SPDX-License-Identifier: BSD-3-Clause
// The error table of WSAConnect on a real wire: each place in each way of waiting, and the same socket
// connects afterwards. errors_test.sh makes the wire and the places. Prints TAP lines without numbers; exit
// code 0 only when every line says ok.
//
//     connect_errors [--config FILE] [--set key=value]... refused=A:P silent=A:P no_route=A:P
//     no_neighbour=A:P
//                    good=A:P
//
// All attempts run at once, so the table takes as long as its slowest row.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>

#include "connect_attempt.h"
#include "examples/program.h"

namespace {

using namespace ringsock::test;
using std::chrono::milliseconds;

struct Row {
    const char* place;
    int code;
    DWORD give_up_after_s;  ///< TCP_MAXRT; 0: left alone.
};

// No ARP answer is known after three seconds, whatever TCP's own patience is.
constexpr Row kRows[] = {
    {"refused", WSAECONNREFUSED, 0},
    {"silent", WSAETIMEDOUT, 1},
    {"no_route", WSAENETUNREACH, 0},
    {"no_neighbour", WSAEHOSTUNREACH, 0},
};
constexpr const char* kGood = "good";
constexpr milliseconds kPatience{15'000};

using Places = std::map<std::string, SOCKADDR_IN>;

/// "name=a.b.c.d:port"
bool add_place(const std::string& text, Places& places) {
    const std::size_t equals = text.find('=');
    const std::size_t colon = text.rfind(':');
    if (equals == text.npos || colon == text.npos || colon < equals) return false;
    unsigned short port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data() + colon + 1, end, port);
    SOCKADDR_IN address;
    if (problem != std::errc{} || stop != end) return false;
    if (!examples::make_address(text.substr(equals + 1, colon - equals - 1), port, address)) return false;
    return places.emplace(text.substr(0, equals), address).second;
}

struct Case {
    const Row& row;
    Way way;
    std::unique_ptr<ConnectAttempt> attempt;
};

bool say(bool ok, const Case& tested, const std::string& claim, int code) {
    const std::string& trouble = tested.attempt->trouble();
    if (!ok || !trouble.empty()) {
        std::printf("ended with %s after %lld ms; %s\n", examples::error_name(code).c_str(),
                    static_cast<long long>(tested.attempt->lasted().count()), trouble.c_str());
    }
    ok = ok && trouble.empty();
    std::printf("%s - %s, by %s: %s\n", ok ? "ok" : "not ok", tested.row.place, name_of(tested.way),
                claim.c_str());
    std::fflush(stdout);
    return ok;
}

bool run_table(const Places& places) {
    std::vector<Case> cases;
    for (const Row& row : kRows) {
        for (const Way way : kWays) {
            const SOCKET socket =
                WSASocketW(WS_AF_INET, WS_SOCK_STREAM, WS_IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED);
            cases.push_back({row, way, std::make_unique<ConnectAttempt>(socket, way)});
            if (row.give_up_after_s != 0) cases.back().attempt->give_up_after(row.give_up_after_s);
            cases.back().attempt->begin(places.at(row.place));
        }
    }
    bool all_right = true;
    for (Case& tested : cases) {
        const int code = tested.attempt->finish(kPatience);
        all_right &= say(code == tested.row.code, tested, examples::error_name(tested.row.code), code);
    }
    // The pages allow another attempt on the same socket.
    for (Case& tested : cases) {
        tested.attempt->begin(places.at(kGood));
        const int code = tested.attempt->finish(kPatience);
        all_right &= say(code == 0, tested, "the same socket connects afterwards", code);
    }
    return all_right;
}

}  // namespace

int main(int argc, char** argv) {
    examples::Configuration configuration;
    std::vector<std::string> texts;
    Places places;
    CLI::App app("The error table of WSAConnect, on the wire that the configuration describes.");
    examples::add_configuration_flags(app, configuration);
    app.add_option("places", texts, "NAME=ADDRESS:PORT: refused, silent, no_route, no_neighbour, good")
        ->required();
    CLI11_PARSE(app, argc, argv);
    for (const std::string& text : texts) {
        if (add_place(text, places)) continue;
        examples::complain("not NAME=ADDRESS:PORT: " + text);
        return 2;
    }
    for (const Row& row : kRows) {
        if (places.contains(row.place) && places.contains(kGood)) continue;
        examples::complain(std::string("missing places: ") + row.place + " or " + kGood);
        return 2;
    }
    if (!examples::start_up(configuration)) return 1;
    const bool all_right = run_table(places);
    WSACleanup();
    return all_right ? 0 : 1;
}
