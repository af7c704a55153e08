#include "model/flows/deepep_layer.hpp"

#include <algorithm>

namespace moehub {

void DeepepLayer::run_gpu(int gpu) {
  route(gpu);
  exchange_layout(gpu);
  dispatch(gpu);
  compute(gpu);
  combine(gpu);
  doing(gpu, "");
}

void DeepepLayer::exchange_layout(int gpu) {
  doing(gpu, "the layout of all GPUs");
  launch(gpu);
  mediate(gpu, cost().deepep_layout_ns_per_token * plan().tokens_of(gpu) / 1e3);
  barrier(gpu);
  mediate(gpu, cost().deepep_notify_us);
  synchronise(gpu, 0);
}

SoftwareLayer::KernelStyle DeepepLayer::style(Activity activity) const {
  KernelStyle style;
  style.activity = activity;
  style.sms = std::min(cost().deepep_sms, context_.system.gpu.sms / 2);
  style.base_us = cost().deepep_kernel_us;
  style.gb_per_s = link_gb_per_s() * cost().deepep_link_share;
  return style;
}

// Half of the SMs send, to all peers at the same time; the other half copies from the buffer. Either half
// moves what two loops of NCCL would.
SoftwareLayer::Message DeepepLayer::message(int peer, int count,
                                            const std::function<Copy(int)>& make) const {
  Message message;
  message.peer = peer;
  CopyLoop loop;
  loop.count = count;
  loop.make = make;
  loop.gb_per_s = style(Activity::dispatch).sms * cost().sm_copy_gb_per_s / gpus();
  loop.memory_passes = 3;
  message.loops.push_back(std::move(loop));
  return message;
}

void DeepepLayer::dispatch(int gpu) {
  doing(gpu, "the dispatch kernel");
  std::vector<Message> messages;
  for (int peer = 0; peer < gpus(); ++peer) {
    const std::vector<RowMove>& rows = rows_.rows(gpu, peer);
    messages.push_back(message(peer, static_cast<int>(rows.size()), [this, &rows, peer](int i) {
      return row_copy(rows[static_cast<std::size_t>(i)], peer, kDispatch);
    }));
  }
  launch(gpu);
  run_collective(gpu, kDispatch, style(Activity::dispatch), std::move(messages),
                 rows_.rows_to(gpu) * layout_.row_bytes);
}

void DeepepLayer::compute(int gpu) {
  const std::int64_t permuted = (rows_.rows_to(gpu) + plan().rows_to(gpu)) * layout_.row_bytes;
  doing(gpu, "its experts");
  launch(gpu);
  run_move(gpu, Activity::permute, permuted);
  mark_inputs_ready();
  launch(gpu);
  run_gemm(gpu, false, Launches::one, all_rows(gpu));
  launch(gpu);
  run_activation(gpu, plan().rows_to(gpu));
  launch(gpu);
  run_gemm(gpu, true, Launches::one, all_rows(gpu));
  mark_results_computed();
  launch(gpu);
  run_move(gpu, Activity::permute, permuted);
}

void DeepepLayer::combine(int gpu) {
  doing(gpu, "the combine kernel");
  std::vector<Message> messages;
  for (int peer = 0; peer < gpus(); ++peer) {
    const std::vector<RowMove>& rows = results_.rows(peer, gpu);
    messages.push_back(message(peer, static_cast<int>(rows.size()), [this, &rows, peer](int i) {
      return result_copy(rows[static_cast<std::size_t>(i)], peer, kCombine);
    }));
  }
  launch(gpu);
  spend(gpu, Activity::mediation, cost().deepep_combine_notify_us);
  run_collective(gpu, kCombine, style(Activity::combine), std::move(messages),
                 results_.rows_from(gpu) * layout_.row_bytes);
  mark_results_home();
}

}  // namespace moehub
