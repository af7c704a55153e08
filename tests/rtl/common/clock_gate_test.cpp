// An edge goes through when the gate was on as the clock fell before it, and no other.
#include <gtest/gtest.h>

#include <random>

#include "Vtop_clock_gate.h"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

TEST(ClockGate, PassesTheEdgesThatAreAskedFor) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    Bench<Vtop_clock_gate> bench;
    bench->gate_i = 1;
    bench.reset();
    std::uint32_t expected = 0;
    const auto edges = [&](const char* when) { ASSERT_EQ(bench->edges_o, expected) << when; };
    bool on = true;
    for (int i = 0; i < 1000; ++i) {
      SCOPED_TRACE("cycle " + std::to_string(i));
      bench->clk_i = 1;
      bench->eval();
      expected += on ? 1 : 0;
      edges("only what was asked for");
      bench->gate_i = !bench->gate_i;
      bench->eval();
      edges("no glitch while the clock is high");
      ASSERT_EQ(bench->clk_o, on ? 1 : 0);
      on = random() % 3 != 0;
      bench->gate_i = on;
      bench.settle();  // the falling edge
      ASSERT_EQ(bench->clk_o, 0);
      bench->gate_i = random() % 2 != 0;
      bench->eval();
      edges("no glitch while the clock is low");
    }
  }
}

// Flops without asynchronous reset may need edges while the unit is reset, and it has to begin clocked.
TEST(ClockGate, PassesEdgesWhileReset) {
  Bench<Vtop_clock_gate> bench;
  bench->gate_i = 0;
  bench->clk_i = 1;
  bench->rst_ni = 0;
  bench->eval();
  EXPECT_EQ(bench->clk_o, 1);
  bench.settle();
  EXPECT_EQ(bench->clk_o, 0);
  bench->clk_i = 1;
  bench->eval();
  EXPECT_EQ(bench->clk_o, 1);
}

}  // namespace
}  // namespace moehub::test
