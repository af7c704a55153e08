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

/// Made by CMake from tests/soak/configurations.txt, in its order.
const std::vector<Build>& builds();

}  // namespace moehub::soak
