// Experts for the tokens of one layer, one token independent of the next.
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/random.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Each token draws top_k distinct experts, all alike. Appends to expert_ids, [tokens][top_k].
void deal_uniform(Engine& engine, const TraceShape& shape, std::vector<std::int32_t>& expert_ids);

/// Expert e is chosen loads[e] times in all; early and late tokens are alike. Loads sum to tokens * top_k,
/// none is above tokens. Appends to expert_ids, [tokens][top_k].
void deal_loads(Engine& engine, const TraceShape& shape, std::vector<std::int64_t> loads,
                std::vector<std::int32_t>& expert_ids);

/// Each GPU's tokens draw from the experts of one other GPU, from those of the next one after every
/// `tokens_of_a_pair`; GPU g begins with g + 1. Appends to expert_ids, [tokens][top_k].
void deal_pairs(Engine& engine, const TraceShape& shape, int tokens_of_a_pair,
                std::vector<std::int32_t>& expert_ids);

}  // namespace moehub
