// A grouped GEMM that has a GPU to itself.
#pragma once

#include <vector>

#include "model/gpu/gemm_timing.hpp"

namespace moehub {

/// `rows`: of each expert, all there at once. From the first thread block until the last is through.
Picoseconds gemm_alone(const GpuConfig& gpu, const GemmShape& shape, const std::vector<int>& rows);

}  // namespace moehub
