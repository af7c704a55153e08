#include "model/config/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

template <typename Words>
void check_word(const std::string& word, const Words& known, const char* key, const std::string& file) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  throw InputError(file, key, "'" + word + "'", fmt::format("one of {}", fmt::join(known, ", ")));
}

}  // namespace

void validate(const ModelConfig& model, const std::string& file) {
  const auto fail = [&](const char* key, std::int64_t value, const std::string& expected) {
    throw InputError(file, key, fmt::format("{}", value), expected);
  };
  if (model.top_k > model.num_experts) {
    fail("top_k", model.top_k, fmt::format("at most num_experts, {}", model.num_experts));
  }
  if (model.moe_layers + model.first_dense > model.layers) {
    fail("moe_layers", model.moe_layers,
         fmt::format("at most {}, the layers ({}) without the first dense ones ({})",
                     model.layers - model.first_dense, model.layers, model.first_dense));
  }
  if (model.heads > 0 && model.layers > model.moe_layers && model.dense_ffn == 0) {
    fail("dense_ffn", 0, fmt::format("1 or more: {} layers have no experts", model.layers - model.moe_layers));
  }
  check_word(model.scoring, kScorings, "scoring", file);
  check_word(model.group_score, kGroupScores, "group_score", file);
  if (model.num_experts % model.expert_groups != 0) {
    fail("expert_groups", model.expert_groups,
         fmt::format("a divisor of num_experts, {}", model.num_experts));
  }
  const int group_size = model.num_experts / model.expert_groups;
  if (model.groups_per_token > model.expert_groups || model.groups_per_token * group_size < model.top_k) {
    fail("groups_per_token", model.groups_per_token,
         fmt::format("{} to {}: room for top_k in groups of {}, and no more groups than there are",
                     (model.top_k + group_size - 1) / group_size, model.expert_groups, group_size));
  }
  if (model.group_score == "top2-sum" && group_size < 2) {
    fail("expert_groups", model.expert_groups, "groups of 2 experts or more for group_score top2-sum");
  }
  if (model.row_bytes() > kMaxRowBytes) {
    fail("hidden", model.hidden,
         fmt::format("rows of at most {} bytes, the hub's limit (here {} bytes an element)",
                     kMaxRowBytes, model.dtype_bytes));
  }
}

}  // namespace moehub
