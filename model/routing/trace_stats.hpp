// What a trace looks like to the network: how even its loads are, and how much consecutive tokens
// have in common.
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/trace.hpp"

namespace moehub {

/// One layer.
struct LayerStats {
  double expert_max_over_mean = 0;  ///< busiest expert's choices over the mean
  double gpu_max_over_mean = 0;     ///< the same for GPUs, experts placed in contiguous blocks
  double share_std = 0;  ///< standard deviation over experts of each one's share of the choices
  /// Share of choices whose expert the token before (on the same GPU) chose as well, over what
  /// independent draws would give: draws from all experts alike, and draws with this layer's loads.
  /// 1 is no locality.
  double reuse_over_uniform = 0;
  double reuse_over_same_loads = 0;
  double gpus_per_token = 0;  ///< distinct GPUs that a token's choices lie on, mean
  double dropped = 0;         ///< share of choices that were dropped
};

/// A trace on `gpus` GPUs. [layers]
std::vector<LayerStats> trace_stats(const Trace& trace, int gpus);

/// Choices of each expert in a layer, dropped ones left out. [num_experts]
std::vector<std::int64_t> expert_loads(const Trace& trace, int layer);

/// The spread that `normal:std=` means: scaled to 8 experts at equal coefficient of variation.
double std_at_8_experts(double share_std, int num_experts);

/// Distinct GPUs per token if all experts were equally likely: what gpus_per_token compares with.
double uniform_gpus_per_token(int num_experts, int top_k, int gpus);

}  // namespace moehub
