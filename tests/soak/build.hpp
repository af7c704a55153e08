// The verilated hubs that a case chooses from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/hub/port.hpp"

namespace moehub::soak {

struct Build {
  std::string name;
  HubParams params;
  std::unique_ptr<Hub> (*make_rtl)(int spill_latency_cycles) = nullptr;
};

/// Made by CMake: `small` of rtl/configurations.txt, those of tests/soak/configurations.txt, `default`.
const std::vector<Build>& builds();

}  // namespace moehub::soak
