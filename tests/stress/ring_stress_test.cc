// SPDX-License-Identifier: BSD-3-Clause
// The rings under real threads: nothing lost, nothing twice, each producer's order kept, and causality
// between producers. Rule: house.md, section 8 (request ring), and the comments of ring/mpsc_ring.h,
// spsc_ring.h.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "ring/byte_ring.h"
#include "ring/mpsc_ring.h"
#include "ring/spsc_ring.h"

namespace ringsock {
namespace {

struct Item {
    std::atomic<std::uint32_t> turn;
    std::uint32_t producer;
    std::uint32_t number;
    std::uint32_t check;
};

constexpr std::uint32_t kProducers = 3;
constexpr std::uint32_t kItems = 20000;

bool push(MpscRing<Item>::Producer producer, std::uint32_t who, std::uint32_t number) {
    return producer.try_push([&](Item& item) {
        item.producer = who;
        item.number = number;
        item.check = who * 31 + number * 17;
    });
}

// A small ring, so that full and empty are met all the time.
TEST(MpscRingStress, ThreeProducers_LoseNothingAndKeepTheirOrder) {
    MpscRing<Item> ring(8);
    std::vector<std::thread> producers;
    for (std::uint32_t who = 0; who < kProducers; ++who) {
        producers.emplace_back([&ring, who] {
            for (std::uint32_t n = 0; n < kItems; ++n)
                while (!push(ring.producer(), who, n)) std::this_thread::yield();
        });
    }
    std::uint32_t next[kProducers] = {};
    auto consumer = ring.consumer();
    for (std::uint32_t taken = 0; taken < kProducers * kItems;) {
        const Item* const item = consumer.front();
        if (item == nullptr) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_LT(item->producer, kProducers);
        ASSERT_EQ(item->number, next[item->producer]++);
        ASSERT_EQ(item->check, item->producer * 31 + item->number * 17);
        consumer.pop();
        ++taken;
    }
    for (std::thread& producer : producers) producer.join();
    EXPECT_EQ(consumer.front(), nullptr);
    EXPECT_FALSE(ring.looks_nonempty());
}

// What thread A pushed before it gave thread B the word arrives before what B pushes then.
TEST(MpscRingStress, PushesThatHappenedBefore_ArriveBefore) {
    constexpr std::uint32_t kRounds = 3000;
    MpscRing<Item> ring(16);
    std::atomic<std::uint32_t> word{0};
    const auto run = [&](std::uint32_t who) {
        for (std::uint32_t n = 0; n < kRounds; ++n) {
            while (word.load(std::memory_order_acquire) != 2 * n + who) std::this_thread::yield();
            while (!push(ring.producer(), who, n)) std::this_thread::yield();
            word.store(2 * n + who + 1, std::memory_order_release);
        }
    };
    std::thread a(run, 0);
    std::thread b(run, 1);
    auto consumer = ring.consumer();
    for (std::uint32_t taken = 0; taken < 2 * kRounds;) {
        const Item* const item = consumer.front();
        if (item == nullptr) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_EQ(item->number * 2 + item->producer, taken);
        consumer.pop();
        ++taken;
    }
    a.join();
    b.join();
}

TEST(SpscRingStress, OneProducer_LosesNothing) {
    SpscRing<std::uint64_t> ring(4);
    constexpr std::uint64_t kCount = 60000;
    std::thread producer([&] {
        for (std::uint64_t n = 0; n < kCount; ++n)
            while (!ring.try_push(n * 3)) std::this_thread::yield();
    });
    for (std::uint64_t n = 0; n < kCount;) {
        std::uint64_t value = 0;
        if (!ring.try_pop(value)) {
            ASSERT_LE(ring.count(), ring.capacity());
            std::this_thread::yield();
            continue;
        }
        ASSERT_EQ(value, n * 3);
        ++n;
    }
    producer.join();
    EXPECT_EQ(ring.count(), 0u);
}

// Rule: ring/byte_ring.h. Records of every length up to half of a small ring, so that it is full, empty and
// wrapped all the time; each says its number and length in every byte.
TEST(ByteRingStress, RecordsOfEveryLength_ArriveWholeAndInOrder) {
    ByteRing ring(4096);
    EXPECT_EQ(ring.reserve(2048), nullptr) << "more than half of the ring never fits";
    const auto length_of = [](std::uint32_t n) { return n * 37 % 2041; };
    std::thread producer([&] {
        for (std::uint32_t n = 0; n < kItems; ++n) {
            std::byte* at = nullptr;
            while ((at = ring.reserve(length_of(n))) == nullptr) std::this_thread::yield();
            std::memset(at, static_cast<int>(n & 0xff), length_of(n));
            ring.commit();
        }
    });
    std::uint32_t wrong = 0;
    for (std::uint32_t n = 0; n < kItems; ++n) {
        std::span<const std::byte> record;
        while ((record = ring.front()).data() == nullptr) std::this_thread::yield();
        wrong += record.size() == length_of(n) ? 0 : 1;
        for (const std::byte b : record) wrong += b == static_cast<std::byte>(n & 0xff) ? 0 : 1;
        ring.pop();
    }
    producer.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(ring.front().data(), nullptr) << "nothing is left";
}

}  // namespace
}  // namespace ringsock
