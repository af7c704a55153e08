// flow_sched, directed: owners that are wrong, and that none keeps another waiting: a spoilt word of the owner table, tiles
// beyond the reported rows, initialisation under full traffic, lanes that want one bank.
#include <algorithm>
#include <array>

#include "tests/rtl/flow_sched/flow_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class FlowSchedOwners : public FlowSchedFixture<Config> {
 public:
  // Spoils the owner table's word of a region.
  void flip(int region) {
    auto& pins = *this->bench.bench;
    pins.cfg_idx_i = static_cast<std::uint8_t>(region);
    pins.flip_i = 1;
    this->bench.cycle();
    pins.flip_i = 0;
  }
  // hub_pkg::tile_swizzle
  std::uint32_t bank(std::uint32_t tile) const {
    const std::uint32_t banks = 4U * static_cast<std::uint32_t>(this->bench.sizes.lanes);
    const int bits = __builtin_ctz(banks);
    std::uint32_t fold = tile;
    for (int i = bits; i < 16; i += bits) fold ^= tile >> i;
    return fold & (banks - 1);
  }
};
TYPED_TEST_SUITE(FlowSchedOwners, FlowConfigs);

TYPED_TEST(FlowSchedOwners, SpoiltWordRefusesReportsAndIsHealed) {
  auto& b = this->bench;
  b.init_region(1, {128, 4, 1, 2, {0, 1}});
  b.reports = {{0, 1, 2}};
  b.drain();
  this->flip(1);
  b.check = false;
  b.expect_table_errors = true;
  b.reports = {{1, 1, 2}};
  this->rows(1, 0, 4);
  b.drain();
  ASSERT_EQ(b.refused.size(), 3U) << "the report and each tile";
  int reports = 0;
  std::set<std::uint32_t> tiles;
  for (const Refused& r : b.refused) {
    EXPECT_EQ(r.cause, reg::Refuse::table);
    EXPECT_EQ(r.region, 1);
    if (r.kind == PacketKind::count) {
      ++reports;
      EXPECT_EQ(r.src, 1);
      EXPECT_EQ(r.row, 2U);
    } else {
      EXPECT_EQ(r.kind, PacketKind::rowsp);
      tiles.insert(r.row);
    }
  }
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(tiles, (std::set<std::uint32_t>{2, 3})) << "a tile is named by its number";
  for (const Message& m : b.messages) EXPECT_NE(m.kind, TileKind::owner_done);

  b.check = true;
  b.expect_table_errors = false;
  b.clear();
  b.init_region(1, {128, 4, 1, 2, {0, 1}});
  b.reports = {{0, 1, 2}, {1, 1, 2}};
  this->rows(1, 0, 4);
  b.drain();
  EXPECT_TRUE(b.refused.empty());
  EXPECT_EQ(this->kinds().back(), TileKind::all_ready);
}

// Spoilt between the last report and the closing of the region, at any distance.
TYPED_TEST(FlowSchedOwners, SpoiltWordRefusesTheClosing) {
  auto& b = this->bench;
  b.check = false;
  b.expect_table_errors = true;
  int refused = 0;
  for (int distance = 0; distance < 14; ++distance) {
    b.init_region(1, {128, 8, 1, 0, {0}});
    b.clear();
    b.reports = {{0, 1, 0}};
    b.run_until([&] { return b.reports.empty(); });
    for (int i = 0; i < distance; ++i) b.cycle();
    this->flip(1);
    b.drain();
    ASSERT_LE(b.refused.size(), 1U) << "distance " << distance;
    const bool done = std::any_of(b.messages.begin(), b.messages.end(),
                                  [](const Message& m) { return m.kind == TileKind::owner_done; });
    EXPECT_NE(done, b.refused.size() == 1) << "distance " << distance;
    if (b.refused.empty()) continue;
    ++refused;
    EXPECT_EQ(b.refused[0].cause, reg::Refuse::table);
    EXPECT_EQ(b.refused[0].kind, PacketKind::count);
    EXPECT_EQ(b.refused[0].region, 1);
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 14) << "a word that nobody reads any more";
}

TYPED_TEST(FlowSchedOwners, AllReadyLeavesOutADoneRegionThatIsSwitchedOff) {
  auto& b = this->bench;
  b.init_region(0, {128, 2, 1, 0, {0}});
  b.init_region(1, {128, 2, 1, 1, {0}});
  b.reports = {{0, 0, 0}};
  b.drain();
  b.set_live(0, false);
  b.drain();
  EXPECT_FALSE(b.bench->all_ready_o);
  b.reports = {{0, 1, 0}};
  b.drain();
  EXPECT_EQ(b.all_ready_messages, 1);
}

TYPED_TEST(FlowSchedOwners, TileBeyondTheReportedRowsIsRefused) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 1, 3, {0}});
  b.reports = {{0, 0, 2}};
  this->rows(0, 0, 2);
  b.drain();
  b.expect_complete();
  b.check = false;
  this->rows(0, 4, 2);  // of the third tile, which was cancelled
  b.drain();
  ASSERT_EQ(b.refused.size(), 1U);
  EXPECT_EQ(b.refused[0].cause, reg::Refuse::report);
  EXPECT_EQ(b.refused[0].kind, PacketKind::rowsp);
  EXPECT_EQ(b.refused[0].region, 0);
  EXPECT_EQ(b.refused[0].row, 5U) << "the tile";
  EXPECT_EQ(b.bench->region_done_o[0] & 1, 1U) << "what was complete stays so";
}

TYPED_TEST(FlowSchedOwners, InitialisationEndsUnderFullTrafficOfOthers) {
  auto& b = this->bench;
  b.init_region(1, {65536, 32, 3, 0, {0}});  // tiles that do not get full
  for (int i = 0; i < 1500; ++i) {
    for (int l = 0; l < b.sizes.lanes; ++l) b.send(l, {{false, 1}, static_cast<std::uint32_t>(i + l) % 4, 32});
  }
  for (int i = 0; i < 50; ++i) b.cycle();
  b.configure(0, Region{128, 4, 1, 8, {0}});
  b.start_init({false, 0});
  const std::uint64_t before = b.bench.cycle();
  b.run_until([&] { return !b.initialising; });
  EXPECT_LE(b.bench.cycle() - before, 200U);
  for (const auto& lane : b.queues) EXPECT_FALSE(lane.empty()) << "the traffic must have gone on";
  b.drain();
}

TYPED_TEST(FlowSchedOwners, TrafficGoesOnWhileTilesAreInitialised) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  if (tiles < 100) return;  // over before anything could be measured
  b.init_region(1, {65536, 32, 3, tiles - 4, {0}});
  for (int i = 0; i < 6000; ++i) b.send(0, {{false, 1}, tiles - 4 + static_cast<std::uint32_t>(i) % 4, 128});
  b.configure(0, Window{true, 0, tiles - 4, 1000, 1000});
  b.start_init({true, 0});
  const std::uint64_t begin = b.bench.cycle(), before = b.acks;
  b.run_until([&] { return !b.initialising; });
  EXPECT_GE(b.acks - before, (b.bench.cycle() - begin) * 4 / 10) << "the walk and lane 0 take turns";
  b.drain();
}

TYPED_TEST(FlowSchedOwners, LanesThatWantOneBankHaveTheirTurns) {
  auto& b = this->bench;
  if (b.sizes.lanes == 1) return;  // nobody to take turns with
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_window(0, {true, 0, tiles, 1000000, 1000000});
  std::vector<std::uint32_t> same;  // tiles of one bank
  for (std::uint32_t t = 0; t < tiles; ++t) {
    if (this->bank(t) == this->bank(0)) same.push_back(t);
  }
  ASSERT_GE(same.size(), 32U);
  for (const auto& [low, high] : {std::pair{0, 1}, std::pair{0, b.sizes.lanes - 1}, std::pair{1, 2}}) {
    SCOPED_TRACE("lanes " + std::to_string(low) + " and " + std::to_string(high));
    const std::array<int, 2> lanes{low, high};
    for (std::size_t side = 0; side < 2; ++side) {
      for (std::size_t i = 0; i < 800; ++i) b.send(lanes[side], {{true, 0}, same[i % 16 + 16 * side], 1});
    }
    for (int i = 0; i < 400; ++i) b.cycle();
    // A bank is each lane's own turn in one of LANES cycles; in the others the lower lane goes first.
    for (const int lane : lanes) {
      const std::size_t left = b.queues[static_cast<std::size_t>(lane)].size();
      EXPECT_GT(left, 0U);
      EXPECT_GE(800 - left, static_cast<std::size_t>(380 / b.sizes.lanes)) << "lane " << lane;
    }
    b.drain();
  }
}

}  // namespace
}  // namespace moehub::test
