// Makes a layer's choices look like those of a real model without changing how often each expert is chosen:
// tokens exchange experts until consecutive tokens have as much in common, and choices spread over as many
// GPUs, as is asked.
//
// Nothing else is imposed. From the independent choices that it starts with, an exchange of two choices of
// two tokens drawn at random is kept when it brings the figures nearer to what is asked; once they are there,
// exchanges that keep them there go on for a while, so that nothing is left of the order in which they
// were reached.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/routing/random.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Tokens that count as near: two that lie in the same block of this many consecutive tokens.
inline constexpr std::array<int, 3> kNearTokens = {16, 128, 1024};

/// What one layer is to look like. Absent: whatever comes out.
struct ExchangeTargets {
  /// Experts that a token shares with the one before it, summed over tokens.
  std::optional<std::int64_t> shared_with_previous;
  /// [i]: experts that two tokens of a block of kNearTokens[i] share, summed over all ordered pairs.
  std::array<std::optional<std::int64_t>, kNearTokens.size()> shared_nearby;
  /// Distinct GPUs of a token's experts, summed over tokens, and the GPU of each expert.
  std::optional<std::int64_t> gpus_of_tokens;
  std::vector<int> gpu_of_expert;
};

/// Ordered pairs of different tokens in the same block of `block` consecutive ones.
std::int64_t nearby_pairs(int tokens, int block);

/// Exchanges choices among the tokens of one layer, [tokens][top_k]. No token gets an expert twice, nor more
/// groups than the shape allows. Returns whether every target was reached to within 1/200.
bool exchange_choices(Engine& engine, const TraceShape& shape, const ExchangeTargets& targets,
                      std::int32_t* expert_ids);

}  // namespace moehub
