// Dividing choices among experts: exactly, in proportion, and below a limit.
#include "model/routing/loads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

using Loads = std::vector<std::int64_t>;

std::int64_t sum_of(const Loads& loads) {
  return std::accumulate(loads.begin(), loads.end(), std::int64_t{0});
}

TEST(Apportion, KnownByHand) {
  EXPECT_EQ(apportion({1, 1, 2}, 8, 8), (Loads{2, 2, 4}));
  EXPECT_EQ(apportion({1, 1, 1}, 8, 8), (Loads{3, 3, 2})) << "the rest goes to the lower ones of equals";
  EXPECT_EQ(apportion({5, 3, 2}, 1, 8), (Loads{1, 0, 0}));
  EXPECT_EQ(apportion({100, 1, 1}, 10, 6), (Loads{6, 2, 2})) << "6 at most, the others share what is left";
  EXPECT_EQ(apportion({100, 10, 1}, 12, 6), (Loads{6, 5, 1})) << "10 : 1 of 6";
  EXPECT_EQ(apportion({100, 100, 1}, 13, 6), (Loads{6, 6, 1}));
  EXPECT_EQ(apportion({100, 20, 1}, 13, 6), (Loads{6, 6, 1})) << "20 : 1 of 7 would be above 6";
  EXPECT_EQ(apportion({0, 3, 0}, 5, 5), (Loads{0, 5, 0})) << "no weight, no share";
  EXPECT_EQ(apportion({7}, 0, 5), (Loads{0}));
  EXPECT_EQ(apportion({2, 1}, 8, 4), (Loads{4, 4}));
}

TEST(Apportion, SharesAreWithinOneOfTheProportion) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 2000; ++i) {
      Loads weights(1 + engine() % 64);
      for (std::int64_t& weight : weights)
        weight = static_cast<std::int64_t>((engine() % 1000) >> (engine() % 10));
      const auto open = std::count_if(weights.begin(), weights.end(), [](std::int64_t w) { return w > 0; });
      if (open == 0) continue;
      const auto most = static_cast<std::int64_t>(1 + engine() % 10000);
      const auto total = static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(most * open + 1));
      const Loads shares = apportion(weights, total, most);
      ASSERT_EQ(sum_of(shares), total);
      ASSERT_LE(*std::max_element(shares.begin(), shares.end()), most);
      // One factor for all that are not at the limit: a share is within one of it times the weight.
      for (std::size_t a = 0; a < weights.size(); ++a) {
        for (std::size_t b = 0; b < weights.size(); ++b) {
          ASSERT_TRUE(weights[a] <= weights[b] || shares[a] >= shares[b])
              << "a larger weight, a smaller share";
          if (shares[a] == most || shares[b] == most || weights[b] == 0) continue;
          const double factor = static_cast<double>(weights[a]) / static_cast<double>(weights[b]);
          ASSERT_NEAR(static_cast<double>(shares[a]), factor * static_cast<double>(shares[b]), 1 + factor);
        }
      }
    }
  }
}

TEST(DrawLoads, SumAndLimitHoldForEveryKind) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    for (const char* text : {"normal:std=0.02", "zipf:s=0", "zipf:s=1", "zipf:s=4", "hot:experts=2,times=1.5",
                             "hot:experts=1,times=0"}) {
      for (const auto& [tokens, top_k, experts] :
           {std::tuple{1, 1, 2}, {64, 2, 8}, {1000, 6, 64}, {4096, 8, 256}, {333, 1, 3}}) {
        if (experts < 8 && text[0] == 'h') continue;  // no room for hot ones
        Engine engine(seed);
        TraceShape shape;
        shape.tokens = tokens;
        shape.top_k = top_k;
        shape.num_experts = experts;
        const Loads loads = draw_loads(engine, shape, parse_routing_spec(text, "--routing"));
        ASSERT_EQ(sum_of(loads), std::int64_t{tokens} * top_k) << text;
        ASSERT_GE(*std::min_element(loads.begin(), loads.end()), 0) << text;
        ASSERT_LE(*std::max_element(loads.begin(), loads.end()), tokens) << text;
      }
    }
  }
}

// With an exponent that steep the first expert would get more choices than there are tokens.
TEST(DrawLoads, ZipfStopsAtEveryToken) {
  Engine engine(1);
  TraceShape shape;
  shape.tokens = 1000;
  shape.top_k = 8;
  shape.num_experts = 128;
  Loads loads = draw_loads(engine, shape, parse_routing_spec("zipf:s=1.5", "--routing"));
  std::sort(loads.rbegin(), loads.rend());
  EXPECT_EQ(loads[0], 1000);
  EXPECT_EQ(loads[1], 1000);
  EXPECT_LT(loads.back(), loads[10]);
}

}  // namespace
}  // namespace moehub
