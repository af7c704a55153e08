// A pass through all layers of a model (`--pass`): attention and dense parts from the GPU model, MoE layers
// as the flows were simulated.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "model/flows/flow.hpp"
#include "sim/run_options.hpp"

namespace moehub {

/// Sums over the model's layers.
struct PassParts {
  Picoseconds attention = 0;
  Picoseconds dense = 0;   ///< feed-forward of layers without experts
  Picoseconds shared = 0;  ///< shared experts, beside the routed ones
  Picoseconds moe = 0;     ///< what the flow took, from gate to weighted sum
  Picoseconds all() const { return attention + dense + shared + moe; }
};

/// Forward, or backward where `flow` was simulated that way. MoE layers that were not simulated cost the mean of those
/// that were. Every GPU holds one sequence, as long as its tokens; the GPU with most tokens counts.
PassParts whole_model(const RunOptions& options, const FlowResult& flow, bool backward);

/// Tokens of the GPU that has most.
int most_tokens(const RunOptions& options);

}  // namespace moehub
