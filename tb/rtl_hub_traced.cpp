#include "Vhub_traced.h"
#include "tb/fst_waves.hpp"
#include "tb/rtl_hub.hpp"
#include "tb/rtl_hub_pins.hpp"

namespace moehub {

std::unique_ptr<Hub> make_traced_rtl_hub(const HubParams& params, int spill_latency_cycles) {
  return std::make_unique<RtlHub<Vhub_traced, FstWaves>>(params, spill_latency_cycles);
}

}  // namespace moehub
