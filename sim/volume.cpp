#include "sim/volume.hpp"

#include <set>

#include "model/routing/placement.hpp"

namespace moehub {

Volume count_volume(const Trace& trace, const ModelConfig& model, int gpus, int gpus_per_node) {
  const ExpertPlacement experts(trace.num_experts, gpus);
  std::int64_t within = 0, between = 0, crossings = 0, passed_on = 0;
  for (int token = 0; token < trace.tokens; ++token) {
    const int source = trace.source_gpu[static_cast<std::size_t>(token)];
    const int own_node = source / gpus_per_node;
    std::set<int> nodes;
    for (int k = 0; k < trace.top_k; ++k) {
      const std::int32_t expert = trace.at(0, token, k);
      if (expert == kDroppedChoice) continue;
      const int gpu = experts.gpu_of(expert);
      const int node = gpu / gpus_per_node;
      if (node == own_node) {
        within += gpu != source ? 1 : 0;
        continue;
      }
      ++between;
      nodes.insert(node);
      passed_on += gpu % gpus_per_node != source % gpus_per_node ? 1 : 0;
    }
    crossings += static_cast<std::int64_t>(nodes.size());
  }
  const auto mean = [&](std::int64_t sum) { return static_cast<double>(sum) / gpus; };
  Volume volume;
  volume.gpus = gpus;
  volume.tokens_per_gpu = mean(trace.tokens);
  volume.vector_bytes = model.row_bytes();
  volume.moe_layers = model.moe_layers;
  volume.within_node = mean(within);
  volume.between_nodes = mean(between);
  volume.crossings = mean(crossings);
  volume.passed_on = mean(passed_on);
  return volume;
}

}  // namespace moehub
