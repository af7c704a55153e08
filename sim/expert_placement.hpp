// Puts the experts of a run where its system's [placement] says.
#pragma once

#include "model/routing/trace.hpp"
#include "sim/run_options.hpp"

namespace moehub {

/// Slots for experts that a layer of the run has over all GPUs.
int expert_slots(const RunOptions& options);

/// Fills options.expert_of_slot and maps options.routing to slots, unless experts lie in contiguous blocks.
/// Balanced: by the loads of `whole`, of which the run's routing is a part from `first_layer` on, as an
/// operator balances by what was seen before. Throws InputError where there are more copies of experts than
/// GPUs for them.
void place_experts(const Trace& whole, int first_layer, RunOptions& options);

}  // namespace moehub
