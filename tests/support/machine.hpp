// The one machine of a test executable (SystemC elaborates once a process), and small runs on it.
#pragma once

#include <functional>
#include <string>

#include "model/flows/flow.hpp"
#include "model/flows/hub_programming.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/placement.hpp"

namespace moehub::test {

inline constexpr int kMaxGpus = 8;

inline Machine& machine() {
  static Machine machine("machine", kMaxGpus);
  return machine;
}

/// A run that takes a fraction of a second; change what a test is about.
struct SmallRun {
  SmallRun() {
    system.name = "small";
    system.fabric.gpus = 4;
    system.hub.tile_rows = 16;
    system.gpu.gemm_tile_m = 16;
    model.name = "tiny";
    model.hidden = 512;
    model.expert_ffn = 256;
    model.num_experts = 8;
    model.top_k = 2;
    tokens_per_gpu = 32;
  }

  /// Draws routing for the shape as it stands.
  void draw(std::uint64_t seed = 1) {
    TraceShape shape;
    shape.layers = layers;
    shape.tokens = tokens_per_gpu * system.fabric.gpus;
    shape.top_k = model.top_k;
    shape.num_experts = model.num_experts;
    routing = generate(RoutingSpec{RoutingSpec::Kind::Uniform, 0}, shape, seed);
    routing.source_gpu = default_source_gpu(shape.tokens, system.fabric.gpus);
  }

  FlowResult run(const std::string& flow) {
    if (routing.layers == 0) draw();
    FlowSettings settings;
    settings.system = system;
    settings.model = model;
    settings.routing = &routing;
    settings.interrupted = interrupted;
    const auto make = [this](int) {
      return make_model_hub(hub_params(system.hub), system.hub.spill_latency_cycles);
    };
    settings.make_hub = [&, make](int gpu) { return wrap ? wrap(make(gpu), gpu) : make(gpu); };
    return run_flow(machine(), flow, settings);
  }

  SystemConfig system;
  ModelConfig model;
  int tokens_per_gpu = 0;
  int layers = 1;
  Trace routing;
  /// Puts something between the machine and a hub.
  std::function<std::unique_ptr<Hub>(std::unique_ptr<Hub>, int gpu)> wrap;
  std::function<bool()> interrupted;
};

}  // namespace moehub::test
