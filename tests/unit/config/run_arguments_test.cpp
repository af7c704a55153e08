// `moehub run`'s options: defaults, what follows from what, and what is refused.
#include "sim/run_arguments.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include "model/routing/expert_slots.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/profile_io.hpp"
#include "model/routing/trace_io.hpp"
#include "sim/config_io.hpp"
#include "sim/parse.hpp"
#include "model/flows/flow.hpp"
#include "tests/support/input_error.hpp"

namespace moehub {
namespace {

using test::expect_input_error;

TEST(RunArguments, DefaultsAreTheDefaultScenario) {
  const RunOptions options = parse_run({});
  EXPECT_EQ(options.system.name, "dgx-h800");
  EXPECT_EQ(options.gpus(), 8);
  EXPECT_EQ(options.model.name, "mixtral-8x7b");
  EXPECT_EQ(options.routing_name, "normal:std=0.032");
  EXPECT_EQ(options.routing.layers, 1);
  EXPECT_EQ(options.routing.tokens, 8 * 512);
  EXPECT_EQ(options.routing.top_k, 2);
  EXPECT_EQ(options.routing.num_experts, 8);
  EXPECT_EQ(options.routing.source_gpu.size(), 8u * 512u);
  EXPECT_EQ(options.flows.front(), "moehub");
  EXPECT_EQ(options.flows.back(), "ideal");
  EXPECT_EQ(options.flows, default_flows());
  EXPECT_EQ(options.hub, HubKind::Rtl);
  EXPECT_EQ(options.seed, 1u);
  EXPECT_EQ(options.out, std::filesystem::path("build/out/mixtral-8x7b-normal-std-0.032"));
  EXPECT_FALSE(options.waves);
  EXPECT_FALSE(options.quiet);
}

TEST(RunArguments, EveryOptionHasItsEffect) {
  RunArguments arguments;
  arguments.system = "dgx-h100";
  arguments.model = "deepseek-v3";
  arguments.routing = "uniform";
  arguments.flows = "ideal,moehub,ideal";
  arguments.hub = "model";
  arguments.gpus = "4";
  arguments.tokens = "16";
  arguments.layers = "2:5";
  arguments.seed = "18446744073709551615";
  arguments.out = "o";
  arguments.waves = "w.fst";
  arguments.waves_window = "1.5:3";
  arguments.settings = {"hub.rat_entries=64", "model.top_k=4"};
  arguments.quiet = true;
  const RunOptions options = parse_run(arguments);
  EXPECT_EQ(options.system.fabric.gb_per_s_per_direction, 450);
  EXPECT_EQ(options.system.hub.rat_entries, 64);
  EXPECT_EQ(options.gpus(), 4);
  EXPECT_EQ(options.routing.tokens, 64);
  EXPECT_EQ(options.routing.layers, 3);
  EXPECT_EQ(options.first_layer, 2);
  EXPECT_EQ(options.routing.top_k, 4);
  EXPECT_EQ(options.routing.num_experts, 256);
  EXPECT_EQ(options.flows, (std::vector<std::string>{"ideal", "moehub"}));
  EXPECT_EQ(options.hub, HubKind::Model);
  EXPECT_EQ(options.seed, ~0ull);
  EXPECT_EQ(options.out, "o");
  EXPECT_EQ(*options.waves, "w.fst");
  EXPECT_EQ(options.waves_window->begin_us, 1.5);
  EXPECT_EQ(options.waves_window->end_us, 3);
  EXPECT_TRUE(options.quiet);
}

void refuse(void (*change)(RunArguments&), std::initializer_list<std::string> parts) {
  RunArguments arguments;
  change(arguments);
  expect_input_error([&] { parse_run(arguments); }, parts);
}

TEST(RunArguments, MistakesAreNamed) {
  refuse([](RunArguments& a) { a.flows = "moehub,tutel2"; },
         {"command line: --flow: 'tutel2'", "all, or some of moehub, moehub-base, "});
  refuse([](RunArguments& a) { a.flows = ""; }, {"--flow"});
  refuse([](RunArguments& a) { a.flows = "moehub,"; }, {"--flow"});
  refuse([](RunArguments& a) { a.hub = "gpu"; }, {"--hub: 'gpu'", "rtl, model, gates"});
  refuse([](RunArguments& a) { a.gpus = "97"; }, {"command line: --gpus: '97'", "from 1 to 96"});
  refuse([](RunArguments& a) { a.gpus = "12"; },
         {"dgx-h800.toml: fabric.gpus: 12", "whole nodes of 8 (fabric.gpus_per_node)"});
  refuse([](RunArguments& a) { a.settings = {"fabric.gpus=16"}; },
         {"dgx-h800.toml: fabric.gpus: 16", "at most 8"});
  refuse([](RunArguments& a) { a.gpus = "0"; }, {"--gpus: '0'"});
  refuse([](RunArguments& a) { a.gpus = "8x"; }, {"--gpus: '8x'", "an integer"});
  refuse([](RunArguments& a) { a.tokens = "-1"; }, {"--tokens: '-1'"});
  refuse([](RunArguments& a) { a.layers = "3"; }, {"--layers: '3'", "A:B"});
  refuse([](RunArguments& a) { a.layers = "3:3"; }, {"--layers: '3:3'"});
  refuse([](RunArguments& a) { a.layers = "0:33"; }, {"--layers: 0:33", "0:32"});
  refuse([](RunArguments& a) { a.seed = "-1"; }, {"--seed"});
  refuse([](RunArguments& a) { a.trace = "t.npz"; a.routing = "uniform"; },
         {"--trace", "together with --routing"});
  refuse([](RunArguments& a) { a.trace = "none.npz"; }, {"none.npz: cannot be read"});
  refuse([](RunArguments& a) { a.waves_window = "1:2"; }, {"--waves-window: given without --waves"});
  refuse([](RunArguments& a) { a.waves = "w"; a.waves_window = "2:1"; }, {"--waves-window: '2:1'"});
  refuse([](RunArguments& a) { a.settings = {"model.top_k=9"}; },
         {"mixtral-8x7b.toml: top_k: 9", "at most num_experts, 8"});
  refuse([](RunArguments& a) { a.model = "deepseek-v3"; a.gpus = "2"; },
         {"128 experts on a GPU", "at most 64, the regions of the hub"});
}

TEST(RunArguments, ATraceBringsItsModelAndMustFitIt) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("moehub_run_" + std::to_string(getpid()));
  Trace trace = generate({}, {3, 100, 8, 128}, 1);
  trace.model = "qwen3-30b-a3b";
  const std::string file = (folder / "q.npz").string();
  write_trace(trace, file);

  RunArguments arguments;
  arguments.trace = file;
  RunOptions options = parse_run(arguments);
  EXPECT_EQ(options.model.name, "qwen3-30b-a3b");
  EXPECT_EQ(options.routing.tokens, 100) << "the whole trace";
  EXPECT_EQ(options.routing.layers, 3);
  EXPECT_EQ(options.routing_name, file);
  EXPECT_EQ(options.out, std::filesystem::path("build/out/qwen3-30b-a3b-q"));

  arguments.tokens = "12";
  arguments.layers = "1:2";
  options = parse_run(arguments);
  EXPECT_EQ(options.routing.tokens, 96);
  EXPECT_EQ(options.routing.layers, 1);
  EXPECT_EQ(options.first_layer, 1);

  arguments.tokens = "13";
  expect_input_error([&] { parse_run(arguments); },
                     {file, "12 tokens per GPU (100 over 8 GPUs)", "at least 13"});
  arguments.tokens.reset();
  arguments.layers = "0:4";
  expect_input_error([&] { parse_run(arguments); }, {file, "3 layers", "0:4"});
  arguments.layers.reset();
  arguments.model = "mixtral-8x7b";
  expect_input_error([&] { parse_run(arguments); }, {file, "num_experts: 128", "8 as in model"});
  arguments.model.reset();
  arguments.settings = {"model.top_k=4"};
  expect_input_error([&] { parse_run(arguments); }, {file, "top_k is 8", "4 as in model"});
  std::filesystem::remove_all(folder);
}

// Every file of sim/routing can be run without anything else being said.
TEST(RunArguments, LikeATraceBringsItsModel) {
  const std::vector<std::string> known = known_configs("routing");
  EXPECT_EQ(known.size(), 5u);
  for (const std::string& name : known) {
    RunArguments arguments;
    arguments.routing = "like:" + name;
    arguments.tokens = "32";
    const RunOptions options = parse_run(arguments);
    EXPECT_EQ(name.compare(0, options.model.name.size(), options.model.name), 0) << name;
    EXPECT_EQ(options.routing_name, "like:" + name);
    EXPECT_EQ(options.routing.num_experts, options.model.num_experts);
    EXPECT_EQ(options.routing.tokens, 8 * 32);
    EXPECT_EQ(options.routing.source_gpu.size(), 8u * 32u);
  }
}

// It is cut out of one as long as the trace, like the trace itself: GPUs work on different parts.
TEST(RunArguments, LikeATraceIsAsLongAsTheTrace) {
  RunArguments arguments;
  arguments.routing = "like:gpt-oss-20b-decode";
  arguments.tokens = "4";
  const Trace few = parse_run(arguments).routing;
  arguments.tokens = "8";
  const Trace more = parse_run(arguments).routing;
  for (int gpu = 0; gpu < 8; ++gpu) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(few.at(0, gpu * 4 + i, 0), more.at(0, gpu * 8 + i, 0));
  }
  arguments.tokens = "2000";  // the trace has 1846 a GPU
  EXPECT_EQ(parse_run(arguments).routing.tokens, 16000);
}

TEST(RunArguments, LikeATraceMustFitTheModel) {
  refuse(
      [](RunArguments& a) {
        a.routing = "like:qwen3-30b-a3b-prefill";
        a.model = "mixtral-8x7b";
      },
      {"qwen3-30b-a3b-prefill.json: num_experts: 128", "8 as in model mixtral-8x7b"});
  refuse(
      [](RunArguments& a) {
        a.routing = "like:qwen3-30b-a3b-prefill";
        a.settings = {"model.top_k=4"};
      },
      {"qwen3-30b-a3b-prefill.json: top_k: 8", "4 as in model"});
  refuse(
      [](RunArguments& a) {
        a.routing = "like:flame-moe-290m-train";
        a.layers = "0:9";
      },
      {"--layers: 0:9"});
  refuse(
      [](RunArguments& a) { a.routing = "like:none"; },
      {"command line: --routing: 'none'", "a trace or statistics file or one of deepseek-v2-lite-intent, "});
  refuse([](RunArguments& a) { a.routing = "like:none.npz"; }, {"none.npz: cannot be read"});
}

// Models whose gate limits groups get routing that keeps to them, whatever the loads.
TEST(RunArguments, GeneratedRoutingKeepsToTheGroupsOfTheModel) {
  for (const char* routing : {"uniform", "normal:std=0.032", "zipf:s=0.3,reuse=2"}) {
    RunArguments arguments;
    arguments.model = "deepseek-v3";
    arguments.routing = routing;
    arguments.tokens = "64";
    const Trace trace = parse_run(arguments).routing;
    for (int token = 0; token < trace.tokens; ++token) {
      std::set<int> groups;
      for (int k = 0; k < 8; ++k) groups.insert(trace.at(0, token, k) / 32);
      ASSERT_LE(groups.size(), 4u) << routing;
    }
  }
}

TEST(RunArguments, ExpertsLieWhereThePlacementSays) {
  RunArguments arguments;
  arguments.routing = "like:gpt-oss-20b-decode";
  arguments.tokens = "128";
  const RunOptions contiguous = parse_run(arguments);
  EXPECT_TRUE(contiguous.expert_of_slot.empty());

  arguments.layers = "1:3";
  arguments.settings = {"placement.experts=round-robin"};
  const RunOptions dealt = parse_run(arguments);
  ASSERT_EQ(dealt.expert_of_slot.size(), 2u);
  EXPECT_EQ(dealt.expert_of_slot[0], round_robin_slots(32, 8));
  EXPECT_EQ(dealt.routing.num_experts, 32);

  arguments.settings = {"placement.experts=balanced", "placement.redundant_experts=8"};
  const RunOptions balanced = parse_run(arguments);
  ASSERT_EQ(balanced.expert_of_slot.size(), 2u);
  EXPECT_NE(balanced.expert_of_slot[0], balanced.expert_of_slot[1]) << "layers differ";
  EXPECT_EQ(balanced.routing.num_experts, 40);
  EXPECT_EQ(balanced.model.num_experts, 32);
  const TraceProfile profile = read_profile(find_config("routing", "gpt-oss-20b-decode", "--routing"));
  EXPECT_EQ(balanced.expert_of_slot[0], balanced_slots(profile.layers[1].loads, {40, 8, 1, 1}))
      << "by the loads of the whole routing, not of the 128 tokens a GPU";
}

TEST(RunArguments, GroupsOfExpertsAreBalancedOverNodes) {
  RunArguments arguments;
  arguments.model = "deepseek-v3";  // 8 groups of 32 experts
  arguments.routing = "zipf:s=0.5";
  arguments.gpus = "32";
  arguments.tokens = "32";
  arguments.settings = {"placement.experts=balanced"};
  const ExpertOfSlot slots = parse_run(arguments).expert_of_slot.at(0);
  std::map<int, std::set<int>> nodes_of_group;
  for (int slot = 0; slot < 256; ++slot) {
    nodes_of_group[slots[static_cast<std::size_t>(slot)] / 32].insert(slot / 64);
  }
  for (const auto& [group, nodes] : nodes_of_group) EXPECT_EQ(nodes.size(), 1u) << "group " << group;
}

TEST(RunArguments, TensorParallelAttentionIsInTheSourcesOfTokens) {
  RunArguments arguments;
  arguments.routing = "like:gpt-oss-20b-decode";
  arguments.tokens = "64";
  const Trace apart = parse_run(arguments).routing;
  arguments.settings = {"placement.attention_tp=4"};
  const Trace together = parse_run(arguments).routing;
  EXPECT_EQ(together.source_gpu, apart.source_gpu) << "64 tokens a GPU either way";
  EXPECT_TRUE(
      std::equal(apart.expert_ids.begin(), apart.expert_ids.begin() + 64 * 4, together.expert_ids.begin()))
      << "GPU 0 begins with the first token";
  EXPECT_NE(apart.at(0, 64, 0), together.at(0, 64, 0)) << "GPU 1 goes on where GPU 0 ends";
}

TEST(RunArguments, PlacementsThatCannotBeAreRefused) {
  refuse([](RunArguments& a) { a.settings = {"placement.experts=somewhere"}; },
         {"dgx-h800.toml: placement.experts: 'somewhere'", "one of contiguous"});
  refuse(
      [](RunArguments& a) {
        a.settings = {"placement.experts=balanced", "placement.redundant_experts=57"};
      },
      {"placement.redundant_experts: 57", "at most 56", "8 experts on each of 8 GPUs"});
  refuse(
      [](RunArguments& a) {
        a.model = "deepseek-v3";
        a.gpus = "32";
        a.settings = {"placement.experts=balanced", "placement.redundant_experts=1824"};
      },
      {"placement.redundant_experts: 1824", "at most 1792", "256 experts on each of 8 GPUs of its node"});
  refuse(
      [](RunArguments& a) {
        a.settings = {"placement.attention_tp=4"};
        a.gpus = "6";
      },
      {"placement.attention_tp: 4", "a divisor of the number of GPUs, 6"});
  refuse(
      [](RunArguments& a) {
        a.model = "kimi-k2";
        a.settings = {"placement.experts=balanced", "placement.redundant_experts=200"};
      },
      {"73 experts on a GPU (584 over 8)", "at most 64, the regions of the hub"});
}

TEST(RunArguments, SendersShareTheTokens) {
  RunArguments arguments;
  arguments.gpus = "4";
  arguments.tokens = "16";
  arguments.senders = "5,1,1,1";
  const RunOptions options = parse_run(arguments);
  std::vector<int> tokens(4, 0);
  for (const int gpu : options.routing.source_gpu) ++tokens[static_cast<std::size_t>(gpu)];
  EXPECT_EQ(tokens, (std::vector<int>{40, 8, 8, 8}));
  refuse([](RunArguments& a) { a.senders = "1,2"; }, {"--senders: '1,2', 2 shares", "8, one a GPU"});
  refuse([](RunArguments& a) { a.senders = "1,0,1,1,1,1,1,1"; }, {"--senders: '0'"});
}

TEST(RunArguments, AScenarioGivesWhatTheCommandLineDoesNot) {
  RunArguments arguments;
  arguments.scenario = "slides-8x128x16";
  arguments.tokens = "8";
  arguments.settings = {"model.top_k=4"};
  const RunOptions options = parse_run(arguments);
  EXPECT_EQ(options.scenario, "slides-8x128x16");
  EXPECT_EQ(options.model.name, "qwen3-30b-a3b");
  EXPECT_EQ(options.system.placement.attention_tp, 4);
  EXPECT_EQ(options.model.top_k, 4) << "settings of the command line come last";
  EXPECT_EQ(options.routing.tokens, 64);
  EXPECT_EQ(options.out, std::filesystem::path("build/out/scenarios/slides-8x128x16"));

  arguments = {};
  arguments.scenario = "hotspot-incast";
  arguments.routing = "uniform";
  EXPECT_EQ(parse_run(arguments).routing_name, "uniform");
  refuse([](RunArguments& a) { a.scenario = "hot"; }, {"--scenario: 'hot'", "hotspot-incast"});
}

TEST(Parse, ListsAndRanges) {
  EXPECT_EQ(parse_list("a", "--x"), std::vector<std::string>{"a"});
  EXPECT_EQ(parse_list("a,b", "--x"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_int_range("0:2", "--x"), (std::pair<int, int>{0, 2}));
  for (const char* text : {"", ":", "1:", ":1", "-1:2", "1:2:3", "a:b", "0:99999999999"}) {
    expect_input_error([&] { parse_int_range(text, "--x"); }, {"command line: --x"});
  }
}

}  // namespace
}  // namespace moehub
