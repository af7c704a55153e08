// flow_sched, directed: reset and initialisation, a scheduler that does not take messages, and that neither loses what is
// under way.
#include <algorithm>
#include <cstdio>

#include "tests/rtl/flow_sched/flow_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class FlowSchedWaiting : public FlowSchedFixture<Config> {};
TYPED_TEST_SUITE(FlowSchedWaiting, FlowConfigs);

TYPED_TEST(FlowSchedWaiting, ResetClearsEveryTile) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_window(0, {true, 0, tiles - 1, 1000, 1000});
  b.bench.reset();
  b.run_until([&] { return !b.bench->busy_o; });
  b.check = false;
  for (std::uint32_t t = 0; t + 1 < tiles; ++t) b.send(this->lane(t), {{true, 0}, t, 1});
  b.drain();
  EXPECT_TRUE(b.messages.empty());
  EXPECT_EQ(b.refused.size(), tiles - 1) << "no tile waits for anything";
  for (const Refused& r : b.refused) EXPECT_EQ(r.cause, reg::Refuse::excess);
}

TYPED_TEST(FlowSchedWaiting, WhatComesDuringTheWalkWaits) {
  auto& b = this->bench;
  b.bench.reset();
  b.check = false;
  for (int l = 0; l < b.sizes.lanes; ++l) b.send(l, {{true, 0}, static_cast<std::uint32_t>(l), 1});
  b.reports = {{0, 0, 1}};
  b.cycle();
  b.cycle();
  EXPECT_EQ(b.acks, 0U);
  EXPECT_EQ(b.reports.size(), 1U);
  b.drain();
  EXPECT_EQ(b.acks, static_cast<std::uint64_t>(b.sizes.lanes));
  EXPECT_EQ(b.refused.size(), static_cast<std::size_t>(b.sizes.lanes) + 1) << "neither tile nor region is in use";
  EXPECT_TRUE(b.messages.empty());
}

TYPED_TEST(FlowSchedWaiting, ARequestThatLingersIsServedOnce) {
  auto& b = this->bench;
  b.linger_cycles = 40;
  for (int round = 0; round < 3; ++round) {
    b.init_region(0, {128, 8, 1, 0, {0}});
    this->rows(0, 0, 4);
    for (int i = 0; i < 60; ++i) b.cycle();
    EXPECT_EQ(b.bench->init_valid_i, 0);
    this->rows(0, 4, 4);
    b.reports = {{0, 0, 8}};
    b.drain();
    b.expect_complete();
  }
}

TYPED_TEST(FlowSchedWaiting, BlockedSchedulerStopsEverythingAndLosesNothing) {
  auto& b = this->bench;
  const std::uint32_t tiles = std::min(16, b.sizes.tiles);
  b.init_region(0, {128, tiles, 0, 0, {0}});  // every acknowledgement makes a tile ready
  b.ready_percent = 0;
  this->rows(0, 0, tiles);
  b.reports = {{0, 0, tiles}};
  for (int i = 0; i < 200; ++i) b.cycle();
  EXPECT_TRUE(b.messages.empty());
  EXPECT_TRUE(b.bench->busy_o);
  b.ready_percent = 30;
  b.drain();
  EXPECT_EQ(b.messages.size(), tiles + 2);
  b.expect_complete();
}

TYPED_TEST(FlowSchedWaiting, BlockedSchedulerBoundsWhatALaneGathers) {
  auto& b = this->bench;
  // As many ready tiles as messages and events are queued, and one more a lane: nothing moves after these.
  const auto blocking = static_cast<std::uint32_t>(4 + 5 * b.sizes.lanes);
  b.init_region(0, {128, blocking, 0, 0, {0}});
  b.init_region(1, {128, 4096, 12, blocking, {0}});
  b.ready_percent = 0;
  this->rows(0, 0, blocking);
  for (int i = 0; i < 100; ++i) b.cycle();
  this->rows(1, 0, 2000);
  const std::uint64_t before = b.acks;
  for (int i = 0; i < 4000; ++i) b.cycle();
  std::printf("lanes %d: %llu acknowledgements of one tile taken while the stream is blocked\n", b.sizes.lanes,
              static_cast<unsigned long long>(b.acks - before));
  EXPECT_LE(b.acks - before, 20U * static_cast<unsigned>(b.sizes.lanes));
  EXPECT_EQ(b.bench->ack_ready_o, 0);
  b.ready_percent = 100;
  b.drain();
  b.expect_complete();
}

TYPED_TEST(FlowSchedWaiting, InitialisationWaitsForQueuedAcksAndLeavesOthersAlone) {
  auto& b = this->bench;
  b.init_region(0, {128, 16, 4, 0, {0}});
  b.init_region(1, {256, 16, 2, 4, {0, 1}});
  this->rows(0, 0, 4);
  this->rows(1, 0, 6);
  this->rows(0, 4, 5);
  b.run_until([&] {  // upstream nothing of region 0 is left
    for (const auto& q : b.queues) for (const Ack& a : q) if (a.owner.index == 0) return false;
    return true;
  });
  b.start_init({false, 0});
  this->rows(1, 6, 6);
  b.reports = {{0, 1, 7}, {1, 1, 5}};
  b.drain();
  EXPECT_FALSE(b.initialising);
  EXPECT_EQ(b.messages.size(), 5U);  // three tiles, cancel, OwnerDone of region 1
  b.expect_complete();
  this->rows(0, 0, 15);              // counted from zero
  b.drain();
  EXPECT_EQ(b.messages.size(), 5U);
  this->rows(0, 15, 1);
  b.drain();
  EXPECT_EQ(b.messages.size(), 6U);
  b.expect_complete();
}

TYPED_TEST(FlowSchedWaiting, InitialisationWaitsForARegionThatIsBeingClosed) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(4 + 5 * b.sizes.lanes);
  b.init_region(0, {128, tiles, 0, 0, {0}});
  b.init_region(1, {128, 8, 2, tiles, {0}});
  b.ready_percent = 0;
  this->rows(0, 0, tiles);
  b.run_until([&] { return b.acks == tiles; });
  b.reports = {{0, 1, 0}};                // its cancellation waits for the scheduler
  for (int i = 0; i < 20; ++i) b.cycle();
  b.configure(1, Region{128, 1, 0, tiles, {0}});
  b.start_init({false, 1});
  for (int i = 0; i < 100; ++i) b.cycle();
  EXPECT_TRUE(b.initialising);
  b.ready_percent = 100;
  b.run_until([&] { return !b.initialising; });
  EXPECT_EQ(std::count_if(b.messages.begin(), b.messages.end(), [](const Message& m) { return m.owner == 1; }), 2)
      << "cancellation and OwnerDone of the old life";
  b.drain();
  b.expect_complete();
}

TYPED_TEST(FlowSchedWaiting, InitialisationWaitsForQueuedEvents) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(4 + 5 * b.sizes.lanes);
  for (const int ready : {0, 100}) {
    b.clear();
    b.init_region(0, {128, tiles, 0, 0, {0}});
    b.ready_percent = ready;
    this->rows(0, 0, tiles);              // ready faster than messages leave
    b.run_until([&] { return b.queues[0].empty() && b.queues.back().empty(); });
    b.configure(0, Region{128, 1, 0, 0, {0}});
    b.start_init({false, 0});
    if (ready == 0) {
      for (int i = 0; i < 100; ++i) b.cycle();
      EXPECT_TRUE(b.initialising);
      b.ready_percent = 100;
    }
    b.run_until([&] { return !b.initialising; });
    EXPECT_EQ(b.messages.size(), tiles) << "all of the old life, before the new one begins";
    b.drain();
    b.expect_complete();
  }
}

// The event of an owner that is initialised anew waits behind those of the other ports, which take turns with reports: the
// initialisation waits for it too, though its port had none when the last acknowledgement left its window.
TYPED_TEST(FlowSchedWaiting, InitialisationWaitsForAnEventThatOthersPrecede) {
  auto& b = this->bench;
  const auto lanes = static_cast<std::uint32_t>(b.sizes.lanes);
  if (lanes < 8) return;  // no event waits for as long as an initialisation takes
  const auto own = static_cast<std::uint32_t>(b.sizes.tiles - 1);
  b.init_region(0, {128, 2000, 0, 0, {0}});
  Region reporting{128, 100, 0, 2100, {}};
  for (int p = 0; p < b.sizes.peers; ++p) reporting.sources.insert(p);
  std::uint32_t next = 0;
  for (std::uint32_t round = 0; round < 8 * lanes; ++round) {
    b.init_region(1, reporting);
    b.init_window(0, {true, own, 1, 128, 128});
    b.configure(0, Window{false, 0, 1, 0, 0});  // its next life
    b.drain();
    for (std::uint32_t l = 0; l < lanes; ++l) {
      b.send(static_cast<int>(l), l == round % lanes ? Ack{{true, 0}, own, 128} : Ack{{false, 0}, next++, 128});
    }
    for (int p = 0; p < 40; ++p) b.reports.push_back({p, 1, 0});
    for (std::uint32_t i = 0; i < round / lanes; ++i) b.cycle();
    b.run_until([&] { return b.queues[round % lanes].empty(); });
    b.start_init({true, 0});
    b.run_until([&] { return !b.initialising; });
    b.drain();
  }
  EXPECT_TRUE(b.refused.empty());
  b.expect_complete();
}

TYPED_TEST(FlowSchedWaiting, InitialisationWaitsForAcksBehindABusyBank) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  const std::uint32_t banks = 4 * static_cast<std::uint32_t>(b.sizes.lanes);
  const auto bank = [&](std::uint32_t tile) {
    std::uint32_t digits = 0;
    for (; tile != 0; tile /= banks) digits ^= tile % banks;
    return digits;
  };
  std::vector<std::uint32_t> busy;        // tiles of one bank; the last one is another region's
  for (std::uint32_t t = 0; t < tiles; ++t) if (bank(t) == bank(tiles - 1)) busy.push_back(t);
  busy.pop_back();
  b.init_region(0, {65536, tiles - 1, 0, 0, {0}});  // never ready
  b.init_region(1, {128, 1, 0, tiles - 1, {0}});
  for (int round = 0; round < 20; ++round) {
    const auto others = [&] {
      for (int i = 0; i < 20 * b.sizes.lanes; ++i) {
        b.send(this->lane(static_cast<std::uint64_t>(i)), {{false, 0}, busy[b.random() % busy.size()], 1});
      }
    };
    others();
    b.send(this->lane(b.random()), {{false, 1}, tiles - 1, 1});
    others();
    b.run_until([&] {
      for (const auto& q : b.queues) for (const Ack& a : q) if (a.owner.index == 1) return false;
      return true;
    });
    b.start_init({false, 1});
    b.run_until([&] { return !b.initialising; });
    b.drain();
  }
  b.send(0, {{false, 1}, tiles - 1, 127});
  b.drain();
  EXPECT_TRUE(b.messages.empty()) << "a byte of an old life was counted";
  b.expect_complete();
}

}  // namespace
}  // namespace moehub::test
