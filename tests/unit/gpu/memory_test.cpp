// Memory: acknowledges in order after its latency, at its rate, and never more than it may hold.
#include "model/gpu/memory.hpp"

#include <gtest/gtest.h>

namespace moehub {
namespace {

constexpr Picoseconds kLatency = 200000;

TEST(LineMemory, AcknowledgesAfterItsLatencyInOrder) {
  LineMemory memory(2, 4, kLatency, 1e6);
  memory.write(1, 7, 128, 70, 1000);
  memory.write(1, 8, 128, 80, 2000);
  EXPECT_FALSE(memory.ack(1, 1000 + kLatency - 1));
  EXPECT_FALSE(memory.ack(0, 10 * kLatency)) << "lanes are apart";
  const auto ack = memory.ack(1, 2000 + kLatency);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->id, 7);
  const auto written = memory.take_ack(1);
  EXPECT_EQ(written.tag, 70);
  EXPECT_EQ(written.bytes, 128);
  EXPECT_EQ(memory.ack(1, 3000 + kLatency)->id, 8);
  EXPECT_FALSE(memory.idle());
  memory.take_ack(1);
  EXPECT_TRUE(memory.idle());
}

TEST(LineMemory, HoldsNoMoreThanItMay) {
  LineMemory memory(1, 4, kLatency, 1e6);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(memory.ready(0, 0));
    memory.write(0, i, 128, i, 0);
  }
  EXPECT_FALSE(memory.ready(0, 0));
  EXPECT_FALSE(memory.ready(0, 2 * kLatency)) << "an acknowledgement that nobody takes holds its place";
  memory.take_ack(0);
  EXPECT_TRUE(memory.ready(0, 2 * kLatency));
}

TEST(LineMemory, FaultsReorderAcknowledgementsAndFailSome) {
  FaultConfig faults;
  faults.ack_spread_ns = 1000;
  faults.write_error_rate = 0.25;
  LineMemory memory(1, 256, kLatency, 1e6, faults);
  for (int i = 0; i < 256; ++i) memory.write(0, i, 128, i, 1000);
  int overtaken = 0, failed = 0, last = -1;
  for (int i = 0; i < 256; ++i) {
    const auto ack = memory.ack(0, 1000 + kLatency + 1000000);
    ASSERT_TRUE(ack);
    overtaken += ack->id < last ? 1 : 0;
    failed += ack->error ? 1 : 0;
    last = ack->id;
    memory.take_ack(0);
  }
  EXPECT_GT(overtaken, 50);
  EXPECT_NEAR(failed, 64, 40);
}

TEST(LineMemory, HoldsAPowerOfTwo) {
  EXPECT_THROW(LineMemory(1, 3, kLatency, 1e6), std::invalid_argument);
}

TEST(LineMemory, TakesNoMoreThanItsRate) {
  constexpr double kGbPerS = 128;  // a line a nanosecond, four lanes offer four
  LineMemory memory(4, 4096, 0, kGbPerS);
  int lines = 0;
  for (int cycle = 0; cycle < 1000; ++cycle) {
    for (int lane = 0; lane < 4; ++lane) {
      if (!memory.ready(lane, cycle * 1000)) continue;
      memory.write(lane, 0, 128, 0, cycle * 1000);
      ++lines;
    }
  }
  EXPECT_NEAR(lines, 1000, 70) << "a line a cycle, and a queue of 64";
}

}  // namespace
}  // namespace moehub
