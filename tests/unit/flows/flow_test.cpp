// Whole layers with the reference hub: every flow delivers everything, whatever the shape.
#include "model/flows/flow.hpp"

#include <gtest/gtest.h>

#include <map>
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
  EXPECT_EQ(flow_names(), (std::vector<std::string>{
                              "moehub", "moehub-base", "moehub-pkt", "moehub-dep", "megatron-te",
                              "megatron-cutlass", "fastermoe", "tutel", "comet", "ccfuser", "deepep",
                              "deepep-ll", "ideal"}));
  for (const std::string& flow : default_flows()) EXPECT_NE(flow.substr(0, 7), "moehub-");
  EXPECT_EQ(default_flows().size(), flow_names().size() - 3);
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

TEST(Flow, AllFlowsDeliverTheSameRows) {
  SmallRun run;
  const FlowResult moehub = run.run("moehub");
  for (const std::string& flow : flow_names()) {
    const FlowResult result = run.run(flow);
    expect_good(result);
    EXPECT_EQ(result.rows_by_expert, moehub.rows_by_expert) << flow;
    if (flow == "ideal") continue;
    EXPECT_GT(result.check.rows_expected, 0U) << flow;
    EXPECT_LE(result.check.rows_expected, 2U * 4 * 32 * 2) << flow;
    EXPECT_GT(result.traffic.nvlink_bytes, 0U) << flow;
    EXPECT_GT(result.row_latency_ns.count(), 0U) << flow;
  }
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
            cost.mediation_base_us + cost.stream_sync_us + cost.nccl_base_us);
  EXPECT_GT(to_us(moehub.times.dispatch), 0.6) << "two flights and the transit";
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
  const double wire_bytes = 1024 * 7.0 / 8 * (32 * 145 + 64) * 256 / 240;
  EXPECT_LT(to_us(result.times.dispatch), 1.12 * wire_bytes / 200e3 + 2);
}

// What the ablations switch off is off in the hub, and the rest of the flow is the same.
TEST(Flow, AblationsSwitchRegisters) {
  SmallRun run;
  const FlowResult moehub = run.run("moehub");
  for (const char* flow : {"moehub-base", "moehub-pkt"}) {
    const FlowResult result = run.run(flow);
    expect_good(result);
    EXPECT_EQ(result.hub.tiles_ready, 0U) << flow;
    EXPECT_EQ(result.hub.fences, 0U) << flow;
    EXPECT_EQ(result.hub.rat_allocs, moehub.hub.rat_allocs) << flow;
    EXPECT_GT(result.times.layer, moehub.times.layer) << flow << " has to poll";
    bool polls = false;
    for (const Span& span : result.layers[0].spans[0]) polls |= span.activity == Activity::poll;
    EXPECT_TRUE(polls) << flow;
  }
  const FlowResult dep = run.run("moehub-dep");
  expect_good(dep);
  EXPECT_EQ(dep.hub.tiles_ready, moehub.hub.tiles_ready);

  // Hubs stay as the last flow left them.
  const auto policy_of = [&](const char* flow) {
    run.run(flow);
    return test::machine().hubs().hub(1).read_reg(reg::kPolicy).value();
  };
  EXPECT_EQ(policy_of("moehub-base"), 0U);
  EXPECT_EQ(policy_of("moehub-dep"), 0U);
  EXPECT_EQ(policy_of("moehub-pkt"), 0x3fU);
  EXPECT_EQ(policy_of("moehub"), 0x3fU);
}

// Two tiles an expert, and weights that take longer than both: an early tile would read them for itself.
TEST(Flow, ExpertsThatWaitForTheirWeightsStartOnceAllRowsAreThere) {
  SmallRun run;
  run.system.fabric.gpus = 8;
  run.model.num_experts = 8;
  run.model.hidden = 2048;
  run.model.expert_ffn = 8192;
  run.tokens_per_gpu = 128;
  run.system.gpu.gemm_tile_m = run.system.hub.tile_rows = 128;
  const FlowResult moehub = run.run("moehub");
  const FlowResult base = run.run("moehub-base");
  expect_good(moehub);
  EXPECT_LT(moehub.times.layer, base.times.layer) << "weights were read more often";
}

// Every flow's software shows: what it waits for has a span of its own.
TEST(Flow, SoftwareShowsInTheTimeline) {
  const std::map<std::string, std::vector<Activity>> expected = {
      {"moehub-base", {Activity::poll}},
      {"megatron-te", {Activity::mediation, Activity::sync, Activity::launch, Activity::permute}},
      {"fastermoe", {Activity::mediation, Activity::sync, Activity::launch, Activity::permute}},
      {"tutel", {Activity::mediation, Activity::sync, Activity::launch, Activity::permute}},
      {"comet", {Activity::mediation, Activity::sync, Activity::launch, Activity::poll}},
      {"ccfuser", {Activity::mediation, Activity::sync, Activity::launch, Activity::poll}},
      {"deepep", {Activity::mediation, Activity::launch, Activity::permute}},
      {"deepep-ll", {Activity::launch}}};
  for (const auto& [flow, activities] : expected) {
    SmallRun run;
    const FlowResult result = run.run(flow);
    expect_good(result);
    for (const Activity activity : activities) {
      bool shows = false;
      for (const auto& spans : result.layers[0].spans) {
        for (const Span& span : spans) shows |= span.activity == activity;
      }
      EXPECT_TRUE(shows) << flow << " has no " << name_of(activity);
    }
  }
}

// FasterMoE's and Tutel's overlap and Comet's choice help where there is something to hide.
TEST(Flow, AFlowThatTriesSettingsKeepsTheFastest) {
  SmallRun run;
  run.system.fabric.gpus = 8;
  run.model.hidden = 2048;
  run.model.expert_ffn = 2048;
  run.tokens_per_gpu = 256;
  run.system.gpu.gemm_tile_m = 128;
  const FlowResult tutel = run.run("tutel");
  expect_good(tutel);
  const FlowResult fast_links = [&] {
    run.system.fabric.gb_per_s_per_direction = 2000;
    return run.run("tutel");
  }();
  const auto chunks = [](const FlowResult& result) {  // all-to-alls of the rows
    int count = 0;
    for (const Span& span : result.layers[0].spans[0]) count += span.activity == Activity::dispatch;
    return count;
  };
  EXPECT_GE(chunks(tutel), chunks(fast_links)) << "slow links are worth a pipeline";
  EXPECT_EQ(chunks(fast_links), 1) << "fast ones are not";
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
  EXPECT_EQ(first.traffic.hub_cycles, again.traffic.hub_cycles);
  EXPECT_EQ(first.hub.merges, again.hub.merges);
  EXPECT_EQ(first.row_latency_ns.max(), again.row_latency_ns.max());
  EXPECT_EQ(first.traffic.wire_bytes(), again.traffic.wire_bytes());
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
  for (const std::string& flow : flow_names()) {
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
  for (const std::string& flow : flow_names()) {
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
    for (const std::string& flow : flow_names()) {
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
    for (const std::string& flow : flow_names()) {
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
  for (const std::string& flow : flow_names()) {
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
  for (const std::string& flow : flow_names()) {
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
