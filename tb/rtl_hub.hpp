// The RTL hub behind the hub's C++ port: one verilated `hub` with its own context and spill memory. There are
// two builds, for 8 and for 16 peers.
#pragma once

#include <memory>

#include "model/hub/port.hpp"

namespace moehub {

// `params` must be the parameters that the RTL was built with; throws std::invalid_argument naming
// the one that differs. Waveforms need the traced build, about three times slower.
std::unique_ptr<Hub> make_rtl_hub(const HubParams& params, int spill_latency_cycles);
std::unique_ptr<Hub> make_traced_rtl_hub(const HubParams& params, int spill_latency_cycles);

}  // namespace moehub
