// SPDX-License-Identifier: BSD-3-Clause
// What the figures rest on: percentiles within their promised error, medians, JSON that parses, flags that
// are refused.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tool/harness.h"
#include "tool/json.h"
#include "tool/options.h"
#include "tool/report.h"

namespace ringsock::bench {
namespace {

// Rule: a reported duration is at most 0.4 % from the recorded one, from one cycle to minutes.
TEST(LatencyHistogram, OneRecord_IsReportedWithinItsError) {
    for (double cycles = 1; cycles < 1e12; cycles *= 1.37) {
        LatencyHistogram histogram;
        const auto recorded = static_cast<std::uint64_t>(cycles);
        histogram.record(recorded);
        const double reported = histogram.quantile_cycles(0.5);
        EXPECT_NEAR(reported, static_cast<double>(recorded), 0.004 * static_cast<double>(recorded))
            << recorded;
    }
}

// Rule: quantile q is the smallest value that q of the records do not exceed; checked against sorted records.
TEST(LatencyHistogram, Quantiles_AgreeWithSortedRecords) {
    LatencyHistogram histogram;
    for (std::uint64_t i = 1; i <= 100'000; ++i) histogram.record(i * 10);
    for (const double fraction : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 0.99999, 1.0}) {
        const double exact = std::max(1.0, std::ceil(fraction * 100'000)) * 10;
        EXPECT_NEAR(histogram.quantile_cycles(fraction), exact, 0.004 * exact + 0.5) << fraction;
    }
}

// Rule: merging adds; what is too long for the histogram is kept as its longest, never lost; empty gives
// zero.
TEST(LatencyHistogram, MergeAndExtremes_KeepEveryRecord) {
    LatencyHistogram first, second;
    EXPECT_EQ(first.quantile_cycles(0.5), 0);
    first.record(0);
    second.record(std::numeric_limits<std::uint64_t>::max());
    second.record(1000);
    first.merge(second);
    EXPECT_EQ(first.count(), 3U);
    EXPECT_EQ(first.quantile_cycles(0), 0);
    EXPECT_NEAR(first.quantile_cycles(0.5), 1000, 4);
    EXPECT_GT(first.quantile_cycles(1), 1e12);
    first.clear();
    EXPECT_EQ(first.count(), 0U);
    EXPECT_EQ(first.quantile_cycles(1), 0);
}

TEST(Spread, OfOddAndEvenCounts_IsTheMedian) {
    EXPECT_EQ(spread_of({3, 1, 2}).median, 2);
    EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
    const Spread spread = spread_of({9, 5, 7});
    EXPECT_EQ(spread.smallest, 5);
    EXPECT_EQ(spread.largest, 9);
    EXPECT_EQ(spread.runs, (std::vector<double>{9, 5, 7})) << "the order of the repeats is kept";
    EXPECT_EQ(spread_of({}).median, 0);
}

TEST(CycleClock, Calibration_IsPlausible) {
    const double hertz = CycleClock::instance().hertz();
    EXPECT_GT(hertz, 1e8);
    EXPECT_LT(hertz, 1e10);
}

// Rule: RFC 8259 text: escapes, no trailing commas, null for what is not a number.
TEST(JsonWriter, Document_IsExact) {
    JsonWriter json;
    json.begin_object();
    json.value("text", "a\"b\\c\n");
    json.value("number", 1.5);
    json.value("nan", std::numeric_limits<double>::quiet_NaN());
    json.value("none", std::optional<double>{});
    json.begin_array("list");
    json.element(1);
    json.element(2);
    json.end_array();
    json.begin_object("empty");
    json.end_object();
    json.value("truth", true);
    json.end_object();
    EXPECT_EQ(
        json.text(),
        "{\n  \"text\": \"a\\\"b\\\\c\\u000a\",\n  \"number\": 1.5,\n  \"nan\": null,\n  \"none\": null,\n"
        "  \"list\": [\n    1,\n    2\n  ],\n  \"empty\": {},\n  \"truth\": true\n}\n");
}

TEST(Report, Grouped_SeparatesThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999.6), "1 000");
    EXPECT_EQ(grouped(1234567), "1 234 567");
    EXPECT_EQ(grouped(-4321), "-4 321");
}

struct Parsed {
    bool ok = false;
    int code = 0;
    Options options;
};
Parsed parse(std::vector<std::string> words) {
    words.insert(words.begin(), "ringsock-bench");
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    Parsed parsed;
    parsed.ok =
        parse_options(static_cast<int>(pointers.size()), pointers.data(), parsed.options, parsed.code);
    return parsed;
}

TEST(Options, Defaults_AreTheDocumentedOnes) {
    const Parsed connect = parse({"connect", "--cores", "1"});
    ASSERT_TRUE(connect.ok);
    EXPECT_EQ(connect.options.device, "ring");
    EXPECT_EQ(connect.options.mode, DriveMode::inline_drive);
    EXPECT_EQ(connect.options.close, std::vector<CloseKind>{CloseKind::fin});
    EXPECT_EQ(connect.options.in_flight, std::vector<unsigned>{64});
    EXPECT_EQ(connect.options.repeat, 5U);
    EXPECT_TRUE(connect.options.kernel_baseline);
    EXPECT_EQ(Options{}.cores, 2U);
    const Parsed pingpong = parse({"pingpong", "--cores", "1"});
    ASSERT_TRUE(pingpong.ok);
    EXPECT_EQ(pingpong.options.size, 1U);
    EXPECT_EQ(pingpong.options.in_flight, std::vector<unsigned>{1});
}

TEST(Options, Lists_AreTaken) {
    const Parsed parsed =
        parse({"connect", "--cores", "1", "--in-flight", "64,1024", "--close", "fin,rst", "--set", "a.b=1",
               "--set", "c=2", "--baseline", "none", "--count", "1000000"});
    ASSERT_TRUE(parsed.ok);
    EXPECT_EQ(parsed.options.in_flight, (std::vector<unsigned>{64, 1024}));
    EXPECT_EQ(parsed.options.close, (std::vector<CloseKind>{CloseKind::fin, CloseKind::rst}));
    EXPECT_EQ(parsed.options.overrides, (std::vector<std::string>{"a.b=1", "c=2"}));
    EXPECT_EQ(parsed.options.count, 1'000'000U);
    EXPECT_FALSE(parsed.options.kernel_baseline);
}

// Rule: an unknown or contradictory flag gives one line and exit code 2, never a run.
TEST(Options, Mistakes_AreRefusedWithCode2) {
    const std::vector<std::vector<std::string>> mistakes = {
        {},
        {"frob"},
        {"connect", "--bogus"},
        {"connect", "extra"},
        {"connect", "--device", "memif"},
        {"connect", "--device", "eth0"},
        {"connect", "--close", "half"},
        {"connect", "--mode", "dedicated", "--cores", "1"},
        {"connect", "--seconds", "1", "--count", "5"},
        {"connect", "--in-flight", "0"},
        {"connect", "--repeat", "0"},
        {"connect", "--cores", "3"},
        {"connect", "--only", "kernel", "--baseline", "none"},
        {"pingpong", "--in-flight", "5"},
        {"pingpong", "--size", "0"},
        {"idle", "--connections", "0"},
    };
    for (const auto& words : mistakes) {
        testing::internal::CaptureStderr();
        const Parsed parsed = parse(words);
        const std::string said = testing::internal::GetCapturedStderr();
        EXPECT_FALSE(parsed.ok) << said;
        EXPECT_EQ(parsed.code, 2) << said;
        EXPECT_TRUE(said.starts_with("ringsock-bench: ")) << said;
        EXPECT_EQ(said.find('\n'), said.size() - 1) << "one line: " << said;
    }
}

}  // namespace
}  // namespace ringsock::bench
