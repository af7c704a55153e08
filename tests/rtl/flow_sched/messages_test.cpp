// flow_sched, directed: each kind of message, and what is refused.
#include "tests/rtl/flow_sched/flow_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class FlowSched : public FlowSchedFixture<Config> {};
TYPED_TEST_SUITE(FlowSched, FlowConfigs);

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

TYPED_TEST(FlowSched, AllReadyWaitsForARegionThatWaitsWithTheDoneBitOfItsOldLife) {
  auto& b = this->bench;
  const Region region{128, 2, 1, 0, {0}};
  b.init_region(0, region);
  b.reports = {{0, 0, 0}};
  b.drain();
  b.set_live(0, false);
  b.drain();
  b.clear();
  b.bench->cfg_waits_i = 1;
  b.configure(0, region);
  b.set_live(0, true);
  b.drain();
  EXPECT_FALSE(b.bench->all_ready_o);
  EXPECT_TRUE(b.messages.empty());
  b.init({false, 0});
  b.bench->cfg_waits_i = 0;
  b.configure(0, region);
  b.reports = {{0, 0, 0}};
  b.drain();
  EXPECT_EQ(this->kinds(), (Kinds{K::cancel, K::owner_done, K::all_ready}));
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
  b.expect_table_errors = true;
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
  b.expect_table_errors = false;
  b.clear();
  b.init_region(0, {128, 4, 1, 0, {0}});  // heals
  this->rows(0, 0, 4);
  b.reports = {{0, 0, 4}};
  b.drain();
  EXPECT_EQ(b.messages.size(), 4U);
  EXPECT_TRUE(b.refused.empty());
}

}  // namespace
}  // namespace moehub::test
