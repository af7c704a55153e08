// flow_sched, directed: wrong check bits and too many bytes where a region closes, an error that is asked for under full
// traffic, refusals of tiles and of owners at once.
#include <algorithm>

#include "tests/rtl/flow_sched/flow_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class FlowSchedErrors : public FlowSchedFixture<Config> {
 public:
  void inject() {
    auto& b = this->bench;
    b.bench->inject_i = 1;
    b.cycle();
    b.bench->inject_i = 0;
  }
  std::uint64_t count(reg::Refuse cause) const {
    const auto& refused = this->bench.refused;
    return static_cast<std::uint64_t>(
        std::count_if(refused.begin(), refused.end(), [&](const Refused& r) { return r.cause == cause; }));
  }
};
TYPED_TEST_SUITE(FlowSchedErrors, FlowConfigs);

TYPED_TEST(FlowSchedErrors, LastTileHasMoreBytesThanItsRows) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 2, 0, {0}});
  this->rows(0, 0, 3);
  b.drain();
  EXPECT_TRUE(b.messages.empty());
  b.reports = {{0, 0, 2}};
  b.drain();
  ASSERT_EQ(b.refused.size(), 1U);
  EXPECT_EQ(b.refused[0].cause, reg::Refuse::excess);
  EXPECT_EQ(b.refused[0].kind, PacketKind::rowsp);
  EXPECT_EQ(b.refused[0].region, 0);
  EXPECT_EQ(b.refused[0].row, 0U) << "the tile";
  EXPECT_EQ(this->kinds().back(), TileKind::all_ready) << "its bytes are all there";
  b.expect_complete();
}

TYPED_TEST(FlowSchedErrors, LastTileWithWrongCheckBitsIsRefusedAtTheClosing) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 2, 0, {0}});
  this->inject();
  this->rows(0, 0, 1);  // writes the bad word
  b.drain();
  b.check = false;
  b.expect_table_errors = true;
  b.reports = {{0, 0, 2}};
  b.drain();
  ASSERT_EQ(b.refused.size(), 1U);
  EXPECT_EQ(b.refused[0].cause, reg::Refuse::table);
  EXPECT_EQ(b.refused[0].kind, PacketKind::rowsp);
  EXPECT_EQ(b.refused[0].region, 0);
  EXPECT_EQ(b.refused[0].row, 0U) << "the tile";
  EXPECT_EQ(this->kinds(), (std::vector<TileKind>{TileKind::cancel})) << "what was to be cancelled is";
}

TYPED_TEST(FlowSchedErrors, InjectionSpoilsOneTileWheneverItIsAskedFor) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(std::min(16 * b.sizes.lanes, b.sizes.tiles));
  b.check = false;
  b.expect_table_errors = true;
  const auto pass = [&] {
    b.clear();
    for (std::uint32_t t = 0; t < tiles; ++t) b.send(this->lane(t), {{true, 0}, t, 1});
  };
  for (int distance = 0; distance < 24; ++distance) {
    b.init_window(0, {true, 0, tiles, 1000, 1000});
    b.drain();
    pass();
    for (int i = 0; i < distance; ++i) b.cycle();
    this->inject();
    b.drain();
    EXPECT_TRUE(b.refused.empty()) << "each tile is read once";
    pass();
    b.drain();
    pass();
    b.drain();
    EXPECT_EQ(b.refused.size(), 1U) << "asked for after " << distance << " cycles";
    EXPECT_EQ(this->count(reg::Refuse::table), b.refused.size());
  }
}

TYPED_TEST(FlowSchedErrors, RefusalsOfTilesAndOfOwnersAreAllSeen) {
  auto& b = this->bench;
  b.init_window(0, {true, 0, 1, 128, 128});
  b.init_region(0, {128, 4, 1, 1, {0, 1}});
  b.check = false;
  b.send(0, {{true, 0}, 0, 128});
  b.reports = {{0, 0, 0}};
  b.drain();
  b.clear();
  for (int i = 0; i < 60; ++i) {  // one tile and three reports at a time, at every distance
    b.send(0, {{true, 0}, 0, 1});
    for (int c = 0; c < i % 6; ++c) b.cycle();
    for (int n = 0; n < 3; ++n) b.reports.push_back({0, 0, 0});
    for (int c = 0; c < 12; ++c) b.cycle();
  }
  b.drain();
  EXPECT_EQ(this->count(reg::Refuse::excess), 60U);
  EXPECT_EQ(this->count(reg::Refuse::report), 180U);
  EXPECT_EQ(b.refused.size(), 240U);
}

}  // namespace
}  // namespace moehub::test
