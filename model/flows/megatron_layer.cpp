#include "model/flows/megatron_layer.hpp"

namespace moehub {

namespace {
enum Tag { kDispatch, kCombine };
}

void MegatronLayer::run_gpu(int gpu) {
  route(gpu);
  agree_on_layout(gpu);
  dispatch(gpu);
  compute(gpu);
  combine(gpu);
  doing(gpu, "");
}

void MegatronLayer::agree_on_layout(int gpu) {
  doing(gpu, "the exchange of counts");
  barrier(gpu);
  mediate(gpu, cost().mediation_base_us + cost().mediation_ns_per_token * plan().tokens_of(gpu) / 1e3);
  synchronise(gpu, cost().stream_sync_us);
}

void MegatronLayer::dispatch(int gpu) {
  doing(gpu, "its permutation");
  launch(gpu);
  run_move(gpu, Activity::permute,
           (plan().tokens_of(gpu) + plan().rows_from(gpu)) * layout_.row_bytes);
  launch(gpu);
  alltoall_dispatch(gpu, kDispatch);
  if (plan().experts_on(gpu) > 1) {
    doing(gpu, "its sort by expert");
    launch(gpu);
    run_move(gpu, Activity::permute, 2 * plan().rows_to(gpu) * layout_.row_bytes);
  }
  mark_inputs_ready();
}

void MegatronLayer::compute(int gpu) {
  doing(gpu, "its experts");
  launch(gpu);
  run_gemm(gpu, false, launches_, all_rows(gpu));
  launch(gpu);
  run_activation(gpu, plan().rows_to(gpu));
  launch(gpu);
  run_gemm(gpu, true, launches_, all_rows(gpu));
  mark_results_computed();
}

void MegatronLayer::combine(int gpu) {
  if (plan().experts_on(gpu) > 1) {
    doing(gpu, "its sort by source");
    launch(gpu);
    run_move(gpu, Activity::permute, 2 * plan().rows_to(gpu) * layout_.row_bytes);
  }
  launch(gpu);
  alltoall_combine(gpu, kCombine);
  mark_results_home();
  launch(gpu);
  run_reduce(gpu, plan().top_k());
}

}  // namespace moehub
