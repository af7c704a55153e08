#include "model/flows/fastermoe_layer.hpp"

#include <algorithm>

namespace moehub {

struct FasterMoeLayer::Slices {
  explicit Slices(int count)
      : sent(static_cast<std::size_t>(count)), computed(static_cast<std::size_t>(count)) {}
  std::vector<Signal> sent;
  std::vector<Signal> computed;
  Signal home;
};

FasterMoeLayer::FasterMoeLayer(const LayerContext& context)
    : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice),
      group_gpus_(std::min(context.system.software.fastermoe_group_gpus, context.plan.gpus())) {
  while (gpus() % group_gpus_ != 0) --group_gpus_;
  slices_ = gpus() / group_gpus_;
}

void FasterMoeLayer::run_gpu(int gpu) {
  route(gpu);
  doing(gpu, "the exchange of counts");
  barrier(gpu);
  mediate(gpu, cost().mediation_base_us + cost().mediation_ns_per_token * plan().tokens_of(gpu) / 1e3);
  synchronise(gpu, cost().stream_sync_us);
  doing(gpu, "its permutation");
  launch(gpu);
  run_move(gpu, Activity::permute,
           (plan().tokens_of(gpu) + plan().rows_from(gpu)) * layout_.row_bytes);

  Slices slices(slices_);
  context_.machine.fork([this, gpu, &slices] { communicate(gpu, slices); });
  for (int slice = 0; slice < slices_; ++slice) {
    doing(gpu, "the rows of a slice");
    wait(slices.sent[static_cast<std::size_t>(slice)]);
    if (slice == slices_ - 1) mark_inputs_ready();
    doing(gpu, "its experts");
    compute(gpu, slice);
    slices.computed[static_cast<std::size_t>(slice)].raise();
    if (slice == 0) mark_results_computed();
  }
  doing(gpu, "the results of a slice");
  wait(slices.home);
  mark_results_home();
  launch(gpu);
  run_reduce(gpu, plan().top_k());
  doing(gpu, "");
}

void FasterMoeLayer::communicate(int gpu, Slices& slices) {
  const int experts = plan().max_experts_on_a_gpu();
  for (int slice = 0; slice < slices_; ++slice) {
    for (int local = 0; local < experts; ++local) exchange(gpu, slice, local, false);
    slices.sent[static_cast<std::size_t>(slice)].raise();
  }
  for (int slice = 0; slice < slices_; ++slice) {
    wait(slices.computed[static_cast<std::size_t>(slice)]);
    for (int local = 0; local < experts; ++local) exchange(gpu, slice, local, true);
  }
  slices.home.raise();
}

// First GPU of the group that is `slice` places after (+1) or before (-1) a GPU's own.
int FasterMoeLayer::base_of(int gpu, int slice, int sign) const {
  const int group = (gpu / group_gpus_ + sign * slice + slices_) % slices_;
  return group * group_gpus_;
}

int FasterMoeLayer::tag(int slice, int local, bool results) const {
  return ((results ? slices_ : 0) + slice) * plan().max_experts_on_a_gpu() + local;
}

// One NCCL call: rows for one expert of each GPU of the group ahead, from the group behind; results the
// other way round.
void FasterMoeLayer::exchange(int gpu, int slice, int local, bool results) {
  const int to = base_of(gpu, slice, results ? -1 : 1);
  const int from = base_of(gpu, slice, results ? 1 : -1);
  const int t = tag(slice, local, results);
  std::vector<Message> messages;
  std::int64_t bytes = 0;
  std::int64_t longest = 0;
  for (int i = 0; i < group_gpus_; ++i) {
    const int peer = to + i;
    const Exchange::Range range = results ? results_.rows_of_expert(peer, gpu, local)
                                          : rows_.rows_of_expert(gpu, peer, local);
    const auto make = [this, range, peer, t, results](int index) {
      return results ? result_copy(range[index], peer, t) : row_copy(range[index], peer, t);
    };
    messages.push_back(nccl_message(peer, range.count, make, range.count * layout_.row_bytes));
    const Exchange::Range incoming = results ? results_.rows_of_expert(gpu, from + i, local)
                                             : rows_.rows_of_expert(from + i, gpu, local);
    bytes += incoming.count * layout_.row_bytes;
    longest = std::max(longest, incoming.count * layout_.row_bytes);
  }
  launch(gpu);
  run_collective(gpu, t, nccl(results ? Activity::combine : Activity::dispatch, longest),
                 std::move(messages), bytes);
}

// A call of the host's language an expert; its kernels follow each other on one stream.
void FasterMoeLayer::compute(int gpu, int slice) {
  const int from = base_of(gpu, slice, -1);
  for (int local = 0; local < plan().experts_on(gpu); ++local) {
    int rows = 0;
    for (int i = 0; i < group_gpus_; ++i) rows += rows_.rows_of_expert(from + i, gpu, local).count;
    if (rows == 0) continue;
    host_works(gpu, cost().fastermoe_call_us);
    launch(gpu);
    run_gemm(gpu, false, Launches::one, {{local, rows}});
    launch(gpu);
    run_activation(gpu, rows);
    launch(gpu);
    run_gemm(gpu, true, Launches::one, {{local, rows}});
  }
}

}  // namespace moehub
