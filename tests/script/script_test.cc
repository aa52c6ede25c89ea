// SPDX-License-Identifier: BSD-3-Clause
// Plays every .pkt below tests/script (or those named by RINGSOCK_SCRIPT, separated by colons), one test
// each; and tests the parser and the runner themselves, which must be able to fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "script_parser.h"
#include "script_runner.h"

namespace ringsock::script {
namespace {

std::vector<std::string> scripts() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(RINGSOCK_SCRIPTS))
        if (entry.path().extension() == ".pkt") out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = std::filesystem::relative(info.param, RINGSOCK_SCRIPTS).replace_extension().string();
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
}

class Scripts : public ::testing::TestWithParam<std::string> {};

TEST_P(Scripts, Holds) {
    const auto script = read_script(GetParam());
    ASSERT_TRUE(script.ok()) << script.error().message;
    const std::string wrong = play(script.value());
    EXPECT_TRUE(wrong.empty()) << wrong;
}

INSTANTIATE_TEST_SUITE_P(Pkt, Scripts, ::testing::ValuesIn(scripts()), test_name);

std::string complaint(const char* text) {
    const auto script = parse_script("x.pkt", text);
    return script.ok() ? std::string() : script.error().message;
}

// A message names file and line, and says what would be right.
TEST(Parser, Complaints_NameFileLineAndCure) {
    EXPECT_EQ(complaint(""), "x.pkt:1: the script is empty");
    EXPECT_EQ(complaint("+0 silence\n0.5 > S"),
              "x.pkt:2: a line begins with its time, as in +0.050, or with \"option\"");
    EXPECT_EQ(complaint("// only a comment\n+0 > Q"),
              "x.pkt:2: \"Q\" are no flags: S F R P U, . for ACK, - for none");
    EXPECT_EQ(complaint("+0 > S seq x"), "x.pkt:1: seq must be a number, not \"x\"");
    EXPECT_EQ(complaint("+0 < . seq 1"), "x.pkt:1: flags say ACK, and there is no ack");
    EXPECT_EQ(complaint("+0 < S <mss 1460"), "x.pkt:1: options want a closing >");
    EXPECT_EQ(complaint("+0 < S seq 0 <speed 9>"),
              "x.pkt:1: unknown option \"speed\": mss, wscale, sackOK, TS, sack");
    EXPECT_EQ(complaint("+zero silence"), "x.pkt:1: a time must be seconds, not \"zero\"");
    EXPECT_EQ(complaint("+0 close"), "x.pkt:1: \"close\" is neither a call nor > < silence");
    EXPECT_EQ(complaint("+0 send(s, 1"), "x.pkt:1: a bracket is not closed");
    EXPECT_EQ(complaint("option colour red"), "x.pkt:1: unknown option \"colour\": tolerance, arp, gateway");
    EXPECT_EQ(complaint("+0 send(s, 1) = 1"),
              "x.pkt:1: a script ends with a silence, so that nothing else was sent");
}

TEST(Parser, IsTotal) {
    const std::string bits = "+0.1 s=()<>;:,.seq 0 ack len option @a udp icmp arp\n//";
    std::uint64_t state = 1;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (int n = 0; n < 40; ++n) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text += bits[(state >> 33) % bits.size()];
        }
        (void)parse_script("x.pkt", text);
    }
}

std::string play_text(const std::string& text) {
    const auto script = parse_script("x.pkt", text);
    EXPECT_TRUE(script.ok());
    return script.ok() ? play(script.value()) : script.error().message;
}

constexpr const char* kOpening =
    "+0 s = WSASocket(AF_INET, SOCK_STREAM) nonblocking\n"
    "+0 WSAConnect(s, 10.0.0.2:80) = WSAEWOULDBLOCK\n";

// What a script must notice: silence, a wrong field, a wrong time, a frame too many, a wrong result.
TEST(Runner, EachKindOfDeparture_EndsThePlay) {
    const std::string open = kOpening;
    EXPECT_EQ(play_text(open + "+0 > S seq 0\n+0.5 silence"), "");
    EXPECT_NE(play_text(open + "+0 > S seq 0\n+0.9 > S seq 0\n+0 silence").find("nothing was sent by then"),
              std::string::npos);
    EXPECT_NE(play_text(open + "+0 > S seq 0\n+1.1 > S seq 0\n+0 silence").find("it came 1.00"),
              std::string::npos);
    EXPECT_NE(play_text(open + "+0 > S. seq 0\n+0 silence").find("flags are S, not S."), std::string::npos);
    EXPECT_NE(play_text(open + "+0 > S seq 0 win 1\n+0 silence").find("win is 65535, not 1"),
              std::string::npos);
    EXPECT_NE(play_text(open + "+0 > S seq 0 <mss 1460>\n+0 silence").find("options are <mss 1460,sackOK"),
              std::string::npos);
    EXPECT_NE(play_text(open + "+1.5 silence").find("unasked: > S"), std::string::npos);
    EXPECT_NE(play_text(open + "+0 > S seq 0\n+1.5 silence").find("unasked: > S seq 0"), std::string::npos);
    EXPECT_NE(play_text("+0 s = WSASocket(AF_INET, SOCK_STREAM)\n+0 listen(s, 1) = 0\n+0 silence")
                  .find("it gave WSAEINVAL"),
              std::string::npos);
    EXPECT_NE(play_text("+0 jump(s)\n+0 silence").find("no call this dialect knows"), std::string::npos);
}

}  // namespace
}  // namespace ringsock::script
