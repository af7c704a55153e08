// addr_alloc refuses bad packets whole, in the middle of valid traffic, and nothing else is disturbed.
#include "tests/rtl/addr_alloc/alloc_tops.hpp"

namespace moehub::test {
namespace {

// Two regions, two windows, a closed region; all lanes busy with rows, stores and reports.
struct Traffic : Dut<Lanes4> {
  Region region, narrow;
  Window window, shut;

  explicit Traffic(std::uint64_t seed = 0) : Dut<Lanes4>{seed} {
    region.base = 0x100000;
    region.row_bytes = 1000;  // seven full lines and 104 bytes
    init(3, region);
    narrow.base = 0x400000;
    narrow.sources = {0x02, 0, 0};
    init(4, narrow);
    window = {true, 0x200000, 0x20ff80};
    init(1, window);
    shut = {true, 0x300000, 0x30ff80};
    shut.sources = {0x04, 0, 0};
    init(2, shut);
    memory_timing = {80, 70, 10, 20, 0};
    for (int i = 0; i < 60; ++i) valid_packets(i);
  }

  // A little of everything good on every lane.
  void valid_packets(int i) {
    for (int lane = 0; lane < 4; ++lane) {
      const auto row = static_cast<std::uint32_t>(1000 + i / 8 * 4 + lane);
      send(lane, row_packet(3, region, row, i % 8, lane));
      send((lane + 1) % 4, store_packet(0x200000 + 128U * static_cast<unsigned>(4 * i + lane), lane));
      if (i % 10 == lane) send_loop(lane, report_packet(3, region, static_cast<std::uint32_t>(i), lane));
    }
  }

  // `bad` comes twice on different lanes; everything else must arrive.
  void expect_refused(const Packet& bad, Refuse cause) {
    const std::size_t good = total();
    link[1].insert(link[1].begin() + 20, numbered(bad));
    link[2].insert(link[2].begin() + 31, numbered(bad));
    if (bad.last) loop[3].insert(loop[3].begin(), numbered(bad));
    const std::uint64_t times = bad.last ? 3 : 2;
    finish();
    EXPECT_EQ(reference.count(cause), times);
    EXPECT_EQ(reference.refusals.size(), times);
    EXPECT_EQ(reference.written() + reports_sent(), good);
    EXPECT_EQ(totals.table_errors, 0U);
  }
  std::size_t total() const {
    std::size_t n = 0;
    for (std::size_t l = 0; l < lanes(); ++l) n += link[l].size() + loop[l].size();
    return n;
  }
  std::uint64_t reports_sent() const {
    std::uint64_t n = 0;
    for (const auto& s : reference.sent)
      n += s.packet.header.kind == PacketKind::count && s.cause == Refuse::none;
    return n;
  }
};

TEST(AddrAllocRefusal, UnregisteredRegion) {
  Traffic t;
  t.expect_refused(row_packet(9, t.region, 5, 0), Refuse::unregistered);
}
TEST(AddrAllocRefusal, RegionBeyondTheTable) {
  Traffic t;
  t.expect_refused(row_packet(64 + 3, t.region, 5, 0), Refuse::unregistered);
}
TEST(AddrAllocRefusal, ReportForUnregisteredRegion) {
  Traffic t;
  t.expect_refused(report_packet(9, t.region, 5), Refuse::unregistered);
}
TEST(AddrAllocRefusal, StaleGeneration) {
  Traffic t;
  Packet p = row_packet(3, t.region, 5, 0);
  p.header.gen = 0;
  t.expect_refused(p, Refuse::stale);
}
TEST(AddrAllocRefusal, StaleReport) {
  Traffic t;
  Packet p = report_packet(3, t.region, 5);
  p.header.gen = 2;
  t.expect_refused(p, Refuse::stale);
}
TEST(AddrAllocRefusal, SourceNotAllowedInRegion) {
  Traffic t;
  t.expect_refused(row_packet(4, t.narrow, 5, 0, 2), Refuse::source);
}
TEST(AddrAllocRefusal, SourceNotAllowedToReport) {
  Traffic t;
  t.expect_refused(report_packet(4, t.narrow, 5, 7), Refuse::source);
}
TEST(AddrAllocRefusal, SourceNotAllowedInWindow) {
  Traffic t;
  t.expect_refused(store_packet(0x300080, 1), Refuse::source);
}
TEST(AddrAllocRefusal, LineBeyondTheRow) {
  Traffic t;
  Packet p = row_packet(3, t.region, 5, 7);
  p.header.offset = 1024;
  t.expect_refused(p, Refuse::offset);
}
TEST(AddrAllocRefusal, LastLineOfTheOffset) {
  Traffic t;
  Packet p = row_packet(3, t.region, 5, 7);
  p.header.offset = 65535 / kLineBytes * kLineBytes;
  t.expect_refused(p, Refuse::offset);
}
TEST(AddrAllocRefusal, OneByteBeyondTheRow) {
  Traffic t;
  Packet p = row_packet(3, t.region, 5, 7);
  p.strb = bytes_mask(104, 104);
  t.expect_refused(p, Refuse::offset);
}
TEST(AddrAllocRefusal, AddressOutsideEveryWindow) {
  Traffic t;
  t.expect_refused(store_packet(0x210000), Refuse::address);
}
TEST(AddrAllocRefusal, AddressJustBelowAWindow) {
  Traffic t;
  t.expect_refused(store_packet(0x1fff80), Refuse::address);
}

struct Malformed {
  const char* name;
  void (*spoil)(Packet&);
  bool report = false, store = false;
};
class AddrAllocMalformed : public testing::TestWithParam<Malformed> {};
TEST_P(AddrAllocMalformed, IsRefused) {
  Traffic t;
  Packet p = GetParam().report  ? report_packet(3, t.region, 5)
             : GetParam().store ? store_packet(0x200000)
                                : row_packet(3, t.region, 5, 0);
  GetParam().spoil(p);
  t.expect_refused(p, Refuse::malformed);
}
const Malformed kMalformed[] = {
    {"KindNone", [](Packet& p) { p.header.kind = PacketKind::none; }},
    {"KindFence", [](Packet& p) { p.header.kind = PacketKind::fence; }},
    {"KindUnknown", [](Packet& p) { p.header.kind = static_cast<PacketKind>(15); }},
    {"NoLastBeat", [](Packet& p) { p.last = false; }},
    {"StoreWithoutLastBeat", [](Packet& p) { p.last = false; }, false, true},
    {"OtherDestination", [](Packet& p) { p.header.dst = 1; }},
    {"ReportForOtherDestination", [](Packet& p) { p.header.dst = 1; }, true},
    {"UnknownSource", [](Packet& p) { p.header.src = 8; }},
    {"ReservedBit", [](Packet& p) { p.header.rsvd = 4; }},
    {"EmptyMask", [](Packet& p) { p.strb = {}; }},
    {"EmptyStore", [](Packet& p) { p.strb = {}; }, false, true},
    {"OffsetInsideALine", [](Packet& p) { p.header.offset = 64; }},
    {"AddressInsideALine", [](Packet& p) { p.header.addr += 1; }, false, true},
    {"ReportWithPayload",
     [](Packet& p) {
       p.strb = {1, 0};
     },
     true},
};
INSTANTIATE_TEST_SUITE_P(Each, AddrAllocMalformed, testing::ValuesIn(kMalformed),
                         [](const auto& refusal_case) { return std::string{refusal_case.param.name}; });

TEST(AddrAllocRefusal, FullRegionRefusesNewRowsOnly) {
  Dut<Lanes4> dut;
  Region small;
  small.base = 0x10000;
  small.capacity = 5;
  dut.init(0, small);
  Region other;
  other.base = 0x90000;
  dut.init(1, other);
  dut.reference.may_refuse = {Refuse::full};
  for (std::uint32_t row = 0; row < 9; ++row) {
    for (int line = 0; line < small.lines(); ++line) {
      dut.send(static_cast<int>(row % 4), row_packet(0, small, row, line));
      dut.send(static_cast<int>((row + 1) % 4), row_packet(1, other, row, line));
    }
  }
  dut.finish();
  EXPECT_EQ(dut.reference.count(Refuse::full), 4U * 4U);
  EXPECT_EQ(dut.reference.rows.size(), 5U + 9U);
  EXPECT_EQ(dut.totals.allocs, 5U + 9U);
}

// The last free rows, asked for by all lanes in one cycle.
TEST(AddrAllocRefusal, LastRowsOfARegionAreGivenOnce) {
  for (std::uint32_t capacity = 1; capacity < 8; ++capacity) {
    Dut<Lanes8> dut{capacity};
    Region r;
    r.base = 0x10000;
    r.row_bytes = 128;
    r.capacity = capacity;
    dut.init(0, r);
    dut.reference.may_refuse = {Refuse::full};
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; rows.size() < 8; ++row) {
      if (set_of(dut.sizes(), 0, row) % 16 == rows.size()) rows.push_back(row);
    }
    for (std::size_t lane = 0; lane < 8; ++lane)
      dut.send(static_cast<int>(lane), row_packet(0, r, rows[lane], 0));
    dut.finish();
    EXPECT_EQ(dut.reference.rows.size(), capacity);
    EXPECT_EQ(dut.reference.count(Refuse::full), 8 - capacity);
  }
}

TEST(AddrAllocRefusal, DuplicateOfAFinishedRow) {
  Traffic t;
  const Packet p = row_packet(3, t.region, 77, 0);
  for (int line = 0; line < 8; ++line) t.send(line % 4, row_packet(3, t.region, 77, line));
  t.drain();
  for (int i = 0; i < 30; ++i) t.valid_packets(60 + i);
  t.reference.may_refuse = {Refuse::excess};
  for (int lane = 0; lane < 4; ++lane) {
    auto& queue = t.link[static_cast<std::size_t>(lane)];
    for (int i = 0; i < 3; ++i) queue.insert(queue.begin() + 10, t.numbered(p));
  }
  t.finish();
  EXPECT_EQ(t.reference.count(Refuse::excess), 12U);
  EXPECT_EQ(t.reference.row(3, 77)->bytes, 1000U);
}

// Lines too many, among the others: each packet is judged alone, also where a lookup gathers more than fits.
TEST(AddrAllocRefusal, OnlyWhatIsTooMuchIsRefused) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Dut<Lanes4> dut{seed};
    Region r;
    r.base = 0x10000;
    r.row_bytes = 24 * 128 + 50;
    dut.init(0, r);
    dut.reference.overwrites = true;
    dut.reference.may_refuse = {Refuse::excess};
    std::vector<Packet> packets;
    for (int line = 0; line < r.lines(); ++line) packets.push_back(row_packet(0, r, 77, line));
    for (int i = 0; i < 6; ++i) packets.push_back(row_packet(0, r, 77, static_cast<int>(dut.random() % 25)));
    std::shuffle(packets.begin(), packets.end(), dut.random);
    for (std::size_t i = 0; i < packets.size(); ++i) dut.send(static_cast<int>(i % 4), packets[i]);
    dut.finish();
    EXPECT_GE(dut.reference.count(Refuse::excess), 5U);
    EXPECT_GT(dut.reference.row(0, 77)->bytes + 128, r.row_bytes) << "more was refused than had to be";
  }
}

TEST(AddrAllocRefusal, NewRowAskedForWithTooMuch) {
  Dut<Lanes4> dut;
  Region r;
  r.base = 0x10000;
  r.row_bytes = 128;
  dut.init(0, r);
  dut.reference.may_refuse = {Refuse::excess};
  for (int lane = 0; lane < 4; ++lane) dut.send(lane, row_packet(0, r, 5, 0));  // all in one lookup
  dut.finish();
  EXPECT_EQ(dut.reference.count(Refuse::excess), 3U);
  EXPECT_EQ(dut.reference.row(0, 5)->bytes, 128U);
}

TEST(AddrAllocRefusal, MemoryErrorOfAWrite) {
  Traffic t;
  t.memory_timing.error_percent = 10;
  t.finish();
  EXPECT_EQ(t.reference.refusals.size(), 0U);
  EXPECT_LT(t.writes, t.reference.sent.size());
}

// An error that is asked for spoils one word, the next that is written, whoever writes it and whenever it is asked for.
TEST(AddrAllocRefusal, InjectionSpoilsOneWriteOfALookup) {
  Dut<Lanes4> dut;
  Region r;
  r.base = 0x10000;
  dut.init(0, r);
  dut.reference.may_refuse = {Refuse::table};
  std::vector<std::uint32_t> rows;  // a set each
  std::set<std::uint32_t> sets;
  for (std::uint32_t row = 0; rows.size() < 60; ++row) {
    if (sets.insert(set_of(dut.sizes(), 0, row)).second) rows.push_back(row);
  }
  std::uint64_t asked = 0;
  for (int distance = 0; distance < 20; ++distance) {
    const auto at = static_cast<std::size_t>(3 * distance);
    dut.send(0, row_packet(0, r, rows[at], 0));
    dut.run(distance);
    dut.top->inject_i = 1;
    dut.cycle();
    dut.top->inject_i = 0;
    dut.drain();
    for (std::size_t i = 1; i < 3; ++i) {
      dut.send(0, row_packet(0, r, rows[at + i], 0));
      dut.drain();
    }
    for (std::size_t i = 0; i < 3; ++i) dut.send(static_cast<int>(i), row_packet(0, r, rows[at + i], 1));
    dut.drain();
    EXPECT_EQ(dut.reference.count(Refuse::table), ++asked) << "asked for after " << distance << " cycles";
  }
  dut.finish();
}

TEST(AddrAllocRefusal, InjectionSpoilsOneWriteOfAContext) {
  Dut<Lanes4> dut;
  Region r;
  r.base = 0x10000;
  dut.init(0, r);
  dut.reference.may_refuse = {Refuse::table};
  const std::uint32_t set = set_of(dut.sizes(), 0, 1);
  const auto rows = rows_of_set(dut.sizes(), 0, set, dut.sizes().ways + 1);
  const auto others = rows_of_set(dut.sizes(), 0, set ^ 1U, 2);
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    dut.send(0, row_packet(0, r, rows[i], 0));
    dut.drain();
  }
  dut.spill_timing.latency_cycles = 200;
  dut.send(0, row_packet(0, r, rows.back(), 0));
  dut.run(100);                           // its context waits until the victim is stored
  dut.top->inject_i = 1;
  dut.cycle();
  dut.top->inject_i = 0;
  dut.drain();
  EXPECT_EQ(dut.reference.count(Refuse::table), 1U) << "the row finds the word that its context has written";
  for (int line = 0; line < 2; ++line) {
    for (const std::uint32_t row : others) dut.send(line, row_packet(0, r, row, line));
    dut.drain();
  }
  EXPECT_EQ(dut.reference.count(Refuse::table), 1U) << "no other word";
  dut.finish();
}

TEST(AddrAllocRefusal, EveryLaneRefusesInOneCycle) {
  Dut<Lanes8> dut;
  Region r;
  r.base = 0x10000;
  for (int round = 0; round < 4; ++round) {
    for (int lane = 0; lane < 8; ++lane) dut.send(lane, row_packet(0, r, 5, lane % 4));
    dut.drain();
  }
  dut.finish();
  EXPECT_EQ(dut.reference.count(Refuse::unregistered), 32U);
}

// The same RowID in two regions, and in a region's two lives: rows of their own, also side by side.
TEST(AddrAllocRefusal, RowsOfOneNumberAreToldApart) {
  Dut<Lanes4> dut;
  Region first, second;
  first.base = 0x10000;
  second.base = 0x900000;
  dut.init(0, first);
  dut.init(1, second);
  for (std::uint32_t row = 0; row < 50; ++row) {
    for (int line = 0; line < 4; ++line) {
      dut.send(line, row_packet(0, first, row, line));
      dut.send((line + 1) % 4, row_packet(1, second, row, line));
    }
  }
  dut.finish();
  EXPECT_EQ(dut.reference.rows.size(), 100U);
  EXPECT_EQ(dut.totals.rows_done, 100U);
}

TEST(AddrAllocRefusal, WrongCheckBitsPutOneSetOutOfUse) {
  Dut<Lanes4> dut;
  Region r;
  r.base = 0x10000;
  dut.init(0, r);
  dut.reference.may_refuse = {Refuse::table};
  const auto rows = rows_of_set(dut.sizes(), 0, set_of(dut.sizes(), 0, 1), 3, 2);
  dut.top->inject_i = 1;
  dut.cycle();
  dut.top->inject_i = 0;
  dut.send(0, row_packet(0, r, 1, 0));  // its word is written with a wrong check bit
  dut.drain();
  EXPECT_EQ(dut.totals.table_errors, 0U) << "nobody has read the word yet";
  for (int line = 1; line < 4; ++line) dut.send(line, row_packet(0, r, 1, line));
  dut.send(0, row_packet(0, r, rows[0], 0));
  for (std::uint32_t row = 200; row < 260; ++row) {
    if (set_of(dut.sizes(), 0, row) != set_of(dut.sizes(), 0, 1))
      dut.send(static_cast<int>(row % 4), row_packet(0, r, row, 0));
  }
  dut.drain();
  EXPECT_EQ(dut.reference.count(Refuse::table), 4U);
  EXPECT_GT(dut.totals.table_errors, 0U);
  const auto errors = dut.totals.table_errors;
  dut.finish();

  // Initialisation of the region leaves the word, a flush mends it.
  r.gen = 2;
  dut.init(0, r);
  dut.send(0, row_packet(0, r, rows[1], 0));
  dut.drain();
  EXPECT_GT(dut.totals.table_errors, errors);
  dut.flush();
  dut.send(0, row_packet(0, r, rows[2], 0));
  dut.drain();
  EXPECT_EQ(dut.reference.count(Refuse::table), 5U);
  EXPECT_EQ(dut.reference.row(0, rows[2])->lid, 0U);
}

}  // namespace
}  // namespace moehub::test
