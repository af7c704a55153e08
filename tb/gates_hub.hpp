// The hub as mapped standard cells behind the hub's C++ port.
//
// Gates come from synthesis, take minutes to make and are wanted rarely: so they are a library of their own, built
// by scripts/synth/gates.py (`make gates`) and loaded when a hub of gates is asked for. It is looked for in the
// build folder; MOEHUB_GATES names another one. MOEHUB_SWAP_GATE=1..4 turns one NAND of the netlist into a NOR, to
// show that a run notices.
#pragma once

#include <memory>

#include "model/hub/port.hpp"

namespace moehub {

// Throws std::invalid_argument when there is no library, or it was built with other parameters.
std::unique_ptr<Hub> make_gates_hub(const HubParams& params, int spill_latency_cycles);

// What the library offers; both sides must have been compiled from one port.hpp.
using GatesHubMaker = Hub* (*)(const HubParams& params, int spill_latency_cycles, const char* swap_gate);
using GatesHubVersion = unsigned (*)();
inline constexpr const char* kGatesHubMaker = "moehub_make_gates_hub";
inline constexpr const char* kGatesHubVersion = "moehub_gates_hub_version";
inline constexpr unsigned kGatesVersion =
    1000003U * sizeof(HubInputs) + 1009U * sizeof(HubOutputs) + 31U * sizeof(HubParams) + sizeof(Packet);

}  // namespace moehub
