// Order and merging in one partition of the reference model's merge buffer.
#include "model/hub/egress_partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace moehub::ref {
namespace {

constexpr Policy kAll{true, true, true, true, true, true};
constexpr PendingFence kNoFence{};

int add(EgressPartition& partition, EgressLine line, std::uint32_t rank, int buffer, bool full = true,
        bool low = false, bool epoch = false) {
  partition.reserve();
  partition.show_reservation();
  EgressPartition::NewEntry entry;
  entry.line = line;
  entry.rank = rank;
  entry.buffer = buffer;
  entry.full = full;
  entry.low_priority = low;
  entry.epoch = epoch;
  entry.behind = partition.newest(line);
  partition.insert(entry);
  return partition.newest(line);
}

std::vector<int> leave_all(EgressPartition& partition, const Policy& policy, PendingFence fence = kNoFence) {
  std::vector<int> buffers;
  while (const std::uint32_t eligible = partition.eligible(policy, fence)) {
    const int entry = partition.choose(eligible, policy, fence);
    buffers.push_back(partition.buffer(entry));
    partition.remove(entry);
  }
  return buffers;
}

TEST(EgressPartition, EntriesLeaveByRowAndThenByAge) {
  EgressPartition partition{8};
  add(partition, 1, 30, 0);
  add(partition, 2, 10, 1);
  add(partition, 3, 20, 2);
  add(partition, 4, 10, 3);
  EXPECT_EQ(leave_all(partition, kAll), (std::vector<int>{1, 3, 2, 0}));
  EXPECT_TRUE(partition.empty());
}

TEST(EgressPartition, AnyOrderOfArrivalLeavesSorted) {
  std::mt19937 random{7};
  for (int round = 0; round < 50; ++round) {
    EgressPartition partition{EgressPartition::kMaxEntries};
    std::vector<std::pair<std::uint32_t, int>> expected;
    for (int i = 0; i < EgressPartition::kMaxEntries - 1; ++i) {
      const auto rank = static_cast<std::uint32_t>(random() % 6);
      add(partition, static_cast<EgressLine>(i), rank, i);
      expected.emplace_back(rank, i);
    }
    std::sort(expected.begin(), expected.end());
    const std::vector<int> left = leave_all(partition, kAll);
    ASSERT_EQ(left.size(), expected.size());
    for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i], expected[i].second);
  }
}

TEST(EgressPartition, PriorityGoesBeforeFullnessAndBothBeforeTheRow) {
  EgressPartition partition{8};
  HubConfig config;
  config.policy = kAll;
  config.merge_age = 1;
  config.deadline_age = 15;
  add(partition, 1, 1, 0, true, true);    // .nop
  add(partition, 2, 2, 1, false, false);  // partial
  add(partition, 3, 3, 2, true, false);
  partition.age_entries(config);
  EXPECT_EQ(leave_all(partition, kAll), (std::vector<int>{2, 1, 0}));
}

TEST(EgressPartition, APartialLineWaitsUntilItIsOldOrNothingIsFree) {
  EgressPartition partition{2};
  HubConfig config;
  config.policy = kAll;
  config.merge_age = 2;
  config.deadline_age = 15;
  add(partition, 1, 1, 0, false);
  EXPECT_EQ(partition.eligible(kAll, kNoFence), 0U);
  partition.age_entries(config);
  EXPECT_EQ(partition.eligible(kAll, kNoFence), 0U);
  partition.age_entries(config);
  EXPECT_NE(partition.eligible(kAll, kNoFence), 0U);

  EgressPartition full{2};
  add(full, 1, 1, 0, false);
  add(full, 2, 1, 1, false);
  EXPECT_TRUE(full.is_full());
  EXPECT_EQ(full.eligible(kAll, kNoFence), 3U);
}

TEST(EgressPartition, EntriesOfALineLeaveInTheirOrder) {
  EgressPartition partition{8};
  const int first = add(partition, 5, 9, 0, true, true);
  const int second = add(partition, 5, 9, 1, true, false);
  EXPECT_FALSE(partition.merges(first, false, false)) << "another priority";
  EXPECT_TRUE(partition.merges(second, false, false));
  EXPECT_FALSE(partition.merges(second, false, true)) << "another epoch";
  EXPECT_EQ(leave_all(partition, kAll), (std::vector<int>{0, 1})) << "although the second one is preferred";
}

TEST(EgressPartition, BeforeAFenceTheOldEpochGoesFirst) {
  EgressPartition partition{8};
  add(partition, 1, 1, 0, true, false, true);
  add(partition, 2, 2, 1, false, true, false);
  const PendingFence fence{true, false};
  EXPECT_EQ(leave_all(partition, kAll, fence), (std::vector<int>{1, 0}));
}

}  // namespace
}  // namespace moehub::ref
