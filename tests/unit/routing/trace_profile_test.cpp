// Statistics of a trace: against counting by hand, and as text and back.
#include "model/routing/trace_profile.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/base/file.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/profile_io.hpp"
#include "model/routing/trace_io.hpp"
#include "tests/support/input_error.hpp"
#include "tests/support/recorded.hpp"

namespace moehub {
namespace {

using Json = nlohmann::ordered_json;

Trace of(int tokens, int top_k, int experts, std::vector<std::int32_t> ids) {
  Trace trace;
  trace.layers = static_cast<int>(ids.size()) / (tokens * top_k);
  trace.tokens = tokens;
  trace.top_k = top_k;
  trace.num_experts = experts;
  trace.expert_ids = std::move(ids);
  return trace;
}

TEST(TraceProfile, KnownByHand) {
  // Loads 4, 1, 1, 2 of 4 tokens: two independent tokens share (16 + 1 + 1 + 4) / 16 experts.
  const TraceProfile profile = profile_of(of(4, 2, 4, {0, 1, 0, 2, 0, 3, 0, 3}), "t");
  const LayerProfile& layer = profile.layers.at(0);
  EXPECT_EQ(layer.loads, (std::vector<std::int64_t>{4, 1, 1, 2}));
  EXPECT_NEAR(layer.reuse, 4.0 / 3 / (22.0 / 16), 1e-4) << "shared with the one before: 1, 1, 2";
  for (const double nearby : layer.reuse_nearby) {
    EXPECT_NEAR(nearby, 7.0 / 6 / (22.0 / 16), 1e-4) << "of 6 pairs, all in one block, one shares 2";
  }
  EXPECT_EQ(layer.gpus_per_token.at(0), 1.0) << "1 GPU";
  EXPECT_EQ(layer.gpus_per_token.at(1), 1.75) << "2 GPUs: experts 0 and 1 lie on one";
  EXPECT_EQ(layer.gpus_per_token.at(3), 2.0);
  EXPECT_EQ(layer.gpus_per_token.at(10), 2.0) << "more GPUs than experts";
  EXPECT_EQ(profile.tokens, 4);
}

TEST(TraceProfile, NearTokensAreThoseOfABlock) {
  // 32 tokens of one choice: the first 16 choose expert 0, the others expert 1.
  std::vector<std::int32_t> ids(32, 0);
  std::fill(ids.begin() + 16, ids.end(), 1);
  const LayerProfile layer = profile_of(of(32, 1, 2, ids), "t").layers.at(0);
  EXPECT_NEAR(layer.reuse_nearby[0], 1 / 0.5, 1e-4);
  EXPECT_NEAR(layer.reuse_nearby[1], 2.0 * 16 * 15 / (32 * 31) / 0.5, 1e-4);
  EXPECT_NEAR(layer.reuse, 30.0 / 31 / 0.5, 1e-4);
}

TEST(TraceProfile, TokensAreTakenGpuByGpu) {
  Trace trace = of(4, 1, 2, {0, 1, 0, 1});
  EXPECT_EQ(profile_of(trace, "t").layers[0].reuse, 0);
  trace.source_gpu = {0, 1, 0, 1};
  EXPECT_NEAR(profile_of(trace, "t").layers[0].reuse, 2.0 / 3 / 0.5, 1e-4);
}

TEST(TraceProfile, OneTokenHasNothingToShare) {
  const LayerProfile layer = profile_of(of(1, 2, 4, {0, 1}), "t").layers.at(0);
  EXPECT_EQ(layer.reuse, 1);
  EXPECT_EQ(layer.reuse_nearby[0], 1);
}

TEST(TraceProfile, IndependentTokensHaveNoReuse) {
  const Trace trace = generate({}, {2, 8192, 4, 64}, 1);
  for (const LayerProfile& layer : profile_of(trace, "t").layers) {
    EXPECT_NEAR(layer.reuse, 1, 0.05);
    for (const double nearby : layer.reuse_nearby) EXPECT_NEAR(nearby, 1, 0.02);
  }
}

TEST(TraceProfile, DroppedChoicesAreRefused) {
  test::expect_input_error(
      [] {
        profile_of(of(2, 1, 2, {0, -1}), "t.npz");
      },
      {"t.npz: expert_ids: 1 dropped choices"});
}

TEST(ProfileIo, TextAndBackIsTheSame) {
  Trace trace = generate({}, {3, 500, 6, 60}, 1);
  trace.model = "m";
  trace.source = "somewhere \"quoted\"";
  const std::string text = profile_json(profile_of(trace, "t"));
  const TraceProfile back = parse_profile(text, "f");
  EXPECT_EQ(profile_json(back), text);
  EXPECT_EQ(back.model, "m");
  EXPECT_EQ(back.source, trace.source);
  EXPECT_EQ(back.layers.size(), 3u);
  EXPECT_TRUE(Json::accept(text));
}

TEST(ProfileIo, MistakesAreNamed) {
  Trace trace = generate({}, {2, 50, 2, 8}, 1);
  const std::string good = profile_json(profile_of(trace, "t"));
  const auto refuse = [&](auto change, std::initializer_list<std::string> parts) {
    Json json = Json::parse(good);
    change(json);
    test::expect_input_error([&] { parse_profile(json.dump(), "p.json"); }, parts);
    test::expect_input_error([&] { parse_profile(json.dump(), "p.json"); }, {"p.json: "});
  };
  test::expect_input_error([] { parse_profile("{", "p.json"); }, {"p.json: no JSON"});
  test::expect_input_error([] { parse_profile("[1]", "p.json"); },
                           {"p.json: no object", "trace info --json"});
  refuse([](Json& j) { j["schema"] = 2; }, {"schema: 2", "from 1 to 1"});
  refuse([](Json& j) { j.erase("model"); }, {"model: missing", "a string"});
  refuse([](Json& j) { j["source"] = 3; }, {"source: 3"});
  refuse([](Json& j) { j["top_k"] = 9; }, {"top_k: 9", "from 1 to 8"});
  refuse([](Json& j) { j["tokens"] = 0; }, {"tokens: 0"});
  refuse([](Json& j) { j["near_tokens"] = {16}; }, {"near_tokens: [16]", "[16,128,1024]"});
  refuse([](Json& j) { j["gpus"].erase(0); }, {"gpus: [2,"});
  refuse([](Json& j) { j["layers"] = Json::array(); }, {"layers: none"});
  refuse([](Json& j) { j["layers"][1].erase("loads"); }, {"layers[1].loads: missing", "an array of 8"});
  refuse([](Json& j) { j["layers"][1]["loads"].erase(0); }, {"layers[1].loads: 7 elements"});
  refuse([](Json& j) { j["layers"][0]["loads"][2] = -1; }, {"layers[0].loads: -1"});
  refuse([](Json& j) { j["layers"][0]["loads"][2] = 1.5; }, {"layers[0].loads: 1.5", "whole numbers up to"});
  refuse([](Json& j) { j["layers"][0]["loads"][2] = 51; }, {"layers[0].loads: 51", "tokens, 50"});
  refuse([](Json& j) { j["layers"][0]["loads"] = {1, 1, 1, 1, 1, 1, 1, 1}; },
         {"loads: a sum of 8", "100, tokens x top_k"});
  refuse([](Json& j) { j["layers"][0]["reuse"] = "x"; }, {"layers[0].reuse: \"x\""});
  refuse([](Json& j) { j["layers"][0]["reuse_nearby"] = {1, 2}; }, {"reuse_nearby: 2 elements", "3 numbers"});
  refuse([](Json& j) { j["layers"][0]["gpus_per_token"] = 1; }, {"gpus_per_token: 1", "19 numbers"});
}

class ShippedProfile : public testing::TestWithParam<std::string> {};

// What sim/routing says about a recorded trace is what the trace says.
TEST_P(ShippedProfile, IsTheTraces) {
  const std::string shipped =
      read_file((test::source_folder() / "sim/routing" / (GetParam() + ".json")).string());
  const TraceProfile profile = parse_profile(shipped, GetParam());
  EXPECT_FALSE(profile.source.empty());
  EXPECT_EQ(profile_json(profile), shipped);
  const std::filesystem::path trace = test::recorded_trace(GetParam());
  MOEHUB_NEEDS_RECORDED(trace);
  EXPECT_EQ(profile_json(read_profile(trace.string())), shipped);
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedProfile, testing::ValuesIn(test::recorded_traces()));

}  // namespace
}  // namespace moehub
