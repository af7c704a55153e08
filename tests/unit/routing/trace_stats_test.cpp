// What trace_stats() says about traces whose answer is known by hand, and about recorded ones.
#include "model/routing/trace_stats.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "model/routing/generator.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/support/recorded.hpp"

namespace moehub {
namespace {

Trace of(int tokens, int top_k, int experts, std::vector<std::int32_t> ids) {
  Trace trace;
  trace.layers = static_cast<int>(ids.size()) / (tokens * top_k);
  trace.tokens = tokens;
  trace.top_k = top_k;
  trace.num_experts = experts;
  trace.expert_ids = std::move(ids);
  return trace;
}

TEST(TraceStats, KnownByHand) {
  // 4 tokens, top 2 of 4 on 2 GPUs (experts 0, 1 | 2, 3); tokens 0, 1 on GPU 0, tokens 2, 3 on 1.
  const Trace trace = of(4, 2, 4, {0, 1, 0, 2, 0, 3, 0, 3});
  const LayerStats stats = trace_stats(trace, 2).at(0);
  EXPECT_DOUBLE_EQ(stats.expert_max_over_mean, 2.0);  // 4, 1, 1, 2 choices, mean 2
  EXPECT_DOUBLE_EQ(stats.gpu_max_over_mean, 5.0 / 4.0);
  // Shares 1/2, 1/8, 1/8, 1/4.
  EXPECT_DOUBLE_EQ(stats.share_std,
                   std::sqrt((0.0625 + 0.015625 + 0.015625 + 0.0) / 4));
  // Tokens 1 and 3 have one before them: of their 4 choices 0 | 0, 3 were there: 3/4. Uniform
  // draws: 2/4. Same loads: (16 + 1 + 1 + 4) / 8 / 4.
  EXPECT_DOUBLE_EQ(stats.reuse_over_uniform, 0.75 / 0.5);
  EXPECT_DOUBLE_EQ(stats.reuse_over_same_loads, 0.75 / (22.0 / 32.0));
  EXPECT_DOUBLE_EQ(stats.gpus_per_token, 7.0 / 4.0);
  EXPECT_DOUBLE_EQ(stats.dropped, 0.0);
}

TEST(TraceStats, ReuseIsCountedWithinTheGpu) {
  // Tokens alternate between two GPUs; each GPU always uses its own pair.
  Trace trace = of(6, 2, 4, {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3});
  trace.source_gpu = {0, 1, 0, 1, 0, 1};
  EXPECT_DOUBLE_EQ(trace_stats(trace, 2).at(0).reuse_over_uniform, 2.0);
  trace.source_gpu = {0, 0, 0, 0, 0, 0};
  EXPECT_DOUBLE_EQ(trace_stats(trace, 2).at(0).reuse_over_uniform, 0.0);
}

TEST(TraceStats, DroppedChoicesCountOnlyAsDropped) {
  const Trace trace = of(2, 2, 4, {0, -1, -1, -1, 0, 1, 2, 3});
  EXPECT_DOUBLE_EQ(trace_stats(trace, 1).at(0).dropped, 0.75);
  EXPECT_DOUBLE_EQ(trace_stats(trace, 1).at(0).expert_max_over_mean, 4.0);
  EXPECT_DOUBLE_EQ(trace_stats(trace, 1).at(1).dropped, 0.0);
  const Trace all = of(1, 1, 4, {-1});
  EXPECT_DOUBLE_EQ(trace_stats(all, 1).at(0).dropped, 1.0);
  EXPECT_DOUBLE_EQ(trace_stats(all, 1).at(0).reuse_over_uniform, 0.0);
}

TEST(TraceStats, GeneratedRoutingHasNoLocality) {
  RoutingSpec spec;
  const Trace trace = generate(spec, {4, 8192, 4, 64}, 3);
  for (const LayerStats& layer : trace_stats(trace, 8)) {
    EXPECT_NEAR(layer.reuse_over_same_loads, 1.0, 0.05);
    EXPECT_NEAR(layer.gpus_per_token, uniform_gpus_per_token(64, 4, 8), 0.05);
  }
}

TEST(TraceStats, UniformGpusPerToken) {
  EXPECT_DOUBLE_EQ(uniform_gpus_per_token(8, 1, 8), 1.0);
  EXPECT_DOUBLE_EQ(uniform_gpus_per_token(8, 2, 8), 2.0);
  EXPECT_DOUBLE_EQ(uniform_gpus_per_token(8, 8, 4), 4.0);
  EXPECT_DOUBLE_EQ(uniform_gpus_per_token(4, 2, 2), 2 * (1 - 2.0 / 4 * 1 / 3));
}

// The figures that were published with the recorded traces (max/mean of experts and GPUs, reuse;
// mean over layers, and the largest layer).
struct Recorded {
  const char* name;
  double expert, expert_largest, gpu, gpu_largest, reuse;
};

class RecordedTraces : public testing::TestWithParam<Recorded> {};

TEST_P(RecordedTraces, LookAsPublished) {
  const std::filesystem::path file = test::recorded_trace(GetParam().name);
  MOEHUB_NEEDS_RECORDED(file);
  const Trace trace = read_trace(file.string());
  LayerStats sum, largest;
  const std::vector<LayerStats> layers = trace_stats(trace, 8);
  for (const LayerStats& layer : layers) {
    sum.expert_max_over_mean += layer.expert_max_over_mean;
    sum.gpu_max_over_mean += layer.gpu_max_over_mean;
    sum.reuse_over_uniform += layer.reuse_over_uniform;
    largest.expert_max_over_mean = std::max(largest.expert_max_over_mean, layer.expert_max_over_mean);
    largest.gpu_max_over_mean = std::max(largest.gpu_max_over_mean, layer.gpu_max_over_mean);
    EXPECT_NEAR(layer.gpus_per_token / uniform_gpus_per_token(trace.num_experts, trace.top_k, 8), 1,
                0.11);
  }
  const auto count = static_cast<double>(layers.size());
  EXPECT_NEAR(sum.expert_max_over_mean / count, GetParam().expert, 0.05);
  EXPECT_NEAR(largest.expert_max_over_mean, GetParam().expert_largest, 0.05);
  EXPECT_NEAR(sum.gpu_max_over_mean / count, GetParam().gpu, 0.005);
  EXPECT_NEAR(largest.gpu_max_over_mean, GetParam().gpu_largest, 0.005);
  EXPECT_NEAR(sum.reuse_over_uniform / count, GetParam().reuse, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Files, RecordedTraces,
                         testing::Values(Recorded{"deepseek-v2-lite-intent", 3.8, 4.7, 1.44, 1.73, 2.8},
                                         Recorded{"deepseek-v2-lite-summary", 4.3, 6.5, 1.40, 1.78, 3.1},
                                         Recorded{"qwen3-30b-a3b-prefill", 4.2, 9.9, 1.32, 1.77, 7.3},
                                         Recorded{"gpt-oss-20b-decode", 2.4, 3.2, 1.45, 1.86, 3.6},
                                         Recorded{"flame-moe-290m-train", 1.5, 1.9, 1.11, 1.17, 1.1}));

}  // namespace
}  // namespace moehub
