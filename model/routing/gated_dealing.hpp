// Experts for the tokens of one layer whose gate limits a token to a few groups of experts: scores are
// drawn, and DeepSeek's gate (gate.hpp) chooses.
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/random.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Scores are sigmoids of logits that are drawn from a normal distribution of spread 1, the same for all
/// experts and tokens. Appends to expert_ids, [tokens][top_k].
void deal_gated_uniform(Engine& engine, const TraceShape& shape, std::vector<std::int32_t>& expert_ids);

/// The same with a bias per expert that makes expert e chosen loads[e] times in all. As DeepSeek-V3 does
/// in training, the bias of an expert rises by its share and falls when it is chosen; what is left at the
/// end is put right choice by choice, within the groups that a token uses.
/// Throws InputError (place "--routing") where tokens that keep few groups cannot carry the loads.
void deal_gated_loads(Engine& engine, const TraceShape& shape, const std::vector<std::int64_t>& loads,
                      std::vector<std::int32_t>& expert_ids);

}  // namespace moehub
