// The configuration that a bench program was built for, and what is sent through it.
#pragma once

#include <memory>
#include <string>

#include "model/hub/port.hpp"

namespace moehub::bench {

/// A line of rtl/configurations.txt.
struct Configuration {
  std::string name;
  HubParams params;
};

/// Shape of the rows and of the gating; from the file of the same name in sim/models.
struct ModelShape {
  std::string name;
  int row_bytes = 0;  ///< of a token's vector, a multiple of a line
  int experts = 0;
  int top_k = 0;
};

/// The model whose MoE layers the configuration is meant for; its experts are spread over all peers.
ModelShape model_shape(const Configuration& configuration);

// ---- made by CMake for each line of rtl/configurations.txt, from configuration.cpp.in
Configuration built_configuration();
std::unique_ptr<Hub> make_built_rtl_hub(int spill_latency_cycles);

}  // namespace moehub::bench
