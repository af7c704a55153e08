// Contract of every hub, part 4: a row table that is too small, wrong check bits, and the registers.
// Run by hub_contract.hpp.
#pragma once

#include "tests/unit/hub/contract_fixture.hpp"

namespace moehub::test {

template <class T>
class HubTable : public ContractFixture<T> {
 protected:
  // With one set of each bank in use the rows of a region that fit.
  static int rows_that_fit() { return T::params().rat_banks * T::params().rat_ways; }
  static int bank_of(int region, std::uint32_t row) {
    const std::uint32_t x = static_cast<std::uint32_t>(region) << 24 | row;
    const std::uint32_t hash = x ^ (x >> 4) ^ (x >> 9) ^ (x >> 15) ^ (x >> 24);
    return static_cast<int>(hash % static_cast<std::uint32_t>(T::params().rat_banks));
  }
};
TYPED_TEST_SUITE_P(HubTable);

TYPED_TEST_P(HubTable, RowsThatDoNotFitAreSpilledAndComeBack) {
  LoopOptions options;
  options.sets_in_use = 1;
  options.stall_percent = 10;
  HubLoop loop = this->loop(options);
  const int count = 3 * this->rows_that_fit();
  loop.set_region(1, 0, this->region(0, 512, count));
  std::set<std::uint32_t> rows;
  // A line of every row before the next line of any: all rows are open at a time.
  for (int line = 0; line < 4; ++line) {
    for (int i = 0; i < count; ++i) {
      const auto row = static_cast<std::uint32_t>(i);
      loop.request(i % 4 == 3 ? 1 : 0,
                   row_store(1, 0, 0, row, line * kLineBytes, (line + 1) * kLineBytes));
      rows.insert(row);
    }
    loop.run(200);
  }
  loop.fence(0, 0, 1, 0);
  loop.fence(1, 0, 1, 0);
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, rows);
  expect_region_closed(loop, 1, 0, count);
  expect_refusals(loop, 1, {});
  const HubStatistics stats = read_statistics(loop.hub(1));
  EXPECT_EQ(stats.rat_allocs, static_cast<std::uint64_t>(count));
  EXPECT_EQ(stats.rows_done, static_cast<std::uint64_t>(count));
  EXPECT_GT(stats.rat_spills, 0U);
  EXPECT_GT(stats.rat_fills, 0U);
}

TYPED_TEST_P(HubTable, FinishedRowsMakeRoomWithoutASpill) {
  LoopOptions options;
  options.sets_in_use = 1;
  HubLoop loop = this->loop(options);
  const int count = 3 * this->rows_that_fit();
  loop.set_region(1, 0, this->region(0, 128, count));
  std::set<std::uint32_t> rows;
  for (int i = 0; i < count; ++i) {
    loop.store_row(0, 1, 0, static_cast<std::uint32_t>(i));
    rows.insert(static_cast<std::uint32_t>(i));
  }
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, rows);
  EXPECT_EQ(read_statistics(loop.hub(1)).rat_spills, 0U);
}

TYPED_TEST_P(HubTable, AFullSpillListRefusesTheNewRowAndNothingElse) {
  LoopOptions options;
  options.sets_in_use = 1;
  options.spill_latency_cycles = 10;
  HubLoop loop = this->loop(options);
  const HubParams params = loop.hub(1).params();
  const int fit = params.rat_ways + params.spill_slots;  // open rows of one bank
  loop.set_region(1, 0, this->region(0, 256, fit + 8));
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; static_cast<int>(rows.size()) < fit + 1; ++row) {
    if (this->bank_of(0, row) == 0) rows.push_back(row);
  }
  const std::uint32_t unlucky = rows.back();
  rows.pop_back();
  for (const std::uint32_t row : rows) {
    loop.request(0, row_store(1, 0, 0, row, 0, 128));
    ASSERT_TRUE(loop.drain());
  }
  expect_refusals(loop, 1, {});
  for (int line = 0; line < 2; ++line) {
    loop.request(0, row_store(1, 0, 0, unlucky, 128 * line, 128 * (line + 1)));
    ASSERT_TRUE(loop.drain());
  }
  expect_refusals(loop, 1, {{reg::Refuse::spill_full, 2}});
  for (const std::uint32_t row : rows) loop.request(0, row_store(1, 0, 0, row, 128, 256));
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {rows.begin(), rows.end()});
  expect_refusals(loop, 1, {{reg::Refuse::spill_full, 2}});
  // Finished rows gave their places back: the unlucky one may come now.
  loop.store_row(0, 1, 0, unlucky);
  ASSERT_TRUE(loop.drain());
  rows.push_back(unlucky);
  expect_rows(loop, 1, 0, {rows.begin(), rows.end()});
}

TYPED_TEST_P(HubTable, RowsOfAnEarlierGenerationGiveTheirPlacesBack) {
  LoopOptions options;
  options.sets_in_use = 1;
  options.spill_latency_cycles = 10;
  HubLoop loop = this->loop(options);
  const HubParams params = loop.hub(1).params();
  RegionSetup region = this->region(0, 256, 200);
  std::vector<std::uint32_t> rows;  // of one bank: its ways, and most of its spill list
  const int open_rows = params.rat_ways + params.spill_slots / 2;
  for (std::uint32_t row = 0; static_cast<int>(rows.size()) < open_rows; ++row) {
    if (this->bank_of(0, row) == 0) rows.push_back(row);
  }
  // Rows that stay open, in more generations than the list has room for.
  for (int generation = 0; generation < 4; ++generation) {
    region.generation = generation;
    loop.set_region(1, 0, region);
    loop.forget_memory(1);
    clear_statistics(loop.hub(1));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      loop.request(0, row_store(1, 0, generation, rows[i], 0, 128));
      ASSERT_TRUE(loop.drain());
      if (static_cast<int>(i) < params.rat_ways) {
        EXPECT_EQ(read_statistics(loop.hub(1)).rat_spills, 0U) << "a row of an earlier life was spilled";
      }
    }
    expect_refusals(loop, 1, {});
  }
  for (const std::uint32_t row : rows) loop.request(0, row_store(1, 0, 3, row, 128, 256));
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {rows.begin(), rows.end()});
}

TYPED_TEST_P(HubTable, AWordWithWrongCheckBitsIsNeverUsed) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 256, 16));
  write_checked(loop.hub(1), reg::kCtrl, 1U | 8U);
  loop.request(0, row_store(1, 0, 0, 7, 0, 128));
  ASSERT_TRUE(loop.drain());
  expect_refusals(loop, 1, {});
  loop.request(0, row_store(1, 0, 0, 7, 128, 256));
  ASSERT_TRUE(loop.drain());
  expect_refusals(loop, 1, {{reg::Refuse::table, 1}});
  EXPECT_EQ(loop.memory(1).size(), 1U);
  EXPECT_TRUE(loop.irq(1));
  EXPECT_NE(read_checked(loop.hub(1), reg::kIrqStatus) & 4U, 0U);
  // A flush and a new generation put the region right again.
  flush_row_table(loop.hub(1));
  clear_statistics(loop.hub(1));
  loop.forget_memory(1);
  RegionSetup again = this->region(0, 256, 16);
  again.generation = 1;
  loop.set_region(1, 0, again);
  loop.store_row(0, 1, 0, 7);
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {7});
  expect_refusals(loop, 1, {});
}

TYPED_TEST_P(HubTable, ATileWithWrongCheckBitsNeverBecomesReady) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 128, 16));
  write_checked(loop.hub(1), reg::kCtrl, 1U | 16U);
  for (std::uint32_t row = 0; row < 4; ++row) {
    loop.store_row(0, 1, 0, row);
    ASSERT_TRUE(loop.drain());
  }
  EXPECT_TRUE(loop.tiles(1).empty());
  EXPECT_GE(read_refusals(loop.hub(1))[static_cast<std::size_t>(reg::Refuse::table)], 1U);
  EXPECT_NE(read_checked(loop.hub(1), reg::kIrqStatus) & 4U, 0U);
}

TYPED_TEST_P(HubTable, ARowCounterWithWrongCheckBitsSendsNoReport) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 128, 16));
  write_checked(loop.hub(0), reg::kCtrl, 1U | 32U);
  loop.store_row(0, 1, 0, 3);
  loop.fence(0, 0, 1, 0);
  loop.fence(1, 0, 1, 0);
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {3});
  EXPECT_GE(read_refusals(loop.hub(0))[static_cast<std::size_t>(reg::Refuse::table)], 1U);
  EXPECT_NE(read_checked(loop.hub(0), reg::kIrqStatus) & 4U, 0U);
  EXPECT_FALSE(loop.hub(1).outputs().all_ready) << "a region was closed without a report";
}

TYPED_TEST_P(HubTable, AFlushForgetsOpenRowsAndGivesPlacesFromTheStart) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 256, 16));
  loop.request(0, row_store(1, 0, 0, 7, 0, 128));
  ASSERT_TRUE(loop.drain());
  flush_row_table(loop.hub(1));
  loop.forget_memory(1);
  loop.store_row(0, 1, 0, 9);
  ASSERT_TRUE(loop.drain());
  expect_rows(loop, 1, 0, {9});
  EXPECT_EQ(read_statistics(loop.hub(1)).rat_allocs, 2U);
}

TYPED_TEST_P(HubTable, RegistersShowTheParametersAndKeepWhatIsWritten) {
  HubLoop loop = this->loop({});
  Hub& hub = loop.hub(0);
  const HubParams p = hub.params();
  EXPECT_EQ(read_checked(hub, reg::kId), 0x4d484231U);
  EXPECT_EQ(read_checked(hub, reg::kParams0),
            static_cast<std::uint32_t>(p.lanes | p.peers << 8 | p.entries << 16));
  EXPECT_EQ(read_checked(hub, reg::kParams1), static_cast<std::uint32_t>(p.rat_banks | p.rat_sets << 8) |
                                                  static_cast<std::uint32_t>(p.rat_ways) << 24);
  EXPECT_EQ(read_checked(hub, reg::kParams2), static_cast<std::uint32_t>(p.regions) |
                                                  static_cast<std::uint32_t>(p.tiles) << 16);
  const RegionSetup region = this->region(2, 7168, 12);
  program_region(hub, 2, region);
  wait_initialised(hub);
  EXPECT_EQ(read_checked(hub, region_reg(2, reg::kRegBaseLo)), region.base);
  EXPECT_EQ(read_checked(hub, region_reg(2, reg::kRegRowBytes)), 7168U);
  EXPECT_EQ(read_checked(hub, region_reg(2, reg::kRegCapacity)), 12U);
  EXPECT_EQ(read_checked(hub, region_reg(2, reg::kRegSource)), 3U);
  EXPECT_EQ(read_checked(hub, region_reg(2, reg::kRegCtrl)), 1U);
  const WindowSetup window = this->window(1, 4096);
  WindowSetup silent = window;
  silent.tiled = false;
  program_window(hub, 1, silent);
  wait_initialised(hub);
  EXPECT_EQ(read_checked(hub, window_reg(1, reg::kWinBaseLo)), window.base);
  EXPECT_EQ(read_checked(hub, window_reg(1, reg::kWinLimitLo)), window.base + 4096 - 128);
  EXPECT_EQ(read_checked(hub, window_reg(1, reg::kWinCtrl)), 1U);
}

TYPED_TEST_P(HubTable, IllegalRegisterAccessesAreRefusedAndChangeNothing) {
  HubLoop loop = this->loop({});
  Hub& hub = loop.hub(0);
  const HubParams p = hub.params();
  program_region(hub, 0, this->region(0, 256, 16));
  wait_initialised(hub);
  const auto refused = [&hub](std::uint16_t addr, std::uint32_t value) {
    const std::optional<std::uint32_t> before = hub.read_reg(addr);
    const bool accepted = hub.write_reg(addr, value);
    EXPECT_EQ(hub.read_reg(addr), before) << "register " << addr;
    return !accepted;
  };
  const auto peers = static_cast<std::uint32_t>(p.peers);
  // Read only, not mapped, not aligned.
  EXPECT_TRUE(refused(reg::kId, 1));
  EXPECT_TRUE(refused(reg::kStat, 1));
  EXPECT_TRUE(refused(reg::kErrHeader, 1));
  EXPECT_TRUE(refused(0x048, 1));
  EXPECT_TRUE(refused(0x3f0, 1));
  EXPECT_FALSE(hub.read_reg(0x3f0).has_value());
  EXPECT_FALSE(hub.read_reg(reg::kCtrl + 1).has_value());
  EXPECT_FALSE(hub.read_reg(window_reg(p.windows, reg::kWinCtrl)).has_value());
  if (p.regions < 256) {
    EXPECT_FALSE(hub.read_reg(region_reg(p.regions, reg::kRegCtrl)).has_value());
  }
  EXPECT_FALSE(hub.read_reg(region_reg(0, 0x30)).has_value());
  // Only while the hub is off.
  EXPECT_TRUE(refused(reg::kSelf, 1));
  EXPECT_TRUE(refused(reg::kCredits, 1));
  EXPECT_TRUE(refused(reg::kPeerEnable, 1));
  // Of a live region.
  EXPECT_TRUE(refused(region_reg(0, reg::kRegCapacity), 3));
  // Out of range.
  EXPECT_TRUE(refused(reg::kTimer, 0));
  EXPECT_TRUE(refused(region_reg(1, reg::kRegBaseLo), 64));
  EXPECT_TRUE(refused(region_reg(1, reg::kRegRowBytes), 65537));
  EXPECT_TRUE(refused(region_reg(1, reg::kRegRowBytes), 0));
  EXPECT_TRUE(refused(region_reg(1, reg::kRegCapacity), 1U << 20));
  EXPECT_TRUE(refused(region_reg(1, reg::kRegCtrl), 1)) << "enabled without rows";
  EXPECT_TRUE(refused(window_reg(0, reg::kWinTile), 3));
  if (peers < 96) {
    EXPECT_TRUE(refused(static_cast<std::uint16_t>(region_reg(1, reg::kRegSource) + 4 * (peers / 32)),
                        1U << (peers % 32)));
  }
  RegionSetup beyond = this->region(1, 256, 16);
  beyond.tile_base = p.tiles - 1;
  EXPECT_THROW(program_region(hub, 1, beyond), std::runtime_error) << "tiles beyond the table";
  disable_hub(hub);
  EXPECT_TRUE(refused(reg::kSelf, peers));
  EXPECT_TRUE(refused(reg::kSetMask, 2));
  EXPECT_TRUE(refused(reg::kSpillBaseLo, 128));
}

TYPED_TEST_P(HubTable, AHubThatIsNotBusyStaysAsItIs) {
  HubLoop loop = this->loop({});
  loop.set_region(1, 0, this->region(0, 256, 16));
  loop.store_row(0, 1, 0, 1);
  ASSERT_TRUE(loop.drain());
  EXPECT_FALSE(loop.hub(1).outputs().busy);
  const HubStatistics before = read_statistics(loop.hub(1));
  loop.run(500);
  const HubStatistics after = read_statistics(loop.hub(1));
  EXPECT_EQ(before.rx_packets, after.rx_packets);
  EXPECT_EQ(loop.tiles(1).size(), 0U);
}

// Such a hub may sleep until memory answers; software that asks whether all is written is told no.
TYPED_TEST_P(HubTable, AHubThatWaitsForMemoryAloneIsNotBusyAndSaysThatItWaits) {
  LoopOptions options;
  options.ack_cycles = 400;
  HubLoop loop = this->loop(options);
  loop.set_region(1, 0, this->region(0, 256, 16));
  loop.store_row(0, 1, 0, 1);
  const auto status = [&] { return loop.hub(1).read_reg(reg::kStatus).value_or(~0U) & 1U; };
  loop.run(200);
  EXPECT_FALSE(loop.hub(1).outputs().busy);
  EXPECT_EQ(status(), 1U);
  ASSERT_TRUE(loop.drain());
  EXPECT_EQ(status(), 0U);
  EXPECT_EQ(read_statistics(loop.hub(1)).acks, 2U);
}

REGISTER_TYPED_TEST_SUITE_P(HubTable, RowsThatDoNotFitAreSpilledAndComeBack,
                            FinishedRowsMakeRoomWithoutASpill,
                            AFullSpillListRefusesTheNewRowAndNothingElse,
                            RowsOfAnEarlierGenerationGiveTheirPlacesBack,
                            AWordWithWrongCheckBitsIsNeverUsed, ATileWithWrongCheckBitsNeverBecomesReady,
                            ARowCounterWithWrongCheckBitsSendsNoReport,
                            AFlushForgetsOpenRowsAndGivesPlacesFromTheStart,
                            RegistersShowTheParametersAndKeepWhatIsWritten,
                            IllegalRegisterAccessesAreRefusedAndChangeNothing,
                            AHubThatIsNotBusyStaysAsItIs,
                            AHubThatWaitsForMemoryAloneIsNotBusyAndSaysThatItWaits);

}  // namespace moehub::test
