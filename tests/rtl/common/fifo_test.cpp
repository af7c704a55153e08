// fifo against std::deque: order, bounds, full rate, handshakes that depend on state alone.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <random>

#include "Vtop_fifo.h"
#include "tests/support/bench.hpp"
#include "tests/support/seed.hpp"

namespace moehub::test {
namespace {

constexpr std::array<std::size_t, 4> kDepths{1, 2, 3, 8};

std::uint16_t word(const Vtop_fifo& top, std::size_t i) { return static_cast<std::uint16_t>(top.pop_data_o >> (16 * i)); }

TEST(Fifo, RandomAgainstADeque) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    Bench<Vtop_fifo> bench;
    std::mt19937_64 random{seed};
    std::array<std::deque<std::uint16_t>, 4> model;
    std::array<bool, 4> was_full{};
    int push_pace = 50, pop_pace = 50;
    for (int cycle = 0; cycle < 20000; ++cycle) {
      if (cycle % 100 == 0) {
        push_pace = 10 + static_cast<int>(random() % 90);
        pop_pace = 10 + static_cast<int>(random() % 90);
      }
      unsigned push = 0, pop = 0;
      for (unsigned i = 0; i < 4; ++i) {
        if (static_cast<int>(random() % 100) < push_pace) push |= 1U << i;
        if (static_cast<int>(random() % 100) < pop_pace) pop |= 1U << i;
      }
      bench->push_valid_i = static_cast<std::uint8_t>(push);
      bench->pop_ready_i = static_cast<std::uint8_t>(pop);
      bench->push_data_i = random();
      bench.settle();
      for (std::size_t i = 0; i < 4; ++i) {
        auto& queue = model[i];
        const bool ready = (bench->push_ready_o >> i) & 1, valid = (bench->pop_valid_o >> i) & 1;
        ASSERT_EQ(ready, queue.size() < kDepths[i]) << "depth " << kDepths[i];
        ASSERT_EQ(valid, !queue.empty()) << "depth " << kDepths[i];
        if (valid) {
          ASSERT_EQ(word(*bench, i), queue.front());
        }
        was_full[i] |= !ready;
        if (valid && ((pop >> i) & 1) != 0) queue.pop_front();
        if (ready && ((push >> i) & 1) != 0) queue.push_back(static_cast<std::uint16_t>(bench->push_data_i >> (16 * i)));
      }
      bench.tick();
    }
    for (const bool full : was_full) EXPECT_TRUE(full) << "every depth must have been full once";
  }
}

TEST(Fifo, ReadyAndValidDependOnStateAlone) {
  Bench<Vtop_fifo> bench;
  bench->push_valid_i = 0xf;
  for (int i = 0; i < 8; ++i) bench.tick();
  for (const unsigned pop : {0U, 0xfU}) {
    bench->pop_ready_i = static_cast<std::uint8_t>(pop);
    bench.settle();
    EXPECT_EQ(bench->push_ready_o, 0) << "full stays full in the cycle of a pop";
  }
  bench.reset();
  EXPECT_EQ(bench->pop_valid_o, 0) << "no fall-through";
}

TEST(Fifo, FullRateFromDepthTwo) {
  Bench<Vtop_fifo> bench;
  bench->push_valid_i = bench->pop_ready_i = 0xf;
  std::array<int, 4> popped{};
  for (int cycle = 0; cycle < 101; ++cycle) {
    bench.settle();
    for (std::size_t i = 0; i < 4; ++i) popped[i] += (bench->pop_valid_o >> i) & 1;
    bench.tick();
  }
  EXPECT_EQ(popped, (std::array<int, 4>{50, 100, 100, 100}));
}

}  // namespace
}  // namespace moehub::test
