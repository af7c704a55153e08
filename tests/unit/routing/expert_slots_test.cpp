// Where experts lie: contiguous, round robin, balanced; how good "balanced" is, and that choices are split
// evenly.
#include "model/routing/expert_slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "model/routing/generator.hpp"
#include "model/routing/placement.hpp"
#include "model/routing/trace_io.hpp"
#include "model/routing/trace_stats.hpp"
#include "tests/support/recorded.hpp"
#include "tests/support/seed.hpp"

namespace moehub {
namespace {

using Loads = std::vector<std::int64_t>;

// Load of each GPU when an expert's choices are split evenly over its slots.
std::vector<double> gpu_loads(const Loads& loads, const ExpertOfSlot& slots, int gpus) {
  std::map<int, int> copies;
  for (const int expert : slots) ++copies[expert];
  const BlockPlacement blocks(static_cast<int>(slots.size()), gpus);
  std::vector<double> result(static_cast<std::size_t>(gpus), 0);
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    result[static_cast<std::size_t>(blocks.gpu_of(static_cast<int>(slot)))] +=
        static_cast<double>(loads[static_cast<std::size_t>(slots[slot])]) / copies[slots[slot]];
  }
  return result;
}
double busiest(const Loads& loads, const ExpertOfSlot& slots, int gpus) {
  const std::vector<double> all = gpu_loads(loads, slots, gpus);
  return *std::max_element(all.begin(), all.end());
}
double mean(const Loads& loads, int gpus) {
  return static_cast<double>(std::accumulate(loads.begin(), loads.end(), std::int64_t{0})) / gpus;
}
BalanceShape shape(int slots, int gpus, int nodes = 1, int groups = 1) {
  return {slots, gpus, nodes, groups};
}

Loads draw(std::mt19937_64& engine, std::size_t experts) {
  Loads loads(experts);
  for (std::int64_t& load : loads) load = static_cast<std::int64_t>((engine() % 1000) >> (engine() % 8));
  return loads;
}

TEST(ExpertSlots, ContiguousAndRoundRobin) {
  EXPECT_EQ(contiguous_slots(4), (ExpertOfSlot{0, 1, 2, 3}));
  EXPECT_EQ(round_robin_slots(8, 4), (ExpertOfSlot{0, 4, 1, 5, 2, 6, 3, 7}));
  EXPECT_EQ(round_robin_slots(5, 2), (ExpertOfSlot{0, 2, 4, 1, 3}))
      << "the first GPUs hold one more, as blocks do";
  EXPECT_EQ(round_robin_slots(2, 3), (ExpertOfSlot{0, 1}));
  for (const int gpus : {1, 3, 8}) {
    const ExpertOfSlot slots = round_robin_slots(60, gpus);
    const BlockPlacement blocks(60, gpus);
    for (int slot = 0; slot < 60; ++slot)
      EXPECT_EQ(slots[static_cast<std::size_t>(slot)] % gpus, blocks.gpu_of(slot));
  }
}

// EPLB's own example of one level, by hand: the heaviest first, each onto the lightest GPU with room.
TEST(ExpertSlots, PackingByHand) {
  EXPECT_EQ(balanced_slots({90, 10, 20, 80}, shape(4, 2)), (ExpertOfSlot{0, 1, 2, 3})) << "90 + 10, 80 + 20";
  EXPECT_EQ(balanced_slots({100, 1, 1, 98}, shape(4, 2)), (ExpertOfSlot{0, 2, 1, 3}))
      << "98 + 1, and then it is full";
  EXPECT_EQ(balanced_slots({1, 100, 1, 98}, shape(4, 2)), (ExpertOfSlot{1, 2, 0, 3}));
  EXPECT_EQ(balanced_slots({5, 5, 5, 5}, shape(4, 4)), (ExpertOfSlot{0, 1, 2, 3}));
  EXPECT_EQ(balanced_slots({7}, shape(1, 2)), (ExpertOfSlot{0})) << "a GPU without experts";
}

TEST(ExpertSlots, TheBusiestExpertIsCopied) {
  // 120 twice is 60 each; then 60 and 60 are the busiest: the lower one of them, expert 0, again.
  EXPECT_EQ(balanced_slots({120, 20, 10, 10}, shape(6, 2)).size(), 6u);
  const ExpertOfSlot slots = balanced_slots({120, 20, 10, 10}, shape(5, 5));
  EXPECT_EQ(std::count(slots.begin(), slots.end(), 0), 2);
  const ExpertOfSlot more = balanced_slots({120, 90, 10, 10}, shape(8, 4));
  EXPECT_EQ(std::count(more.begin(), more.end(), 0), 3) << "120/2, 90/2, 120/3, 90/3";
  EXPECT_EQ(std::count(more.begin(), more.end(), 1), 3);
}

TEST(ExpertSlots, EveryExpertIsThereAndNoGpuHasItTwiceWithoutNeed) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 400; ++i) {
      const int gpus = 1 + static_cast<int>(engine() % 12);
      const int experts = gpus + static_cast<int>(engine() % 40);
      const int redundant =
          static_cast<int>(engine() % static_cast<std::uint64_t>(experts * (gpus - 1) / 4 + 1));
      const Loads loads = draw(engine, static_cast<std::size_t>(experts));
      const ExpertOfSlot slots = balanced_slots(loads, shape(experts + redundant, gpus));
      ASSERT_EQ(slots.size(), static_cast<std::size_t>(experts + redundant));
      EXPECT_EQ(std::set<int>(slots.begin(), slots.end()).size(), static_cast<std::size_t>(experts));
      EXPECT_EQ(slots, balanced_slots(loads, shape(experts + redundant, gpus))) << "the same every time";
      const BlockPlacement blocks(experts + redundant, gpus);
      int twice = 0;
      for (int gpu = 0; gpu < gpus; ++gpu) {
        const auto begin = slots.begin() + blocks.first(gpu);
        EXPECT_TRUE(std::is_sorted(begin, begin + blocks.count(gpu)));
        twice += blocks.count(gpu) - static_cast<int>(std::set<int>(begin, begin + blocks.count(gpu)).size());
      }
      EXPECT_LE(twice, 1) << "only the last ones to be packed may have no other place";
    }
  }
}

// All ways of putting experts onto GPUs with equally many slots.
double best_of_all(const Loads& loads, int gpus) {
  const std::size_t room = loads.size() / static_cast<std::size_t>(gpus);
  std::vector<int> gpu_of;
  for (int gpu = 0; gpu < gpus; ++gpu) gpu_of.insert(gpu_of.end(), room, gpu);
  double best = 1e18;
  do {
    std::vector<double> load(static_cast<std::size_t>(gpus), 0);
    for (std::size_t e = 0; e < loads.size(); ++e)
      load[static_cast<std::size_t>(gpu_of[e])] += static_cast<double>(loads[e]);
    best = std::min(best, *std::max_element(load.begin(), load.end()));
  } while (std::next_permutation(gpu_of.begin(), gpu_of.end()));
  return best;
}

// Largest-first packing with equally many items a bin is within 4/3 of the best there is (Babel, Kellerer and
// Kotov 1998).
TEST(ExpertSlots, PackingIsWithinAThirdOfTheBest) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    double worst = 1, sum = 0;
    int cases = 0;
    for (const auto& [experts, gpus] : {std::pair{8, 2}, {8, 4}, {9, 3}, {10, 2}}) {
      for (int i = 0; i < 60; ++i, ++cases) {
        const Loads loads = draw(engine, static_cast<std::size_t>(experts));
        const double best = std::max(best_of_all(loads, gpus), 1e-9);
        const double ratio =
            std::max(busiest(loads, balanced_slots(loads, shape(experts, gpus)), gpus), 1e-9) / best;
        worst = std::max(worst, ratio);
        sum += ratio;
      }
    }
    std::printf("busiest GPU over the best possible: mean %.4f, worst %.4f\n", sum / cases, worst);
    EXPECT_LE(worst, 4.0 / 3);
    EXPECT_LE(sum / cases, 1.02);
  }
}

// Copying whoever has most to do gives the smallest largest load of a slot that so many slots can give.
TEST(ExpertSlots, NoOtherCopiesLeaveLessToTheBusiestSlot) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 200; ++i) {
      const Loads loads = draw(engine, 4);
      const int slots = 4 + static_cast<int>(engine() % 6);
      const ExpertOfSlot placed = balanced_slots(loads, shape(slots, slots));
      double largest = 0;
      for (std::size_t e = 0; e < 4; ++e) {
        largest = std::max(
            largest, static_cast<double>(loads[e]) /
                         static_cast<double>(std::count(placed.begin(), placed.end(), static_cast<int>(e))));
      }
      double best = 1e18;
      for (int a = 1; a <= slots - 3; ++a) {
        for (int b = 1; a + b <= slots - 2; ++b) {
          for (int c = 1; a + b + c <= slots - 1; ++c) {
            const int d = slots - a - b - c;
            best = std::min(best,
                            std::max({static_cast<double>(loads[0]) / a, static_cast<double>(loads[1]) / b,
                                      static_cast<double>(loads[2]) / c, static_cast<double>(loads[3]) / d}));
          }
        }
      }
      EXPECT_DOUBLE_EQ(largest, best);
    }
  }
}

TEST(ExpertSlots, ByNodeGroupsStayTogether) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    const Loads loads = draw(engine, 64);  // 8 groups of 8 on 4 nodes of 2 GPUs
    const ExpertOfSlot slots = balanced_slots(loads, shape(80, 8, 4, 8));
    ASSERT_EQ(slots.size(), 80u);
    EXPECT_EQ(std::set<int>(slots.begin(), slots.end()).size(), 64u);
    std::map<int, std::set<int>> nodes_of_group;
    for (int slot = 0; slot < 80; ++slot)
      nodes_of_group[slots[static_cast<std::size_t>(slot)] / 8].insert(slot / 20);
    for (const auto& [group, nodes] : nodes_of_group) EXPECT_EQ(nodes.size(), 1u) << "group " << group;
    std::map<int, int> groups_of_node;
    for (const auto& [group, nodes] : nodes_of_group) ++groups_of_node[*nodes.begin()];
    for (const auto& [node, groups] : groups_of_node) EXPECT_EQ(groups, 2) << "node " << node;
  }
}

// As EPLB does: one level where groups do not divide over the nodes, or slots not over the GPUs.
TEST(ExpertSlots, WithoutWholeGroupsANodeDoesNotMatter) {
  std::mt19937_64 engine(1);
  const Loads loads = draw(engine, 24);
  EXPECT_EQ(balanced_slots(loads, shape(32, 8, 4, 6)), balanced_slots(loads, shape(32, 8)));
  EXPECT_EQ(balanced_slots(loads, shape(30, 8, 4, 8)), balanced_slots(loads, shape(30, 8)));
}

TEST(PlaceExperts, ChoicesOfAnExpertGoToItsSlotsInTurn) {
  Trace trace;
  trace.layers = 1;
  trace.tokens = 6;
  trace.top_k = 1;
  trace.num_experts = 2;
  trace.expert_ids = {0, 0, 0, 1, -1, 0};
  trace.source_gpu = {0, 0, 0, 0, 1, 1};
  const Trace placed = place_experts(trace, {{0, 0, 1}});
  EXPECT_EQ(placed.num_experts, 3);
  // GPU 0 begins with slot 0 of expert 0, GPU 1 with slot 1.
  EXPECT_EQ(placed.expert_ids, (std::vector<std::int32_t>{0, 1, 0, 2, -1, 1}));
  EXPECT_EQ(placed.source_gpu, trace.source_gpu);
}

TEST(PlaceExperts, EverySourceSplitsEvenlyAndExpertsStayTheSame) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    const int gpus = 4, experts = 16;
    Trace trace = generate(parse_routing_spec("zipf:s=1", "--routing"), {3, 400, 4, experts}, seed);
    trace.source_gpu = default_source_gpu(400, gpus);
    std::vector<ExpertOfSlot> layers;
    for (int layer = 0; layer < 3; ++layer) {
      layers.push_back(balanced_slots(expert_loads(trace, layer), shape(24, gpus)));
    }
    const Trace placed = place_experts(trace, layers);
    ASSERT_NO_THROW(validate(placed, "placed"));
    for (int layer = 0; layer < 3; ++layer) {
      const ExpertOfSlot& expert_of = layers[static_cast<std::size_t>(layer)];
      std::map<std::pair<int, int>, int> from;  // [GPU, slot]
      for (int token = 0; token < trace.tokens; ++token) {
        for (int k = 0; k < trace.top_k; ++k) {
          const int slot = placed.at(layer, token, k);
          ASSERT_EQ(expert_of[static_cast<std::size_t>(slot)], trace.at(layer, token, k));
          ++from[{trace.source_gpu[static_cast<std::size_t>(token)], slot}];
        }
      }
      for (int gpu = 0; gpu < gpus; ++gpu) {
        for (int a = 0; a < 24; ++a) {
          for (int b = 0; b < 24; ++b) {
            if (expert_of[static_cast<std::size_t>(a)] != expert_of[static_cast<std::size_t>(b)]) continue;
            EXPECT_LE(std::abs(from[{gpu, a}] - from[{gpu, b}]), 1);
          }
        }
      }
    }
  }
}

class RecordedPlacement : public testing::TestWithParam<std::string> {};

// What balancing by the loads of a whole recording leaves of its imbalance: mean over layers of the busiest
// of 8 GPUs over the mean.
TEST_P(RecordedPlacement, BalancedIsBetter) {
  const std::filesystem::path file = test::recorded_trace(GetParam());
  MOEHUB_NEEDS_RECORDED(file);
  const Trace trace = read_trace(file.string());
  double contiguous = 0, round_robin = 0, packed = 0, copied = 0;
  for (int layer = 0; layer < trace.layers; ++layer) {
    const Loads loads = expert_loads(trace, layer);
    const int experts = trace.num_experts;
    const double scale = 1 / mean(loads, 8) / trace.layers;
    contiguous += scale * busiest(loads, contiguous_slots(experts), 8);
    round_robin += scale * busiest(loads, round_robin_slots(experts, 8), 8);
    packed += scale * busiest(loads, balanced_slots(loads, shape(experts, 8)), 8);
    copied += scale * busiest(loads, balanced_slots(loads, shape(experts + 8, 8)), 8);
  }
  std::printf("%s: contiguous %.3f, round robin %.3f, balanced %.3f, with a copy more a GPU %.3f\n",
              GetParam().c_str(), contiguous, round_robin, packed, copied);
  EXPECT_LT(packed, 1.12);
  EXPECT_LT(packed, contiguous);
  EXPECT_LT(packed, round_robin);
  EXPECT_LT(copied, packed);
}

INSTANTIATE_TEST_SUITE_P(Files, RecordedPlacement, testing::ValuesIn(test::recorded_traces()));

}  // namespace
}  // namespace moehub
