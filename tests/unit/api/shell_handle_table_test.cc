// SPDX-License-Identifier: BSD-3-Clause
// Rule: handles are multiples of 4, fit in 31 bits, never equal a Linux descriptor, and a stale one is
// recognised (winsock.md, section 2.6). Shown on the table itself, with one thread and with several.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "ws2/handle_table.h"

namespace ringsock::ws2 {
namespace {

constexpr HandleKind kSocket = HandleKind::socket;

TEST(HandleTable, Values_FollowTheRules) {
    std::set<std::uintptr_t> seen;
    std::vector<std::uintptr_t> open;
    for (int i = 0; i < 10'000; ++i) {
        const std::uintptr_t handle = create_handle(kSocket, static_cast<std::uint64_t>(i), 0);
        EXPECT_EQ(handle & 3, 0u);
        EXPECT_GE(handle, 0x400000u);
        EXPECT_LT(handle, std::uintptr_t{1} << 31);
        EXPECT_TRUE(seen.insert(handle).second) << "given out twice";
        open.push_back(handle);
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
        HandleEntry entry;
        ASSERT_TRUE(find_handle(open[i], entry));
        EXPECT_EQ(entry.context, i);
        EXPECT_TRUE(destroy_handle(open[i], kSocket));
    }
}

TEST(HandleTable, Entry_HoldsWhatWasPutIn) {
    const std::uintptr_t handle = create_handle(HandleKind::mutex, 0xfedcba9876543210, 0xabcdef);
    HandleEntry entry;
    ASSERT_TRUE(find_handle(handle, entry));
    EXPECT_EQ(entry.context, 0xfedcba9876543210u);
    EXPECT_EQ(entry.kind, HandleKind::mutex);
    EXPECT_EQ(entry.detail, 0xabcdefu);
    EXPECT_FALSE(is_socket(handle));
    EXPECT_FALSE(destroy_handle(handle, kSocket)) << "another kind";
    EXPECT_TRUE(destroy_handle(handle, HandleKind::mutex));
    EXPECT_FALSE(destroy_handle(handle, HandleKind::mutex)) << "closed twice";
}

TEST(HandleTable, InvalidValues_NameNothing) {
    const std::uintptr_t handle = create_handle(kSocket, 1, 0);
    HandleEntry entry;
    for (const std::uintptr_t bad :
         {std::uintptr_t{0}, ~std::uintptr_t{0}, std::uintptr_t{0xdeadbeef}, std::uintptr_t{0xabacab},
          handle + 1, handle + 2, handle + 4 * kSlotBatch * 16, handle | std::uintptr_t{1} << 31,
          handle | std::uintptr_t{1} << 32, handle | std::uintptr_t{1} << 63,
          handle + (std::uintptr_t{1} << kGenerationShift), std::uintptr_t{4}}) {
        EXPECT_FALSE(find_handle(bad, entry)) << std::hex << bad;
    }
    EXPECT_TRUE(destroy_handle(handle, kSocket));
    EXPECT_FALSE(find_handle(handle, entry));
}

TEST(HandleTable, ClosedSlot_RestsBeforeItIsUsedAgain) {
    const std::uintptr_t first = create_handle(kSocket, 1, 0);
    ASSERT_TRUE(destroy_handle(first, kSocket));
    const std::uintptr_t slot = first >> 2 & (kHandleSlots - 1);
    int made = 0;
    for (; made < 100'000; ++made) {
        const std::uintptr_t next = create_handle(kSocket, 1, 0);
        ASSERT_TRUE(destroy_handle(next, kSocket));
        if ((next >> 2 & (kHandleSlots - 1)) == slot) {
            EXPECT_NE(next, first);
            break;
        }
    }
    EXPECT_GE(made, 512) << "a stale handle would soon name another socket";
    EXPECT_LT(made, 100'000) << "slots are used again: memory stays bounded";
}

TEST(HandleTable, Generation_WrapsPastZero) {
    // Slots worn through all their generations: the value 0 of the field would make handles below 0x400000.
    std::set<std::uintptr_t> generations;
    for (int i = 0; i < 10'000'000 && generations.size() < kGenerationMask; ++i) {
        const std::uintptr_t handle = create_handle(kSocket, 1, 0);
        ASSERT_GE(handle, 0x400000u);
        generations.insert(handle >> kGenerationShift);
        ASSERT_TRUE(destroy_handle(handle, kSocket));
    }
    EXPECT_EQ(generations.size(), kGenerationMask);
    EXPECT_EQ(generations.count(0), 0u);
}

TEST(HandleTable, WalkOverOneKind_FindsItsHandles) {
    const std::uintptr_t mutex = create_handle(HandleKind::mutex, 1, 0);
    const std::uintptr_t file = create_handle(HandleKind::file, 2, 0);
    int mutexes = 0;
    for_each_handle(HandleKind::mutex, [&](std::uintptr_t handle) {
        EXPECT_EQ(handle, mutex);
        ++mutexes;
    });
    EXPECT_EQ(mutexes, 1);
    EXPECT_TRUE(destroy_handle(mutex, HandleKind::mutex));
    EXPECT_TRUE(destroy_handle(file, HandleKind::file));
}

// Two makers, each closing what the other made, and a reader that never sees one handle's context under
// another.
TEST(HandleTable, TwoThreads_NeverShareAHandle) {
    constexpr int kRounds = 20'000;
    std::atomic<std::uintptr_t> mail[2] = {};
    std::atomic<bool> over{false};
    std::atomic<int> wrong{0};
    const auto work = [&](int me) {
        for (int i = 0; i < kRounds; ++i) {
            const std::uintptr_t handle = create_handle(kSocket, 0, 0);
            HandleEntry entry;
            if (!find_handle(handle, entry)) ++wrong;
            const std::uintptr_t received = mail[me].exchange(0);
            if (received != 0 && !destroy_handle(received, kSocket)) ++wrong;
            const std::uintptr_t unread = mail[1 - me].exchange(handle);
            if (unread != 0 && !destroy_handle(unread, kSocket)) ++wrong;
        }
    };
    const std::uintptr_t watched = create_handle(kSocket, 77, 5);
    std::thread reader([&] {
        HandleEntry entry;
        while (!over)
            if (!find_handle(watched, entry) || entry.context != 77 || entry.detail != 5) ++wrong;
    });
    std::thread other(work, 1);
    work(0);
    other.join();
    over = true;
    reader.join();
    for (auto& box : mail)
        if (const std::uintptr_t left = box.exchange(0); left != 0 && !destroy_handle(left, kSocket)) ++wrong;
    EXPECT_TRUE(destroy_handle(watched, kSocket));
    EXPECT_EQ(wrong, 0);
}

// Of several threads that close one handle, one succeeds.
TEST(HandleTable, RacingCloses_SucceedOnce) {
    for (int round = 0; round < 200; ++round) {
        const std::uintptr_t handle = create_handle(kSocket, 1, 0);
        std::atomic<int> closed{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&] { closed += destroy_handle(handle, kSocket) ? 1 : 0; });
        for (std::thread& thread : threads) thread.join();
        ASSERT_EQ(closed, 1);
    }
}

TEST(HandleTable, EndedThreads_LeaveTheirSlots) {
    const std::uint32_t before = handle_slots_used();
    for (int i = 0; i < 2000; ++i)
        std::thread([] { EXPECT_TRUE(destroy_handle(create_handle(kSocket, 1, 0), kSocket)); }).join();
    EXPECT_LE(handle_slots_used() - before, (kReuseBatches + 4) * kSlotBatch)
        << "slots were lost with their threads";
}

}  // namespace
}  // namespace ringsock::ws2
