// Exchanging choices between tokens: figures reach their targets, loads stay, and no rule of a token breaks.
#include "model/routing/choice_exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "model/routing/dealing.hpp"
#include "model/routing/gated_dealing.hpp"
#include "tests/support/seed.hpp"

namespace moehub {
namespace {

using Ids = std::vector<std::int32_t>;

std::set<std::int32_t> token_set(const TraceShape& shape, const Ids& ids, int token) {
  const auto begin = ids.begin() + token * shape.top_k;
  return {begin, begin + shape.top_k};
}

// Counted pair by pair.
std::int64_t shared(const TraceShape& shape, const Ids& ids, int a, int b) {
  const std::set<std::int32_t> other = token_set(shape, ids, b);
  std::int64_t count = 0;
  for (const std::int32_t e : token_set(shape, ids, a)) count += other.count(e) ? 1 : 0;
  return count;
}
std::int64_t shared_with_previous(const TraceShape& shape, const Ids& ids) {
  std::int64_t sum = 0;
  for (int token = 1; token < shape.tokens; ++token) sum += shared(shape, ids, token, token - 1);
  return sum;
}
std::int64_t shared_nearby(const TraceShape& shape, const Ids& ids, int block) {
  std::int64_t sum = 0;
  for (int a = 0; a < shape.tokens; ++a) {
    for (int b = 0; b < shape.tokens; ++b) {
      if (a != b && a / block == b / block) sum += shared(shape, ids, a, b);
    }
  }
  return sum;
}
std::int64_t gpus_of_tokens(const TraceShape& shape, const Ids& ids, const std::vector<int>& gpu_of) {
  std::int64_t sum = 0;
  for (int token = 0; token < shape.tokens; ++token) {
    std::set<int> gpus;
    for (const std::int32_t e : token_set(shape, ids, token))
      gpus.insert(gpu_of[static_cast<std::size_t>(e)]);
    sum += static_cast<std::int64_t>(gpus.size());
  }
  return sum;
}

TEST(ChoiceExchange, NearbyPairs) {
  EXPECT_EQ(nearby_pairs(32, 16), 2 * 16 * 15);
  EXPECT_EQ(nearby_pairs(35, 16), 2 * 16 * 15 + 3 * 2);
  EXPECT_EQ(nearby_pairs(1, 16), 0);
  EXPECT_EQ(nearby_pairs(5, 16), 5 * 4);
}

TEST(ChoiceExchange, EveryFigureReachesItsTarget) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    const TraceShape shape = {1, 300, 4, 32};
    Engine engine(seed);
    Ids ids;
    deal_uniform(engine, shape, ids);
    Ids sorted_before = ids;
    ExchangeTargets targets;
    targets.shared_with_previous = 299 * 2;                      // of 4, where 0.5 would come by chance
    targets.shared_nearby[0] = nearby_pairs(300, 16);            // 1
    targets.shared_nearby[1] = nearby_pairs(300, 128) * 7 / 10;  // 0.7
    targets.gpus_of_tokens = 300 * 3;                            // of 8 GPUs, where 3.4 would come
    for (int expert = 0; expert < 32; ++expert) targets.gpu_of_expert.push_back(expert / 4);
    EXPECT_TRUE(exchange_choices(engine, shape, targets, ids.data()));
    const auto near = [](std::int64_t value, std::int64_t target) {
      EXPECT_NEAR(static_cast<double>(value), static_cast<double>(target),
                  static_cast<double>(target) / 100 + 2);
    };
    near(shared_with_previous(shape, ids), *targets.shared_with_previous);
    near(shared_nearby(shape, ids, 16), *targets.shared_nearby[0]);
    near(shared_nearby(shape, ids, 128), *targets.shared_nearby[1]);
    near(gpus_of_tokens(shape, ids, targets.gpu_of_expert), *targets.gpus_of_tokens);

    for (int token = 0; token < shape.tokens; ++token) EXPECT_EQ(token_set(shape, ids, token).size(), 4u);
    std::sort(sorted_before.begin(), sorted_before.end());
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, sorted_before) << "every expert as often as before";
  }
}

TEST(ChoiceExchange, LessInCommonThanByChanceWorksToo) {
  const TraceShape shape = {1, 400, 4, 16};
  Engine engine(1);
  Ids ids;
  deal_uniform(engine, shape, ids);
  ExchangeTargets targets;
  targets.shared_with_previous = 399 / 2;  // 1 would come by chance
  EXPECT_TRUE(exchange_choices(engine, shape, targets, ids.data()));
  EXPECT_NEAR(static_cast<double>(shared_with_previous(shape, ids)), 399 / 2, 3);
}

TEST(ChoiceExchange, GroupsStayLimited) {
  const TraceShape shape = {1, 512, 8, 64, {8, 4, ExpertGroups::Score::TopTwo}};
  Engine engine(2);
  Ids ids;
  deal_gated_uniform(engine, shape, ids);
  ExchangeTargets targets;
  targets.shared_with_previous = 511 * 4;
  EXPECT_TRUE(exchange_choices(engine, shape, targets, ids.data()));
  for (int token = 0; token < shape.tokens; ++token) {
    std::set<int> groups;
    for (const std::int32_t e : token_set(shape, ids, token)) groups.insert(e / 8);
    ASSERT_LE(groups.size(), 4u);
  }
}

TEST(ChoiceExchange, WhatCannotBeIsSaid) {
  const TraceShape shape = {1, 64, 2, 8};
  Engine engine(1);
  Ids ids;
  deal_loads(engine, shape, std::vector<std::int64_t>(8, 16), ids);
  ExchangeTargets targets;
  targets.shared_with_previous = 63 * 2;  // all the same, with even loads
  EXPECT_FALSE(exchange_choices(engine, shape, targets, ids.data()));
}

TEST(ChoiceExchange, OneTokenAndNoTargetsAreFine) {
  Engine engine(1);
  Ids ids = {0, 1};
  ExchangeTargets targets;
  targets.shared_with_previous = 0;
  EXPECT_TRUE(exchange_choices(engine, {1, 1, 2, 4}, targets, ids.data()));
  EXPECT_TRUE(exchange_choices(engine, {1, 1, 2, 4}, {}, ids.data()));
  EXPECT_EQ(ids, (Ids{0, 1}));
}

}  // namespace
}  // namespace moehub
