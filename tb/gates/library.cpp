// Compiled by scripts/synth/gates.py together with the verilated netlist; see tb/gates_hub.hpp.
#include "tb/gates_hub.hpp"

#include "Vhub_gates.h"
#include "tb/rtl_hub_pins.hpp"
#ifdef MOEHUB_GATES_WAVES
#include "tb/fst_waves.hpp"
#endif

namespace {
#ifdef MOEHUB_GATES_WAVES
using Waves = moehub::FstWaves;
#else
using Waves = moehub::NoWaves;
#endif
}  // namespace

extern "C" {

__attribute__((visibility("default"))) unsigned moehub_gates_hub_version() { return moehub::kGatesVersion; }

__attribute__((visibility("default"))) moehub::Hub* moehub_make_gates_hub(const moehub::HubParams& params,
                                                                         int spill_latency_cycles,
                                                                         const char* swap_gate) {
  std::vector<const char*> arguments{"moehub"};
  const std::string swap = std::string{"+swap_gate="} + (swap_gate != nullptr ? swap_gate : "0");
  arguments.push_back(swap.c_str());
  return new moehub::RtlHub<Vhub_gates, Waves>{params, spill_latency_cycles, arguments};
}

}  // extern "C"
