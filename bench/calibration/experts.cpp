#include "bench/calibration/experts.hpp"

#include <algorithm>
#include <numeric>

#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/sm_scheduler.hpp"

namespace moehub::calibration {

namespace {

double gemm_us(const GpuConfig& gpu, const GemmShape& shape, const std::vector<int>& rows) {
  ActivityLog log;
  SmScheduler scheduler(gpu.sms, 1e3 * gpu.hbm_tb_per_s * gpu.hbm_efficiency, log);
  WeightCache cache(static_cast<std::int64_t>(gpu.l2_mb * 0.8e6));
  GemmStage stage(1, Activity::gemm1, GemmTiming(gpu, shape), static_cast<int>(rows.size()), cache,
                  [](int, int, int, Picoseconds) { return true; });
  int tile = 0;
  for (std::size_t expert = 0; expert < rows.size(); ++expert) {
    for (int first = 0; first < rows[expert]; first += gpu.gemm_tile_m) {
      stage.add_tile(static_cast<int>(expert), tile++, std::min(gpu.gemm_tile_m, rows[expert] - first));
    }
  }
  scheduler.add(stage, 0);
  Picoseconds now = 0;
  scheduler.advance(now);
  while (scheduler.next_event() != kNever) {
    now = scheduler.next_event();
    scheduler.advance(now);
  }
  return to_us(now);
}

}  // namespace

double experts_us(const GpuConfig& gpu, const ModelConfig& model, const std::vector<int>& rows, int tokens,
                  double fixed_us) {
  const double sum = std::accumulate(rows.begin(), rows.end(), 0.0);
  // Rows are copied into order of experts; gate and up are read, their product written; results are read and
  // every token's sum written.
  const double bytes =
      2.0 * (2 * sum * model.hidden + 3 * sum * model.expert_ffn + sum * model.hidden + double(tokens) * model.hidden);
  return fixed_us + bytes / (1e6 * gpu.hbm_tb_per_s * gpu.hbm_efficiency) +
         gemm_us(gpu, gemm1_shape(model, false), rows) + gemm_us(gpu, gemm2_shape(model), rows);
}

}  // namespace moehub::calibration
