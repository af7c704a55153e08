// Everything a run needs, parsed and checked: what `moehub run` hands to run().
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"
#include "model/routing/expert_slots.hpp"
#include "model/routing/trace.hpp"
#include "sim/volume.hpp"

namespace moehub {

enum class HubKind { Rtl, Model, Gates };

inline constexpr std::array<std::string_view, 3> kHubs = {"rtl", "model", "gates"};  // in this order

/// Of the whole model, around the MoE layers that are simulated.
enum class Pass { None, Forward, Training };

/// A window of simulated time, half open.
struct TimeWindow {
  double begin_us = 0;
  double end_us = 0;
};

struct RunOptions {
  SystemConfig system;  ///< `--gpus` and `--set` applied: system.fabric.gpus is the number of GPUs
  ModelConfig model;    ///< `--set model.KEY` applied
  /// Sliced; source_gpu filled; top_k is the model's. Its experts are the model's, or slots that hold them:
  Trace routing;
  std::vector<ExpertOfSlot> expert_of_slot;  ///< [layers of the routing]; empty: slots are experts
  std::string routing_name;  ///< the trace's file as given, or the spec: summary.json's config.trace
  std::string scenario;      ///< its name, or empty
  std::string about;         ///< what it stands for
  std::vector<Volume> volumes;  ///< of a scenario that counts the traffic of larger machines
  int first_layer = 0;       ///< number that the routing's layer 0 has in the whole trace

  std::vector<std::string> flows;  ///< without repeats, in the order given
  HubKind hub = HubKind::Rtl;
  Pass pass = Pass::None;
  std::uint64_t seed = 1;
  std::filesystem::path out;                   ///< directory of the results; not yet made
  std::optional<std::filesystem::path> waves;  ///< FST file to write
  std::optional<TimeWindow> waves_window;      ///< all when absent
  bool quiet = false;                          ///< print nothing but errors

  int gpus() const { return system.fabric.gpus; }
};

}  // namespace moehub
