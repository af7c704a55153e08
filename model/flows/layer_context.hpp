// What a layer's program works with.
#pragma once

#include "model/check/scoreboard.hpp"
#include "model/config/model_config.hpp"
#include "model/flows/layer_plan.hpp"
#include "model/flows/machine.hpp"

namespace moehub {

struct LayerContext {
  Machine& machine;
  Scoreboard& board;
  const LayerPlan& plan;
  const SystemConfig& system;
  const ModelConfig& model;
  int generation = 0;        ///< of the regions: counts the layers of a flow, modulo 256
  bool first_layer = true;   ///< of the flow: hubs are still as reset left them
  int variant = 0;           ///< of a flow that tries several settings and keeps the fastest
};

}  // namespace moehub
