// Expert GEMMs against measurements: both GEMMs of all experts of one of 8 H100s, bf16, balanced.
#include "model/gpu/gemm_timing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/sm_scheduler.hpp"

namespace moehub {
namespace {

// One GEMM of `experts` experts with `rows` rows each, all ready at once.
double gemm_us(const GpuConfig& gpu, const GemmShape& shape, int experts, int rows) {
  ActivityLog log;
  SmScheduler scheduler(gpu.sms, 1e3 * gpu.hbm_tb_per_s * gpu.hbm_efficiency, log);
  WeightCache cache(static_cast<std::int64_t>(gpu.l2_mb * 0.8e6));
  GemmStage stage(1, Activity::gemm1, GemmTiming(gpu, shape), experts, cache,
                  [](int, int, int, Picoseconds) { return true; });
  int tile = 0;
  for (int expert = 0; expert < experts; ++expert) {
    for (int first = 0; first < rows; first += gpu.gemm_tile_m) {
      stage.add_tile(expert, tile++, std::min(gpu.gemm_tile_m, rows - first));
    }
  }
  scheduler.add(stage, 0);
  Picoseconds now = 0;
  scheduler.advance(now);
  while (scheduler.next_event() != kNever) {
    now = scheduler.next_event();
    scheduler.advance(now);
  }
  return to_us(now);
}

struct Measured {
  int hidden, ffn, experts, top_k, tokens;  // experts and tokens over 8 GPUs
  double us;
};

// ai-dynamo/aiconfigurator (Apache-2.0), commit 095f58a5, TensorRT-LLM expert GEMMs on H100 SXM.
constexpr Measured kMeasured[] = {
    {7168, 2048, 256, 8, 16, 515},    {7168, 2048, 256, 8, 128, 973},
    {7168, 2048, 256, 8, 1024, 1078}, {7168, 2048, 256, 8, 4096, 1339},
    {7168, 2048, 256, 8, 8192, 1537}, {7168, 2048, 256, 8, 16384, 2611},
    {4096, 14336, 8, 2, 4096, 482},   {4096, 14336, 8, 2, 8192, 920},
    {4096, 14336, 8, 2, 16384, 1811},
};

double modelled_us(const Measured& m) {
  ModelConfig model;
  model.hidden = m.hidden;
  model.expert_ffn = m.ffn;
  const int choices = m.tokens * m.top_k;
  const int experts = std::min(m.experts, choices) / 8;  // with at least a row, on one GPU
  const int rows = std::max(choices / m.experts, 1);
  const GpuConfig gpu;
  return gemm_us(gpu, gemm1_shape(model, true), experts, rows) +
         gemm_us(gpu, gemm2_shape(model), experts, rows);
}

// docs/system-model.md shows these errors; calibrating them further is work of its own.
TEST(GemmTiming, IsInTheRangeOfMeasuredExpertGemms) {
  double sum = 0;
  for (const Measured& m : kMeasured) {
    const double us = modelled_us(m);
    const double error = us / m.us - 1;
    std::printf("%5d x %5d, top %d of %3d, %5d tokens: measured %6.0f us, model %6.0f us, %+5.1f %%\n",
                m.hidden, m.ffn, m.top_k, m.experts, m.tokens, m.us, us, 100 * error);
    EXPECT_LT(std::abs(error), 0.35);
    sum += std::abs(error);
  }
  std::printf("mean of the absolute errors: %.1f %%\n", 100 * sum / std::size(kMeasured));
  EXPECT_LT(sum / std::size(kMeasured), 0.16);
}

TEST(GemmTiming, ComputeBoundShapesAreWithinFivePercent) {
  for (const Measured& m : kMeasured) {
    if (m.hidden != 4096) continue;
    EXPECT_NEAR(modelled_us(m) / m.us, 1, 0.05) << m.tokens << " tokens";
  }
}

TEST(GemmTiming, FewRowsAreBoundByTheirWeights) {
  const GpuConfig gpu;
  ModelConfig model;
  model.hidden = 7168;
  model.expert_ffn = 2048;
  const double weights_us =
      32 * 2.0 * 2 * 7168 * 2048 / (1e6 * gpu.hbm_tb_per_s * gpu.hbm_efficiency);
  EXPECT_NEAR(gemm_us(gpu, gemm1_shape(model, true), 32, 1), weights_us, 0.03 * weights_us);
  EXPECT_NEAR(gemm_us(gpu, gemm1_shape(model, true), 32, 16), weights_us, 0.03 * weights_us);
}

TEST(GemmTiming, TheLastWaveCostsAWholeOne) {
  const GpuConfig gpu;
  const GemmShape shape{12 * 128, 4096, 12 * 128, 2};  // 12 columns of tiles: 11 tiles fill 132 SMs
  const double one = gemm_us(gpu, shape, 1, 11 * 128);
  EXPECT_NEAR(gemm_us(gpu, shape, 1, 22 * 128), 2 * one, 0.1 * one);
  EXPECT_NEAR(gemm_us(gpu, shape, 1, 12 * 128), 2 * one, 0.1 * one);
}

TEST(GemmTiming, RowsAreRoundedUpToWhatTensorCoresTake) {
  const GemmTiming timing(GpuConfig(), {1024, 1024, 1024, 2});
  EXPECT_EQ(timing.compute(1), timing.compute(16));
  EXPECT_LT(timing.compute(16), timing.compute(17));
  EXPECT_EQ(timing.compute(113), timing.compute(128));
  EXPECT_EQ(timing.column_tiles(), 8);
  EXPECT_EQ(timing.weight_bytes(), 128 * 1024 * 2);
}

}  // namespace
}  // namespace moehub
