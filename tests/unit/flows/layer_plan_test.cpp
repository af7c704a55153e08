// RowIDs, counts and addresses of a layer.
#include "model/flows/layer_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/flows/layout.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

Trace small_trace() {
  Trace trace;
  trace.layers = 2;
  trace.tokens = 4;
  trace.top_k = 2;
  trace.num_experts = 5;
  trace.expert_ids = {0, 1, 2, 3, 4, 0, 1, -1,   // layer 0
                      4, 3, 4, 2, 4, 1, 4, 0};   // layer 1
  trace.source_gpu = {1, 0, 1, 0};
  return trace;
}

TEST(LayerPlan, TokensAreNumberedByTheirGpu) {
  const LayerPlan plan(small_trace(), 0, 2);
  EXPECT_EQ(plan.tokens(), 4);
  EXPECT_EQ(plan.first_token(1), 2);
  EXPECT_EQ(plan.tokens_of(0), 2);
  EXPECT_EQ(plan.source_of(1), 0);
  EXPECT_EQ(plan.source_of(2), 1);
  EXPECT_EQ(plan.expert(0, 0), 2) << "the trace's token 1 is GPU 0's first";
  EXPECT_EQ(plan.expert(1, 1), kDroppedChoice);
  EXPECT_EQ(plan.expert(2, 0), 0) << "the trace's token 0";
}

TEST(LayerPlan, CountsRows) {
  const LayerPlan plan(small_trace(), 0, 2);
  EXPECT_EQ(plan.rows(), 7);
  EXPECT_EQ(plan.rows_of(0), 2);
  EXPECT_EQ(plan.rows_of(4), 1);
  EXPECT_EQ(plan.home(2).gpu, 0) << "experts 0 to 2 lie on GPU 0";
  EXPECT_EQ(plan.home(4).gpu, 1);
  EXPECT_EQ(plan.home(4).local, 1);
  EXPECT_EQ(plan.expert_at(1, 1), 4);
  EXPECT_EQ(plan.max_experts_on_a_gpu(), 3);
  EXPECT_EQ(plan.rows_between(0, 0), 2);
  EXPECT_EQ(plan.rows_between(1, 1), 1);
  EXPECT_EQ(plan.rows_to(0), plan.rows_between(0, 0) + plan.rows_between(1, 0));
  EXPECT_EQ(plan.rows_from(0) + plan.rows_from(1), 7);
  EXPECT_EQ(LayerPlan(small_trace(), 1, 2).rows_of(4), 4);
}

SystemConfig system_with(int gpus) {
  SystemConfig system;
  system.fabric.gpus = gpus;
  return system;
}

ModelConfig model_of(int hidden, int experts, int top_k) {
  ModelConfig model;
  model.hidden = hidden;
  model.expert_ffn = 256;
  model.num_experts = experts;
  model.top_k = top_k;
  return model;
}

Trace all_to(int expert, int tokens, int experts, int gpus) {
  Trace trace;
  trace.layers = 1;
  trace.tokens = tokens;
  trace.top_k = 1;
  trace.num_experts = experts;
  trace.expert_ids.assign(static_cast<std::size_t>(tokens), expert);
  trace.source_gpu = default_source_gpu(tokens, gpus);
  return trace;
}

TEST(Layout, ARowHasAnExtraSectorAndWholeLines) {
  const Trace trace = all_to(0, 4096, 8, 8);
  const LayerPlan plan(trace, 0, 8);
  const HubLayout layout = make_hub_layout(system_with(8), model_of(4096, 8, 1), plan);
  EXPECT_EQ(layout.payload_bytes, 8192);
  EXPECT_EQ(layout.row_bytes, 8224);
  EXPECT_EQ(layout.capacity_rows, 4096) << "the worst case: every token";
  EXPECT_EQ(layout.tiles_per_region, 32);
  EXPECT_EQ(layout.combine.tiles(512), 128) << "groups of 4 tokens";
  EXPECT_EQ(layout.combine.tile_base, 32);
}

TEST(Layout, RegionsAndWindowsDoNotOverlap) {
  const Trace trace = all_to(0, 1024, 256, 8);
  const LayerPlan plan(trace, 0, 8);
  const HubLayout layout = make_hub_layout(system_with(8), model_of(7168, 256, 1), plan);
  EXPECT_EQ(layout.regions, 32);
  for (int region = 0; region < layout.regions; ++region) {
    const std::uint64_t end = layout.region_base(region) +
                              static_cast<std::uint64_t>(layout.capacity_rows * to_lines(layout.row_bytes));
    EXPECT_LE(end, region + 1 < layout.regions ? layout.region_base(region + 1) : layout.combine.base);
    EXPECT_EQ(layout.tile_base(region), region * layout.tiles_per_region);
  }
  EXPECT_LE(layout.combine.tile_base + layout.combine.tiles(128), 1024) << "the hub's tiles";
  EXPECT_LT(layout.combine.base, std::uint64_t{1} << 48);
}

TEST(Layout, ATokensResultsHaveAPowerOfTwo) {
  const Trace trace = all_to(0, 64, 8, 8);
  const LayerPlan plan(trace, 0, 8);
  ModelConfig model = model_of(1440, 8, 1);  // 2880 bytes: 22 lines and a half
  const CombineLayout combine = make_hub_layout(system_with(8), model, plan).combine;
  EXPECT_EQ(combine.slot_pitch, 23 * 128);
  EXPECT_EQ(combine.token_pitch, 4096);
  EXPECT_EQ(combine.address(3, 0), combine.base + 3 * 4096);
}

TEST(Layout, ManyTokensShareATile) {
  const Trace trace = all_to(0, 8 * 32768, 64, 8);
  const LayerPlan plan(trace, 0, 8);
  SystemConfig system = system_with(8);
  system.hub.tile_rows = 16384;
  const HubLayout layout = make_hub_layout(system, model_of(512, 64, 1), plan);
  EXPECT_EQ(layout.combine.tokens_per_tile, 128);
  EXPECT_LE(layout.combine.tiles(32768), 256);
}

TEST(Layout, RefusesWhatTheHubCannotHold) {
  const Trace trace = all_to(3, 4096, 64, 8);
  const LayerPlan plan(trace, 0, 8);
  SystemConfig system = system_with(8);
  system.hub.regions = 4;
  test::expect_input_error([&] { make_hub_layout(system, model_of(512, 64, 1), plan); },
                           {"hub.regions", "at least 8"});
  system.hub.regions = 64;
  system.hub.tiles = 64;
  test::expect_input_error([&] { make_hub_layout(system, model_of(512, 64, 1), plan); },
                           {"hub.tiles", "4096 rows of expert 3"});
  system.hub.tiles = 4;
  test::expect_input_error([&] { make_hub_layout(system, model_of(512, 64, 1), plan); },
                           {"hub.tiles"});
}

TEST(Layout, SoftwareRowsLieDense) {
  const Trace trace = all_to(0, 64, 8, 8);
  const LayerPlan plan(trace, 0, 8);
  const SoftwareLayout layout = make_software_layout(model_of(512, 8, 1), plan);
  EXPECT_EQ(layout.row_bytes, 1024);
  EXPECT_EQ(layout.receive_address(5), layout.receive_base + 5 * 1024);
}

}  // namespace
}  // namespace moehub
