// What both kinds of flows write into a hub's registers.
#pragma once

#include "model/config/system_config.hpp"
#include "model/hub/hub_setup.hpp"

namespace moehub {

/// The hub that a system's configuration describes. The row table is built at its default size and cut
/// down by a register, as in the RTL; only a larger one is built larger.
HubParams hub_params(const HubConfig& config);

/// Everything but regions and windows; ends with `enable`.
HubSetup hub_setup(const SystemConfig& system, int gpu, int gpus);

}  // namespace moehub
