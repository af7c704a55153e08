#include "model/routing/gate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

// Orders indices by falling key, then by rising index.
auto by_key(const std::vector<double>& keys) {
  return [&keys](std::int32_t a, std::int32_t b) {
    const double key_a = keys[static_cast<std::size_t>(a)];
    const double key_b = keys[static_cast<std::size_t>(b)];
    return key_a > key_b || (key_a == key_b && a < b);
  };
}

void softmax(std::vector<double>& values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
}

}  // namespace

ExpertGroups groups_of(const ModelConfig& model) {
  return {model.expert_groups, model.groups_per_token,
          model.group_score == "top2-sum" ? ExpertGroups::Score::TopTwo : ExpertGroups::Score::Max};
}

ExpertChooser::ExpertChooser(int num_experts, int top_k, ExpertGroups groups)
    : top_k_(top_k),
      group_size_(num_experts / groups.count),
      groups_(groups),
      group_order_(static_cast<std::size_t>(groups.count)),
      group_keys_(static_cast<std::size_t>(groups.count)) {
  chosen_.reserve(static_cast<std::size_t>(num_experts));
}

double ExpertChooser::group_key(const std::vector<double>& keys, int group) const {
  const auto begin = keys.begin() + group * group_size_;
  const auto end = begin + group_size_;
  if (groups_.score == ExpertGroups::Score::Max) return *std::max_element(begin, end);
  double best = -std::numeric_limits<double>::infinity();
  double second = best;
  for (auto key = begin; key != end; ++key) {
    if (*key > best) {
      second = best;
      best = *key;
    } else if (*key > second) {
      second = *key;
    }
  }
  return best + second;
}

// Candidates of all groups that a token may use.
void ExpertChooser::take_best_groups(const std::vector<double>& keys) {
  if (!groups_.limit()) {
    chosen_.resize(keys.size());
    std::iota(chosen_.begin(), chosen_.end(), 0);
    return;
  }
  for (int group = 0; group < groups_.count; ++group) {
    group_keys_[static_cast<std::size_t>(group)] = group_key(keys, group);
  }
  std::iota(group_order_.begin(), group_order_.end(), 0);
  const auto end = group_order_.begin() + groups_.per_token;
  std::partial_sort(group_order_.begin(), end, group_order_.end(), by_key(group_keys_));
  chosen_.clear();
  for (auto group = group_order_.begin(); group != end; ++group) {
    for (int i = 0; i < group_size_; ++i) chosen_.push_back(*group * group_size_ + i);
  }
}

const std::vector<std::int32_t>& ExpertChooser::choose(const std::vector<double>& keys) {
  take_best_groups(keys);
  const auto end = chosen_.begin() + top_k_;
  std::partial_sort(chosen_.begin(), end, chosen_.end(), by_key(keys));
  chosen_.erase(end, chosen_.end());
  return chosen_;
}

Gate::Gate(const ModelConfig& model, const std::string& file)
    : scoring_(scoring_of(model, file)),
      chooser_(model.num_experts, model.top_k, groups_of(model)),
      scores_(static_cast<std::size_t>(model.num_experts)),
      weights_(static_cast<std::size_t>(model.top_k)) {}

Gate::Scoring Gate::scoring_of(const ModelConfig& model, const std::string& file) {
  if (model.scoring == "softmax") return Scoring::Softmax;
  if (model.scoring == "softmax-after-top-k") return Scoring::SoftmaxOfChosen;
  if (model.scoring == "sigmoid" || model.scoring == "sigmoid+bias") return Scoring::Sigmoid;
  throw InputError(file, "scoring", "'" + model.scoring + "'",
                   "softmax, softmax-after-top-k, sigmoid or sigmoid+bias to make choices from logits");
}

void Gate::score(const std::vector<float>& logits) {
  std::copy(logits.begin(), logits.end(), scores_.begin());
  switch (scoring_) {
    case Scoring::Softmax:
      softmax(scores_);
      break;
    case Scoring::SoftmaxOfChosen:
      break;
    case Scoring::Sigmoid:
      for (double& value : scores_) value = 1 / (1 + std::exp(-value));
      break;
  }
}

void Gate::route(const std::vector<float>& logits, const std::vector<float>& bias) {
  score(logits);
  keys_ = scores_;
  for (std::size_t expert = 0; expert < bias.size(); ++expert) keys_[expert] += double{bias[expert]};
  experts_ = chooser_.choose(keys_);
  std::vector<double> chosen;
  for (const std::int32_t expert : experts_) chosen.push_back(scores_[static_cast<std::size_t>(expert)]);
  if (scoring_ == Scoring::SoftmaxOfChosen) softmax(chosen);
  std::transform(chosen.begin(), chosen.end(), weights_.begin(),
                 [](double weight) { return static_cast<float>(weight); });
}

}  // namespace moehub
