// List scheduling of thread blocks: waves, priorities, shared memory bandwidth, SMs that are kept.
#include "model/gpu/sm_scheduler.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "model/gpu/kernel.hpp"

namespace moehub {
namespace {

// Runs until nothing is left; returns the time of the last block's end.
Picoseconds run(SmScheduler& scheduler) {
  Picoseconds now = 0;
  scheduler.advance(now);
  while (scheduler.next_event() != kNever) {
    now = scheduler.next_event();
    scheduler.advance(now);
  }
  return now;
}

Block block(Picoseconds compute, std::int64_t bytes = 0, Activity activity = Activity::gemm1) {
  Block b;
  b.activity = activity;
  b.compute = compute;
  b.hbm_bytes = bytes;
  return b;
}

TEST(SmScheduler, BlocksRunInWaves) {
  for (const auto& [blocks, waves] : {std::pair{1, 1}, {132, 1}, {133, 2}, {264, 2}, {1000, 8}}) {
    ActivityLog log;
    SmScheduler scheduler(132, 1000, log);
    Kernel kernel(blocks, [](int) { return block(5000); });
    scheduler.add(kernel, 0);
    EXPECT_EQ(run(scheduler), waves * 5000) << blocks << " blocks on 132 SMs";
    EXPECT_TRUE(kernel.complete());
    EXPECT_EQ(log.busy(is_compute), waves * 5000);
  }
}

TEST(SmScheduler, MemoryBoundBlocksTakeWhatHbmGives) {
  ActivityLog log;
  SmScheduler scheduler(10, 1000, log);  // a byte a picosecond
  Kernel kernel(40, [](int) { return block(100, 1000); });
  scheduler.add(kernel, 0);
  EXPECT_EQ(run(scheduler), 40 * 1000);
}

TEST(SmScheduler, ABlockThatWouldWaitForMemoryIsHeldBack) {
  ActivityLog log;
  SmScheduler scheduler(10, 1000, log);
  Kernel kernel(10, [](int) { return block(1500, 1000); });
  scheduler.add(kernel, 0);
  scheduler.dispatch(0);
  EXPECT_EQ(scheduler.free_sms(), 8) << "the third would wait for 2 ns and compute for 1.5";
  EXPECT_EQ(scheduler.next_event(), 500) << "when it would wait no longer than it computes";
  EXPECT_EQ(run(scheduler), 10 * 1000) << "nobody is through later for it";
}

TEST(SmScheduler, ComputeHidesMemory) {
  ActivityLog log;
  SmScheduler scheduler(10, 1000, log);
  Kernel kernel(40, [](int) { return block(20000, 1000); });
  scheduler.add(kernel, 0);
  EXPECT_EQ(run(scheduler), 4 * 20000);
}

TEST(SmScheduler, ResidentBlocksKeepTheirSms) {
  ActivityLog log;
  SmScheduler scheduler(4, 1000, log);
  bool started = false;
  ResidentKernel copying(Activity::dispatch, 3, [&] { started = true; });
  scheduler.add(copying, -1);
  Kernel kernel(4, [](int) { return block(1000); });
  scheduler.add(kernel, 0);
  scheduler.advance(0);
  EXPECT_TRUE(started);
  EXPECT_EQ(scheduler.free_sms(), 0) << "one computes";
  scheduler.advance(1000);
  scheduler.remove(copying);
  for (const Block& b : copying.running()) scheduler.leave(b, 1500);
  scheduler.advance(2000);
  EXPECT_EQ(run(scheduler), 3000) << "the last two blocks run beside each other";
  EXPECT_EQ(log.busy([](Activity a) { return a == Activity::dispatch; }), 1500);
}

TEST(SmScheduler, OthersTakeMemoryToo) {
  ActivityLog log;
  SmScheduler scheduler(10, 1000, log);
  Kernel kernel(10, [](int) { return block(2000, 1000); });
  scheduler.add(kernel, 0);
  scheduler.use_memory(5000, 0);
  EXPECT_EQ(run(scheduler), 5000 + 10 * 1000);
}

TEST(SmScheduler, LowerNumberGoesFirst) {
  ActivityLog log;
  SmScheduler scheduler(1, 1000, log);
  std::vector<int> order;
  const auto note = [&](int who) {
    return [&order, who](const Block&) {
      order.push_back(who);
      return true;
    };
  };
  Kernel late(2, [](int) { return block(10); }, note(2));
  Kernel early(2, [](int) { return block(10); }, note(1));
  scheduler.add(late, 5);
  scheduler.add(early, 1);
  run(scheduler);
  EXPECT_EQ(order, (std::vector<int>{1, 1, 2, 2}));
}

TEST(SmScheduler, AnSmThatIsKeptTakesNoBlockUntilReleased) {
  ActivityLog log;
  SmScheduler scheduler(2, 1000, log);
  int kept = -1;
  Kernel kernel(4, [](int) { return block(10); }, [&](const Block& b) {
    if (kept >= 0) return true;
    kept = b.sm;
    return false;
  });
  scheduler.add(kernel, 0);
  EXPECT_EQ(run(scheduler), 30) << "three more blocks on the other SM, one beside the first";
  EXPECT_EQ(scheduler.free_sms(), 1);
  scheduler.release(kept);
  EXPECT_EQ(scheduler.free_sms(), 2);
}

TEST(SmScheduler, WorkThatComesLaterRuns) {
  ActivityLog log;
  SmScheduler scheduler(1, 1000, log);
  EXPECT_EQ(scheduler.next_event(), kNever);
  Kernel kernel(1, [](int) { return block(10); });
  scheduler.add(kernel, 0);
  scheduler.dispatch(500);
  EXPECT_EQ(scheduler.next_event(), 510);
  scheduler.advance(510);
  EXPECT_TRUE(kernel.complete());
  scheduler.remove(kernel);
}

TEST(SmScheduler, NeedsAnSm) {
  ActivityLog log;
  EXPECT_THROW(SmScheduler(0, 1000, log), std::invalid_argument);
}

TEST(ActivityLog, SpansAreTheTimesInWhichAnyBlockRan) {
  ActivityLog log;
  log.begin(Activity::gemm1, 0);
  log.begin(Activity::gemm1, 5);
  log.end(Activity::gemm1, 10);
  log.end(Activity::gemm1, 20);
  log.begin(Activity::gemm1, 20);  // goes on
  log.end(Activity::gemm1, 30);
  log.begin(Activity::gemm1, 40);
  log.end(Activity::gemm1, 50);
  log.begin(Activity::dispatch, 0);
  log.end(Activity::dispatch, 100);
  log.begin(Activity::gemm2, 45);
  log.end(Activity::gemm2, 60);
  EXPECT_EQ(log.busy(is_compute), 30 + 20);
  EXPECT_EQ(log.busy([](Activity a) { return a == Activity::gemm1; }), 40);
  ASSERT_EQ(log.spans().size(), 4U);
  EXPECT_EQ(log.spans()[0].end, 30);
  log.clear();
  EXPECT_EQ(log.busy(is_compute), 0);
}

}  // namespace
}  // namespace moehub
