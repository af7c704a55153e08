#include "model/config/system_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

bool is_power_of_two(int value) { return value > 0 && (value & (value - 1)) == 0; }

}  // namespace

void validate(const SystemConfig& system, const std::string& file) {
  const auto fail = [&](const char* key, int value, const std::string& expected) {
    throw InputError(file, key, fmt::format("{}", value), expected);
  };
  const HubConfig& hub = system.hub;
  if (system.fabric.gpus > hub.peers) {
    fail("fabric.gpus", system.fabric.gpus,
         fmt::format("at most {}, the peers of the hub (hub.peers)", hub.peers));
  }
  if (system.fabric.gpus > system.fabric.gpus_per_node &&
      system.fabric.gpus % system.fabric.gpus_per_node != 0) {
    fail("fabric.gpus", system.fabric.gpus,
         fmt::format("whole nodes of {} (fabric.gpus_per_node)", system.fabric.gpus_per_node));
  }
  if (system.fabric.frame_overhead_bytes >= system.fabric.frame_bytes) {
    fail("fabric.frame_overhead_bytes", system.fabric.frame_overhead_bytes,
         fmt::format("less than the {} of a frame (fabric.frame_bytes)", system.fabric.frame_bytes));
  }
  const FaultConfig& faults = system.faults;
  if (faults.plane_down >= system.fabric.planes) {
    fail("faults.plane_down", faults.plane_down,
         fmt::format("-1, or one of the {} planes (fabric.planes)", system.fabric.planes));
  }
  if (faults.plane_down >= 0 && faults.plane_up_us <= faults.plane_down_us) {
    throw InputError(file, "faults.plane_up_us", fmt::format("{}", faults.plane_up_us),
                     fmt::format("more than faults.plane_down_us, {}", faults.plane_down_us));
  }
  if (!is_power_of_two(hub.rat_banks)) fail("hub.rat_banks", hub.rat_banks, "a power of two");
  const int row = hub.rat_banks * hub.rat_ways;
  if (hub.rat_entries % row != 0 || !is_power_of_two(hub.rat_entries / row)) {
    fail("hub.rat_entries", hub.rat_entries,
         fmt::format("{} (hub.rat_banks x hub.rat_ways) times a power of two", row));
  }
  if (hub.entries % hub.lanes != 0) {
    fail("hub.entries", hub.entries, fmt::format("a multiple of hub.lanes, {}", hub.lanes));
  }
  const PlacementConfig& placement = system.placement;
  if (std::find(kExpertPlacements.begin(), kExpertPlacements.end(), placement.experts) ==
      kExpertPlacements.end()) {
    throw InputError(file, "placement.experts", "'" + placement.experts + "'",
                     fmt::format("one of {}", fmt::join(kExpertPlacements, ", ")));
  }
  if (placement.redundant_experts > 0 && placement.experts != "balanced") {
    fail("placement.redundant_experts", placement.redundant_experts,
         fmt::format("0, or placement.experts balanced (here {})", placement.experts));
  }
  if (system.fabric.gpus % placement.attention_tp != 0) {
    fail("placement.attention_tp", placement.attention_tp,
         fmt::format("a divisor of the number of GPUs, {}", system.fabric.gpus));
  }
  if (!is_power_of_two(hub.tile_rows)) fail("hub.tile_rows", hub.tile_rows, "a power of two");
}

}  // namespace moehub
