// The gate of a Mixture-of-Experts layer: from a token's router logits, or scores, to its experts.
//
// Group-limited gating is DeepSeek's: experts lie in groups of consecutive ids (one group a node, in
// their deployment); a token keeps its best groups and chooses among their experts only, so that it
// visits few nodes.
//
//   DeepSeek-V2 (arXiv 2405.04434)   softmax scores; a group counts as its best expert
//   DeepSeek-V3 (arXiv 2412.19437)   sigmoid scores plus a bias per expert; a group counts as the sum of
//                                    its two best; the bias decides who is chosen, not with what weight
//
// Among equal scores the lower id wins, for groups and for experts; the frameworks leave that open.
#pragma once

#include <cstdint>
#include <vector>

#include "model/config/model_config.hpp"

namespace moehub {

/// Groups of experts, and how many of them a token may use. The default is no limit.
struct ExpertGroups {
  enum class Score {
    Max,     ///< of the scores of a group's experts
    TopTwo,  ///< the sum of its two best
  };
  int count = 1;
  int per_token = 1;
  Score score = Score::Max;

  bool limit() const { return per_token < count; }
};
ExpertGroups groups_of(const ModelConfig& model);

/// Chooses the best `top_k` experts among the best groups. Keeps its working memory, for speed.
class ExpertChooser {
 public:
  ExpertChooser(int num_experts, int top_k, ExpertGroups groups);

  /// `keys`: what decides, score plus bias. [num_experts]
  /// Returns the chosen experts, best first. [top_k]; valid until the next call.
  const std::vector<std::int32_t>& choose(const std::vector<double>& keys);

 private:
  double group_key(const std::vector<double>& keys, int group) const;
  void take_best_groups(const std::vector<double>& keys);

  int top_k_;
  int group_size_;
  ExpertGroups groups_;
  std::vector<std::int32_t> chosen_;  // candidates, the best top_k first
  std::vector<std::int32_t> group_order_;
  std::vector<double> group_keys_;
};

/// A model's gate over logits.
class Gate {
 public:
  /// Throws InputError, naming `file` as the model's, where the model's scoring is not a function of one
  /// token's logits that is known here (sparsemixer).
  Gate(const ModelConfig& model, const std::string& file);

  /// `logits`: one token's. `bias`: added to the scores for choosing only, empty: none. [num_experts]
  void route(const std::vector<float>& logits, const std::vector<float>& bias);

  const std::vector<std::int32_t>& experts() const { return experts_; }  ///< best first. [top_k]
  /// Score of each, without bias, before a model normalises or scales them. [top_k]
  const std::vector<float>& weights() const { return weights_; }

 private:
  enum class Scoring { Softmax, SoftmaxOfChosen, Sigmoid };
  static Scoring scoring_of(const ModelConfig& model, const std::string& file);
  void score(const std::vector<float>& logits);

  Scoring scoring_;
  ExpertChooser chooser_;
  std::vector<double> scores_;
  std::vector<double> keys_;
  std::vector<std::int32_t> experts_;
  std::vector<float> weights_;
};

}  // namespace moehub
