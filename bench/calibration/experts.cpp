#include "bench/calibration/experts.hpp"

#include <numeric>

#include "model/gpu/gemm_alone.hpp"

namespace moehub::calibration {

double experts_us(const GpuConfig& gpu, const ModelConfig& model, const std::vector<int>& rows, int tokens,
                  double fixed_us) {
  const double sum = std::accumulate(rows.begin(), rows.end(), 0.0);
  // Rows are copied into order of experts; gate and up are read, their product written; results are read and
  // every token's sum written.
  const double bytes =
      2.0 * (2 * sum * model.hidden + 3 * sum * model.expert_ffn + sum * model.hidden + double(tokens) * model.hidden);
  return fixed_us + bytes / (1e6 * gpu.hbm_tb_per_s * gpu.hbm_efficiency) +
         to_us(gemm_alone(gpu, gemm1_shape(model, false), rows)) + to_us(gemm_alone(gpu, gemm2_shape(model), rows));
}

}  // namespace moehub::calibration
