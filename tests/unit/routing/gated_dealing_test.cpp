// Drawn scores through DeepSeek's gate: how many groups a token uses, how choices lie in them, and that loads
// come out exactly.
#include "model/routing/gated_dealing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "tests/support/input_error.hpp"
#include "tests/support/seed.hpp"

namespace moehub {
namespace {

TraceShape deepseek_v2(int tokens) { return {1, tokens, 6, 160, {8, 3, ExpertGroups::Score::Max}}; }
TraceShape deepseek_v3(int tokens) { return {1, tokens, 8, 256, {8, 4, ExpertGroups::Score::TopTwo}}; }

std::set<int> groups_of_token(const TraceShape& shape, const std::vector<std::int32_t>& ids, int token) {
  std::set<int> groups;
  for (int k = 0; k < shape.top_k; ++k) {
    groups.insert(ids[static_cast<std::size_t>(token * shape.top_k + k)] /
                  (shape.num_experts / shape.groups.count));
  }
  return groups;
}

std::vector<std::int64_t> loads_of(const TraceShape& shape, const std::vector<std::int32_t>& ids) {
  std::vector<std::int64_t> loads(static_cast<std::size_t>(shape.num_experts), 0);
  for (const std::int32_t id : ids) ++loads[static_cast<std::size_t>(id)];
  return loads;
}

void expect_limited_and_distinct(const TraceShape& shape, const std::vector<std::int32_t>& ids) {
  ASSERT_EQ(ids.size(), static_cast<std::size_t>(shape.tokens * shape.top_k));
  for (int token = 0; token < shape.tokens; ++token) {
    ASSERT_LE(groups_of_token(shape, ids, token).size(), static_cast<std::size_t>(shape.groups.per_token));
    const auto begin = ids.begin() + token * shape.top_k;
    ASSERT_EQ(std::set<std::int32_t>(begin, begin + shape.top_k).size(),
              static_cast<std::size_t>(shape.top_k));
  }
}

TEST(GatedDealing, UniformIsLimitedAndEven) {
  for (const TraceShape& shape : {deepseek_v2(8192), deepseek_v3(8192)}) {
    Engine engine(1);
    std::vector<std::int32_t> ids;
    deal_gated_uniform(engine, shape, ids);
    expect_limited_and_distinct(shape, ids);
    // Loads scatter by chance around the mean, and experts of a token attract each other a little.
    const double mean = 8192.0 * shape.top_k / shape.num_experts;
    double chi_square = 0;
    for (const std::int64_t load : loads_of(shape, ids)) {
      chi_square += (static_cast<double>(load) - mean) * (static_cast<double>(load) - mean) / mean;
    }
    EXPECT_NEAR(chi_square / (shape.num_experts - 1), 1, 0.4);
  }
}

// How many of its groups a token uses, and how unevenly, follows from the gate: here against a plain
// simulation with the library's normal distribution.
TEST(GatedDealing, ChoicesLieInTheGroupsAsTheGateDecides) {
  const TraceShape shape = deepseek_v3(8192);
  Engine engine(3);
  std::vector<std::int32_t> ids;
  deal_gated_uniform(engine, shape, ids);

  std::mt19937_64 library(3);
  std::normal_distribution<double> normal(0, 1);
  ExpertChooser chooser(shape.num_experts, shape.top_k, shape.groups);
  std::vector<std::int32_t> reference;
  std::vector<double> keys(256);
  for (int token = 0; token < shape.tokens; ++token) {
    for (double& key : keys) key = 1 / (1 + std::exp(-normal(library)));
    const auto& chosen = chooser.choose(keys);
    reference.insert(reference.end(), chosen.begin(), chosen.end());
  }
  const auto largest_share = [&](const std::vector<std::int32_t>& choices) {  // of a token's 8, in one group
    std::vector<double> tokens_with(9, 0);
    for (int token = 0; token < shape.tokens; ++token) {
      std::vector<int> in_group(8, 0);
      for (int k = 0; k < 8; ++k)
        ++in_group[static_cast<std::size_t>(choices[static_cast<std::size_t>(token * 8 + k)] / 32)];
      tokens_with[static_cast<std::size_t>(*std::max_element(in_group.begin(), in_group.end()))] +=
          1.0 / shape.tokens;
    }
    return tokens_with;
  };
  const std::vector<double> drawn = largest_share(ids), expected = largest_share(reference);
  for (std::size_t count = 0; count < drawn.size(); ++count)
    EXPECT_NEAR(drawn[count], expected[count], 0.03) << count;
}

TEST(GatedDealing, LoadsAreExact) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    for (const TraceShape& shape :
         {deepseek_v2(1000), deepseek_v3(1000), TraceShape{1, 300, 4, 32, {4, 2, {}}}}) {
      Engine engine(seed);
      std::vector<std::int64_t> loads(static_cast<std::size_t>(shape.num_experts));
      std::int64_t left = std::int64_t{shape.tokens} * shape.top_k;
      for (std::size_t e = 0; e < loads.size(); ++e) {  // up to half above and below the mean
        const auto experts_left = static_cast<std::int64_t>(loads.size() - e);
        const std::int64_t mean = left / experts_left;
        loads[e] = experts_left == 1 ? left : mean - mean / 2 + draw_below(engine, 2 * (mean / 2) + 1);
        left -= loads[e];
      }
      if (*std::max_element(loads.begin(), loads.end()) > shape.tokens) continue;
      std::vector<std::int32_t> ids;
      deal_gated_loads(engine, shape, loads, ids);
      expect_limited_and_distinct(shape, ids);
      EXPECT_EQ(loads_of(shape, ids), loads);
    }
  }
}

// An expert that every other token chooses, some that nobody does.
TEST(GatedDealing, VeryUnevenLoadsAreExactToo) {
  const TraceShape shape = deepseek_v3(512);
  std::vector<std::int64_t> loads(256, 16);
  for (std::size_t e = 0; e < 15; ++e) loads[e] = 0;
  loads[17] = 256;
  Engine engine(5);
  std::vector<std::int32_t> ids;
  deal_gated_loads(engine, shape, loads, ids);
  expect_limited_and_distinct(shape, ids);
  EXPECT_EQ(loads_of(shape, ids), loads);
}

TEST(GatedDealing, EarlyAndLateTokensAreAlike) {
  const TraceShape shape = deepseek_v3(8192);
  std::vector<std::int64_t> loads(256, 256);
  for (std::size_t e = 0; e < 64; ++e) loads[e] = e % 2 == 0 ? 512 : 0;
  Engine engine(5);
  std::vector<std::int32_t> ids;
  deal_gated_loads(engine, shape, loads, ids);
  for (int quarter = 0; quarter < 4; ++quarter) {
    const std::vector<std::int32_t> part(ids.begin() + quarter * 2048 * 8,
                                         ids.begin() + (quarter + 1) * 2048 * 8);
    const std::vector<std::int64_t> in_part = loads_of(shape, part);
    for (std::size_t e = 0; e < loads.size(); ++e) {
      const double expected = static_cast<double>(loads[e]) / 4;
      EXPECT_NEAR(static_cast<double>(in_part[e]), expected, 5 * std::sqrt(expected) + 1)
          << "quarter " << quarter;
    }
  }
}

TEST(GatedDealing, LoadsThatNoTokenCanCarryAreRefused) {
  // One expert of each of 4 groups is in every token, which may use 2.
  const TraceShape shape = {1, 64, 4, 16, {4, 2, {}}};
  std::vector<std::int64_t> loads(16, 0);
  for (const std::size_t e : {0u, 4u, 8u, 12u}) loads[e] = 64;
  Engine engine(1);
  std::vector<std::int32_t> ids;
  test::expect_input_error([&] { deal_gated_loads(engine, shape, loads, ids); },
                           {"--routing", "too uneven", "2 of 4 groups"});
}

}  // namespace
}  // namespace moehub
