// flow_sched, directed: each kind of message, each refusal, back-pressure, initialisation, latency, throughput.
#include <algorithm>
#include <cstdio>

#include "Vtop_lanes1.h"
#include "Vtop_lanes4.h"
#include "Vtop_lanes8.h"
#include "tests/rtl/flow_sched/flow_bench.hpp"

namespace moehub::test {
namespace {

struct Lanes1 {
  using Top = Vtop_lanes1;
  static constexpr Sizes kSizes{1, 2, 4, 1, 16};
};
struct Lanes4 {
  using Top = Vtop_lanes4;
  static constexpr Sizes kSizes{4, 8, 16, 4, 1000};
};
struct Lanes8 {
  using Top = Vtop_lanes8;
  static constexpr Sizes kSizes{8, 72, 33, 16, 4096};
};

template <class Config>
class FlowSched : public testing::Test {
 public:
  FlowBench<typename Config::Top> bench{Config::kSizes};

  int lane(std::uint64_t i) const { return static_cast<int>(i % static_cast<std::uint64_t>(bench.sizes.lanes)); }

  // Acknowledges `rows` rows of a region from row `first` on, in lines, round the lanes.
  void rows(int region, std::uint32_t first, std::uint32_t count) {
    const Region& r = bench.regions.at(region);
    for (std::uint32_t row = first; row < first + count; ++row) {
      for (std::uint32_t at = 0; at < r.row_bytes; at += 128) {
        bench.send(lane(sent++), {{false, region}, r.base + (row >> r.log2), std::min(128U, r.row_bytes - at)});
      }
    }
  }
  std::vector<TileKind> kinds() const {
    std::vector<TileKind> list;
    for (const Message& m : bench.messages) list.push_back(m.kind);
    return list;
  }
  std::uint64_t sent = 0;
};
using Configs = testing::Types<Lanes1, Lanes4, Lanes8>;
TYPED_TEST_SUITE(FlowSched, Configs);

using K = TileKind;
using Kinds = std::vector<TileKind>;

TYPED_TEST(FlowSched, WholeTilesThenEnd) {
  auto& b = this->bench;
  b.init_region(0, {512, 8, 2, 3, {0, 1}});
  this->rows(0, 0, 8);
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready, K::ready}));
  b.reports = {{0, 0, 5}, {1, 0, 3}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready, K::ready, K::owner_done, K::all_ready}));
  EXPECT_EQ(b.messages[2].count, 8U);
  EXPECT_TRUE(b.refused.empty());
  b.expect_complete();
}

TYPED_TEST(FlowSched, PartialTileBeforeTheRegionCloses) {
  auto& b = this->bench;
  b.init_region(1, {384, 16, 2, 0, {1}});
  this->rows(1, 0, 6);  // one whole tile, half of the second
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready}));
  b.reports = {{1, 1, 6}};
  b.drain();
  ASSERT_EQ(b.messages.size(), 5U);
  EXPECT_EQ(b.messages[1].kind, K::cancel);
  EXPECT_EQ(b.messages[1].tile, 2);
  EXPECT_EQ(b.messages[1].count, 2U);
  EXPECT_EQ(b.messages[2].kind, K::ready);
  EXPECT_EQ(b.messages[2].tile, 1);
  EXPECT_EQ(b.messages[2].count, 2U) << "true number of rows";
  EXPECT_EQ(b.messages[3].kind, K::owner_done);
  EXPECT_EQ(b.messages[4].kind, K::all_ready);
  b.expect_complete();
}

TYPED_TEST(FlowSched, PartialTileAfterTheRegionCloses) {
  auto& b = this->bench;
  b.init_region(1, {100, 4, 3, 15, {0}});  // one tile by capacity, never whole
  b.reports = {{0, 1, 3}};
  b.drain();
  EXPECT_TRUE(b.messages.empty()) << "nothing to cancel, nothing ready";
  this->rows(1, 0, 2);
  b.drain();
  EXPECT_TRUE(b.messages.empty());
  this->rows(1, 2, 1);
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready, K::owner_done, K::all_ready}));
  EXPECT_EQ(b.messages[0].count, 3U);
  EXPECT_EQ(b.messages[1].count, 3U);
  b.expect_complete();
}

TYPED_TEST(FlowSched, NoRowsAtAll) {
  auto& b = this->bench;
  b.init_region(2, {128, 8, 1, 4, {0, 1}});
  b.reports = {{0, 2, 0}, {1, 2, 0}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::cancel, K::owner_done, K::all_ready}));
  EXPECT_EQ(b.messages[0].tile, 4);
  EXPECT_EQ(b.messages[0].count, 4U);
  EXPECT_EQ(b.messages[1].count, 0U);
  b.expect_complete();
}

TYPED_TEST(FlowSched, FullRegionCancelsNothing) {
  auto& b = this->bench;
  b.init_region(0, {128, 5, 1, 0, {0}});
  this->rows(0, 0, 5);
  b.reports = {{0, 0, 5}};
  b.drain();
  for (const Message& m : b.messages) EXPECT_NE(m.kind, K::cancel);
  EXPECT_EQ(b.messages.size(), 5U);  // three tiles, OwnerDone, AllReady
  b.expect_complete();
}

TYPED_TEST(FlowSched, LargestTile) {
  auto& b = this->bench;
  b.init_region(0, {65536, 1U << 15, 15, 0, {0}});  // 2^31 bytes
  b.reports = {{0, 0, 2}};
  b.drain();
  this->rows(0, 0, 2);
  b.drain();
  ASSERT_EQ(b.messages.size(), 3U);
  EXPECT_EQ(b.messages[0].kind, K::ready);
  EXPECT_EQ(b.messages[0].count, 2U);
  b.expect_complete();
}

TYPED_TEST(FlowSched, AllReadyOnceForAllLiveRegions) {
  auto& b = this->bench;
  b.init_region(0, {128, 2, 1, 0, {0}});
  b.init_region(1, {128, 2, 1, 1, {0}});
  b.reports = {{0, 0, 0}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::cancel, K::owner_done}));
  EXPECT_FALSE(b.bench->all_ready_o);
  b.reports = {{0, 1, 0}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::cancel, K::owner_done, K::cancel, K::owner_done, K::all_ready}));
  EXPECT_TRUE(b.bench->all_ready_o);
  b.expect_complete();

  b.clear();  // again, after one region is new
  b.init_region(1, {128, 2, 1, 1, {0}});
  b.drain();
  EXPECT_FALSE(b.bench->all_ready_o);
  b.reports = {{0, 1, 0}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::cancel, K::owner_done, K::all_ready}));
  b.expect_complete();

  b.set_live(0, false);
  b.set_live(1, false);
  b.drain();
  EXPECT_FALSE(b.bench->all_ready_o) << "no region, nothing ready";
}

TYPED_TEST(FlowSched, AllReadyWhenTheOnlyUnfinishedRegionIsSwitchedOff) {
  auto& b = this->bench;
  b.init_region(0, {128, 2, 1, 0, {0}});
  b.init_region(1, {128, 2, 1, 1, {0}});
  b.reports = {{0, 0, 0}};
  b.drain();
  b.clear();
  b.set_live(1, false);
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::all_ready}));
}

TYPED_TEST(FlowSched, WindowWithTiles) {
  auto& b = this->bench;
  b.init_window(0, {true, 4, 3, 256, 100});
  const Owner w{true, 0};
  b.send(0, {w, 6, 100});
  b.send(0, {w, 4, 128});
  b.send(0, {w, 5, 128});
  b.send(0, {w, 5, 128});
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready, K::ready}));
  EXPECT_EQ(b.bench->window_done_o & 1, 0);
  b.send(0, {w, 4, 128});
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::ready, K::ready, K::ready, K::owner_done}));
  EXPECT_EQ(b.messages[3].count, 3U);
  EXPECT_TRUE(b.messages[3].is_window);
  b.expect_complete();
}

TYPED_TEST(FlowSched, WindowWithoutTilesIsNeverDone) {
  auto& b = this->bench;
  b.init_window(0, {false, 0, 4, 128, 128});
  b.drain();
  EXPECT_TRUE(b.messages.empty());
  b.expect_complete();
}

TYPED_TEST(FlowSched, SecondReportAndTooManyRowsAreRefused) {
  auto& b = this->bench;
  b.init_region(0, {128, 10, 1, 0, {0, 1}});
  b.reports = {{0, 0, 4}, {0, 0, 4}, {1, 0, 7}};
  b.drain();
  ASSERT_EQ(b.refused.size(), 2U);
  for (const Refused& r : b.refused) {
    EXPECT_EQ(r.cause, reg::Refuse::report);
    EXPECT_EQ(r.kind, PacketKind::count);
    EXPECT_EQ(r.region, 0);
  }
  EXPECT_EQ(b.refused[0].src, 0);
  EXPECT_EQ(b.refused[0].row, 4U);
  EXPECT_EQ(b.refused[1].src, 1);
  EXPECT_EQ(b.refused[1].row, 7U);
  EXPECT_TRUE(b.messages.empty());
  b.reports = {{1, 0, 6}, {1, 0, 0}};  // exactly the capacity, and once more
  this->rows(0, 0, 10);
  b.drain();
  EXPECT_EQ(b.refused.size(), 3U);
  b.expect_complete();
}

TYPED_TEST(FlowSched, MoreBytesThanTheTileHasAreRefused) {
  auto& b = this->bench;
  b.init_window(0, {true, 2, 2, 128, 128});
  const Owner w{true, 0};
  b.check = false;
  for (int i = 0; i < 3; ++i) {
    b.send(0, {w, 2, 96});
    b.drain();
  }
  EXPECT_EQ(this->kinds(), (Kinds{K::ready})) << "once, when the bytes are there";
  ASSERT_EQ(b.refused.size(), 2U);
  for (const Refused& r : b.refused) {
    EXPECT_EQ(r.cause, reg::Refuse::excess);
    EXPECT_EQ(r.kind, PacketKind::st);
    EXPECT_EQ(r.region, 0);
    EXPECT_EQ(r.row, 2U) << "the tile";
  }
}

TYPED_TEST(FlowSched, TooFewRowsReported) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 1, 0, {0}});
  this->rows(0, 0, 4);
  b.drain();
  EXPECT_EQ(b.messages.size(), 2U);
  b.check = false;
  b.reports = {{0, 0, 2}};
  b.drain();
  ASSERT_EQ(b.refused.size(), 1U);
  EXPECT_EQ(b.refused[0].cause, reg::Refuse::report);
  EXPECT_EQ(b.refused[0].kind, PacketKind::count);
  EXPECT_EQ(b.refused[0].row, 2U);
  for (const Message& m : b.messages) EXPECT_NE(m.kind, K::owner_done);
}

TYPED_TEST(FlowSched, ParityErrorIsReportedAndTheWordNotUsed) {
  auto& b = this->bench;
  b.init_region(0, {128, 4, 1, 0, {0}});
  b.bench->inject_i = 1;
  b.cycle();
  b.bench->inject_i = 0;
  this->rows(0, 0, 1);  // writes the bad word
  b.drain();
  EXPECT_TRUE(b.refused.empty());
  b.check = false;
  bool error = false;
  this->rows(0, 1, 1);
  for (int i = 0; i < 12; ++i) {
    b.cycle();
    error |= b.bench->table_error_o != 0;
  }
  EXPECT_TRUE(error);
  ASSERT_EQ(b.refused.size(), 1U);
  EXPECT_EQ(b.refused[0].cause, reg::Refuse::table);
  EXPECT_EQ(b.refused[0].kind, PacketKind::rowsp);
  EXPECT_EQ(b.refused[0].region, 0);
  EXPECT_EQ(b.refused[0].row, 0U);
  EXPECT_TRUE(b.messages.empty());
  this->rows(0, 1, 1);
  b.drain();
  ASSERT_EQ(b.refused.size(), 2U) << "the word stays bad until it is written anew";
  EXPECT_EQ(b.refused[1].cause, reg::Refuse::table);
  this->rows(0, 2, 2);  // the neighbour is well
  b.drain();
  ASSERT_EQ(b.messages.size(), 1U);
  EXPECT_EQ(b.messages[0].tile, 1);

  b.check = true;
  b.clear();
  b.init_region(0, {128, 4, 1, 0, {0}});  // heals
  this->rows(0, 0, 4);
  b.reports = {{0, 0, 4}};
  b.drain();
  EXPECT_EQ(b.messages.size(), 4U);
  EXPECT_TRUE(b.refused.empty());
}

TYPED_TEST(FlowSched, ResetClearsEveryTile) {
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

TYPED_TEST(FlowSched, BlockedSchedulerStopsEverythingAndLosesNothing) {
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

TYPED_TEST(FlowSched, BlockedSchedulerBoundsWhatALaneGathers) {
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

TYPED_TEST(FlowSched, InitialisationWaitsForQueuedAcksAndLeavesOthersAlone) {
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

TYPED_TEST(FlowSched, InitialisationWaitsForARegionThatIsBeingClosed) {
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

TYPED_TEST(FlowSched, InitialisationWaitsForQueuedEvents) {
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

TYPED_TEST(FlowSched, InitialisationWaitsForAcksBehindABusyBank) {
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

TYPED_TEST(FlowSched, LatencyAtZeroLoad) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 0, 0, {0}});
  std::uint64_t worst = 0;
  for (std::uint32_t tile = 0; tile < 8; ++tile) {
    b.clear();
    const std::uint64_t acks = b.acks;
    std::uint64_t accepted = 0;
    this->rows(0, tile, 1);
    b.run_until([&] {
      if (accepted == 0 && b.acks != acks) accepted = b.bench.cycle() - 1;
      return !b.messages.empty();
    });
    worst = std::max(worst, b.message_cycle[0] - accepted);
    b.drain();
  }
  std::printf("lanes %d: acknowledgement to tile_tvalid in %d cycles\n", b.sizes.lanes, static_cast<int>(worst));
  EXPECT_LE(worst, 4U);
}

// Acknowledgements a cycle and lane, of tiles that do not become ready.
template <class Bench, class Pattern>
double throughput(Bench& b, Pattern tile_of) {
  constexpr int kCycles = 3000;
  std::uint64_t n = 0;
  const std::uint64_t before = b.acks;
  for (int c = 0; c < kCycles; ++c) {
    for (int l = 0; l < b.sizes.lanes; ++l) {
      if (b.queues[static_cast<std::size_t>(l)].empty()) b.send(l, {{false, 0}, tile_of(n++), 128});
    }
    b.cycle();
  }
  const auto took = static_cast<double>(b.acks - before) / kCycles / b.sizes.lanes;
  b.drain();
  return took;
}

TYPED_TEST(FlowSched, Throughput) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_region(0, {65536, tiles << 4, 4, 0, {0}});
  const auto hot = std::min<std::uint32_t>(64, tiles);
  const double one = throughput(b, [](std::uint64_t) { return 7U; });
  const double next = throughput(b, [&](std::uint64_t n) { return static_cast<std::uint32_t>(n % tiles); });
  const double stride = throughput(b, [&](std::uint64_t n) { return static_cast<std::uint32_t>(n % 8 * (tiles / 8)); });
  const double random64 = throughput(b, [&](std::uint64_t) { return b.pick(0, hot - 1); });
  const double random = throughput(b, [&](std::uint64_t) { return b.pick(0, tiles - 1); });
  std::printf("lanes %d, acknowledgements a cycle and lane: one tile %.3f, neighbours %.3f, 8 tiles of a stride %.3f, "
              "random of %u %.3f, random of %u %.3f\n",
              b.sizes.lanes, one, next, stride, hot, random64, tiles, random);
  EXPECT_GT(one, 0.999);
  EXPECT_GT(next, 0.999);
  EXPECT_GT(stride, 0.999);
  EXPECT_GT(random64, 0.99);
  EXPECT_GT(random, 0.92);
  b.expect_complete();
}

TYPED_TEST(FlowSched, OneMessageACycle) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_region(0, {128, tiles, 0, 0, {0}});
  this->rows(0, 0, tiles);
  b.drain();
  ASSERT_EQ(b.messages.size(), tiles);
  const double rate = static_cast<double>(tiles - 1) / static_cast<double>(b.message_cycle.back() - b.message_cycle.front());
  std::printf("lanes %d: %.3f messages a cycle\n", b.sizes.lanes, rate);
  EXPECT_GT(rate, 0.95);
  b.expect_complete();
}

TYPED_TEST(FlowSched, ReportsAtFullRate) {
  auto& b = this->bench;
  std::set<int> sources;
  for (int s = 0; s < b.sizes.peers; ++s) sources.insert(s);
  const int regions = std::min(b.sizes.regions, 4);
  for (int r = 0; r < regions; ++r) b.init_region(r, {128, 16, 1, static_cast<std::uint32_t>(r), sources});
  for (int s = 0; s < b.sizes.peers; ++s) for (int r = 0; r < regions; ++r) b.reports.push_back({s, r, 0});
  const std::size_t number = b.reports.size();
  const std::uint64_t start = b.bench.cycle();
  b.run_until([&] { return b.reports.empty(); });
  EXPECT_LE(b.bench.cycle() - start, number + 2 * static_cast<unsigned>(regions));
  b.drain();
  EXPECT_EQ(b.messages.size(), 2U * static_cast<unsigned>(regions) + 1);
}

}  // namespace
}  // namespace moehub::test
