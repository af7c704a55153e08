// A whole layer under a flow, and a model of such layers.
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

/// A forward pass of the whole model with such layers; `experts` false: without its MoE layers.
Picoseconds forward_pass(const SystemConfig& system, const ModelConfig& model, const Trace& routing, const FlowResult& layer,
                         bool experts);

}  // namespace moehub::calibration
