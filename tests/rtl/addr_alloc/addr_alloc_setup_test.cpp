// addr_alloc, directed: what the configuration says of the hub and its entries - its own number, windows and regions of the
// same number, a flush that takes nothing in; requests for initialisation that come together, linger, or follow at once.
#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

template <class Params>
class AddrAllocSetup : public testing::Test {};
using AllSizes = testing::Types<Lanes1, Lanes4, Lanes8>;
TYPED_TEST_SUITE(AddrAllocSetup, AllSizes);

Region region_of(std::uint32_t row_bytes) {
  Region r;
  r.base = 0x10000;
  r.row_bytes = row_bytes;
  return r;
}

TYPED_TEST(AddrAllocSetup, OwnNumberIsTheOneConfigured) {
  Dut<TypeParam> dut;
  const Region r = region_of(512);
  dut.init(0, r);
  for (const int self : {1, 0}) {
    dut.reference.self = self;
    dut.top->cfg_self_i = static_cast<std::uint8_t>(self);
    dut.run(3);
    for (const int dst : {0, 1}) {
      Packet p = row_packet(0, r, static_cast<std::uint32_t>(10 + self), dst);
      p.header.dst = static_cast<std::uint8_t>(dst);
      dut.send(0, p);
      dut.send_loop(0, p);
    }
    dut.reference.overwrites = true;
    dut.drain();
  }
  dut.finish();
}

TYPED_TEST(AddrAllocSetup, MemoryErrorNamesTheOwnNumber) {
  Dut<TypeParam> dut;
  const Region r = region_of(512);
  dut.init(0, r);
  dut.reference.self = 1;
  dut.top->cfg_self_i = 1;
  dut.run(3);
  dut.memory_timing.error_percent = 100;
  Packet p = row_packet(0, r, 5, 0);
  p.header.dst = 1;
  dut.send(0, p);
  dut.drain();
  dut.finish();
}

TYPED_TEST(AddrAllocSetup, WindowLeavesTheRegionOfItsNumberAlone) {
  Dut<TypeParam> dut;
  const Region r = region_of(512);
  dut.init(0, r);
  for (const std::uint32_t row : {7U, 8U}) dut.send(0, row_packet(0, r, row, 0));
  dut.drain();
  dut.init(0, Window{true, 0x80000, 0x8ff80});
  for (const std::uint32_t row : {8U, 7U, 9U}) dut.send(0, row_packet(0, r, row, 1));  // the reference knows where they lie
  dut.drain();
  ASSERT_NE(dut.reference.row(0, 9), nullptr);
  EXPECT_EQ(dut.reference.row(0, 9)->lid, 2U);
}

// What waits in a lane is a store or a row, whatever its place held before: the initialisation waits for its own.
TYPED_TEST(AddrAllocSetup, InitialisationWaitsForStoresAndForRowsInTheirPlaces) {
  Dut<TypeParam> dut;
  Region r = region_of(512);
  const Window w{true, 0x80000, 0x8ff80};
  dut.init(0, r);
  dut.init(0, w);
  dut.memory_timing.ready_percent = 4;
  for (int i = 0; i < 4; ++i) dut.send(0, store_packet(0x80000U + 128U * static_cast<std::uint32_t>(i)));
  dut.run_until([&] { return dut.link[0].empty(); });
  dut.run(15);
  EXPECT_LT(dut.writes, 4U);
  dut.request_init(true, 0);  // the reference finds a store's window when it is written, so the window stays enabled
  EXPECT_EQ(dut.writes, 4U) << "stores to the window were still to be written";
  dut.drain();

  for (int line = 0; line < 4; ++line) dut.send(0, row_packet(0, r, 1, line));
  dut.run_until([&] { return dut.link[0].empty(); });
  dut.run(15);
  EXPECT_LT(dut.writes, 8U);
  r.gen = 2;
  dut.init(0, r);
  EXPECT_EQ(dut.writes, 8U) << "rows were still to be written";
  dut.finish();
}

TEST(AddrAllocSetupOne, StoreInSeveralWindowsBelongsToTheLowest) {
  Dut<Lanes4> dut;
  Window wide{true, 0x80000, 0x8ff80}, narrow{true, 0x84000, 0x84f80};
  wide.tile_base = 100;
  narrow.tile_base = 500;
  dut.init(2, wide);
  dut.init(1, narrow);
  dut.init(5, wide);
  for (std::uint32_t line = 0; line < 512; ++line) dut.send(static_cast<int>(line % 4), store_packet(0x80000 + 128 * line));
  dut.finish();
}

// A store to a window, in a place beside one that holds another owner's packet. A window's initialisation has no walk that
// would hide one that ends too early.
TYPED_TEST(AddrAllocSetup, InitialisationWaitsForAStoreWhateverLiesBesideIt) {
  Dut<TypeParam> dut;
  const Region other = region_of(512);
  dut.init(1, other);
  dut.init(0, Window{true, 0x80000, 0x8ff80});
  dut.memory_timing.ready_percent = 0;
  dut.memory_timing.latency_cycles = 1;
  dut.send(0, row_packet(1, other, 1, 0));  // waits for memory
  dut.run(20);
  dut.send(0, row_packet(1, other, 1, 1));  // waits behind it, in the first place
  dut.run(20);
  dut.send(0, store_packet(0x80000));       // in the second one
  dut.run(20);
  dut.top->init_valid_i = 1;
  dut.top->init_is_window_i = 1;
  dut.top->init_idx_i = 0;
  dut.run(20);
  dut.memory_timing.ready_percent = 4;
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  EXPECT_TRUE(dut.reference.sent.at(2).written);
  dut.cycle();
  dut.top->init_valid_i = 0;
  dut.finish();
}

TYPED_TEST(AddrAllocSetup, InitialisationWaitsForReportsThatAreQueued) {
  Dut<TypeParam> dut;
  Region r = region_of(512);
  dut.init(0, r);
  dut.report_percent = 0;
  dut.send(0, report_packet(0, r, 7));
  dut.run(10);
  dut.top->init_valid_i = 1;
  dut.top->init_is_window_i = 0;
  dut.top->init_idx_i = 0;
  for (int i = 0; i < 100; ++i) {
    dut.cycle();
    ASSERT_EQ(dut.top->init_done_o, 0) << "a report of the old life has yet to leave";
  }
  dut.report_percent = 100;
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  EXPECT_EQ(dut.reported, (std::vector<std::uint32_t>{7}));
  dut.cycle();
  dut.top->init_valid_i = 0;
  dut.finish();
}

TYPED_TEST(AddrAllocSetup, FlushGoesBeforeAnInitialisation) {
  Dut<TypeParam> dut;
  const Region r = region_of(512);
  dut.init(0, r);
  for (const bool together : {true, false}) {
    dut.send(0, row_packet(0, r, 7, 0));
    dut.drain();
    dut.send(0, row_packet(0, r, 7, 1));
    dut.run(together ? 8 : 4);
    dut.top->flush_valid_i = 1;
    dut.top->init_valid_i = together;
    dut.top->init_is_window_i = 0;
    dut.top->init_idx_i = 0;
    if (!together) {
      dut.run(2);
      dut.top->init_valid_i = 1;
    }
    dut.run_until([&] { return (dut.top->flush_done_o | dut.top->init_done_o) != 0; });
    EXPECT_EQ(dut.top->flush_done_o, 1) << "the flush comes first";
    EXPECT_EQ(dut.top->init_done_o, 0);
    dut.run(5);                           // a request that is held longer is not served again
    EXPECT_EQ(dut.top->flush_done_o, 0);
    dut.top->flush_valid_i = 0;
    dut.run_until([&] { return dut.top->init_done_o != 0; });
    dut.cycle();
    dut.top->init_valid_i = 0;
    dut.reference.forget(0);
    dut.cycle();
    dut.drain();
    dut.reference.overwrites = true;
  }
}

TYPED_TEST(AddrAllocSetup, ARequestIsServedOnceAndTheNextOwnerFollows) {
  Dut<TypeParam> dut;
  const Region r = region_of(512);
  dut.init(0, r);
  dut.send(0, row_packet(0, r, 7, 0));
  dut.drain();
  dut.top->init_valid_i = 1;
  dut.top->init_is_window_i = 0;
  dut.top->init_idx_i = 0;
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  dut.reference.forget(0);
  for (int i = 0; i < 200; ++i) {
    dut.cycle();
    ASSERT_EQ(dut.top->init_done_o, 0) << "served twice";
  }
  dut.top->init_idx_i = 1;                // another region, and a window of its number, without a pause
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  dut.cycle();
  dut.top->init_is_window_i = 1;
  dut.top->init_idx_i = 0;
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  dut.cycle();
  dut.top->init_valid_i = 0;
  dut.send(0, row_packet(0, r, 8, 0));
  dut.drain();
  ASSERT_NE(dut.reference.row(0, 8), nullptr);
  EXPECT_EQ(dut.reference.row(0, 8)->lid, 0U) << "the region began anew";
}

// Work that comes in the very cycle in which the unit comes to rest.
TYPED_TEST(AddrAllocSetup, NothingIsForgottenThatComesAsTheUnitRests) {
  Dut<TypeParam> dut;
  const Region r = region_of(65536);
  dut.init(0, r);
  dut.init(0, Window{true, 0x8000'0000, 0x8fff'ff80});
  const auto at_rest = [&] { dut.run_until([&] { return dut.top->busy_o == 0; }); };
  dut.send(0, row_packet(0, r, 3, 0));
  for (int i = 1; i < 60; ++i) {
    dut.memory_timing.latency_cycles = i % 25;
    dut.run(1);
    at_rest();
    if (i % 3 == 0) dut.send(0, row_packet(0, r, 3, i));
    if (i % 3 == 1) dut.send_loop(0, row_packet(0, r, 3, i));
    if (i % 3 == 2) dut.send(0, store_packet(0x8000'0000 + 128U * static_cast<unsigned>(i)));
  }
  dut.drain();
  EXPECT_EQ(dut.reference.written(), 60U);
  dut.send(0, row_packet(0, r, 3, 60));
  dut.run(1);
  at_rest();
  dut.top->init_valid_i = 1;
  dut.top->init_is_window_i = 1;
  dut.top->init_idx_i = 0;
  dut.run_until([&] { return dut.top->init_done_o != 0; });
  dut.cycle();
  dut.top->init_valid_i = 0;
  dut.finish();
}

TYPED_TEST(AddrAllocSetup, FlushTakesNothingIn) {
  Dut<TypeParam> dut;
  const Region r = region_of(65536);
  dut.init(0, r);
  dut.reference.overwrites = true;
  for (int line = 0; line < 500; ++line) {
    dut.send(line % dut.sizes().lanes, row_packet(0, r, 1, line));
    dut.send_loop(line % dut.sizes().lanes, row_packet(0, r, 2, line));
  }
  dut.run(20);
  dut.top->flush_valid_i = 1;
  dut.run(2);
  while (!dut.top->flush_done_o) {
    EXPECT_EQ(dut.top->rx_ready_o | dut.top->loop_ready_o, 0) << "cycle " << dut.top.cycle();
    ASSERT_LT(dut.top.cycle(), 20000U);
    dut.cycle();
  }
  dut.cycle();
  dut.top->flush_valid_i = 0;
  dut.cycle();
  dut.reference.forget(0);
  EXPECT_FALSE(dut.link[0].empty());
  dut.drain();
}

}  // namespace
}  // namespace moehub::test
