#include "sim/whole_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/input_error.hpp"
#include "model/gpu/dense_timing.hpp"

namespace moehub {

int most_tokens(const RunOptions& options) {
  std::vector<int> tokens(static_cast<std::size_t>(options.gpus()), 0);
  for (const int gpu : options.routing.source_gpu) ++tokens[static_cast<std::size_t>(gpu)];
  return *std::max_element(tokens.begin(), tokens.end());
}

PassParts whole_model(const RunOptions& options, const FlowResult& flow, bool backward) {
  const ModelConfig& model = options.model;
  const DenseTiming timing(options.system.gpu, model, options.system.software.kernel_gap_us);
  const int tokens = most_tokens(options);
  const auto feed_forward = [&](int ffn) -> Picoseconds {
    if (ffn == 0) return 0;
    return backward ? timing.feed_forward_backward(tokens, ffn) : timing.feed_forward(tokens, ffn);
  };
  PassParts parts;
  parts.attention =
      model.layers * (backward ? timing.attention_backward(tokens, tokens) : timing.attention(tokens, tokens));
  parts.dense = (model.layers - model.moe_layers) * feed_forward(model.dense_ffn);
  parts.shared = model.moe_layers * feed_forward(model.shared_ffn);
  const auto simulated = static_cast<Picoseconds>(std::max<std::size_t>(flow.layers.size(), 1));
  parts.moe = flow.times.layer * model.moe_layers / simulated;
  return parts;
}

}  // namespace moehub
