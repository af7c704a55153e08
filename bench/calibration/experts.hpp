// The expert operator of one GPU: permutation, GEMM1, activation, GEMM2, weighted sum, without communication.
#pragma once

#include <vector>

#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"

namespace moehub::calibration {

/// `rows`: of each of the GPU's experts, all there at once. `tokens`: whose sums the GPU writes, those of its experts alone.
/// One grouped kernel a GEMM; the kernels that move rows take their bytes at HBM's usable rate; `fixed_us` stands
/// for the operator's small kernels (routing, sort) and the gaps between all of them.
double experts_us(const GpuConfig& gpu, const ModelConfig& model, const std::vector<int>& rows, int tokens,
                  double fixed_us);

}  // namespace moehub::calibration
