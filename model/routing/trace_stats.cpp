#include "model/routing/trace_stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "model/routing/placement.hpp"

namespace moehub {
namespace {

double max_over_mean(const std::vector<std::int64_t>& counts) {
  const std::int64_t sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (sum == 0) return 0;
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) *
         static_cast<double>(counts.size()) / static_cast<double>(sum);
}

double share_std(const std::vector<std::int64_t>& counts) {
  const std::int64_t sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (sum == 0) return 0;
  const double mean = 1.0 / static_cast<double>(counts.size());
  double squares = 0;
  for (const std::int64_t count : counts) {
    const double deviation = static_cast<double>(count) / static_cast<double>(sum) - mean;
    squares += deviation * deviation;
  }
  return std::sqrt(squares * mean);
}

LayerStats layer_stats(const Trace& trace, int layer, const ExpertPlacement& experts,
                       const std::vector<int>& source) {
  std::vector<std::int64_t> per_expert(static_cast<std::size_t>(trace.num_experts), 0);
  std::vector<std::int64_t> per_gpu(static_cast<std::size_t>(experts.gpus()), 0);
  // [source GPU][expert]: the last token there that chose the expert.
  std::vector<int> last_token_of(per_gpu.size() * per_expert.size(), -1);
  std::vector<int> previous(per_gpu.size(), -1);          // token of each source GPU
  std::vector<int> last_token_on(per_gpu.size(), -1);     // that sends to the GPU
  std::int64_t choices = 0, pairs = 0, reused = 0, distinct_gpus = 0;

  for (int token = 0; token < trace.tokens; ++token) {
    const auto home = static_cast<std::size_t>(source[static_cast<std::size_t>(token)]);
    int& before = previous[home];
    for (int k = 0; k < trace.top_k; ++k) {
      const std::int32_t expert = trace.at(layer, token, k);
      if (expert == kDroppedChoice) continue;
      const auto e = static_cast<std::size_t>(expert);
      const auto gpu = static_cast<std::size_t>(experts.gpu_of(expert));
      ++choices;
      ++per_expert[e];
      ++per_gpu[gpu];
      if (before >= 0) {
        ++pairs;
        reused += last_token_of[home * per_expert.size() + e] == before ? 1 : 0;
      }
      if (last_token_on[gpu] != token) {
        last_token_on[gpu] = token;
        ++distinct_gpus;
      }
      last_token_of[home * per_expert.size() + e] = token;
    }
    before = token;
  }

  LayerStats stats;
  stats.expert_max_over_mean = max_over_mean(per_expert);
  stats.gpu_max_over_mean = max_over_mean(per_gpu);
  stats.share_std = share_std(per_expert);
  // A choice falls on e with probability share(e); the token before has e among its choices with
  // probability load(e) / tokens.
  double same_loads = 0;
  for (const std::int64_t load : per_expert) {
    same_loads += static_cast<double>(load) * static_cast<double>(load);
  }
  same_loads /= static_cast<double>(std::max<std::int64_t>(choices, 1)) * trace.tokens;
  if (pairs > 0 && same_loads > 0) {
    const double per_token = static_cast<double>(choices) / trace.tokens;
    const double rate = static_cast<double>(reused) / static_cast<double>(pairs);
    stats.reuse_over_uniform = rate / (per_token / trace.num_experts);
    stats.reuse_over_same_loads = rate / same_loads;
  }
  stats.gpus_per_token = static_cast<double>(distinct_gpus) / trace.tokens;
  const double all = static_cast<double>(trace.tokens) * trace.top_k;
  stats.dropped = 1.0 - static_cast<double>(choices) / all;
  return stats;
}

}  // namespace

std::vector<LayerStats> trace_stats(const Trace& trace, int gpus) {
  const ExpertPlacement experts(trace.num_experts, gpus);
  const std::vector<int> source =
      trace.source_gpu.empty() ? default_source_gpu(trace.tokens, gpus) : trace.source_gpu;
  std::vector<LayerStats> stats;
  for (int layer = 0; layer < trace.layers; ++layer) {
    stats.push_back(layer_stats(trace, layer, experts, source));
  }
  return stats;
}

std::vector<std::int64_t> expert_loads(const Trace& trace, int layer) {
  std::vector<std::int64_t> loads(static_cast<std::size_t>(trace.num_experts), 0);
  for (int token = 0; token < trace.tokens; ++token) {
    for (int k = 0; k < trace.top_k; ++k) {
      const std::int32_t expert = trace.at(layer, token, k);
      if (expert != kDroppedChoice) ++loads[static_cast<std::size_t>(expert)];
    }
  }
  return loads;
}

double std_at_8_experts(double share_std, int num_experts) { return share_std * num_experts / 8; }

double uniform_gpus_per_token(int num_experts, int top_k, int gpus) {
  const ExpertPlacement experts(num_experts, gpus);
  double expected = 0;
  for (int gpu = 0; gpu < gpus; ++gpu) {
    double missed = 1;  // by all of top_k draws without replacement
    for (int k = 0; k < top_k; ++k) {
      missed *= std::max(0.0, static_cast<double>(num_experts - experts.count(gpu) - k)) /
                (num_experts - k);
    }
    expected += 1 - missed;
  }
  return expected;
}

}  // namespace moehub
