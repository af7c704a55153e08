// Integer logarithm, power and sigmoid against the mathematics library, over their whole ranges.
#include "model/routing/fixed_point.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/support/seed.hpp"

namespace moehub {
namespace {

double q(std::int64_t value, int bits) { return std::ldexp(static_cast<double>(value), -bits); }

TEST(FixedPoint, KnownValues) {
  EXPECT_EQ(log2_q24(1), 0);
  EXPECT_EQ(log2_q24(2), 1 << 24);
  EXPECT_EQ(log2_q24(1u << 31), 31 << 24);
  EXPECT_EQ(exp2_minus_q32(0), std::uint64_t{1} << 32);
  EXPECT_EQ(exp2_minus_q32(1 << 24), std::uint64_t{1} << 31);
  EXPECT_EQ(exp2_minus_q32(32 << 24), 1u);
  EXPECT_EQ(exp2_minus_q32(33 << 24), 0u);
  EXPECT_EQ(sigmoid_q24(0), 1 << 23);
  EXPECT_EQ(sigmoid_q24(std::int64_t{1} << 40), 1 << 24);
  EXPECT_EQ(sigmoid_q24(-(std::int64_t{1} << 40)), 0);
}

TEST(FixedPoint, AgreesWithTheLibrary) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 20000; ++i) {
      const auto n = static_cast<std::uint32_t>(engine() >> (32 + i % 31)) | 1;
      ASSERT_NEAR(q(log2_q24(n), 24), std::log2(n), 1e-6) << n;
      const auto x = static_cast<std::int64_t>(engine() % (40u << 24));
      ASSERT_NEAR(q(static_cast<std::int64_t>(exp2_minus_q32(x)), 32), std::exp2(-q(x, 24)),
                  std::ldexp(1, -26))
          << x;
      const std::int64_t logit = x / 2 - (10 << 24);
      ASSERT_NEAR(q(sigmoid_q24(logit), 24), 1 / (1 + std::exp(-q(logit, 24))), std::ldexp(1, -22)) << logit;
      ASSERT_EQ(sigmoid_q24(logit) + sigmoid_q24(-logit), 1 << 24) << logit;
    }
  }
}

}  // namespace
}  // namespace moehub
