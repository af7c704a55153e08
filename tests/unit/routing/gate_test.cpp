// The gate against a slow one that does literally what the DeepSeek papers say, and what it promises.
#include "model/routing/gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "tests/support/input_error.hpp"
#include "tests/support/seed.hpp"

namespace moehub {
namespace {

ModelConfig model(const std::string& scoring, int experts, int top_k, int groups = 1, int per_token = 1,
                  const std::string& group_score = "max") {
  ModelConfig m;
  m.name = "m";
  m.num_experts = experts;
  m.top_k = top_k;
  m.scoring = scoring;
  m.expert_groups = groups;
  m.groups_per_token = per_token;
  m.group_score = group_score;
  return m;
}
ModelConfig deepseek_v2() { return model("softmax", 160, 6, 8, 3); }
ModelConfig deepseek_v3() { return model("sigmoid+bias", 256, 8, 8, 4, "top2-sum"); }

struct Choice {
  std::vector<std::int32_t> experts;
  std::vector<double> weights;
};

// Everything sorted in full, masks filled with minus infinity, one step of the papers after the other.
Choice literal_gate(const ModelConfig& m, const std::vector<float>& logits, const std::vector<float>& bias) {
  const auto experts = static_cast<std::size_t>(m.num_experts);
  const auto groups = static_cast<std::size_t>(m.expert_groups);
  std::vector<double> scores(logits.begin(), logits.end());
  if (m.scoring == "softmax") {
    double sum = 0;
    for (const float logit : logits) sum += std::exp(double{logit});
    for (double& score : scores) score = std::exp(score) / sum;
  } else if (m.scoring != "softmax-after-top-k") {
    for (double& score : scores) score = 1 / (1 + std::exp(-score));
  }
  std::vector<double> masked(scores);
  for (std::size_t e = 0; e < bias.size(); ++e) masked[e] += double{bias[e]};

  std::vector<std::pair<double, std::size_t>> group_scores;  // negated, so that sort() puts the best first
  for (std::size_t g = 0; g < groups; ++g) {
    std::vector<double> in_group(masked.begin() + static_cast<std::ptrdiff_t>(g * (experts / groups)),
                                 masked.begin() + static_cast<std::ptrdiff_t>((g + 1) * (experts / groups)));
    std::sort(in_group.rbegin(), in_group.rend());
    group_scores.emplace_back(m.group_score == "max" ? -in_group[0] : -(in_group[0] + in_group[1]), g);
  }
  std::sort(group_scores.begin(), group_scores.end());
  std::set<std::size_t> kept;
  for (int i = 0; i < m.groups_per_token; ++i) kept.insert(group_scores[static_cast<std::size_t>(i)].second);
  for (std::size_t e = 0; e < experts; ++e) {
    if (kept.count(e / (experts / groups)) == 0) masked[e] = -INFINITY;
  }
  std::vector<std::int32_t> order(experts);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return masked[static_cast<std::size_t>(a)] > masked[static_cast<std::size_t>(b)];
  });
  Choice choice;
  choice.experts.assign(order.begin(), order.begin() + m.top_k);
  for (const std::int32_t e : choice.experts) choice.weights.push_back(scores[static_cast<std::size_t>(e)]);
  if (m.scoring == "softmax-after-top-k") {
    double sum = 0;
    for (const double weight : choice.weights) sum += std::exp(weight);
    for (double& weight : choice.weights) weight = std::exp(weight) / sum;
  }
  return choice;
}

// `steps` > 0 rounds logits to 1/steps, so that many are equal.
void compare(const ModelConfig& m, std::uint64_t seed, int tokens, int steps) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> normal(0, 1);
  const auto draw = [&] {
    std::vector<float> values(static_cast<std::size_t>(m.num_experts));
    for (float& value : values) {
      value = normal(engine);
      if (steps > 0) value = std::round(value * static_cast<float>(steps)) / static_cast<float>(steps);
    }
    return values;
  };
  Gate gate(m, "m.toml");
  for (int token = 0; token < tokens; ++token) {
    const std::vector<float> logits = draw();
    std::vector<float> bias;
    if (m.scoring == "sigmoid+bias" && token % 4 != 0) {
      bias = draw();
      for (float& value : bias) value *= 0.2f;
    }
    const Choice expected = literal_gate(m, logits, bias);
    gate.route(logits, bias);
    ASSERT_EQ(gate.experts(), expected.experts) << m.scoring << ", token " << token;
    for (std::size_t k = 0; k < expected.weights.size(); ++k) {
      ASSERT_NEAR(gate.weights()[k], expected.weights[k], 1e-6) << "k " << k;
    }
    std::set<std::int32_t> groups;
    for (const std::int32_t e : gate.experts()) groups.insert(e / (m.num_experts / m.expert_groups));
    ASSERT_LE(groups.size(), static_cast<std::size_t>(m.groups_per_token));
  }
}

TEST(Gate, IsTheLiteralOne) {
  for (const std::uint64_t seed : {std::uint64_t{0}, test::random_seed()}) {
    for (const int steps : {0, 4}) {
      compare(deepseek_v2(), seed, 300, steps);
      compare(deepseek_v3(), seed + 1, 300, steps);
      compare(model("softmax", 8, 2), seed + 2, 300, steps);
      compare(model("softmax-after-top-k", 32, 4), seed + 3, 300, steps);
      compare(model("sigmoid", 16, 1), seed + 4, 300, steps);
      compare(model("sigmoid+bias", 12, 5, 6, 3, "top2-sum"), seed + 5, 300, steps);
      compare(model("softmax", 4, 4, 4, 4), seed + 6, 100, steps);
      compare(model("softmax", 1, 1), seed + 7, 10, steps);
    }
  }
}

// Group 1 has the best expert, group 0 the two best together: V2 keeps 1, V3 keeps 0.
TEST(Gate, GroupsCountAsTheirModelSays) {
  const std::vector<float> logits = {1.0f, 0.9f, 1.5f, -2.0f};
  Gate v2(model("softmax", 4, 2, 2, 1), "m");
  v2.route(logits, {});
  EXPECT_EQ(v2.experts(), (std::vector<std::int32_t>{2, 3})) << "3 is worse than 0, whose group is out";
  Gate v3(model("sigmoid+bias", 4, 2, 2, 1, "top2-sum"), "m");
  v3.route(logits, {});
  EXPECT_EQ(v3.experts(), (std::vector<std::int32_t>{0, 1}));
}

TEST(Gate, ABiasChoosesAndDoesNotWeigh) {
  const std::vector<float> logits = {0.0f, 1.0f, 2.0f, 3.0f};
  Gate gate(model("sigmoid+bias", 4, 2), "m");
  gate.route(logits, {10.0f, 0.0f, 0.0f, 0.0f});
  EXPECT_EQ(gate.experts(), (std::vector<std::int32_t>{0, 3}));
  EXPECT_FLOAT_EQ(gate.weights()[0], 0.5f) << "sigmoid(0), whatever the bias";
  EXPECT_FLOAT_EQ(gate.weights()[1], static_cast<float>(1 / (1 + std::exp(-3.0))));
}

// Biases below every score: an expert of a group that is out must not come back as "better than negative".
TEST(Gate, ExpertsOfOtherGroupsAreOutWhateverTheKeys) {
  Gate gate(model("sigmoid+bias", 6, 2, 3, 1, "top2-sum"), "m");
  gate.route({0, 0, 0, 0, 0, 0}, {-9, -9, -2, -2, -9, -9});
  EXPECT_EQ(gate.experts(), (std::vector<std::int32_t>{2, 3}));
}

TEST(Gate, LargeLogitsDoNotOverflow) {
  Gate gate(model("softmax", 3, 2), "m");
  gate.route({1000.0f, 999.0f, -1000.0f}, {});
  EXPECT_EQ(gate.experts(), (std::vector<std::int32_t>{0, 1}));
  EXPECT_NEAR(gate.weights()[0] + gate.weights()[1], 1, 1e-6);
}

TEST(Gate, ScoringThatIsNoFunctionOfLogitsHereIsRefused) {
  test::expect_input_error([] { Gate(model("sparsemixer", 16, 2), "phi.toml"); },
                           {"phi.toml: scoring: 'sparsemixer'", "softmax"});
}

TEST(Gate, GroupsOfAModel) {
  EXPECT_FALSE(groups_of(model("softmax", 8, 2)).limit());
  EXPECT_FALSE(groups_of(model("softmax", 8, 2, 4, 4)).limit());
  EXPECT_TRUE(groups_of(deepseek_v3()).limit());
  EXPECT_EQ(groups_of(deepseek_v2()).score, ExpertGroups::Score::Max);
  EXPECT_EQ(groups_of(deepseek_v3()).score, ExpertGroups::Score::TopTwo);
}

}  // namespace
}  // namespace moehub
