// addr_alloc, directed: addresses, order, latency, reports, loop, acknowledgements.
#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

template <class Params>
class AddrAlloc : public testing::Test {};
using AllSizes = testing::Types<Lanes1, Lanes4, Lanes8>;
TYPED_TEST_SUITE(AddrAlloc, AllSizes);

Region region_at(std::uint64_t base, std::uint32_t row_bytes = 512) {
  Region r;
  r.base = base;
  r.row_bytes = row_bytes;
  return r;
}

TYPED_TEST(AddrAlloc, TakesNothingBeforeTheTableIsCleared) {
  Bench<typename TypeParam::Top> top;
  top->cfg_enable_i = 1;
  top.settle();
  EXPECT_EQ(top->rx_ready_o, 0);
  EXPECT_EQ(top->loop_ready_o, 0);
  EXPECT_EQ(top->busy_o, 1);
  top.tick(TypeParam::kSizes.sets + 10);
  EXPECT_EQ(top->rx_ready_o, (1 << TypeParam::kSizes.lanes) - 1);
  EXPECT_EQ(top->busy_o, 0);
}

TYPED_TEST(AddrAlloc, TakesNothingWhileDisabled) {
  Dut<TypeParam> dut;
  dut.top->cfg_enable_i = 0;
  dut.cycle();
  EXPECT_EQ(dut.top->rx_ready_o, 0);
}

TYPED_TEST(AddrAlloc, LatencyAtZeroLoad) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000);
  dut.init(0, r);
  dut.configure(0, Window{true, 0x80000, 0x8ff80});
  dut.send(0, row_packet(0, r, 7, 0));
  dut.drain();
  const std::uint64_t new_row = dut.last_latency;
  dut.send(0, row_packet(0, r, 7, 1));
  dut.drain();
  const std::uint64_t known_row = dut.last_latency;
  dut.send(0, store_packet(0x80080));
  dut.drain();
  std::cout << "rx accepted to awvalid, cycles: new row " << new_row << ", known row " << known_row
            << ", store " << dut.last_latency << "\n";
  EXPECT_LE(new_row, 12U);
  EXPECT_LE(known_row, 12U);
  EXPECT_LE(dut.last_latency, 7U);
  dut.finish();
}

TYPED_TEST(AddrAlloc, RowsArePackedInOrderOfArrival) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 300);  // three lines, the last one partial
  dut.init(1, r);
  for (std::uint32_t row : {500U, 3U, 70000U, 16777215U}) {
    for (int line = 0; line < r.lines(); ++line)
      dut.send(line % dut.sizes().lanes, row_packet(1, r, row, line));
    dut.drain();
  }
  EXPECT_EQ(dut.reference.row(1, 500)->lid, 0U);
  EXPECT_EQ(dut.reference.row(1, 3)->lid, 1U);
  EXPECT_EQ(dut.reference.row(1, 70000)->lid, 2U);
  EXPECT_EQ(dut.reference.row(1, 16777215)->lid, 3U);
  EXPECT_EQ(dut.totals.allocs, 4U);
  EXPECT_EQ(dut.totals.rows_done, 4U);
  EXPECT_EQ(dut.totals.hits, 8U);
  EXPECT_EQ(dut.totals.wr_bytes, 4U * 300U);
  dut.finish();
}

TYPED_TEST(AddrAlloc, SameRowOnAllLanesInOneCycle) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 8 * 128);
  dut.init(0, r);
  for (int lane = 0; lane < dut.sizes().lanes; ++lane) dut.send(lane, row_packet(0, r, 9, lane));
  dut.finish();
  EXPECT_EQ(dut.totals.allocs, 1U);
  EXPECT_EQ(dut.totals.hits, static_cast<std::uint64_t>(dut.sizes().lanes - 1));
  EXPECT_EQ(dut.reference.row(0, 9)->lid, 0U);
}

TYPED_TEST(AddrAlloc, NewRowsOnAllLanesInOneCycle) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 128);
  dut.init(2, r);
  for (int round = 0; round < 3; ++round) {
    for (int lane = 0; lane < dut.sizes().lanes; ++lane) {
      dut.send(lane, row_packet(2, r, static_cast<std::uint32_t>(100 * round + lane), 0));
    }
  }
  dut.finish();
  EXPECT_EQ(dut.totals.allocs, static_cast<std::uint64_t>(3 * dut.sizes().lanes));
  EXPECT_EQ(dut.reference.rows.size(), static_cast<std::size_t>(3 * dut.sizes().lanes));
}

// Rows of different banks, so that all lanes get their LocalRowID in the same cycle.
TEST(AddrAllocLanes, NewRowsOfDifferentBanksTakeOneCycleTogether) {
  Dut<Lanes4> dut;
  const Region r = region_at(0x10000, 128);
  dut.init(0, r);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; rows.size() < 4; ++row) {
    if (set_of(dut.sizes(), 0, row) % 16 == rows.size()) rows.push_back(row);
  }
  for (std::size_t lane = 0; lane < 4; ++lane)
    dut.send(static_cast<int>(lane), row_packet(0, r, rows[lane], 0));
  std::uint64_t most = 0, before = 0;
  dut.run_until([&] {
    most = std::max(most, dut.totals.allocs - before);
    before = dut.totals.allocs;
    return dut.idle();
  });
  EXPECT_EQ(most, 4U) << "LocalRowIDs given in one cycle";
  dut.finish();
}

TYPED_TEST(AddrAlloc, PitchOfEveryRowSize) {
  Dut<TypeParam> dut;
  int gen = 1;
  for (const std::uint32_t row_bytes : {1U, 127U, 128U, 129U, 2047U, 4096U, 14336U, 65535U, 65536U}) {
    Region r = region_at(0x1'0000'0000, row_bytes);
    r.gen = gen++;
    r.tile_rows_log2 = gen % 16;
    dut.init(0, r);
    for (std::uint32_t row = 0; row < 5; ++row) {
      dut.send(0, row_packet(0, r, row, 0));
      if (r.lines() > 1) dut.send(0, row_packet(0, r, row, r.lines() - 1));
    }
    dut.drain();
  }
  dut.finish();
}

TEST(AddrAllocAddress, HighestLocalRowId) {
  Dut<Lanes4> dut;
  // As many rows as fit into the time of a test; the multiplier's upper bits come from the pitch.
  Region r = region_at(0x1000, 65536);
  r.capacity = 3000;
  r.tile_rows_log2 = 7;
  r.tile_base = 65000;
  dut.init(0, r);
  for (std::uint32_t row = 0; row < 3000; ++row) {
    dut.send(static_cast<int>(row % 4), row_packet(0, r, row, static_cast<int>(row % 512)));
  }
  dut.finish();
  EXPECT_EQ(dut.reference.rows.size(), 3000U);
}

TYPED_TEST(AddrAlloc, StoresGoToTheirAddressInOrder) {
  Dut<TypeParam> dut;
  dut.reference.overwrites = true;
  dut.init(0, Window{true, 0x80000, 0x8ff80, true, 10, 40});
  dut.memory_timing.ready_percent = 60;
  for (int i = 0; i < 200; ++i) {
    const int lane = static_cast<int>(dut.random() % dut.lanes());
    dut.send(lane, store_packet(0x80000 + 128 * (dut.random() % 4), 0,
                                bytes_mask(0, static_cast<int>(dut.random() % 128))));
  }
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 200U);
}

TYPED_TEST(AddrAlloc, StoresOutsideTilesGiveNoAcknowledgement) {
  Dut<TypeParam> dut;
  Window w{true, 0x80000, 0x8ff80};
  w.tiled = false;
  dut.init(0, w);
  for (int i = 0; i < 20; ++i) dut.send(0, store_packet(0x80000 + 128U * static_cast<unsigned>(i)));
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 20U);
}

TYPED_TEST(AddrAlloc, LinkAndLoopTakeTurns) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 65536);
  dut.init(0, r);
  for (int line = 0; line < 200; ++line) {
    dut.send(0, row_packet(0, r, 1, line));
    dut.send_loop(0, row_packet(0, r, 2, line));
  }
  dut.run_until([&] { return dut.link[0].size() <= 100; });
  EXPECT_NEAR(static_cast<double>(dut.loop[0].size()), 100.0, 2.0);
  dut.finish();
}

TYPED_TEST(AddrAlloc, AcknowledgementsHoldNothingUpForEver) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 65536);
  dut.init(0, r);
  dut.ack_percent = 0;
  for (int line = 0; line < 512; ++line) dut.send(line % dut.sizes().lanes, row_packet(0, r, 1, line));
  dut.run(1500);
  const auto ring = static_cast<std::uint64_t>(dut.sizes().lanes * dut.sizes().outstanding);
  EXPECT_EQ(dut.writes, std::min<std::uint64_t>(512, ring))
      << "a write needs an identifier, acknowledgements hold them";
  dut.ack_percent = 100;
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 512U);
}

TYPED_TEST(AddrAlloc, ReportsArriveAndStopOnlyTheirLane) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 65536);
  dut.init(0, r);
  dut.report_percent = 0;
  for (std::uint32_t i = 0; i < 30; ++i)
    dut.send(0, report_packet(0, r, i, static_cast<int>(i) % dut.sizes().peers));
  const int other = dut.sizes().lanes - 1;
  for (int line = 0; line < 100; ++line) dut.send(other, row_packet(0, r, 1, line));
  dut.run(400);
  EXPECT_EQ(dut.reference.reports.size() > 0, true);
  EXPECT_EQ(dut.link[0].empty(), false) << "the lane with reports waits";
  if (other != 0) {
    EXPECT_EQ(dut.writes, 100U) << "another lane does not";
  }
  dut.report_percent = 100;
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 100U);
}

// Also when each report is taken late: then the turn once stayed where it was.
TYPED_TEST(AddrAlloc, LanesTakeTurnsWithReports) {
  Dut<TypeParam> dut;
  const int other = dut.sizes().lanes - 1;
  if (other == 0) return;
  const Region r = region_at(0x10000, 65536);
  dut.init(0, r);
  for (std::uint32_t i = 0; i < 3; ++i) {
    dut.send(0, report_packet(0, r, 2 * i));
    dut.send(other, report_packet(0, r, 2 * i + 1));
  }
  dut.report_percent = 0;
  dut.run(50);
  while (dut.reported.size() < 6) {
    dut.report_percent = 100;
    dut.run(1);
    dut.report_percent = 0;
    dut.run(3);
  }
  for (std::size_t i = 1; i < 6; ++i) EXPECT_NE(dut.reported[i] % 2, dut.reported[i - 1] % 2) << "report " << i;
}

TYPED_TEST(AddrAlloc, EveryChannelMayStall) {
  Dut<TypeParam> dut;
  const Region r = region_at(0x10000, 2048);
  dut.init(0, r);
  dut.memory_timing = {40, 50, 5, 60, 0};
  dut.ack_percent = 50;
  const Sizes& sizes = dut.sizes();
  const auto rows =
      static_cast<std::uint32_t>(std::min(40, sizes.ways + sizes.spill_slots));  // in one set, if need be
  for (std::uint32_t row = 0; row < rows; ++row) {
    for (int line = 0; line < r.lines(); ++line) {
      const int lane = static_cast<int>(dut.random() % dut.lanes());
      if (dut.random() % 4 == 0)
        dut.send_loop(lane, row_packet(0, r, row, line));
      else
        dut.send(lane, row_packet(0, r, row, line));
    }
  }
  dut.finish();
  EXPECT_EQ(dut.reference.written(), rows * 16U);
}

}  // namespace
}  // namespace moehub::test
