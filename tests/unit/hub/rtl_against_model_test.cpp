// The same random traffic through RTL hubs and through reference models: the same rows, tiles, refusals
// and statistics, and nearly the same number of cycles.
//
// Placement, the number of packets that a partial line leaves in, and what is spilled depend on the order of
// arrival and are compared only where nothing else is left open.
#include <algorithm>
#include <cstdio>
#include <tuple>

#include "tb/rtl_hub.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/hub/hub_checks.hpp"
#include "tests/unit/hub/hub_loop.hpp"

namespace moehub::test {
namespace {

constexpr int kGpus = 3;
constexpr int kRegions = 3;

struct Scenario {
  std::uint64_t seed = 0;
  int rows_per_gpu = 400;
  bool sectors = false;   // lines are stored in pieces of 32 bytes
  bool small_table = false;
  bool damage = false;    // packets that must be refused, among the others
  int stall_percent = 0;
  int credits = 16;
};

void PrintTo(const Scenario& s, std::ostream* out) {
  // The drawn seed differs between the listing of the tests and their run.
  *out << (s.seed == 0 ? "seed 0, " : "drawn seed, ") << s.rows_per_gpu << " rows" << (s.sectors ? ", sectors" : "")
       << (s.small_table ? ", small table" : "") << (s.damage ? ", damage" : "") << ", "
       << s.stall_percent << " % stalls, " << s.credits << " credits";
}

using Tile = std::tuple<int, int, bool, int, int, std::uint32_t>;  // GPU, kind, window?, owner, tile, count

struct Result {
  std::vector<Tile> tiles;
  std::vector<HubStatistics> statistics;
  std::vector<RefusalCounts> refusals;
  std::uint64_t cycles = 0;
};

RegionSetup region_of(const Scenario& s, int index) {
  RegionSetup region;
  region.base = 0x1000000U * static_cast<std::uint64_t>(index + 1);
  region.row_bytes = index == 0 ? 512 : index == 1 ? 672 : 1024;
  region.capacity_rows = kGpus * s.rows_per_gpu;
  region.tile_rows_log2 = 2 + index;
  region.tile_base = 300 * index;
  region.generation = 3;
  region.sources = PeerMask::first(kGpus);
  return region;
}

Result run(const HubFactory& make, const Scenario& s) {
  LoopOptions options;
  options.gpus = kGpus;
  options.stall_percent = s.stall_percent;
  options.credits = s.credits;
  options.ack_spread = s.stall_percent;
  options.sets_in_use = s.small_table ? 1 : 0;
  options.seed = s.seed;
  HubLoop loop{make, options};
  for (int g = 0; g < kGpus; ++g) {
    for (int r = 0; r < kRegions; ++r) loop.set_region(g, r, region_of(s, r));
  }
  // Rows of all GPUs in a random order; a small table sees all rows open before any is finished.
  std::mt19937_64 random{s.seed};
  std::map<std::pair<int, int>, std::set<std::uint32_t>> rows;
  std::vector<std::pair<int, Packet>> pieces;
  for (int g = 0; g < kGpus; ++g) {
    for (int i = 0; i < s.rows_per_gpu; ++i) {
      const auto row = static_cast<std::uint32_t>(1000 * g + i);
      const int dst = static_cast<int>(random() % kGpus);
      const int r = static_cast<int>(random() % kRegions);
      rows[{dst, r}].insert(row);
      const int step = s.sectors ? kSectorBytes : kLineBytes;
      for (int begin = 0; begin < loop.region(dst, r).row_bytes; begin += step) {
        const int end = std::min(begin + step, loop.region(dst, r).row_bytes);
        pieces.push_back({g, row_store(dst, r, 3, row, begin, end)});
      }
    }
  }
  if (s.small_table) std::shuffle(pieces.begin(), pieces.end(), random);
  for (const auto& [g, packet] : pieces) loop.request(g, packet);
  if (s.damage) {
    for (int i = 0; i < 20; ++i) {
      loop.run(10);
      Packet bad = row_store(1, static_cast<int>(random() % 5), static_cast<int>(2 + random() % 2), 5000,
                             1024, 1152);
      if (random() % 3 == 0) bad = address_store(1, 64 * (random() % 1000), 1);
      loop.inject(1, static_cast<int>(random() % 9), bad, static_cast<int>(random() % 4));
    }
  }
  for (int g = 0; g < kGpus; ++g) loop.fence(g, 0, kRegions, 3);
  EXPECT_TRUE(loop.drain());
  Result result;
  result.cycles = loop.cycle();
  for (int g = 0; g < kGpus; ++g) {
    for (int r = 0; r < kRegions; ++r) {
      expect_rows(loop, g, r, rows[{g, r}]);
      expect_region_closed(loop, g, r, static_cast<int>(rows[{g, r}].size()));
    }
    EXPECT_EQ(all_ready_messages(loop, g), 1);
    for (const TileRecord& record : loop.tiles(g)) {
      const TileMessage& m = record.message;
      result.tiles.emplace_back(g, static_cast<int>(m.kind), m.is_window, m.owner, m.tile, m.count);
    }
    result.statistics.push_back(read_statistics(loop.hub(g)));
    result.refusals.push_back(read_refusals(loop.hub(g)));
  }
  std::sort(result.tiles.begin(), result.tiles.end());
  return result;
}

class RtlAgainstModel : public ::testing::TestWithParam<Scenario> {};

TEST_P(RtlAgainstModel, SameRowsTilesRefusalsAndStatistics) {
  const Scenario& s = GetParam();
  const Result rtl = run([](int latency) { return make_rtl_hub({}, latency); }, s);
  const Result model = run([](int latency) { return make_model_hub({}, latency); }, s);
  EXPECT_EQ(rtl.tiles, model.tiles);
  EXPECT_EQ(rtl.refusals, model.refusals);
  for (std::size_t g = 0; g < kGpus; ++g) {
    const HubStatistics& a = rtl.statistics[g];
    const HubStatistics& b = model.statistics[g];
    EXPECT_EQ(a.requests, b.requests);
    EXPECT_EQ(a.tx_bytes, b.tx_bytes);
    EXPECT_EQ(a.fences, b.fences);
    EXPECT_EQ(a.wr_bytes, b.wr_bytes);
    EXPECT_EQ(a.rat_allocs, b.rat_allocs);
    EXPECT_EQ(a.rows_done, b.rows_done);
    EXPECT_EQ(a.tiles_ready, b.tiles_ready);
    EXPECT_EQ(a.tiles_cancelled, b.tiles_cancelled);
    EXPECT_EQ(a.owners_done, b.owners_done);
    EXPECT_EQ(a.rat_spills > 0, b.rat_spills > 0);
    EXPECT_EQ(a.rat_fills > 0, b.rat_fills > 0);
    // A store has merged, or it has left in a packet.
    for (const HubStatistics* hub : {&a, &b}) {
      EXPECT_EQ(hub->tx_packets + hub->loop_packets + hub->merges, hub->requests + kGpus * kRegions);
      EXPECT_EQ(hub->rat_hits + hub->rat_allocs, hub->acks);
    }
    if (s.sectors) continue;
    EXPECT_EQ(a.merges, b.merges);
    EXPECT_EQ(a.tx_packets, b.tx_packets);
    EXPECT_EQ(a.loop_packets, b.loop_packets);
    EXPECT_EQ(a.rx_packets, b.rx_packets);
    EXPECT_EQ(a.rat_hits, b.rat_hits);
    EXPECT_EQ(a.acks, b.acks);
  }
  const double ratio = static_cast<double>(model.cycles) / static_cast<double>(rtl.cycles);
  RecordProperty("model_cycles_per_rtl_cycle", std::to_string(ratio));
  // Stalls fall on other cycles as soon as the two are one cycle apart; spilled rows come back in
  // another order. Twice what 300 seeds have shown.
  EXPECT_NEAR(ratio, 1.0, s.small_table ? 0.40 : s.stall_percent > 0 ? 0.08 : 0.02)
      << "RTL " << rtl.cycles << ", model " << model.cycles << " cycles";
}

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all;
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    Scenario s;
    s.seed = seed;
    all.push_back(s);
    s.damage = true;
    all.push_back(s);
    s.stall_percent = 40;
    s.credits = 3;
    all.push_back(s);
    s.damage = false;
    s.sectors = true;
    all.push_back(s);
    s.small_table = true;
    s.sectors = false;
    s.stall_percent = 0;
    s.credits = 16;
    s.rows_per_gpu = 150;
    all.push_back(s);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Traffic, RtlAgainstModel, ::testing::ValuesIn(scenarios()));

}  // namespace
}  // namespace moehub::test
