// Percentiles: exact where they are small, close where they are large, the same in any order.
#include "model/check/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

TEST(Histogram, IsExactBelow256) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 200; ++value) histogram.add(value);
  EXPECT_EQ(histogram.percentile(0.5), 100U);
  EXPECT_EQ(histogram.percentile(0.99), 198U);
  EXPECT_EQ(histogram.percentile(0.999), 200U);
  EXPECT_EQ(histogram.percentile(1), 200U);
  EXPECT_EQ(histogram.max(), 200U);
  EXPECT_EQ(histogram.count(), 200U);
}

TEST(Histogram, WithoutSamplesIsZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.99), 0U);
  EXPECT_EQ(histogram.max(), 0U);
}

TEST(Histogram, IsWithinOnePercentAndMergesToTheSame) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> values;
    Histogram all, left, right;
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t value = random() >> (random() % 60);
      values.push_back(value);
      all.add(value);
      (i % 3 == 0 ? left : right).add(value);
    }
    right.merge(left);
    std::sort(values.begin(), values.end());
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(share * 20000)) - 1;
      const auto exact = static_cast<double>(values[rank]);
      EXPECT_NEAR(static_cast<double>(all.percentile(share)), exact, exact / 100);
      EXPECT_EQ(right.percentile(share), all.percentile(share));
    }
    EXPECT_EQ(all.percentile(1), values.back());
  }
}

TEST(Histogram, TakesTheLargestNumber) {
  Histogram histogram;
  histogram.add(~std::uint64_t{0});
  EXPECT_EQ(histogram.percentile(0.5), ~std::uint64_t{0});
}

}  // namespace
}  // namespace moehub
