// Communication kernels of the system model by themselves, as public benchmarks time them.
#pragma once

#include <cstdint>
#include <string>

#include "model/config/system_config.hpp"
#include "model/flows/machine.hpp"

namespace moehub::calibration {

/// NCCL's all-to-all: every GPU sends `bytes` in all, as much to one as to another, itself included.
double alltoall_us(Machine& machine, const SystemConfig& system, std::int64_t bytes);

/// One kernel of DeepEP's, on routing that is drawn evenly.
struct DeepepPoint {
  bool low_latency = false;
  bool dispatch = true;  ///< or combine
  int hidden = 7168;
  int experts = 256;
  int top_k = 8;
  int tokens = 128;  ///< of a GPU
  bool fp8 = true;   ///< dispatch: a byte an element and a scale for 128 of them; combine is bf16
};
double deepep_us(Machine& machine, const SystemConfig& system, const DeepepPoint& point);

}  // namespace moehub::calibration
