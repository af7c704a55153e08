// Two tenants on one hub: one sends whatever it likes, the other must not notice more than a cycle a packet.
//
// GPUs 0 and 1 are tenant A's, with regions 0 and 1 and window 0 of GPU 1; GPU 2 is tenant B's, with region 2
// there. B forges everything that a sender writes into a header: kind, region, generation, row, offset, address,
// mask, row counts. What it cannot forge is where a packet comes from: a hub stamps `src` over what its SMs wrote,
// and links are between hubs. A hub that lies about itself is not an attack that this design resists.
#include <algorithm>
#include <array>
#include <random>

#include "tb/rtl_hub.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/hub/hub_checks.hpp"
#include "tests/unit/hub/hub_loop.hpp"

namespace moehub::test {
namespace {

constexpr int kGpus = 3;
constexpr int kVictim = 1;
constexpr int kHostile = 2;
constexpr int kRows = 120;        // of A, from GPU 0 and GPU 1, to each of its regions
constexpr int kHostileRows = 20;  // of B, into its own region
constexpr int kGen = 5;
constexpr int kRowBytes = 512;
constexpr std::uint64_t kWindowBase = 0x40000000;
constexpr int kWindowLines = 64;

RegionSetup region(int index) {
  RegionSetup r;
  r.base = 0x1000000U * static_cast<std::uint64_t>(index + 1);
  r.row_bytes = kRowBytes;
  r.capacity_rows = 2 * kRows;
  r.tile_rows_log2 = 4;
  r.tile_base = 100 * index;
  r.generation = kGen;
  for (const int gpu : {0, 1}) {
    if (index < 2) r.sources.set(gpu);
  }
  if (index == 2) r.sources.set(kHostile);
  return r;
}

WindowSetup window() {
  WindowSetup w;
  w.base = kWindowBase;
  w.bytes = kWindowLines * kLineBytes;
  w.sources.set(0);
  w.tile_bytes_log2 = 10;
  w.tile_base = 500;
  w.tile_count = kWindowLines * kLineBytes >> w.tile_bytes_log2;
  w.tile_ready_bytes = w.last_tile_ready_bytes = 1U << w.tile_bytes_log2;
  return w;
}

// Anything, but most of it close to what would be accepted from A.
Packet forged(std::mt19937_64& random) {
  const auto draw = [&](std::uint64_t n) { return random() % n; };
  Packet p = row_store(kVictim, static_cast<int>(draw(2)), kGen, static_cast<std::uint32_t>(draw(kRows)),
                       static_cast<int>(draw(4)) * kLineBytes, static_cast<int>(kLineBytes));
  p.strb = kFullMask;
  p.header.offset = static_cast<std::uint16_t>(draw(4) * kLineBytes);
  for (std::uint64_t& word : p.data) word = random();
  switch (draw(8)) {
    case 0:  // A's window
      p.header.kind = PacketKind::st;
      p.header.addr = kWindowBase + draw(kWindowLines) * kLineBytes;
      break;
    case 1:  // A's end of dispatch
      p.header.kind = PacketKind::count;
      p.header.row = static_cast<std::uint32_t>(draw(200));
      p.strb = {};
      break;
    case 2:
      p.header.region = static_cast<std::uint8_t>(draw(256));
      p.header.gen = static_cast<std::uint8_t>(draw(256));
      break;
    case 3:  // stale
      p.header.region = 2;
      p.header.gen = static_cast<std::uint8_t>(kGen + 1 + draw(255));
      break;
    case 4:  // beyond its own rows
      p.header.region = 2;
      p.header.offset = static_cast<std::uint16_t>(kRowBytes + kLineBytes * draw(100));
      break;
    case 5:
      p.header.kind = static_cast<PacketKind>(draw(5));
      p.header.addr = draw(std::uint64_t{1} << 41) * kLineBytes;
      break;
    case 6:  // the address of a row
      p.header.kind = PacketKind::st;
      p.header.addr = region(static_cast<int>(draw(3))).base + draw(256) * kLineBytes;
      break;
    default:  // A's rows
      break;
  }
  if (p.header.region == 2 && p.header.kind == PacketKind::count) p.header.region = 0;  // its own report comes once
  return p;
}

struct Result {
  std::uint64_t done_cycle = 0;  // of A's last tile
  std::uint64_t flood = 0;       // packets on the fullest lane
  std::uint32_t refused = 0;
};

// A's traffic and B's own rows; with `hostile`, forged packets on every lane of the victim, and at B's own SMs.
Result run(const HubFactory& make, std::uint64_t seed, bool hostile) {
  LoopOptions options;
  options.gpus = kGpus;
  options.seed = seed;
  HubLoop loop{make, options};
  for (int r = 0; r < 3; ++r) loop.set_region(kVictim, r, region(r));
  loop.set_window(kVictim, 0, window());
  std::mt19937_64 random{seed};

  std::set<std::uint32_t> rows, own;
  for (int i = 0; i < kRows; ++i) {
    rows.insert(static_cast<std::uint32_t>(i));
    for (int r = 0; r < 2; ++r) loop.store_row(i % 2, kVictim, r, static_cast<std::uint32_t>(i));
  }
  for (int i = 0; i < kWindowLines; ++i) {
    const std::uint64_t addr = kWindowBase + static_cast<std::uint64_t>(i) * kLineBytes;
    loop.request(0, address_store(kVictim, addr, static_cast<std::uint32_t>(i)));
  }
  for (int i = 0; i < kHostileRows; ++i) {
    own.insert(static_cast<std::uint32_t>(i));
    loop.store_row(kHostile, kVictim, 2, static_cast<std::uint32_t>(i));
  }
  Result result;
  std::array<std::uint64_t, kMaxLanes> flood{};
  if (hostile) {
    for (int i = 0; i < 300; ++i) {  // at its SMs: with A's name in it
      Packet p = forged(random);
      if (p.header.kind != PacketKind::rowsp && p.header.kind != PacketKind::st) continue;
      p.header.src = 0;
      p.header.region = static_cast<std::uint8_t>(random() % 2);
      loop.request(kHostile, p, static_cast<int>(random() % static_cast<std::uint64_t>(loop.lanes())));
    }
    for (int i = 0; i < 600; ++i) {  // on the wire
      for (int l = 0; l < loop.lanes(); ++l) {
        if (random() % 2 != 0) continue;
        loop.inject(kVictim, kHostile, forged(random), l);
        ++flood[static_cast<std::size_t>(l)];
      }
      loop.step();
    }
  }
  for (const int gpu : {0, 1}) loop.fence(gpu, 0, 2, kGen);
  loop.fence(kHostile, 2, 1, kGen);
  EXPECT_TRUE(loop.drain());

  for (int r = 0; r < 2; ++r) {
    expect_rows(loop, kVictim, r, rows);
    expect_region_closed(loop, kVictim, r, kRows);
  }
  expect_rows(loop, kVictim, 2, own);
  expect_region_closed(loop, kVictim, 2, kHostileRows);
  expect_nothing_outside(loop, kVictim, {0, 1, 2}, {window()});
  EXPECT_EQ(messages(loop, kVictim, TileKind::ready, true, 0).size(), static_cast<std::size_t>(window().tile_count));
  for (int i = 0; i < kWindowLines; ++i) {
    const MemoryLine& line = loop.memory(kVictim).at(kWindowBase + static_cast<std::uint64_t>(i) * kLineBytes);
    EXPECT_EQ(line.data, address_store(kVictim, 0, static_cast<std::uint32_t>(i)).data) << "line " << i;
    EXPECT_EQ(line.rewritten_bytes, 0);
  }
  EXPECT_EQ(all_ready_messages(loop, kVictim), 1);
  for (const TileRecord& record : loop.tiles(kVictim)) {
    if (record.message.kind == TileKind::ready && (record.message.is_window || record.message.owner < 2)) {
      result.done_cycle = std::max(result.done_cycle, record.cycle);
    }
  }
  result.flood = *std::max_element(flood.begin(), flood.end());
  for (const std::uint32_t count : read_refusals(loop.hub(kVictim))) result.refused += count;
  return result;
}

class Tenants : public ::testing::TestWithParam<const char*> {};

TEST_P(Tenants, OneIsNotHarmedByTheOther) {
  const std::string kind = GetParam();
  const HubFactory make = [&](int latency) {
    return kind == "rtl" ? make_rtl_hub({}, latency) : make_model_hub({}, latency);
  };
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) {
    const Result quiet = run(make, seed, false);
    const Result attacked = run(make, seed, true);
    EXPECT_EQ(quiet.refused, 0U);
    EXPECT_GT(attacked.refused, 1000U);
    // A packet that is refused costs its lane one cycle.
    EXPECT_LE(attacked.done_cycle, quiet.done_cycle + attacked.flood + 300) << "seed " << seed;
    RecordProperty("refused", static_cast<int>(attacked.refused));
    RecordProperty("cycles", static_cast<int>(attacked.done_cycle));
    RecordProperty("cycles_alone", static_cast<int>(quiet.done_cycle));
  }
}

INSTANTIATE_TEST_SUITE_P(Hubs, Tenants, ::testing::Values("rtl", "model"),
                         [](const auto& kind) { return std::string{kind.param}; });

}  // namespace
}  // namespace moehub::test
