// The order of an expert GEMM's thread blocks, and the memory traffic that it saves.
#include "model/gpu/gemm_stage.hpp"

#include <gtest/gtest.h>

#include <map>

namespace moehub {
namespace {

constexpr GemmShape kShape{1024, 512, 1024, 2};  // 8 columns of tiles

struct Bench {
  explicit Bench(int experts, double cache_mb = 40)
      : cache(static_cast<std::int64_t>(cache_mb * 1e6)),
        timing(gpu, kShape),
        stage(1, Activity::gemm1, timing, experts, cache,
              [this](int tile, int column, int, Picoseconds) {
                ++done[{tile, column}];
                return true;
              }) {}
  Block take() {
    const auto block = stage.next(0);
    EXPECT_TRUE(block);
    return block.value_or(Block{});
  }
  void finish(const Block& block) { stage.finished(block, 0); }
  bool from_hbm(const Block& block, int rows) const {
    return block.hbm_bytes > timing.result_bytes(rows);
  }

  GpuConfig gpu;
  WeightCache cache;
  GemmTiming timing;
  GemmStage stage;
  std::map<std::pair<int, int>, int> done;
};

TEST(GemmStage, ReadyTilesShareEachColumnOfWeights) {
  Bench bench(1);
  for (int tile = 0; tile < 3; ++tile) bench.stage.add_tile(0, tile, 128);
  for (int column = 0; column < 8; ++column) {
    for (int tile = 0; tile < 3; ++tile) {
      const Block block = bench.take();
      EXPECT_EQ(block.item, tile);
      EXPECT_EQ(block.part, column);
      EXPECT_EQ(bench.from_hbm(block, 128), tile == 0) << "only the first of a column reads weights";
      bench.finish(block);
    }
  }
  EXPECT_FALSE(bench.stage.next(0));
  EXPECT_EQ(bench.done.size(), 24U);
}

TEST(GemmStage, ALateTileJoinsTheOthersAndGoesRound) {
  Bench bench(1, 0.1);  // no weights stay
  bench.stage.add_tile(0, 0, 128);
  for (int i = 0; i < 5; ++i) bench.finish(bench.take());
  bench.stage.add_tile(0, 1, 128);
  int columns_read = 0;
  while (const auto block = bench.stage.next(0)) {
    columns_read += bench.from_hbm(*block, 128) ? 1 : 0;
    bench.finish(*block);
  }
  for (const auto& [tile_column, times] : bench.done) EXPECT_EQ(times, 1);
  EXPECT_EQ(bench.done.size(), 16U);
  EXPECT_EQ(columns_read, 3 + 5) << "three columns for both, five again for the late one";
}

TEST(GemmStage, TheExpertWithMostTilesGoesFirst) {
  Bench bench(3);
  bench.stage.add_tile(0, 0, 16);
  bench.stage.add_tile(2, 1, 128);
  bench.stage.add_tile(2, 2, 128);
  EXPECT_EQ(bench.take().item, 1);
  EXPECT_EQ(bench.take().item, 2);
  for (int i = 0; i < 14; ++i) bench.take();
  EXPECT_EQ(bench.take().item, 0);
}

TEST(GemmStage, KnowsWhichExpertsAreThrough) {
  Bench bench(2);
  bench.stage.add_tile(1, 0, 128);
  EXPECT_EQ(bench.stage.unfinished(0), 0);
  EXPECT_EQ(bench.stage.unfinished(1), 1);
  EXPECT_FALSE(bench.stage.next_of([](int expert) { return expert == 0; }));
  while (const auto block = bench.stage.next_of([](int expert) { return expert == 1; })) {
    bench.finish(*block);
  }
  EXPECT_EQ(bench.stage.unfinished(1), 0);
}

TEST(WeightCache, KeepsWhatWasUsedLast) {
  WeightCache cache(300);
  EXPECT_EQ(cache.fetch(1, 0, 0, 100), 100);
  EXPECT_EQ(cache.fetch(1, 0, 1, 100), 100);
  EXPECT_EQ(cache.fetch(1, 0, 2, 100), 100);
  EXPECT_EQ(cache.fetch(1, 0, 0, 100), 0);
  EXPECT_EQ(cache.fetch(2, 0, 0, 100), 100) << "another GEMM's weights";
  EXPECT_EQ(cache.fetch(1, 0, 1, 100), 100) << "was the oldest";
  EXPECT_EQ(cache.fetch(1, 0, 0, 100), 0);
}

}  // namespace
}  // namespace moehub
