#include "model/flows/deepep_ll_layer.hpp"

#include <algorithm>

namespace moehub {

namespace {
enum Tag { kDispatch, kCombine };
}

void DeepepLlLayer::run_gpu(int gpu) {
  route(gpu);
  next_kernel(gpu);
  doing(gpu, "the dispatch kernel");
  move(gpu, false);
  mark_inputs_ready();
  doing(gpu, "its experts");
  next_kernel(gpu);
  run_gemm(gpu, false, Launches::one, all_rows(gpu));
  next_kernel(gpu);
  run_activation(gpu, plan().rows_to(gpu));
  next_kernel(gpu);
  run_gemm(gpu, true, Launches::one, all_rows(gpu));
  mark_results_computed();
  doing(gpu, "the combine kernel");
  next_kernel(gpu);
  move(gpu, true);
  mark_results_home();
  doing(gpu, "");
}

// A kernel's fixed time, less what the simulated path takes itself. Its thread blocks serve the same number of experts
// each, as few as let all blocks run at once (deepseek-ai/DeepEP, internode_ll.cu).
SoftwareLayer::KernelStyle DeepepLlLayer::style(Activity activity) const {
  KernelStyle style;
  style.activity = activity;
  const int experts = plan().num_experts();
  const int groups = (experts + context_.system.gpu.sms - 1) / context_.system.gpu.sms;
  style.sms = (experts + groups - 1) / groups;
  style.base_us = cost().deepep_kernel_us;
  style.gb_per_s = link_gb_per_s() * cost().deepep_ll_link_share;
  style.rendezvous = false;
  return style;
}

void DeepepLlLayer::move(int gpu, bool results) {
  const int tag = results ? kCombine : kDispatch;
  const int sent = results ? results_.rows_to(gpu) : rows_.rows_from(gpu);
  std::vector<Message> messages;
  for (int step = 0; step < gpus(); ++step) {
    const int peer = (gpu + step) % gpus();
    const std::vector<RowMove>& rows = results ? results_.rows(peer, gpu) : rows_.rows(gpu, peer);
    CopyLoop loop;
    loop.count = static_cast<int>(rows.size());
    // Tokens are taken in their order, so that each peer has its share of the SMs all along.
    loop.gb_per_s = style(Activity::dispatch).sms * cost().sm_copy_gb_per_s * loop.count / std::max(sent, 1);
    loop.memory_passes = 3;
    loop.make = [this, &rows, peer, tag, results](int i) {
      const RowMove& row = rows[static_cast<std::size_t>(i)];
      return results ? result_copy(row, peer, tag) : row_copy(row, peer, tag);
    };
    messages.push_back({peer, {std::move(loop)}});
  }
  const int rows = results ? results_.rows_from(gpu) : rows_.rows_to(gpu);
  run_collective(gpu, tag, style(results ? Activity::combine : Activity::dispatch),
                 std::move(messages), rows * layout_.row_bytes);
}

}  // namespace moehub
