// What a run writes: the keys of summary.json, and the files beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "sim/plots.hpp"
#include "sim/report_html.hpp"
#include "sim/report_table.hpp"
#include "sim/summary.hpp"
#include "sim/tables.hpp"
#include "sim/time_split.hpp"
#include "sim/timeline.hpp"
#include "tests/support/machine.hpp"

namespace moehub {
namespace {

using Json = nlohmann::ordered_json;

struct Results {
  explicit Results(const std::vector<std::string>& flows, int layers = 2) {
    test::SmallRun small;
    small.layers = layers;
    for (const std::string& flow : flows) result.flows.push_back(small.run(flow));
    options.system = small.system;
    options.model = small.model;
    options.routing = small.routing;
    options.routing_name = "uniform";
    options.flows = flows;
    options.hub = HubKind::Model;
    options.first_layer = 3;
  }
  RunOptions options;
  RunResult result;
};

std::set<std::string> keys(const Json& json) {
  std::set<std::string> names;
  for (const auto& item : json.items()) names.insert(item.key());
  return names;
}

TEST(Summary, HasTheKeysThatScriptsHoldOnTo) {
  const Results r({"moehub", "megatron-te", "ideal"});
  const Json summary = make_summary(r.options, r.result);
  using Names = std::set<std::string>;
  EXPECT_EQ(keys(summary), (Names{"schema", "config", "flows", "hub", "check", "host"}));
  EXPECT_EQ(summary["schema"], 1);
  EXPECT_EQ(keys(summary["config"]), (Names{"system", "model", "gpus", "tokens_per_gpu", "top_k",
                                            "num_experts", "trace", "scenario", "placement", "seed", "hub"}));
  EXPECT_EQ(keys(summary["flows"]), (Names{"moehub", "megatron-te", "ideal"}));
  for (const auto& flow : summary["flows"]) {
    EXPECT_EQ(keys(flow), (Names{"layer_us", "dispatch_us", "compute_us", "combine_us",
                                 "exposed_comm_us", "routing_to_gemm1_us", "row_latency_ns", "speedup_of_hub",
                                 "ideal_fraction"}));
  }
  EXPECT_EQ(keys(summary["hub"]),
            (Names{"packets", "lines", "payload_bytes", "wire_bytes", "link_utilisation", "merge_ratio",
                   "rat_hits", "rat_allocs", "rat_spills", "rat_fills", "ingress_latency_cycles",
                   "row_latency_ns", "rows_by_expert", "max_over_mean_load"}));
  for (const char* latency : {"ingress_latency_cycles", "row_latency_ns"}) {
    EXPECT_EQ(keys(summary["hub"][latency]), (Names{"p50", "p99", "p999", "max"}));
  }
  EXPECT_EQ(keys(summary["check"]),
            (Names{"ok", "rows_expected", "rows_delivered", "rows_lost", "rows_duplicated", "bytes_wrong",
                   "tiles_early", "tiles_missing", "refused"}));
  EXPECT_EQ(keys(summary["host"]), (Names{"wall_s", "hub_cycles", "hub_cycles_per_s", "packets_per_s",
                                          "peak_rss_mb", "ranks"}));
}

TEST(Summary, SaysHowTheModelWasLaidOut) {
  Results r({"ideal"}, 1);
  EXPECT_EQ(make_summary(r.options, r.result)["config"]["placement"], "contiguous");
  r.options.system.placement = {"balanced", 8, 4};
  EXPECT_EQ(make_summary(r.options, r.result)["config"]["placement"],
            "balanced with 8 copies, attention over 4 GPUs");
}

TEST(Summary, FiguresFitTogether) {
  const Results r({"moehub", "megatron-te", "ideal"});
  const Json s = make_summary(r.options, r.result);
  const auto layer = [&](const char* flow) { return s["flows"][flow]["layer_us"].get<double>(); };
  EXPECT_DOUBLE_EQ(s["flows"]["megatron-te"]["speedup_of_hub"], layer("megatron-te") / layer("moehub"));
  EXPECT_DOUBLE_EQ(s["flows"]["moehub"]["ideal_fraction"], layer("ideal") / layer("moehub"));
  EXPECT_DOUBLE_EQ(s["flows"]["moehub"]["speedup_of_hub"], 1);
  EXPECT_DOUBLE_EQ(s["flows"]["ideal"]["ideal_fraction"], 1);
  EXPECT_EQ(s["check"]["ok"], true);
  EXPECT_EQ(s["check"]["rows_expected"], s["check"]["rows_delivered"]);
  EXPECT_EQ(s["check"]["rows_expected"], 2 * 2 * 512) << "two flows that move rows, two layers";
  EXPECT_EQ(s["config"]["tokens_per_gpu"], 32);
  EXPECT_EQ(s["hub"]["rows_by_expert"].size(), 8U);
  EXPECT_GT(s["hub"]["wire_bytes"], s["hub"]["payload_bytes"]);
  EXPECT_GT(s["hub"]["link_utilisation"], 0.0);
  EXPECT_LT(s["hub"]["link_utilisation"], 1.0);
  EXPECT_GE(s["hub"]["max_over_mean_load"], 1.0);
  EXPECT_NO_THROW(report_table(s, "summary.json"));
}

TEST(Summary, WhatWasNotRunIsNull) {
  const Results ideal({"ideal"}, 1);
  const Json s = make_summary(ideal.options, ideal.result);
  EXPECT_TRUE(s["hub"].is_null());
  EXPECT_TRUE(s["flows"]["ideal"]["speedup_of_hub"].is_null());
  EXPECT_NO_THROW(report_table(s, "summary.json"));

  const Results software({"megatron-te"}, 1);
  const Json t = make_summary(software.options, software.result);
  EXPECT_TRUE(t["flows"]["megatron-te"]["ideal_fraction"].is_null());
  EXPECT_TRUE(t["hub"].is_null()) << "software's copies go through no hub";
}

TEST(Summary, ACutRunIsNotOkAndNotCompared) {
  Results r({"moehub", "ideal"});
  r.result.flows[0].layers.pop_back();
  const Json s = make_summary(r.options, r.result);
  EXPECT_EQ(s["check"]["ok"], false);
  EXPECT_TRUE(s["flows"]["moehub"]["ideal_fraction"].is_null());
  r.result.flows.pop_back();
  EXPECT_FALSE(r.result.ok(r.options)) << "a flow is missing";
}

TEST(Timeline, IsChromeTraceEvents) {
  const Results r({"moehub", "ideal"});
  const Json timeline = Json::parse(make_timeline(r.result.flows));
  double last = 0;
  std::set<std::string> names, tracks, processes, counters;
  for (const auto& event : timeline["traceEvents"]) {
    if (event["name"] == "process_name") processes.insert(event["args"]["name"]);
    if (event["name"] == "thread_name") tracks.insert(event["args"]["name"]);
    if (event["ph"] == "M") continue;
    if (event["ph"] == "C") {
      counters.insert(event["name"]);
      continue;
    }
    EXPECT_EQ(event["ph"], "X");
    names.insert(event["name"]);
    last = std::max(last, event["ts"].get<double>() + event["dur"].get<double>());
    EXPECT_TRUE(event["args"]["layer"] == 0 || event["args"]["layer"] == 1);
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"route", "dispatch", "gemm1", "gemm2", "combine", "reduce"}));
  EXPECT_NEAR(last, to_us(r.result.flows[0].times.layer), 0.01) << "layers follow each other";
  EXPECT_EQ(processes.size(), r.result.flows[0].layers[0].spans.size()) << "a process a GPU";
  EXPECT_THAT(processes, testing::Contains("GPU 0"));
  EXPECT_THAT(tracks, testing::IsSupersetOf({"moehub, SMs: gemm1", "moehub, hub: dispatch", "ideal, SMs: gemm1"}));
  EXPECT_THAT(counters, testing::ElementsAre("moehub, links: NVLink GB/s")) << "nothing moves under ideal";
}

TEST(TimeSplit, EveryInstantCountsOnce) {
  const std::vector<Span> spans = {{Activity::route, 0, 10},       {Activity::dispatch, 5, 40},
                                   {Activity::gemm1, 20, 30},      {Activity::barrier, 35, 60},
                                   {Activity::activation, 25, 28}, {Activity::combine, 70, 120}};
  const TimeSplit split = split_time(spans, 100);
  const auto of = [&](Activity a) { return split[static_cast<std::size_t>(a)]; };
  EXPECT_EQ(of(Activity::route), 10);
  EXPECT_EQ(of(Activity::dispatch), 10 + 10);
  EXPECT_EQ(of(Activity::gemm1), 10);
  EXPECT_EQ(of(Activity::activation), 0);
  EXPECT_EQ(of(Activity::barrier), 20);
  EXPECT_EQ(of(Activity::combine), 30) << "no longer than the layer";
  EXPECT_EQ(split[kActivities], 10) << "idle";
}

TEST(TimeSplit, TheWindowOfGemm1EndsOnTheLastGpu) {
  FlowResult flow;
  flow.layers.resize(2);
  flow.layers[0].spans = {{{Activity::gemm1, 5, 30}, {Activity::gemm2, 20, 50}}, {{Activity::gemm1, 5, 40}}};
  flow.layers[1].spans = {{{Activity::gemm1, 5, 7}, {Activity::gemm1, 1, 2}}};
  EXPECT_EQ(routing_to_gemm1(flow), 40 + 7);
}

TEST(Plots, LinksCarryWhatTheFlowCounted) {
  const Results r({"moehub", "megatron-te"});
  for (const FlowResult& flow : r.result.flows) {
    double out = 0, in = 0;
    for (const LayerResult& layer : flow.layers) {
      for (const LinkLoad::Gpu& gpu : layer.links) {
        for (const std::uint32_t bytes : gpu.nvlink_out) out += bytes;
        for (const std::uint32_t bytes : gpu.nvlink_in) in += bytes;
      }
    }
    EXPECT_DOUBLE_EQ(out, in) << "nothing is lost on the way";
    // Frames and acknowledgements come on top.
    EXPECT_GT(out, 0.9 * static_cast<double>(flow.traffic.nvlink_bytes)) << flow.name;
    EXPECT_LT(out, static_cast<double>(flow.traffic.nvlink_bytes)) << flow.name;
  }
}

TEST(Plots, LatencyCurveFallsFromAllRowsToOneInTenThousand) {
  const Results r({"moehub", "ideal"});
  const std::vector<LatencyPoint> curve = row_latency_curve(r.result.flows[0]);
  ASSERT_EQ(curve.size(), 80U);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GE(curve[i].us, curve[i - 1].us);
    EXPECT_LT(curve[i].share_above, curve[i - 1].share_above);
  }
  EXPECT_NEAR(curve.back().share_above, 1e-4, 1e-9);
  EXPECT_TRUE(row_latency_curve(r.result.flows[1]).empty());
}

TEST(Plots, RowsOfGpusAreThoseOfTheirExperts) {
  const Results r({"moehub"});
  const FlowResult& flow = r.result.flows[0];
  std::uint64_t by_expert = 0, by_gpu = 0;
  for (const std::uint64_t rows : flow.rows_by_expert) by_expert += rows;
  for (const std::uint64_t rows : rows_by_gpu(flow)) by_gpu += rows;
  EXPECT_EQ(by_expert, by_gpu);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Tables, HaveALineForEachThingTheyList) {
  const Results r({"moehub", "megatron-te", "ideal"});
  EXPECT_EQ(lines(layers_csv(r.result.flows)), 1U + 3 * 2);
  EXPECT_EQ(lines(experts_csv(r.result.flows)), 1U + 3 * 2 * 8);
  EXPECT_EQ(lines(checks_csv(r.result.flows)), 1U + 3);
  EXPECT_EQ(lines(time_csv(r.result.flows)), 1U + 3 * (kActivities + 1));
  EXPECT_EQ(lines(latency_csv(r.result.flows)), 1U + 2 * 80) << "no rows move under ideal";
  EXPECT_GT(lines(links_csv(r.result.flows)), 100U);
  EXPECT_EQ(lines(hub_csv(r.result.flows)), 1U + 19) << "only one flow has hubs";
}

TEST(Report, IsOnePageThatNeedsNothingElse) {
  const Results r({"moehub", "megatron-te", "ideal"});
  const std::string page = make_report(r.options, r.result, "a < b");
  EXPECT_THAT(page, testing::HasSubstr("<canvas"));
  EXPECT_THAT(page, testing::HasSubstr("Chart.js v"));
  EXPECT_THAT(page, testing::HasSubstr("megatron-te"));
  EXPECT_THAT(page, testing::HasSubstr("a &lt; b"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("{{")));
  for (const char* elsewhere : {" src=", " href=", "fetch(", "XMLHttpRequest", "import("}) {
    EXPECT_THAT(page, testing::Not(testing::HasSubstr(elsewhere)));
  }
}

}  // namespace
}  // namespace moehub
