// A flow over the layers of a run: the one entrance to the system model.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/check/check_result.hpp"
#include "model/check/histogram.hpp"
#include "model/config/model_config.hpp"
#include "model/flows/flow_names.hpp"
#include "model/flows/layer_program.hpp"
#include "model/flows/machine.hpp"
#include "model/gpu/activity_log.hpp"
#include "model/hub/hub_setup.hpp"
#include "model/routing/trace.hpp"

namespace moehub {

struct WaveRequest {
  std::string file;
  Picoseconds begin = 0;  ///< of the flow's simulated time
  Picoseconds end = kNever;
};

struct FlowSettings {
  SystemConfig system;
  ModelConfig model;
  const Trace* routing = nullptr;
  int first_layer = 0;  ///< number of the routing's layer 0, for what is printed
  HubFactory make_hub;
  std::optional<WaveRequest> waves;
  /// Asked now and then; true ends the flow after the layers that are complete.
  std::function<bool()> interrupted;
  /// Called before each layer.
  std::function<void(int layer, int layers)> progress;
};

struct LayerResult {
  int layer = 0;
  LayerTimes times;
  Picoseconds begin = 0;  ///< of the flow's time
  CheckResult check;
  std::vector<int> rows_by_expert;
  std::vector<int> rows_by_gpu;
  std::vector<std::vector<Span>> spans;  ///< [gpu], in the layer's time
  std::vector<LinkLoad::Gpu> links;      ///< [gpu], the same
};

struct FlowResult {
  std::string name;
  std::vector<LayerResult> layers;  ///< those that were completed
  CheckResult check;                ///< of all of them
  LayerTimes times;                 ///< summed over layers
  bool uses_hubs = false;
  bool interrupted = false;
  std::optional<std::string> failure;  ///< why the flow ended early, in words

  HubStatistics hub;  ///< summed over the hubs
  TrafficCounters traffic;
  Histogram ingress_latency_cycles;
  Histogram row_latency_ns;
  std::vector<std::uint64_t> rows_by_expert;  ///< summed over layers; as delivered where hubs place rows
  double wall_s = 0;
  double cpu_s = 0;  ///< of one core
};

/// Runs a flow over all layers of the routing. Errors of the simulated machine (a hang, an assertion of
/// the RTL) end the flow and are told in the result; InputError is thrown.
FlowResult run_flow(Machine& machine, const std::string& name, const FlowSettings& settings);

}  // namespace moehub
