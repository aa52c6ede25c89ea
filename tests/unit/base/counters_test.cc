// SPDX-License-Identifier: BSD-3-Clause
#include "base/counters.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringsock {
namespace {

enum class Colour { red, green, count_ };

TEST(Counter, AddSetRaise_AreSeenByRead) {
    Counter c;
    c.add();
    c.add(41);
    EXPECT_EQ(c.read(), 42u);
    c.raise_to(10);
    EXPECT_EQ(c.read(), 42u);
    c.raise_to(50);
    EXPECT_EQ(c.read(), 50u);
    c.set(1);
    EXPECT_EQ(c.read(), 1u);
}

TEST(CounterSet, Cells_AreIndependent) {
    CounterSet<Colour> set;
    set.add(Colour::green, 3);
    EXPECT_EQ(set.read(Colour::red), 0u);
    EXPECT_EQ(set.read(Colour::green), 3u);
}

// Rule: a reader may be stale, never torn. The writer counts in steps that change both halves of the word.
TEST(Counter, ReaderOnAnotherThread_NeverSeesATornValue) {
    constexpr std::uint64_t kStep = (std::uint64_t{1} << 32) + 1;
    Counter c;
    std::thread writer([&] {
        for (int i = 0; i < 200000; ++i) c.add(kStep);
    });
    std::uint64_t last = 0;
    while (last < 200000 * kStep) {
        const std::uint64_t seen = c.read();
        ASSERT_EQ(seen % kStep, 0u);
        ASSERT_GE(seen, last);
        last = seen;
    }
    writer.join();
}

}  // namespace
}  // namespace ringsock
