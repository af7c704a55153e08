// What a trace is like, layer by layer, as far as the network notices: enough to make up another one that is
// like it (like_generator.hpp), and little enough to be published where the trace cannot be.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/routing/choice_exchange.hpp"
#include "model/routing/trace.hpp"

namespace moehub {

struct LayerProfile {
  std::vector<std::int64_t> loads;  ///< choices of each expert. [num_experts]
  /// How many times as often a token shares an expert with the one before it as independent tokens with
  /// these loads would.
  double reuse = 0;
  /// [i]: the same for any two tokens of a block of kNearTokens[i]: how far topics last.
  std::array<double, kNearTokens.size()> reuse_nearby{};
  /// Distinct GPUs of a token's experts, mean, for each of profile_gpus(); experts in contiguous blocks.
  std::vector<double> gpus_per_token;
};

struct TraceProfile {
  std::string model;   ///< name of the model that was recorded, or empty
  std::string source;  ///< where the trace comes from, in words
  int tokens = 0;
  int top_k = 0;
  int num_experts = 0;
  std::vector<LayerProfile> layers;
};

/// Numbers of GPUs for which a profile says how many of them a token visits: 1 to 8, and multiples of 8
/// to 96.
const std::vector<int>& profile_gpus();

/// Measures a trace. Tokens are taken GPU by GPU where the trace says which starts where.
/// Throws InputError, naming `file`, for a trace with dropped choices.
TraceProfile profile_of(const Trace& trace, const std::string& file);

}  // namespace moehub
