// flow_sched: latency at zero load, and rates.
#include <algorithm>
#include <cstdio>

#include "tests/rtl/flow_sched/flow_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class FlowSchedThroughput : public FlowSchedFixture<Config> {};
TYPED_TEST_SUITE(FlowSchedThroughput, FlowConfigs);

TYPED_TEST(FlowSchedThroughput, LatencyAtZeroLoad) {
  auto& b = this->bench;
  b.init_region(0, {128, 8, 0, 0, {0}});
  std::uint64_t worst = 0;
  for (std::uint32_t tile = 0; tile < 8; ++tile) {
    b.clear();
    const std::uint64_t acks = b.acks;
    std::uint64_t accepted = 0;
    this->rows(0, tile, 1);
    b.run_until([&] {
      if (accepted == 0 && b.acks != acks) accepted = b.bench.cycle() - 1;
      return !b.messages.empty();
    });
    worst = std::max(worst, b.message_cycle[0] - accepted);
    b.drain();
  }
  std::printf("lanes %d: acknowledgement to tile_tvalid in %d cycles\n", b.sizes.lanes, static_cast<int>(worst));
  EXPECT_LE(worst, 4U);
}

// Acknowledgements a cycle and lane, of tiles that do not become ready.
template <class Bench, class Pattern>
double throughput(Bench& b, Pattern tile_of) {
  constexpr int kCycles = 3000;
  std::uint64_t n = 0;
  const std::uint64_t before = b.acks;
  for (int c = 0; c < kCycles; ++c) {
    for (int l = 0; l < b.sizes.lanes; ++l) {
      if (b.queues[static_cast<std::size_t>(l)].empty()) b.send(l, {{false, 0}, tile_of(n++), 128});
    }
    b.cycle();
  }
  const auto took = static_cast<double>(b.acks - before) / kCycles / b.sizes.lanes;
  b.drain();
  return took;
}

TYPED_TEST(FlowSchedThroughput, Throughput) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_region(0, {65536, tiles << 4, 4, 0, {0}});
  const auto hot = std::min<std::uint32_t>(64, tiles);
  const double one = throughput(b, [](std::uint64_t) { return 7U; });
  const double next = throughput(b, [&](std::uint64_t n) { return static_cast<std::uint32_t>(n % tiles); });
  const double stride = throughput(b, [&](std::uint64_t n) { return static_cast<std::uint32_t>(n % 8 * (tiles / 8)); });
  const double random64 = throughput(b, [&](std::uint64_t) { return b.pick(0, hot - 1); });
  const double random = throughput(b, [&](std::uint64_t) { return b.pick(0, tiles - 1); });
  std::printf("lanes %d, acknowledgements a cycle and lane: one tile %.3f, neighbours %.3f, 8 tiles of a stride %.3f, "
              "random of %u %.3f, random of %u %.3f\n",
              b.sizes.lanes, one, next, stride, hot, random64, tiles, random);
  EXPECT_GT(one, 0.999);
  EXPECT_GT(next, 0.999);
  EXPECT_GT(stride, 0.999);
  EXPECT_GT(random64, 0.99);
  EXPECT_GT(random, 0.92);
  b.expect_complete();
}

TYPED_TEST(FlowSchedThroughput, OneMessageACycle) {
  auto& b = this->bench;
  const auto tiles = static_cast<std::uint32_t>(b.sizes.tiles);
  b.init_region(0, {128, tiles, 0, 0, {0}});
  this->rows(0, 0, tiles);
  b.drain();
  ASSERT_EQ(b.messages.size(), tiles);
  const double rate = static_cast<double>(tiles - 1) / static_cast<double>(b.message_cycle.back() - b.message_cycle.front());
  std::printf("lanes %d: %.3f messages a cycle\n", b.sizes.lanes, rate);
  EXPECT_GT(rate, 0.95);
  b.expect_complete();
}

TYPED_TEST(FlowSchedThroughput, ReportsAtFullRate) {
  auto& b = this->bench;
  std::set<int> sources;
  for (int s = 0; s < b.sizes.peers; ++s) sources.insert(s);
  const int regions = std::min(b.sizes.regions, 4);
  for (int r = 0; r < regions; ++r) b.init_region(r, {128, 16, 1, static_cast<std::uint32_t>(r), sources});
  for (int s = 0; s < b.sizes.peers; ++s) for (int r = 0; r < regions; ++r) b.reports.push_back({s, r, 0});
  const std::size_t number = b.reports.size();
  const std::uint64_t start = b.bench.cycle();
  b.run_until([&] { return b.reports.empty(); });
  EXPECT_LE(b.bench.cycle() - start, number + 2 * static_cast<unsigned>(regions));
  b.drain();
  EXPECT_EQ(b.messages.size(), 2U * static_cast<unsigned>(regions) + 1);
}

}  // namespace
}  // namespace moehub::test
