#include "model/gpu/gemm_alone.hpp"

#include <algorithm>

#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/sm_scheduler.hpp"

namespace moehub {

Picoseconds gemm_alone(const GpuConfig& gpu, const GemmShape& shape, const std::vector<int>& rows) {
  ActivityLog log;
  SmScheduler scheduler(gpu.sms, 1e3 * gpu.hbm_tb_per_s * gpu.hbm_efficiency, log);
  WeightCache cache(gpu);
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
  return now;
}

}  // namespace moehub
