// Attention and dense layers: by their FLOPs and bytes, and against a measured GEMM.
#include "model/gpu/dense_timing.hpp"

#include <gtest/gtest.h>

namespace moehub {
namespace {

ModelConfig mixtral() {
  ModelConfig m;
  m.hidden = 4096;
  m.heads = 32;
  m.kv_heads = 8;
  m.head_dim = m.value_dim = 128;
  return m;
}

TEST(DenseTiming, AnExpertOfManyRowsIsAFeedForwardLayer) {
  const GpuConfig gpu;
  const DenseTiming timing(gpu, mixtral(), 1.9);
  // docs/gpu-measurements.md: both GEMMs of 4096 x 14336 for 4096 rows, 1911 us rested.
  const double gemms = to_us(timing.gemm(4096, 4096, 2 * 14336) + timing.gemm(4096, 14336, 4096));
  EXPECT_NEAR(gemms, 1911, 0.03 * 1911);
  EXPECT_GT(to_us(timing.feed_forward(4096, 14336)), gemms) << "and norm, activation, residual";
  EXPECT_LT(to_us(timing.feed_forward(4096, 14336)), 1.15 * gemms);
}

TEST(DenseTiming, AttentionGrowsWithTheSequenceBeyondItsProjections) {
  const GpuConfig gpu;
  const DenseTiming timing(gpu, mixtral(), 1.9);
  const double none = to_us(timing.attention(4096, 0));
  const double some = to_us(timing.attention(4096, 4096));
  // 2 x 4096 x 2048 x 32 x 256 FLOPs.
  const double core_us = 2.0 * 4096 * 2048 * 32 * 256 / (1e6 * gpu.bf16_tflops * gpu.attention_efficiency);
  EXPECT_LT(some - none, core_us);
  EXPECT_GT(some - none, 0.4 * core_us) << "without a sequence it is bound by memory";
  EXPECT_NEAR(to_us(timing.attention(4096, 16384) - timing.attention(4096, 8192)), 2 * core_us, 0.05 * core_us);
}

TEST(DenseTiming, TheWayBackTakesAboutTwice) {
  const GpuConfig gpu;
  const DenseTiming timing(gpu, mixtral(), 1.9);
  const double forward = to_us(timing.feed_forward(4096, 14336));
  EXPECT_NEAR(to_us(timing.feed_forward_backward(4096, 14336)), 2 * forward, 0.1 * forward);
  EXPECT_GT(to_us(timing.attention_backward(4096, 4096)), 1.8 * to_us(timing.attention(4096, 4096)));
}

TEST(DenseTiming, LatentAttentionHasItsShortVectors) {
  ModelConfig m = mixtral();
  m.hidden = 7168;
  m.heads = m.kv_heads = 128;
  m.head_dim = 192;
  m.value_dim = 128;
  m.kv_rank = 512;
  m.rope_dim = 64;
  const GpuConfig gpu;
  const double direct = to_us(DenseTiming(gpu, m, 1.9).attention(4096, 4096));
  m.q_rank = 1536;
  EXPECT_LT(to_us(DenseTiming(gpu, m, 1.9).attention(4096, 4096)), direct) << "fewer FLOPs for queries";
}

}  // namespace
}  // namespace moehub
