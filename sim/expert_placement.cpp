#include "sim/expert_placement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/base/input_error.hpp"
#include "model/routing/trace_stats.hpp"

namespace moehub {
namespace {

BalanceShape balance_shape(const RunOptions& options) {
  BalanceShape shape;
  shape.slots = expert_slots(options);
  shape.gpus = options.gpus();
  shape.nodes = std::max(1, options.gpus() / options.system.fabric.gpus_per_node);
  shape.groups = options.model.expert_groups;
  return shape;
}

void check_copies(const RunOptions& options) {
  const int gpus = balance_shape(options).gpus_of_expert();
  const int most = options.model.num_experts * (gpus - 1);
  if (options.system.placement.redundant_experts <= most) return;
  throw InputError(options.system.name, "placement.redundant_experts",
                   fmt::format("{}", options.system.placement.redundant_experts),
                   fmt::format("at most {}: a copy of each of {} experts on each of {} GPUs{}", most,
                               options.model.num_experts, gpus, gpus < options.gpus() ? " of its node" : ""));
}

ExpertOfSlot slots_of_layer(const RunOptions& options, const Trace& whole, int layer) {
  if (options.system.placement.experts == "round-robin") {
    return round_robin_slots(options.model.num_experts, options.gpus());
  }
  return balanced_slots(expert_loads(whole, layer), balance_shape(options));
}

}  // namespace

int expert_slots(const RunOptions& options) {
  return options.model.num_experts + options.system.placement.redundant_experts;
}

void place_experts(const Trace& whole, int first_layer, RunOptions& options) {
  if (options.system.placement.experts == "contiguous") return;
  check_copies(options);
  for (int layer = 0; layer < options.routing.layers; ++layer) {
    options.expert_of_slot.push_back(slots_of_layer(options, whole, first_layer + layer));
  }
  options.routing = place_experts(options.routing, options.expert_of_slot);
}

}  // namespace moehub
