// How large a generated trace is, and what limits a token's choices.
#pragma once

#include "model/routing/gate.hpp"

namespace moehub {

struct TraceShape {
  int layers = 1;
  int tokens = 0;  ///< over all GPUs
  int top_k = 0;
  int num_experts = 0;
  ExpertGroups groups = {};  ///< no limit by default
  int gpus = 1;              ///< over which tokens and experts lie in blocks (BlockPlacement); matters to pairs
};

/// Throws InputError for more choices than memory is taken for.
void check_choices(const TraceShape& shape);

}  // namespace moehub
