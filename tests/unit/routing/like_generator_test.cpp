// Routing that is like a trace: its loads, its imbalance over experts and GPUs, how many GPUs a token visits,
// and how much consecutive tokens have in common, layer by layer, as trace_stats() measures them.
#include "model/routing/like_generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "model/routing/generator.hpp"
#include "model/routing/trace_io.hpp"
#include "model/routing/trace_stats.hpp"
#include "tests/support/input_error.hpp"
#include "tests/support/recorded.hpp"

namespace moehub {
namespace {

TraceShape shape_of(const Trace& trace, int layers = 0, int tokens = 0) {
  TraceShape shape;
  shape.layers = layers > 0 ? layers : trace.layers;
  shape.tokens = tokens > 0 ? tokens : trace.tokens;
  shape.top_k = trace.top_k;
  shape.num_experts = trace.num_experts;
  return shape;
}

// Mean over pieces of 256 tokens of a GPU's load over the mean: what a short run sees. 8 GPUs.
double imbalance_of_pieces(const Trace& trace, int layer) {
  double sum = 0;
  int pieces = 0;
  for (int begin = 0; begin + 256 <= trace.tokens; begin += 256, ++pieces) {
    Trace piece;
    piece.layers = 1;
    piece.tokens = 256;
    piece.top_k = trace.top_k;
    piece.num_experts = trace.num_experts;
    for (int i = 0; i < 256 * trace.top_k; ++i) {
      piece.expert_ids.push_back(
          trace.expert_ids[trace.index(layer, begin, 0) + static_cast<std::size_t>(i)]);
    }
    sum += trace_stats(piece, 8).at(0).gpu_max_over_mean;
  }
  return sum / pieces;
}

// What differs most over the layers, relative.
struct Differences {
  double expert = 0, gpu = 0, gpus_per_token = 0, reuse = 0, pieces = 0;

  void add(double& largest, double one, double other) {
    largest = std::max(largest, std::abs(one / other - 1));
  }
};

Differences compare(const Trace& recorded, const Trace& generated) {
  Differences d;
  const std::vector<LayerStats> a = trace_stats(recorded, 8), b = trace_stats(generated, 8);
  for (int layer = 0; layer < recorded.layers; ++layer) {
    const LayerStats& one = a[static_cast<std::size_t>(layer)];
    const LayerStats& other = b[static_cast<std::size_t>(layer)];
    d.add(d.expert, other.expert_max_over_mean, one.expert_max_over_mean);
    d.add(d.gpu, other.gpu_max_over_mean, one.gpu_max_over_mean);
    d.add(d.gpus_per_token, other.gpus_per_token, one.gpus_per_token);
    d.add(d.reuse, other.reuse_over_uniform, one.reuse_over_uniform);
    d.add(d.pieces, imbalance_of_pieces(generated, layer), imbalance_of_pieces(recorded, layer));
  }
  return d;
}

void expect_alike(const Trace& recorded, const Trace& generated, const std::string& name) {
  ASSERT_NO_THROW(validate(generated, name));
  ASSERT_EQ(generated.layers, recorded.layers);
  for (int layer = 0; layer < recorded.layers; ++layer) {
    EXPECT_EQ(expert_loads(generated, layer), expert_loads(recorded, layer)) << "layer " << layer;
  }
  const Differences d = compare(recorded, generated);
  std::printf(
      "%s: largest difference of a layer: expert max/mean %.2f %%, GPU max/mean %.2f %%, GPUs per token "
      "%.2f %%, reuse %.2f %%, GPU max/mean of 256 tokens %.1f %%\n",
      name.c_str(), 100 * d.expert, 100 * d.gpu, 100 * d.gpus_per_token, 100 * d.reuse, 100 * d.pieces);
  EXPECT_EQ(d.expert, 0);
  EXPECT_EQ(d.gpu, 0);
  EXPECT_LT(d.gpus_per_token, 0.01);
  EXPECT_LT(d.reuse, 0.02);
  EXPECT_LT(d.pieces, 0.2) << "follows from what near tokens share; not fitted itself";
}

// A trace with skew, reuse and topics, of a shape of its own in each layer.
Trace stand_in() {
  Trace trace = generate(parse_routing_spec("zipf:s=0.6,reuse=3", "--routing"), {1, 4000, 6, 64}, 1);
  const Trace other = generate(parse_routing_spec("hot:experts=4,times=2", "--routing"), {1, 4000, 6, 64}, 2);
  trace.expert_ids.insert(trace.expert_ids.end(), other.expert_ids.begin(), other.expert_ids.end());
  trace.layers = 2;
  return trace;
}

TEST(LikeGenerator, IsLikeAStandIn) {
  const Trace trace = stand_in();
  const TraceProfile profile = profile_of(trace, "stand-in");
  expect_alike(trace, generate_like(profile, "stand-in", shape_of(trace), 8, 1), "stand-in");
}

class RecordedTrace : public testing::TestWithParam<std::string> {};

TEST_P(RecordedTrace, IsLikeIt) {
  const std::filesystem::path file = test::recorded_trace(GetParam());
  MOEHUB_NEEDS_RECORDED(file);
  const Trace trace = read_trace(file.string());
  const TraceProfile profile = profile_of(trace, file.string());
  expect_alike(trace, generate_like(profile, GetParam(), shape_of(trace), 8, 1), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Files, RecordedTrace, testing::ValuesIn(test::recorded_traces()));

TEST(LikeGenerator, OtherLengthsKeepTheRates) {
  const Trace trace = stand_in();
  const TraceProfile profile = profile_of(trace, "p");
  for (const int tokens : {1000, 9000}) {
    const Trace generated = generate_like(profile, "p", shape_of(trace, 2, tokens), 8, 1);
    ASSERT_NO_THROW(validate(generated, "g"));
    const std::vector<LayerStats> a = trace_stats(trace, 8), b = trace_stats(generated, 8);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      EXPECT_NEAR(b[layer].expert_max_over_mean / a[layer].expert_max_over_mean, 1, 0.02);
      EXPECT_NEAR(b[layer].gpu_max_over_mean / a[layer].gpu_max_over_mean, 1, 0.02);
      EXPECT_NEAR(b[layer].gpus_per_token / a[layer].gpus_per_token, 1, 0.01);
      EXPECT_NEAR(b[layer].reuse_over_same_loads / a[layer].reuse_over_same_loads, 1, 0.03);
    }
  }
}

TEST(LikeGenerator, GroupsOfTheModelStayLimited) {
  TraceShape shape = {2, 1000, 8, 256, {8, 4, ExpertGroups::Score::TopTwo}};
  const Trace trace = generate(parse_routing_spec("normal:std=0.05,reuse=2", "--routing"), shape, 1);
  const Trace generated = generate_like(profile_of(trace, "p"), "p", shape, 8, 2);
  ASSERT_NO_THROW(validate(generated, "g"));
  // 8 groups on 8 GPUs: a token's groups are its GPUs.
  for (const LayerStats& layer : trace_stats(generated, 8)) EXPECT_LE(layer.gpus_per_token, 4);
  for (int token = 0; token < generated.tokens; ++token) {
    std::vector<int> groups;
    for (int k = 0; k < 8; ++k) groups.push_back(generated.at(0, token, k) / 32);
    std::sort(groups.begin(), groups.end());
    ASSERT_LE(std::unique(groups.begin(), groups.end()) - groups.begin(), 4);
  }
}

TEST(LikeGenerator, TheSameSeedGivesTheSame) {
  const Trace trace = stand_in();
  const TraceProfile profile = profile_of(trace, "p");
  const Trace first = generate_like(profile, "p", shape_of(trace), 8, 7);
  EXPECT_EQ(generate_like(profile, "p", shape_of(trace), 8, 7).expert_ids, first.expert_ids);
  EXPECT_NE(generate_like(profile, "p", shape_of(trace), 8, 8).expert_ids, first.expert_ids);
  const Trace second_layer = generate_like(profile, "p", shape_of(trace, 1), 8, 7, 1);
  EXPECT_TRUE(std::equal(second_layer.expert_ids.begin(), second_layer.expert_ids.end(),
                         first.expert_ids.begin() + 4000 * 6));
  // Taken once; holds on every platform and with every later version.
  std::uint64_t hash = 14695981039346656037ull;
  for (const std::int32_t id : first.expert_ids)
    hash = (hash ^ static_cast<std::uint32_t>(id)) * 1099511628211ull;
  EXPECT_EQ(hash, 14025672439034576844ull);
}

TEST(LikeGenerator, GpusThatTheProfileDoesNotKnowAreRefused) {
  const Trace trace = stand_in();
  test::expect_input_error([&] { generate_like(profile_of(trace, "p"), "p", shape_of(trace), 9, 1); },
                           {"p: gpus_per_token: nothing about 9 GPUs", "1, 2, 3"});
}

}  // namespace
}  // namespace moehub
