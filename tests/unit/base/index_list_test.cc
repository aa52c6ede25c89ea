// SPDX-License-Identifier: BSD-3-Clause
#include "base/index_list.h"

#include <gtest/gtest.h>

#include <list>
#include <random>
#include <vector>

namespace ringsock {
namespace {

class IndexListTest : public testing::Test {
  protected:
    std::vector<IndexLink> links_ = std::vector<IndexLink>(64);
    IndexList list_;
    auto link_of() {
        return [this](std::uint32_t i) -> IndexLink& { return links_[i]; };
    }
    std::vector<std::uint32_t> contents() {
        std::vector<std::uint32_t> out;
        for (std::uint32_t i = list_.front(); i != kNoIndex; i = links_[i].next) out.push_back(i);
        return out;
    }
};

// Rule: first in, first out.
TEST_F(IndexListTest, PushBackTakeFront_IsFifo) {
    for (std::uint32_t i : {3u, 1u, 2u}) list_.push_back(i, link_of());
    EXPECT_EQ(list_.count(), 3u);
    EXPECT_EQ(list_.take_front(link_of()), 3u);
    EXPECT_EQ(list_.take_front(link_of()), 1u);
    EXPECT_EQ(list_.take_front(link_of()), 2u);
    EXPECT_EQ(list_.take_front(link_of()), kNoIndex);
    EXPECT_TRUE(list_.empty());
}

// Rule: least recently used stands in front.
TEST_F(IndexListTest, MoveToBack_MakesMostRecent) {
    for (std::uint32_t i : {0u, 1u, 2u}) list_.push_back(i, link_of());
    list_.move_to_back(0, link_of());
    EXPECT_EQ(contents(), (std::vector<std::uint32_t>{1, 2, 0}));
    list_.move_to_back(0, link_of());
    EXPECT_EQ(contents(), (std::vector<std::uint32_t>{1, 2, 0}));
    list_.move_to_back(2, link_of());
    EXPECT_EQ(contents(), (std::vector<std::uint32_t>{1, 0, 2}));
}

// Rule: any sequence of operations leaves the order a std::list has, forwards and backwards.
TEST_F(IndexListTest, RandomOperations_MatchModel) {
    std::mt19937 random(1);
    std::list<std::uint32_t> model;
    std::vector<bool> on_list(links_.size());
    for (int step = 0; step < 20000; ++step) {
        const std::uint32_t i = static_cast<std::uint32_t>(random() % links_.size());
        if (on_list[i]) {
            list_.remove(i, link_of());
            model.remove(i);
        } else if (random() % 2 == 0) {
            list_.push_back(i, link_of());
            model.push_back(i);
        } else {
            list_.push_front(i, link_of());
            model.push_front(i);
        }
        on_list[i] = !on_list[i];
        ASSERT_EQ(list_.count(), model.size());
        ASSERT_EQ(list_.front(), model.empty() ? kNoIndex : model.front());
        ASSERT_EQ(list_.back(), model.empty() ? kNoIndex : model.back());
        if (step % 100 == 0) {
            ASSERT_EQ(contents(), std::vector<std::uint32_t>(model.begin(), model.end()));
            std::vector<std::uint32_t> backwards;
            for (std::uint32_t at = list_.back(); at != kNoIndex; at = links_[at].previous)
                backwards.push_back(at);
            ASSERT_EQ(backwards, std::vector<std::uint32_t>(model.rbegin(), model.rend()));
        }
    }
}

}  // namespace
}  // namespace ringsock
