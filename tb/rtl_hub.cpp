#include "tb/rtl_hub.hpp"

#include "Vhub.h"
#include "Vhub16.h"
#include "tb/rtl_hub_pins.hpp"

namespace moehub {

std::unique_ptr<Hub> make_rtl_hub(const HubParams& params, int spill_latency_cycles) {
  constexpr int kPeers = 8;  // of the smaller build
  if (params.peers > kPeers) {
    return std::make_unique<RtlHub<Vhub16, NoWaves>>(params, spill_latency_cycles);
  }
  return std::make_unique<RtlHub<Vhub, NoWaves>>(params, spill_latency_cycles);
}

}  // namespace moehub
