// Whole layers with the reference hub: every flow delivers everything, whatever the shape.
#include "model/flows/flow.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/machine.hpp"
#include "tests/support/seed.hpp"

namespace moehub {
namespace {

using test::SmallRun;

void expect_good(const FlowResult& result) {
  EXPECT_FALSE(result.failure) << *result.failure;
  EXPECT_TRUE(result.check.ok()) << (result.check.first_errors.empty() ? "" : result.check.first_errors[0]);
  EXPECT_FALSE(result.interrupted);
}

TEST(Flow, NamesAreThoseOfTheCommandLine) {
  EXPECT_EQ(flow_names(), (std::vector<std::string>{"moehub", "megatron-te", "ideal"}));
  EXPECT_THROW(run_flow(test::machine(), "nonsense", {}), std::invalid_argument);
}

TEST(Flow, MoehubDeliversARowAChoiceAndAResultEach) {
  SmallRun run;
  const FlowResult result = run.run("moehub");
  expect_good(result);
  EXPECT_EQ(result.check.rows_expected, 2U * 4 * 32 * 2);
  EXPECT_EQ(result.hub.rat_allocs, 4U * 32 * 2);
  EXPECT_EQ(result.hub.fences, 4U);
  EXPECT_EQ(result.hub.owners_done, 4U * (2 + 1)) << "two regions and a window a GPU";
  EXPECT_EQ(result.row_latency_ns.count(), 4U * 32 * 2);
  EXPECT_GE(result.row_latency_ns.percentile(0.5), 600U) << "two flights and the transit";
  EXPECT_EQ(result.ingress_latency_cycles.count(), result.hub.rx_packets - result.hub.loop_packets -
                                                        4 * 3 * 2)
      << "packets with payload from the link; the rest are reports";
  EXPECT_EQ(std::accumulate(result.rows_by_expert.begin(), result.rows_by_expert.end(), 0U), 256U);
}

TEST(Flow, MegatronDeliversTheSameRows) {
  SmallRun run;
  const FlowResult result = run.run("megatron-te");
  expect_good(result);
  EXPECT_EQ(result.check.rows_expected, 2U * 4 * 32 * 2);
  EXPECT_EQ(result.hub.rat_allocs, 0U) << "software knows its addresses";
  SmallRun same;
  EXPECT_EQ(result.rows_by_expert, same.run("moehub").rows_by_expert);
}

TEST(Flow, TimesAddUp) {
  SmallRun run;
  const FlowResult moehub = run.run("moehub");
  const FlowResult megatron = run.run("megatron-te");
  const FlowResult ideal = run.run("ideal");
  for (const FlowResult* flow : {&moehub, &megatron, &ideal}) {
    expect_good(*flow);
    EXPECT_GT(flow->times.compute, 0);
    EXPECT_LE(flow->times.compute, flow->times.layer);
    EXPECT_EQ(flow->times.exposed(), flow->times.layer - flow->times.compute);
  }
  EXPECT_LT(ideal.times.layer, moehub.times.layer);
  EXPECT_LT(moehub.times.layer, megatron.times.layer);
  EXPECT_EQ(ideal.times.dispatch, 0);
  EXPECT_EQ(ideal.times.combine, 0);
  const SoftwareConfig cost;
  EXPECT_GT(to_us(megatron.times.dispatch),
            cost.mediation_base_us + cost.stream_sync_us + cost.alltoall_base_us);
  EXPECT_GT(to_us(moehub.times.dispatch), 0.6) << "two flights and the transit";
}

// As long as NCCL's: its time for next to no data, and its rate on top.
TEST(Flow, AnAllToAllTakesAsLongAsItsLibrarys) {
  SmallRun run;
  run.system.fabric.gpus = 8;
  run.model.hidden = 4096;
  run.model.top_k = 1;
  run.tokens_per_gpu = 512;
  run.draw();
  for (int token = 0; token < run.routing.tokens; ++token) run.routing.at(0, token, 0) = token % 8;
  const FlowResult result = run.run("megatron-te");
  expect_good(result);
  const double bytes_to_others = 512 * 7.0 / 8 * 8192;
  const SoftwareConfig& cost = run.system.software;
  const double us = bytes_to_others / (1e3 * 200 * cost.alltoall_efficiency) + cost.alltoall_base_us;
  for (const std::vector<Span>& spans : result.layers[0].spans) {
    for (const Span& span : spans) {
      if (span.activity != Activity::dispatch && span.activity != Activity::combine) continue;
      EXPECT_NEAR(to_us(span.end - span.begin), us - cost.poll_us, 0.04 * us) << name_of(span.activity);
    }
  }
}

TEST(Flow, DispatchComesCloseToTheLinksRate) {
  SmallRun run;
  run.system.fabric.gpus = 8;
  run.model.hidden = 2048;
  run.model.top_k = 1;
  run.tokens_per_gpu = 1024;
  run.draw();
  for (int token = 0; token < run.routing.tokens; ++token) run.routing.at(0, token, 0) = token * 5 % 8;
  const FlowResult result = run.run("moehub");
  expect_good(result);
  const double wire_bytes = 1024 * 7.0 / 8 * (32 * 144 + 64);
  EXPECT_LT(to_us(result.times.dispatch), 1.1 * wire_bytes / 200e3 + 1.5);
}

TEST(Flow, AFlowDoesNotDependOnThoseBefore) {
  SmallRun run;
  run.layers = 2;
  const FlowResult first = run.run("moehub");
  run.run("megatron-te");
  run.run("ideal");
  const FlowResult again = run.run("moehub");
  EXPECT_EQ(first.times.layer, again.times.layer);
  EXPECT_EQ(first.times.compute, again.times.compute);
  EXPECT_EQ(first.host.hub_cycles, again.host.hub_cycles);
  EXPECT_EQ(first.hub.merges, again.hub.merges);
  EXPECT_EQ(first.row_latency_ns.max(), again.row_latency_ns.max());
  EXPECT_EQ(first.host.wire_bytes, again.host.wire_bytes);
}

TEST(Flow, LayersAreSummedAndTheirRegionsTakeTurns) {
  SmallRun run;
  run.layers = 3;
  const FlowResult all = run.run("moehub");
  expect_good(all);
  ASSERT_EQ(all.layers.size(), 3U);
  EXPECT_EQ(all.check.rows_expected, 3U * 512);
  EXPECT_EQ(all.times.layer, all.layers[0].times.layer + all.layers[1].times.layer +
                                 all.layers[2].times.layer);
  EXPECT_EQ(all.layers[2].begin, all.layers[0].times.layer + all.layers[1].times.layer);
  SmallRun one_expert_a_gpu;
  one_expert_a_gpu.layers = 3;
  one_expert_a_gpu.model.num_experts = 4;
  expect_good(one_expert_a_gpu.run("moehub"));
  SmallRun software;
  software.layers = 3;
  expect_good(software.run("megatron-te"));
}

TEST(Flow, DroppedChoicesAreZerosAtHome) {
  for (const char* flow : {"moehub", "megatron-te", "ideal"}) {
    SmallRun run;
    run.draw();
    for (int token = 0; token < 64; ++token) {
      run.routing.at(0, token, 0) = kDroppedChoice;
      if (token % 3 == 0) run.routing.at(0, token, 1) = kDroppedChoice;
    }
    const FlowResult result = run.run(flow);
    expect_good(result);
    const auto rows = std::accumulate(result.rows_by_expert.begin(), result.rows_by_expert.end(), 0U);
    EXPECT_EQ(rows, 256U - 64 - 22) << flow;
  }
}

TEST(Flow, AnExpertMayGetNothingOrEverything) {
  for (const char* flow : {"moehub", "megatron-te", "ideal"}) {
    SmallRun run;
    run.draw();
    for (int token = 0; token < run.routing.tokens; ++token) {
      run.routing.at(0, token, 0) = 5;
      run.routing.at(0, token, 1) = 2;
    }
    expect_good(run.run(flow));
  }
}

TEST(Flow, ASmallRowTableSpillsAndBringsBack) {
  SmallRun run;
  run.tokens_per_gpu = 128;
  run.system.hub.rat_entries = 64;
  const FlowResult result = run.run("moehub");
  expect_good(result);
  EXPECT_GT(result.hub.rat_spills, 0U);
  EXPECT_EQ(result.hub.rat_spills, result.hub.rat_fills);
}

TEST(Flow, EveryPolicyMayBeOff) {
  for (bool HubPolicy::*policy :
       {&HubPolicy::merge, &HubPolicy::timer, &HubPolicy::priority, &HubPolicy::full_first,
        &HubPolicy::row_order, &HubPolicy::round_robin}) {
    SmallRun run;
    run.system.hub.policy.*policy = false;
    expect_good(run.run("moehub"));
  }
}

TEST(Flow, ABottleneckSlowsButLosesNothing) {
  for (const auto& change : std::vector<std::function<void(SystemConfig&)>>{
           [](SystemConfig& s) { s.fabric.credits_per_voq = 1; },
           [](SystemConfig& s) { s.fabric.receive_buffer_packets = 1; },
           [](SystemConfig& s) { s.fabric.gb_per_s_per_direction = 10; },
           [](SystemConfig& s) { s.gpu.memory_write_latency_ns = 5000; },
           [](SystemConfig& s) { s.gpu.hbm_tb_per_s = 0.05; },
           [](SystemConfig& s) { s.gpu.sms = 2; },
           [](SystemConfig& s) { s.hub.clock_ghz = 0.7; }}) {
    for (const char* flow : {"moehub", "megatron-te"}) {
      SmallRun run;
      change(run.system);
      expect_good(run.run(flow));
    }
  }
}

struct Shape {
  int gpus, experts, top_k, tokens, hidden;
};

class FlowShape : public testing::TestWithParam<Shape> {};

TEST_P(FlowShape, DeliversEverything) {
  const Shape shape = GetParam();
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    for (const char* flow : {"moehub", "megatron-te", "ideal"}) {
      SmallRun run;
      run.system.fabric.gpus = shape.gpus;
      run.model.num_experts = shape.experts;
      run.model.top_k = shape.top_k;
      run.model.hidden = shape.hidden;
      run.tokens_per_gpu = shape.tokens;
      run.draw(seed);
      expect_good(run.run(flow));
    }
  }
}

// Two GPUs and eight; experts that do not divide evenly, one a GPU, fewer than GPUs; one choice and
// many; one token, and numbers that fill no tile; rows that end within a line.
INSTANTIATE_TEST_SUITE_P(Shapes, FlowShape,
                         testing::Values(Shape{2, 4, 2, 16, 256}, Shape{8, 8, 2, 40, 512},
                                         Shape{8, 60, 4, 24, 512}, Shape{8, 5, 2, 16, 512},
                                         Shape{4, 16, 8, 33, 128}, Shape{4, 4, 1, 1, 512},
                                         Shape{3, 7, 3, 19, 304}, Shape{4, 8, 2, 16, 16}));

TEST(Flow, TokensMayBeUnevenlySpread) {
  for (const char* flow : {"moehub", "megatron-te", "ideal"}) {
    SmallRun run;
    run.draw();
    for (std::size_t token = 0; token < run.routing.source_gpu.size(); ++token) {
      run.routing.source_gpu[token] = token % 5 == 0 ? 2 : 0;  // GPUs 1 and 3 have none
    }
    expect_good(run.run(flow));
  }
}

TEST(Flow, SpansLieWithinTheirLayer) {
  SmallRun run;
  for (const char* flow : {"moehub", "megatron-te", "ideal"}) {
    const FlowResult result = run.run(flow);
    ASSERT_EQ(result.layers[0].spans.size(), 4U);
    for (const std::vector<Span>& spans : result.layers[0].spans) {
      EXPECT_FALSE(spans.empty());
      for (const Span& span : spans) {
        EXPECT_LT(span.begin, span.end);
        EXPECT_GE(span.begin, 0);
        EXPECT_LE(span.end, result.times.layer) << name_of(span.activity) << " under " << flow;
      }
    }
  }
}

}  // namespace
}  // namespace moehub
