#include "bench/calibration/layer.hpp"

#include <stdexcept>

#include "model/flows/hub_programming.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/placement.hpp"
#include "sim/whole_model.hpp"

namespace moehub::calibration {

Trace draw_routing(const SystemConfig& system, const ModelConfig& model, int tokens_per_gpu, const RoutingSpec& spec) {
  TraceShape shape;
  shape.layers = 1;
  shape.tokens = tokens_per_gpu * system.fabric.gpus;
  shape.top_k = model.top_k;
  shape.num_experts = model.num_experts;
  Trace routing = generate(spec, shape, 1);
  routing.source_gpu = default_source_gpu(shape.tokens, system.fabric.gpus);
  return routing;
}

FlowResult run_layer(Machine& machine, const std::string& flow, const SystemConfig& system, const ModelConfig& model,
                     const Trace& routing) {
  FlowSettings settings;
  settings.system = system;
  settings.model = model;
  settings.routing = &routing;
  settings.make_hub = [&system](int) {
    return make_model_hub(hub_params(system.hub), system.hub.spill_latency_cycles);
  };
  FlowResult result = run_flow(machine, flow, settings);
  if (result.failure) throw std::runtime_error(flow + ": " + *result.failure);
  if (!result.check.ok()) throw std::runtime_error(flow + ": the scoreboard found something");
  return result;
}

Picoseconds forward_pass(const SystemConfig& system, const ModelConfig& model, const Trace& routing, const FlowResult& layer,
                         bool experts) {
  RunOptions options;
  options.system = system;
  options.model = model;
  options.routing = routing;
  const PassParts parts = whole_model(options, layer, false);
  return parts.all() - (experts ? 0 : parts.moe);
}

}  // namespace moehub::calibration
