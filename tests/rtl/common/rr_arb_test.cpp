// rr_arb: grants the first request at or after the pointer, moves the pointer behind a winner that counts, and
// starves nobody.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>

#include "Vtop_rr_arb.h"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

constexpr std::array<unsigned, 4> kSizes{1, 2, 5, 8};

unsigned field(std::uint32_t packed, std::size_t i) { return (packed >> (8 * i)) & 0xff; }

TEST(RrArb, RandomAgainstAPointer) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    Bench<Vtop_rr_arb> bench;
    std::mt19937_64 random{seed};
    std::array<unsigned, 4> pointer{};
    for (int cycle = 0; cycle < 20000; ++cycle) {
      std::uint32_t req = static_cast<std::uint32_t>(random());
      if (cycle % 2 != 0) req &= static_cast<std::uint32_t>(random());
      bench->req_i = req;
      bench->advance_i = static_cast<std::uint8_t>(random() & 0xf);
      bench.settle();
      for (std::size_t i = 0; i < 4; ++i) {
        const unsigned n = kSizes[i], wants = field(req, i) & ((1U << n) - 1);
        ASSERT_EQ((bench->valid_o >> i) & 1, wants != 0);
        if (wants == 0) {
          ASSERT_EQ(field(bench->gnt_o, i), 0U);
          continue;
        }
        unsigned winner = pointer[i];
        while (((wants >> winner) & 1) == 0) winner = (winner + 1) % n;
        ASSERT_EQ(field(bench->gnt_o, i), 1U << winner) << "size " << n << ", requests " << wants;
        ASSERT_EQ(field(bench->idx_o, i), winner);
        if (((bench->advance_i >> i) & 1) != 0) pointer[i] = (winner + 1) % n;
      }
      bench.tick();
    }
  }
}

TEST(RrArb, EveryoneOnceARound) {
  Bench<Vtop_rr_arb> bench;
  bench->req_i = ~0U;
  bench->advance_i = 0xf;
  std::array<std::array<int, 8>, 4> grants{};
  for (int cycle = 0; cycle < 80; ++cycle) {
    bench.settle();
    for (std::size_t i = 0; i < 4; ++i) ++grants[i][field(bench->idx_o, i)];
    bench.tick();
  }
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t r = 0; r < kSizes[i]; ++r) EXPECT_EQ(grants[i][r], 80 / static_cast<int>(kSizes[i]));
  }
}

}  // namespace
}  // namespace moehub::test
