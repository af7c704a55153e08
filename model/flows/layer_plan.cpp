#include "model/flows/layer_plan.hpp"

#include <algorithm>
#include <numeric>

namespace moehub {

LayerPlan::LayerPlan(const Trace& trace, int layer, int gpus)
    : layer_(layer),
      gpus_(gpus),
      top_k_(trace.top_k),
      experts_(trace.num_experts, gpus),
      first_token_(static_cast<std::size_t>(gpus) + 1),
      rows_of_(static_cast<std::size_t>(trace.num_experts)),
      between_(static_cast<std::size_t>(gpus * gpus)) {
  std::vector<int> order(static_cast<std::size_t>(trace.tokens));  // trace's tokens by GPU
  std::iota(order.begin(), order.end(), 0);
  const auto gpu_of = [&](int token) { return trace.source_gpu.at(static_cast<std::size_t>(token)); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return gpu_of(a) < gpu_of(b); });

  source_.reserve(order.size());
  expert_ids_.reserve(order.size() * static_cast<std::size_t>(top_k_));
  for (const int token : order) {
    const int source = gpu_of(token);
    source_.push_back(source);
    ++first_token_[static_cast<std::size_t>(source) + 1];
    for (int k = 0; k < top_k_; ++k) {
      const std::int32_t expert = trace.at(layer, token, k);
      expert_ids_.push_back(expert);
      if (expert == kDroppedChoice) continue;
      ++rows_;
      ++rows_of_[static_cast<std::size_t>(expert)];
      ++between_[static_cast<std::size_t>(source * gpus + home(expert).gpu)];
    }
  }
  std::partial_sum(first_token_.begin(), first_token_.end(), first_token_.begin());
}

int LayerPlan::rows_to(int destination) const {
  int rows = 0;
  for (int source = 0; source < gpus_; ++source) rows += rows_between(source, destination);
  return rows;
}

int LayerPlan::rows_from(int source) const {
  int rows = 0;
  for (int destination = 0; destination < gpus_; ++destination) {
    rows += rows_between(source, destination);
  }
  return rows;
}

}  // namespace moehub
