// The models that ship: each loads, has every key with its source beside it, and has the figures that its
// publisher gives.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "model/base/file.hpp"
#include "sim/config_io.hpp"
#include "sim/config_keys.hpp"

namespace moehub {
namespace {

// From the publishers' config.json (sim/models names the keys), gathered once for the project.
// hidden, expert FFN, experts, top_k, shared experts, their FFN, layers, MoE layers, first dense
struct Shape {
  int hidden, expert_ffn, num_experts, top_k, shared_experts, shared_ffn, layers, moe_layers, first_dense;
  const char* scoring;
};
const std::map<std::string, Shape> kPublished = {
    {"mixtral-8x7b", {4096, 14336, 8, 2, 0, 0, 32, 32, 0, "softmax"}},
    {"mixtral-8x22b", {6144, 16384, 8, 2, 0, 0, 56, 56, 0, "softmax"}},
    {"qwen2-moe-2.7b", {2048, 1408, 64, 4, 0, 0, 24, 24, 0, "softmax"}},
    {"qwen1.5-moe-a2.7b", {2048, 1408, 60, 4, 1, 5632, 24, 24, 0, "softmax"}},
    {"qwen2-57b-a14b", {3584, 2560, 64, 8, 1, 20480, 28, 28, 0, "softmax"}},
    {"qwen3-30b-a3b", {2048, 768, 128, 8, 0, 0, 48, 48, 0, "softmax"}},
    {"qwen3-235b-a22b", {4096, 1536, 128, 8, 0, 0, 94, 94, 0, "softmax"}},
    {"phi-3.5-moe", {4096, 6400, 16, 2, 0, 0, 32, 32, 0, "sparsemixer"}},
    {"olmoe-1b-7b", {2048, 1024, 64, 8, 0, 0, 16, 16, 0, "softmax"}},
    {"deepseek-v2-lite", {2048, 1408, 64, 6, 2, 2816, 27, 26, 1, "softmax"}},
    {"deepseek-v2", {5120, 1536, 160, 6, 2, 3072, 60, 59, 1, "softmax"}},
    {"deepseek-v3", {7168, 2048, 256, 8, 1, 2048, 61, 58, 3, "sigmoid+bias"}},
    {"kimi-k2", {7168, 2048, 384, 8, 1, 2048, 61, 60, 1, "sigmoid"}},
    {"gpt-oss-20b", {2880, 2880, 32, 4, 0, 0, 24, 24, 0, "softmax-after-top-k"}},
    {"gpt-oss-120b", {2880, 2880, 128, 4, 0, 0, 36, 36, 0, "softmax-after-top-k"}},
    {"llama4-scout", {5120, 8192, 16, 1, 1, 8192, 48, 48, 0, "sigmoid"}},
    {"llama4-maverick", {5120, 8192, 128, 1, 1, 8192, 48, 24, 0, "sigmoid"}},
    {"glm-4.5-air", {4096, 1408, 128, 8, 1, 1408, 46, 45, 1, "sigmoid"}},
    {"grok-1", {6144, 32768, 8, 2, 0, 0, 64, 64, 0, "softmax"}},
    {"dbrx", {6144, 10752, 16, 4, 0, 0, 40, 40, 0, "softmax"}},
    {"flame-moe-290m", {1024, 704, 64, 6, 2, 1408, 9, 8, 1, "softmax"}},
};

TEST(Models, AllThatShipAreKnownHereAndTheOtherWayRound) {
  std::vector<std::string> names;
  for (const auto& [name, shape] : kPublished) names.push_back(name);
  EXPECT_EQ(known_configs("models"), names);
}

TEST(Models, HaveThePublishedShapes) {
  for (const auto& [name, shape] : kPublished) {
    const ModelConfig m = load_model(name);
    EXPECT_EQ(m.name, name);
    EXPECT_EQ(m.hidden, shape.hidden) << name;
    EXPECT_EQ(m.expert_ffn, shape.expert_ffn) << name;
    EXPECT_EQ(m.num_experts, shape.num_experts) << name;
    EXPECT_EQ(m.top_k, shape.top_k) << name;
    EXPECT_EQ(m.shared_experts, shape.shared_experts) << name;
    EXPECT_EQ(m.shared_ffn, shape.shared_ffn) << name;
    EXPECT_EQ(m.layers, shape.layers) << name;
    EXPECT_EQ(m.moe_layers, shape.moe_layers) << name;
    EXPECT_EQ(m.first_dense, shape.first_dense) << name;
    EXPECT_EQ(m.scoring, shape.scoring) << name;
    EXPECT_TRUE(m.gated) << name;
    EXPECT_EQ(m.dtype_bytes, 2) << name;
  }
}

TEST(Models, OnlyTheTwoDeepSeeksLimitGroups) {
  for (const auto& [name, shape] : kPublished) {
    const ModelConfig m = load_model(name);
    const bool v2 = name == "deepseek-v2", v3 = name == "deepseek-v3";
    EXPECT_EQ(m.expert_groups, v2 || v3 ? 8 : 1) << name;
    EXPECT_EQ(m.groups_per_token, v2 ? 3 : v3 ? 4 : 1) << name;
    EXPECT_EQ(m.group_score, v3 ? "top2-sum" : "max") << name;
  }
}

const std::set<std::string> kAttentionKeys = {"heads",  "kv_heads", "head_dim", "value_dim",
                                              "q_rank", "kv_rank",  "rope_dim", "dense_ffn"};

TEST(Models, AttentionHasTheSizesThatTheirWeightsHave) {
  // Parameters of attention and dense layers in all: those of the model less embeddings and experts, in millions.
  const auto attention = [](const char* name) {
    const ModelConfig m = load_model(name);
    const std::int64_t q = std::int64_t{m.heads} * m.head_dim, v = std::int64_t{m.heads} * m.value_dim;
    std::int64_t weights = v * m.hidden;
    if (m.kv_rank == 0) {
      weights += m.hidden * (q + 2 * std::int64_t{m.kv_heads} * m.head_dim);
    } else {
      weights += m.q_rank > 0 ? m.q_rank * (m.hidden + q) : m.hidden * q;
      weights += m.hidden * std::int64_t{m.kv_rank + m.rope_dim};
      weights += m.kv_rank * std::int64_t{m.heads} * (m.head_dim - m.rope_dim + m.value_dim);
    }
    return static_cast<double>(m.layers * weights) * 1e-6;
  };
  EXPECT_NEAR(attention("mixtral-8x7b"), 1342, 1) << "46.7 G less 45.1 G in experts and 0.26 G of embeddings";
  EXPECT_NEAR(attention("deepseek-v3"), 11413, 10) << "187 M a layer, 61 layers";
}

TEST(Models, EveryFieldHasItsSourceBesideIt) {
  const std::regex field_with_source("([a-z0-9_]+) = [^#]+# .+");
  for (const auto& [name, shape] : kPublished) {
    ModelConfig m;
    std::map<std::string, bool> sourced;
    std::istringstream lines(read_file(find_config("models", name, "--model")));
    for (std::string line; std::getline(lines, line);) {
      std::smatch field;
      if (std::regex_match(line, field, field_with_source)) sourced[field[1]] = true;
    }
    for (const ConfigKey& key : model_keys(m)) {
      const bool group_key = key.name.find("group") != std::string::npos;
      const bool attention_key = kAttentionKeys.count(key.name) > 0;
      if (attention_key && load_model(name).heads == 0) continue;  // its publisher's recipe is not at hand
      if (key.name == "name" || (group_key && load_model(name).expert_groups == 1)) continue;
      EXPECT_TRUE(sourced[key.name]) << name << ": no line '" << key.name << " = ..  # source'";
    }
  }
}

}  // namespace
}  // namespace moehub
