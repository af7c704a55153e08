// A whole layer under a flow.
#pragma once

#include <string>

#include "model/config/model_config.hpp"
#include "model/flows/flow.hpp"
#include "model/routing/routing_spec.hpp"
#include "model/routing/trace.hpp"

namespace moehub::calibration {

/// One layer's routing, seed 1.
Trace draw_routing(const SystemConfig& system, const ModelConfig& model, int tokens_per_gpu, const RoutingSpec& spec);

/// Throws std::runtime_error when the run ends early or the scoreboard finds something.
FlowResult run_layer(Machine& machine, const std::string& flow, const SystemConfig& system, const ModelConfig& model,
                     const Trace& routing);

}  // namespace moehub::calibration
