// Contract of every hub, part 2: tiles, reports, windows, initialisation. Run by hub_contract.hpp.
#pragma once

#include "tests/unit/hub/contract_fixture.hpp"

namespace moehub::test {

template <class T>
class HubReadiness : public ContractFixture<T> {};
TYPED_TEST_SUITE_P(HubReadiness);

TYPED_TEST_P(HubReadiness, AFullTileIsReadyWithoutAnyReport) {
  LoopOptions options;
  options.ack_spread = 100;
  HubLoop loop = this->loop(options);
  loop.set_region(1, 0, this->region(0, 512, 16));
  for (std::uint32_t row = 0; row < 9; ++row) loop.store_row(0, 1, 0, row);
  ASSERT_TRUE(loop.drain());
  const auto ready = messages(loop, 1, TileKind::ready, false, 0);
  ASSERT_EQ(ready.size(), 2U) << "two of the tiles of 4 rows are full";
  for (const TileRecord& tile : ready) {
    EXPECT_EQ(tile.message.count, 4U);
    EXPECT_EQ(tile.acked_bytes, 4U * 512) << "ready before its last byte was acknowledged";
  }
  EXPECT_EQ(loop.tiles(1).size(), 2U) << "nothing else can be said before the reports";
  EXPECT_FALSE(loop.hub(1).outputs().all_ready);
}

TYPED_TEST_P(HubReadiness, ReportsCloseTheRegionWhateverTheNumberOfRows) {
  for (const int rows : {0, 1, 4, 5, 8, 15, 16}) {
    HubLoop loop = this->loop({});
    loop.set_region(1, 0, this->region(0, 256, 16));
    std::set<std::uint32_t> sent;
    for (int i = 0; i < rows; ++i) {
      loop.store_row(i % 3 == 0 ? 1 : 0, 1, 0, static_cast<std::uint32_t>(i));
      sent.insert(static_cast<std::uint32_t>(i));
    }
    loop.fence(0, 0, 1, 0);
    ASSERT_TRUE(loop.drain());
    EXPECT_TRUE(messages(loop, 1, TileKind::owner_done, false, 0).empty())
        << "closed although one source has not reported";
    loop.fence(1, 0, 1, 0);
    ASSERT_TRUE(loop.drain());
    expect_rows(loop, 1, 0, sent);
    expect_region_closed(loop, 1, 0, rows);
    EXPECT_EQ(all_ready_messages(loop, 1), 1) << rows << " rows";
    // The other hub has no such region: it refuses the reports and says nothing.
    EXPECT_TRUE(loop.tiles(0).empty());
    expect_refusals(loop, 0, {{reg::Refuse::unregistered, 2}});
    expect_refusals(loop, 1, {});
  }
}

TYPED_TEST_P(HubReadiness, AllReadyWaitsForEveryRegion) {
  HubLoop loop = this->loop({});
  for (int r = 0; r < 3; ++r) loop.set_region(1, r, this->region(r, 128, 8));
  for (int r = 0; r < 3; ++r) loop.store_row(0, 1, r, static_cast<std::uint32_t>(r));
  loop.fence(0, 0, 3, 0);
  loop.fence(1, 0, 2, 0);
  ASSERT_TRUE(loop.drain());
  EXPECT_FALSE(loop.hub(1).outputs().all_ready);
  EXPECT_EQ(all_ready_messages(loop, 1), 0);
  loop.fence(1, 2, 1, 0);
  ASSERT_TRUE(loop.drain());
  for (int r = 0; r < 3; ++r) expect_region_closed(loop, 1, r, 1);
  EXPECT_TRUE(loop.hub(1).outputs().all_ready);
  EXPECT_EQ(all_ready_messages(loop, 1), 1);
  EXPECT_EQ(loop.tiles(1).back().message.kind, TileKind::all_ready);
  EXPECT_NE(read_checked(loop.hub(1), reg::kIrqStatus) & 2U, 0U);
}

TYPED_TEST_P(HubReadiness, StoresBehindAFenceAreNotInItsReport) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 128, 64));
  loop.hold_link(true);
  for (std::uint32_t row = 0; row < 3; ++row) loop.store_row(0, 1, 0, row);
  loop.fence(0, 0, 1, 0);
  loop.run(60);
  for (std::uint32_t row = 10; row < 12; ++row) loop.store_row(0, 1, 0, row);
  loop.run(60);
  loop.hold_link(false);
  ASSERT_TRUE(loop.drain());
  std::vector<std::uint32_t> reports;
  for (const Packet& p : loop.sent(0)) {
    if (p.header.kind == PacketKind::count) reports.push_back(p.header.row);
  }
  EXPECT_EQ(reports, std::vector<std::uint32_t>{3});
  loop.fence(0, 0, 1, 0);
  ASSERT_TRUE(loop.drain());
  EXPECT_EQ(loop.sent(0).back().header.row, 2U) << "the next fence reports the rows since then";
  expect_rows(loop, 1, 0, {0, 1, 2, 10, 11});
}

TYPED_TEST_P(HubReadiness, SectorsOnBothSidesOfAFenceDoNotMerge) {
  for (const bool fence : {true, false}) {
    LoopOptions options;
    options.merge_age_ticks = 15;
    options.tick_cycles = 1000;
    HubLoop loop = this->loop(options);
    loop.set_region(1, 0, this->region(0, 128, 8));
    loop.hold_link(true);
    // Two lines of the same slice keep the port busy, so that the third one stays in its entry.
    const auto lanes = static_cast<std::uint32_t>(loop.lanes());
    for (std::uint32_t row = 0; row < 2; ++row) {
      loop.request(0, row_store(1, 0, 0, row * lanes, 0, 128), 0);
      loop.run(12);
    }
    loop.request(0, row_store(1, 0, 0, 2 * lanes, 0, 64), 0);
    loop.run(20);
    if (fence) loop.fence(0, 0, 1, 0);
    loop.run(40);
    loop.request(0, row_store(1, 0, 0, 2 * lanes, 64, 128), 0);
    loop.run(40);
    loop.hold_link(false);
    ASSERT_TRUE(loop.drain());
    EXPECT_EQ(read_statistics(loop.hub(0)).merges, fence ? 0U : 1U);
    expect_rows(loop, 1, 0, {0, lanes, 2 * lanes});
  }
}

TYPED_TEST_P(HubReadiness, TilesOfAWindowCountStoredBytes) {
  LoopOptions options;
  options.ack_spread = 80;
  HubLoop loop = this->loop(options);
  // Three tiles of 256 bytes; each waits for two stores of 192 bytes, the last one for one.
  WindowSetup window = this->window(0, 768);
  window.tile_bytes_log2 = 8;
  window.tile_count = 3;
  window.tile_ready_bytes = 2 * 192;
  window.last_tile_ready_bytes = 192;
  loop.set_window(1, 0, window);
  const auto contribute = [&](int src, int tile) {
    const std::uint64_t addr = window.base + 256U * static_cast<std::uint64_t>(tile);
    loop.request(src, address_store(1, addr, 1));
    loop.request(src, address_store(1, addr + 128, 1, 0, 64));
  };
  for (const int tile : {0, 1, 2}) contribute(0, tile);
  ASSERT_TRUE(loop.drain());
  auto ready = messages(loop, 1, TileKind::ready, true, 0);
  ASSERT_EQ(ready.size(), 1U) << "only the last tile has all it waits for";
  EXPECT_EQ(ready[0].message.tile, window.tile_base + 2);
  for (const int tile : {0, 1}) contribute(1, tile);
  ASSERT_TRUE(loop.drain());
  ready = messages(loop, 1, TileKind::ready, true, 0);
  ASSERT_EQ(ready.size(), 3U);
  for (const TileRecord& record : ready) {
    EXPECT_EQ(record.message.count, 0U);
    const bool last = record.message.tile == window.tile_base + 2;
    EXPECT_EQ(record.acked_bytes, last ? 192U : 384U);
  }
  const auto done = messages(loop, 1, TileKind::owner_done, true, 0);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].message.count, 3U);
  EXPECT_NE(read_checked(loop.hub(1), window_reg(0, reg::kWinCtrl)) >> 31, 0U);
  expect_nothing_outside(loop, 1, {}, {window});
}

TYPED_TEST_P(HubReadiness, StoresToAWindowWithoutTilesAreSilent) {
  HubLoop loop = this->loop({});
  WindowSetup window = this->window(0, 4096);
  window.tiled = false;
  loop.set_window(1, 0, window);
  for (std::uint32_t i = 0; i < 32; ++i) {
    loop.request(0, address_store(1, window.base + i * 128, i));
  }
  ASSERT_TRUE(loop.drain());
  EXPECT_EQ(loop.memory(1).size(), 32U);
  EXPECT_TRUE(loop.tiles(1).empty());
  EXPECT_EQ(read_statistics(loop.hub(1)).acks, 0U);
}

TYPED_TEST_P(HubReadiness, ARegionLivesAgainUnderANewGeneration) {
  HubLoop loop = this->loop({});
  RegionSetup region = this->region(0, 256, 16);
  RegionSetup other = this->region(1, 256, 16);
  loop.set_region(1, 1, other);
  for (int round = 0; round < 3; ++round) {
    region.generation = round + 5;
    loop.set_region(1, 0, region);
    loop.forget_memory(1);
    loop.forget_tiles(1);
    std::set<std::uint32_t> rows;
    // The same RowIDs each time: nothing of an earlier life may be found again.
    for (std::uint32_t row = 0; row < 6; ++row) {
      loop.store_row(0, 1, 0, row);
      rows.insert(row);
    }
    loop.fence(0, 0, 1, region.generation);
    loop.fence(1, 0, 1, region.generation);
    ASSERT_TRUE(loop.drain());
    expect_rows(loop, 1, 0, rows);
    expect_region_closed(loop, 1, 0, 6);
    expect_refusals(loop, 1, {});
  }
}

TYPED_TEST_P(HubReadiness, AllReadyIsSaidOnceALife) {
  for (const int count : {1, 2}) {
    HubLoop loop = this->loop({});
    for (int round = 0; round < 3; ++round) {
      std::vector<RegionSetup> regions;
      for (int r = 0; r < count; ++r) {
        regions.push_back(this->region(r, 256, 16));
        regions.back().generation = round + 5;
      }
      loop.set_regions(1, regions);
      loop.forget_tiles(1);
      for (int g = 0; g < 2; ++g) {
        loop.store_row(g, 1, g % count, static_cast<std::uint32_t>(g));
        loop.fence(g, 0, count, round + 5);
      }
      ASSERT_TRUE(loop.drain());
      EXPECT_EQ(all_ready_messages(loop, 1), 1) << "round " << round << ", regions " << count;
    }
  }
}

TYPED_TEST_P(HubReadiness, OtherRegionsGoOnWhileOneIsInitialised) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 256, 40));
  loop.set_region(1, 1, this->region(1, 256, 40));
  std::set<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < 40; ++row) {
    loop.store_row(0, 1, 0, row);
    rows.insert(row);
  }
  loop.run(30);
  // Register accesses clock the hub, while the other one waits for its credits.
  program_region(loop.hub(1), 1, [&] {
    disable_region(loop.hub(1), 1, 0);
    RegionSetup again = this->region(1, 256, 40);
    again.generation = 1;
    return again;
  }());
  ASSERT_TRUE(loop.drain());
  wait_initialised(loop.hub(1));
  expect_rows(loop, 1, 0, rows);
  expect_refusals(loop, 1, {});
}

REGISTER_TYPED_TEST_SUITE_P(HubReadiness, AFullTileIsReadyWithoutAnyReport,
                            ReportsCloseTheRegionWhateverTheNumberOfRows, AllReadyWaitsForEveryRegion,
                            StoresBehindAFenceAreNotInItsReport, SectorsOnBothSidesOfAFenceDoNotMerge,
                            TilesOfAWindowCountStoredBytes, StoresToAWindowWithoutTilesAreSilent,
                            ARegionLivesAgainUnderANewGeneration, AllReadyIsSaidOnceALife,
                            OtherRegionsGoOnWhileOneIsInitialised);

}  // namespace moehub::test
