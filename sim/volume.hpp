// What a layer's routing moves between GPUs, counted without simulating anything.
#pragma once

#include "model/config/model_config.hpp"
#include "model/routing/trace.hpp"

namespace moehub {

/// Means over GPUs, of one layer's dispatch; combine moves as much back.
struct Volume {
  int gpus = 0;
  double tokens_per_gpu = 0;
  std::int64_t vector_bytes = 0;
  int moe_layers = 0;
  // Vectors that leave a GPU, one for every choice of an expert elsewhere:
  double within_node = 0;
  double between_nodes = 0;
  // Where a token crosses to a node once and is passed on over NVLink by a GPU there:
  double crossings = 0;  ///< instead of between_nodes
  double passed_on = 0;  ///< more over NVLink

  double vectors_out() const { return within_node + between_nodes; }
  double bytes_out() const { return vectors_out() * static_cast<double>(vector_bytes); }
  /// Dispatch and combine of all MoE layers; the backward pass moves the gradients of both the same ways.
  double pass_bytes_out() const { return 2 * moe_layers * bytes_out(); }
};

/// Of the trace's first layer. `trace.source_gpu` must be filled; experts lie in contiguous blocks.
Volume count_volume(const Trace& trace, const ModelConfig& model, int gpus, int gpus_per_node);

}  // namespace moehub
