#include "model/flows/megatron_te_layer.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr int kTokensPerBlock = 8;
constexpr int kRowsPerBlock = 16;
}  // namespace

void MegatronTeLayer::run_gpu(int gpu) {
  route_and_mediate(gpu);
  dispatch(gpu);
  compute(gpu);
  combine(gpu);
  doing(gpu, "");
}

void MegatronTeLayer::route_and_mediate(int gpu) {
  const SoftwareConfig& cost = context_.system.software;
  const int tokens = context_.plan.tokens_of(gpu);
  doing(gpu, "its routing kernel");
  run_kernel(gpu, (tokens + kTokensPerBlock - 1) / kTokensPerBlock, [&](int block) {
    return timing_.route(std::min(kTokensPerBlock, tokens - block * kTokensPerBlock));
  });
  mark_routed();

  doing(gpu, "the exchange of counts");
  context_.machine.barrier();
  spend(gpu, Activity::mediation,
        cost.mediation_base_us + cost.mediation_ns_per_token * tokens / 1e3);
  // The host waits for the counts, sizes the buffers and launches what comes next.
  spend(gpu, Activity::mediation, cost.stream_sync_us + cost.kernel_launch_us);
}

void MegatronTeLayer::dispatch(int gpu) {
  const LayerPlan& plan = context_.plan;
  const std::int64_t row_bytes = layout_.row_bytes;
  doing(gpu, "its permutation");
  run_move(gpu, Activity::permute, (plan.tokens_of(gpu) + plan.rows_from(gpu)) * row_bytes);
  kernel_gap(gpu);
  alltoall_dispatch(gpu);
  if (plan.experts_on(gpu) > 1) {
    kernel_gap(gpu);
    doing(gpu, "its sort by expert");
    run_move(gpu, Activity::permute, 2 * plan.rows_to(gpu) * row_bytes);
  }
  mark_inputs_ready();
}

void MegatronTeLayer::compute(int gpu) {
  const int rows = context_.plan.rows_to(gpu);
  const double launch_us = context_.system.software.kernel_launch_us;
  doing(gpu, "its experts");
  kernel_gap(gpu);
  run_gemm(gpu, Activity::gemm1, false, launch_us);
  kernel_gap(gpu);
  run_kernel(gpu, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int block) {
    return timing_.activation(std::min(kRowsPerBlock, rows - block * kRowsPerBlock));
  });
  kernel_gap(gpu);
  run_gemm(gpu, Activity::gemm2, true, launch_us);
  mark_results_computed();
}

void MegatronTeLayer::combine(int gpu) {
  const LayerPlan& plan = context_.plan;
  const int tokens = plan.tokens_of(gpu);
  if (plan.experts_on(gpu) > 1) {
    kernel_gap(gpu);
    doing(gpu, "its sort by source");
    run_move(gpu, Activity::permute, 2 * plan.rows_to(gpu) * layout_.row_bytes);
  }
  kernel_gap(gpu);
  alltoall_combine(gpu);
  mark_results_home();
  kernel_gap(gpu);
  doing(gpu, "its weighted sum");
  run_kernel(gpu, (tokens + kRowsPerBlock - 1) / kRowsPerBlock, [&](int block) {
    return timing_.reduce(std::min(kRowsPerBlock, tokens - block * kRowsPerBlock), plan.top_k());
  });
}

}  // namespace moehub
