// addr_alloc: rows that do not fit into their set go to spill memory and come back; initialisation and flush.
#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

Region plain(std::uint64_t base = 0x10000, std::uint32_t row_bytes = 512) {
  Region r;
  r.base = base;
  r.row_bytes = row_bytes;
  return r;
}

template <class Params>
class AddrAllocSpill : public testing::Test {};
using AllSizes = testing::Types<Lanes1, Lanes4, Lanes8>;
TYPED_TEST_SUITE(AddrAllocSpill, AllSizes);

// More open rows in one set than it has ways, each line of each row in turn.
TYPED_TEST(AddrAllocSpill, RowsGoOutAndComeBack) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  const Region r = plain();
  dut.init(0, r);
  const auto rows = rows_of_set(s, 0, 1, s.ways + std::min(s.spill_slots, 12));
  for (int line = 0; line < r.lines(); ++line) {
    for (const std::uint32_t row : rows)
      dut.send(static_cast<int>(dut.random() % dut.lanes()), row_packet(0, r, row, line));
    dut.drain();  // or whole rows would gather in the windows and need no place
  }
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 4U * rows.size());
  EXPECT_GT(dut.totals.spills, 0U);
  EXPECT_GT(dut.totals.fills, 0U);
  EXPECT_EQ(dut.totals.rows_done, rows.size());
  EXPECT_EQ(dut.totals.allocs, rows.size());
}

// Whoever came last stays: a row that has just been given a way is still there when the next one comes.
TYPED_TEST(AddrAllocSpill, OldestRowGoesOut) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  if (s.ways == 1) return;  // there is no choice
  const Region r = plain();
  dut.init(0, r);
  const auto rows = rows_of_set(s, 0, 1, s.ways + 2);
  for (const std::uint32_t row : rows) {
    dut.send(0, row_packet(0, r, row, 0));
    dut.drain();
  }
  EXPECT_EQ(dut.totals.spills, 2U);
  for (std::size_t i = 2; i < rows.size(); ++i) dut.send(0, row_packet(0, r, rows[i], 1));
  dut.drain();
  EXPECT_EQ(dut.totals.fills, 0U) << "the first two went out";
  for (std::size_t i = 0; i < 2; ++i) dut.send(0, row_packet(0, r, rows[i], 1));
  dut.drain();
  EXPECT_EQ(dut.totals.fills, 2U);
}

// A row table of 64 entries: one set of each bank.
TEST(AddrAllocSpillOne, OneSetOfEachBank) {
  Dut<Lanes4> dut;
  dut.top->cfg_set_mask_i = 0;
  const Region r = plain(0x100000, 2048);
  dut.init(0, r);
  dut.spill_timing.latency_cycles = 20;
  dut.spill_timing.jitter_cycles = 20;
  // Twelve senders at a time, each with a row of its own: at most 192 rows open at once.
  std::uint32_t next = 0;
  std::vector<std::pair<std::uint32_t, int>> open(192);
  for (auto& [row, line] : open) row = next++;
  for (int i = 0; i < 3000; ++i) {
    auto& [row, line] = open[dut.random() % open.size()];
    dut.send(line % 4, row_packet(0, r, row, line));
    if (++line == r.lines()) {
      row = next++;
      line = 0;
    }
  }
  dut.finish();
  EXPECT_EQ(dut.reference.written(), 3000U);
  EXPECT_GT(dut.totals.spills, 500U);
  EXPECT_GT(dut.totals.fills, 500U);
  for (const auto& [addr, word] : dut.spill.words)
    EXPECT_LT(addr, dut.kSpillBase + 16 * 64 * 16) << "lists of 16 sets";
}

TEST(AddrAllocSpillOne, LookupsThatHitGoOnWhileAContextWaits) {
  Dut<Lanes4> dut;
  const Region r = plain(0x10000, 65536);
  dut.init(0, r);
  const auto rows = rows_of_set(dut.sizes(), 0, 5, 6);
  for (std::size_t i = 0; i < 5; ++i) dut.send(0, row_packet(0, r, rows[i], 0));
  dut.send(0, row_packet(0, r, 3, 0));
  dut.drain();
  dut.spill_timing.latency_cycles = 1500;
  const std::uint64_t before = dut.writes;
  dut.send(0, row_packet(0, r, rows[0], 1));  // spilled: has to wait for memory
  for (int line = 1; line < 400; ++line) dut.send(line % 4, row_packet(0, r, 3, line));
  dut.run(600);
  EXPECT_EQ(dut.writes - before, 399U) << "all but the one that waits, those behind it on its lane too";
  EXPECT_EQ(dut.reference.row(0, rows[0])->bytes, 128U);
  dut.finish();
}

// A lookup of its bank in every cycle must not keep a context from writing its set.
TEST(AddrAllocSpillOne, ContextGetsItsBankUnderFullLoad) {
  Dut<Lanes4> dut;
  const Region r = plain(0x10000, 512), lines = plain(0x900000, 128);
  dut.init(0, r);
  dut.init(1, lines);
  const auto rows = rows_of_set(dut.sizes(), 0, 5, 6);
  for (const std::uint32_t row : rows) {
    dut.send(0, row_packet(0, r, row, 0));
    dut.drain();
  }
  const int spilled = static_cast<int>(dut.totals.spills);
  EXPECT_EQ(spilled, 2);
  std::uint32_t row = 0;
  for (int i = 0; i < 600; ++row) {
    const std::uint32_t set = set_of(dut.sizes(), 1, row);
    if (set % 16 != 5 || set == 5) continue;
    dut.send(i++ % 2, row_packet(1, lines, row, 0));
  }
  dut.run(20);
  for (const std::uint32_t spilled_row : rows) dut.send(3, row_packet(0, r, spilled_row, 1));
  dut.run_until([&] { return dut.link[3].empty() && dut.totals.fills >= 2; });
  EXPECT_GT(dut.link[0].size(), 50U) << "the contexts had to wait for the others to run out";
  dut.finish();
}

TYPED_TEST(AddrAllocSpill, FullListRefusesTheNewRowOnly) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  const Region r = plain();
  dut.init(0, r);
  dut.reference.may_refuse = {Refuse::spill_full};
  const auto rows = rows_of_set(s, 0, 1, s.ways + s.spill_slots + 3);
  for (const std::uint32_t row : rows) dut.send(0, row_packet(0, r, row, 0));
  dut.drain();
  EXPECT_EQ(dut.reference.count(Refuse::spill_full), 3U);
  const auto got_in = [&](std::uint32_t row) { return dut.reference.row(0, row) != nullptr; };
  const auto refused = *std::find_if_not(rows.begin(), rows.end(), got_in);
  for (int line = 1; line < r.lines(); ++line) {
    for (const std::uint32_t row : rows) {
      if (got_in(row)) dut.send(static_cast<int>(dut.random() % dut.lanes()), row_packet(0, r, row, line));
    }
  }
  dut.drain();
  EXPECT_EQ(dut.totals.rows_done, rows.size() - 3);
  // Room again.
  dut.send(0, row_packet(0, r, refused, 1));
  dut.finish();
  EXPECT_EQ(dut.reference.count(Refuse::spill_full), 3U);
  EXPECT_EQ(dut.reference.row(0, refused)->lid, rows.size() - 3);
}

TYPED_TEST(AddrAllocSpill, ErrorsOfSpillMemoryAreReported) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Dut<TypeParam> dut{seed};
    const Sizes& s = dut.sizes();
    const Region r = plain(0x10000, 1024);
    dut.init(0, r);
    dut.reference.may_refuse = {Refuse::memory, Refuse::spill_full, Refuse::excess};
    const auto rows = rows_of_set(s, 0, 1, s.ways + std::min(s.spill_slots, 6));
    dut.spill_timing.error_percent = 30;
    for (int line = 0; line < r.lines(); ++line) {
      for (const std::uint32_t row : rows)
        dut.send(static_cast<int>(dut.random() % dut.lanes()), row_packet(0, r, row, line));
      dut.drain();
    }
    dut.finish();
    EXPECT_GT(dut.reference.count(Refuse::memory), 0U);
    EXPECT_EQ(dut.reference.written() + dut.reference.refusals.size(), 8U * rows.size());
  }
}

TYPED_TEST(AddrAllocSpill, SpilledRowsOfAnOldGenerationAreForgotten) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  Region r = plain();
  dut.init(0, r);
  const auto rows = rows_of_set(s, 0, 1, s.ways + s.spill_slots);
  for (const std::uint32_t row : rows) dut.send(0, row_packet(0, r, row, 0));
  dut.drain();
  dut.reference.finish();
  for (int gen = 2; gen < 5; ++gen) {
    r.gen = gen;
    r.base += 0x100000;
    dut.init(0, r);
    // The list is full of dead entries: their slots are used again, in any order.
    for (auto it = rows.rbegin(); it != rows.rend(); ++it) dut.send(0, row_packet(0, r, *it, gen % 4));
    dut.drain();
    EXPECT_EQ(dut.reference.count(Refuse::spill_full), 0U);
    EXPECT_EQ(dut.reference.row(0, rows.back())->lid, 0U);
  }
  dut.finish();
}

TYPED_TEST(AddrAllocSpill, InitialisationLeavesOtherRegionsAlone) {
  Dut<TypeParam> dut;
  Region gone = plain(0x10000), stays = plain(0x900000);
  dut.init(0, gone);
  dut.init(1, stays);
  const auto rows = static_cast<std::uint32_t>(std::min(30, dut.sizes().ways + dut.sizes().spill_slots) / 2);
  for (std::uint32_t row = 0; row < rows; ++row) {
    dut.send(static_cast<int>(row % dut.lanes()), row_packet(0, gone, row, 0));
    dut.send(static_cast<int>(row % dut.lanes()), row_packet(1, stays, row, 0));
  }
  dut.drain();
  gone.gen = 9;
  gone.base = 0x500000;
  for (int line = 1; line < stays.lines(); ++line) {  // meanwhile
    for (std::uint32_t row = 0; row < rows; ++row)
      dut.send(static_cast<int>(row % dut.lanes()), row_packet(1, stays, row, line));
  }
  const std::uint64_t cycles = dut.init(0, gone);
  for (std::uint32_t row = rows; row-- > 0;) dut.send(0, row_packet(0, gone, row, 0));
  dut.finish();
  EXPECT_EQ(dut.totals.rows_done, rows);
  EXPECT_EQ(dut.reference.row(0, rows - 1)->lid, 0U) << "a new generation starts with LocalRowID 0";
  std::cout << "initialisation of a region that had rows, under traffic: " << cycles << " cycles\n";
}

TYPED_TEST(AddrAllocSpill, InitialisationWaitsForWhatIsUnderWay) {
  Dut<TypeParam> dut;
  Region r = plain();
  dut.init(0, r);
  dut.init(0, Window{true, 0x80000, 0x8ff80});
  dut.memory_timing.latency_cycles = 700;
  for (int line = 0; line < 3; ++line) dut.send(0, row_packet(0, r, 1, line));
  dut.run(20);
  r.gen = 2;
  EXPECT_GT(dut.init(0, r), 650U) << "writes of the old generation are not acknowledged yet";
  dut.send(0, store_packet(0x80000));
  dut.run(10);
  EXPECT_GT(dut.init(0, Window{true, 0x80000, 0x8ff80}), 650U);
  dut.send(0, row_packet(0, r, 1, 0));
  dut.finish();
  EXPECT_EQ(dut.totals.allocs, 2U);
}

// The old rows' packets still sit in the window, behind a memory that hardly takes anything.
TYPED_TEST(AddrAllocSpill, InitialisationWaitsForPacketsInTheWindow) {
  Dut<TypeParam> dut;
  Region r = plain();
  dut.init(0, r);
  dut.memory_timing.ready_percent = 4;
  for (int line = 0; line < 4; ++line) dut.send(0, row_packet(0, r, 1, line));
  dut.run_until([&] { return dut.link[0].empty(); });
  dut.run(15);  // through the checks, while the region is still enabled
  EXPECT_LT(dut.writes, 4U);
  r.gen = 2;
  dut.init(0, r);
  EXPECT_EQ(dut.writes, 4U) << "packets of the old generation were still to be written";
  EXPECT_TRUE(dut.reference.acks[0].empty());
  dut.finish();
}

// A row that needs a context just when an initialisation lets none start: it must be woken after the walk.
// Every distance between the two.
TYPED_TEST(AddrAllocSpill, MissDuringAWalkIsNotForgotten) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  Region again = plain(0x10000);
  const Region r = plain(0x10'0000'0000, 65536);
  dut.init(0, again);
  dut.init(1, r);
  const auto rows = rows_of_set(s, 1, 1, s.ways + 2);
  int sent = 0;
  const auto next = [&] {  // in turn, so that the one that comes has been moved out
    const auto n = static_cast<int>(rows.size());
    dut.send(0, row_packet(1, r, rows[static_cast<std::size_t>(sent % n)], sent / n));
    ++sent;
  };
  for (std::size_t i = 0; i < 2 * rows.size(); ++i) {
    next();
    dut.drain();
  }
  for (int distance = 0; distance < 25; ++distance) {
    dut.send(0, row_packet(0, again, 7, 0));  // the region has given a row: its next initialisation walks
    dut.drain();
    Region off = again;
    off.enable = false;
    dut.configure(0, off);
    dut.top->init_valid_i = 1;
    dut.top->init_is_window_i = 0;
    dut.top->init_idx_i = 0;
    bool done = false;
    const auto step = [&] {
      done = done || dut.top->init_done_o != 0;
      dut.cycle();
    };
    for (int i = 0; i < distance; ++i) step();
    next();
    while (!done) step();
    dut.top->init_valid_i = 0;
    dut.cycle();
    dut.reference.forget(0);
    ++again.gen;
    dut.configure(0, again);
    dut.run_until([&] { return dut.idle(); });
  }
  EXPECT_GT(dut.totals.fills, 25U);
  dut.finish();
}

// A list of nothing but dead entries is forgotten at the first look, and costs no further reads.
TYPED_TEST(AddrAllocSpill, DeadListIsCutOff) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  Region r = plain();
  dut.init(0, r);
  const auto rows = rows_of_set(s, 0, 1, s.ways + 2);
  for (const std::uint32_t row : rows) dut.send(0, row_packet(0, r, row, 0));
  dut.drain();
  r.gen = 2;
  dut.init(0, r);
  dut.send(0, row_packet(0, r, rows[0], 0));
  dut.drain();
  const int reads = dut.spill.reads;
  dut.send(0, row_packet(0, r, rows[1], 0));
  dut.drain();
  EXPECT_EQ(dut.spill.reads, reads);
}

TYPED_TEST(AddrAllocSpill, FirstInitialisationNeedsNoWalk) {
  Dut<TypeParam> dut;
  EXPECT_LT(dut.init(0, plain()), 20U);
  Region r = plain();
  r.gen = 2;
  EXPECT_LT(dut.init(0, r), 20U);
}

TYPED_TEST(AddrAllocSpill, FlushEmptiesEverything) {
  Dut<TypeParam> dut;
  const Sizes& s = dut.sizes();
  Region r = plain();
  dut.init(0, r);
  const auto rows = rows_of_set(s, 0, 1, s.ways + s.spill_slots);
  for (int round = 0; round < 3; ++round) {
    for (const std::uint32_t row : rows)
      dut.send(static_cast<int>(dut.random() % dut.lanes()), row_packet(0, r, row, 0));
    dut.drain();
    EXPECT_EQ(dut.reference.rows.size(), rows.size());
    const int reads = dut.spill.reads;
    dut.flush();
    dut.send(0, row_packet(0, r, rows[0], 0));
    dut.drain();
    EXPECT_EQ(dut.spill.reads, reads) << "the list is empty after a flush";
    EXPECT_EQ(dut.reference.row(0, rows[0])->lid, 0U);
    dut.flush();
  }
  dut.finish();
}

TYPED_TEST(AddrAllocSpill, FlushUnderTrafficHoldsItUp) {
  Dut<TypeParam> dut;
  const Region r = plain(0x10000, 65536);
  dut.init(0, r);
  dut.reference.overwrites = true;
  for (int line = 0; line < 300; ++line) dut.send(line % dut.sizes().lanes, row_packet(0, r, 1, line));
  dut.run(20);
  dut.flush();
  dut.drain();
  EXPECT_EQ(dut.reference.written(), 300U);
}

}  // namespace
}  // namespace moehub::test
