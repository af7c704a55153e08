#include "model/config/system_config.hpp"

#include <fmt/format.h>

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
  if (!is_power_of_two(hub.rat_banks)) fail("hub.rat_banks", hub.rat_banks, "a power of two");
  const int row = hub.rat_banks * hub.rat_ways;
  if (hub.rat_entries % row != 0 || !is_power_of_two(hub.rat_entries / row)) {
    fail("hub.rat_entries", hub.rat_entries,
         fmt::format("{} (hub.rat_banks x hub.rat_ways) times a power of two", row));
  }
  if (hub.entries % hub.lanes != 0) {
    fail("hub.entries", hub.entries, fmt::format("a multiple of hub.lanes, {}", hub.lanes));
  }
  if (!is_power_of_two(hub.tile_rows)) fail("hub.tile_rows", hub.tile_rows, "a power of two");
}

}  // namespace moehub
