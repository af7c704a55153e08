#include "model/flows/hub_programming.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr std::uint64_t kSpillMemory = std::uint64_t{1} << 45;
}

HubParams hub_params(const HubConfig& config) {
  HubParams params;
  params.lanes = config.lanes;
  params.peers = config.peers;
  params.entries = config.entries;
  params.rat_banks = config.rat_banks;
  params.rat_sets = std::max(params.rat_sets, config.rat_sets());
  params.rat_ways = config.rat_ways;
  params.regions = config.regions;
  params.windows = config.windows;
  params.tiles = config.tiles;
  params.depth = config.depth;
  params.outstanding = config.outstanding;
  params.spill_slots = config.spill_slots;
  params.miss_ctx = config.miss_ctx;
  return params;
}

HubSetup hub_setup(const SystemConfig& system, int gpu, int gpus) {
  const HubConfig& config = system.hub;
  HubSetup setup;
  setup.self = gpu;
  setup.peers = PeerMask::first(gpus);
  setup.policy = {config.policy.merge,      config.policy.timer,     config.policy.priority,
                  config.policy.full_first, config.policy.row_order, config.policy.round_robin};
  setup.tick_cycles = config.merge_tick_cycles;
  setup.merge_age_ticks = config.merge_age_ticks;
  setup.deadline_age_ticks = config.deadline_age_ticks;
  setup.credits = system.fabric.credits_per_voq;
  setup.sets_in_use = config.rat_sets();
  setup.spill_base = kSpillMemory;
  return setup;
}

}  // namespace moehub
