#include "model/flows/tutel_layer.hpp"

#include <algorithm>

namespace moehub {

struct TutelLayer::Chunks {
  explicit Chunks(int count)
      : there(static_cast<std::size_t>(count)), computed(static_cast<std::size_t>(count)) {}
  std::vector<Signal> there;
  std::vector<Signal> computed;
  Signal home;
};

TutelLayer::TutelLayer(const LayerContext& context)
    : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice) {
  for (int source = 0; source < gpus(); ++source) {
    for (int destination = 0; destination < gpus(); ++destination) {
      for (int local = 0; local < plan().experts_on(destination); ++local) {
        capacity_ = std::max(capacity_, rows_.rows_of_expert(source, destination, local).count);
      }
    }
  }
  const int degree = std::clamp(1 << context.variant, 1, std::max(capacity_, 1));
  chunk_rows_ = (capacity_ + degree - 1) / degree;
  chunks_ = chunk_rows_ > 0 ? (capacity_ + chunk_rows_ - 1) / chunk_rows_ : 1;
}

void TutelLayer::run_gpu(int gpu) {
  const std::int64_t encoded = std::int64_t{plan().num_experts()} * capacity_ * layout_.row_bytes;
  const std::int64_t tokens = plan().tokens_of(gpu) * layout_.row_bytes;
  route(gpu);
  // The largest load of all GPUs: an all-reduce of a number, which the host then reads.
  doing(gpu, "the largest load");
  barrier(gpu);
  mediate(gpu, cost().nccl_base_us);
  synchronise(gpu, cost().stream_sync_us);
  doing(gpu, "its encoding");
  launch(gpu);
  run_move(gpu, Activity::permute, tokens + encoded);

  Chunks chunks(chunks_);
  context_.machine.fork([this, gpu, &chunks] { communicate(gpu, chunks); });
  for (int chunk = 0; chunk < chunks_; ++chunk) {
    doing(gpu, "the rows of a chunk");
    wait(chunks.there[static_cast<std::size_t>(chunk)]);
    if (chunk == chunks_ - 1) mark_inputs_ready();
    std::vector<ExpertRows> work;
    const int rows = gpus() * chunk_rows(chunk);
    for (int local = 0; local < plan().experts_on(gpu); ++local) work.push_back({local, rows});
    doing(gpu, "its experts");
    launch(gpu);
    run_gemm(gpu, false, Launches::one, work);
    launch(gpu);
    run_activation(gpu, rows * plan().experts_on(gpu));
    launch(gpu);
    run_gemm(gpu, true, Launches::one, work);
    chunks.computed[static_cast<std::size_t>(chunk)].raise();
    if (chunk == 0) mark_results_computed();
  }
  doing(gpu, "the results of a chunk");
  wait(chunks.home);
  mark_results_home();
  launch(gpu);
  run_reduce(gpu, plan().top_k());
  doing(gpu, "");
}

void TutelLayer::communicate(int gpu, Chunks& chunks) {
  for (int chunk = 0; chunk < chunks_; ++chunk) {
    exchange(gpu, chunk, false);
    chunks.there[static_cast<std::size_t>(chunk)].raise();
  }
  for (int chunk = 0; chunk < chunks_; ++chunk) {
    wait(chunks.computed[static_cast<std::size_t>(chunk)]);
    exchange(gpu, chunk, true);
  }
  chunks.home.raise();
}

// An all-to-all of equal parts: for each expert of the peer the rows of this chunk, then padding.
void TutelLayer::exchange(int gpu, int chunk, bool results) {
  const int tag = (results ? chunks_ : 0) + chunk;
  const int rows = chunk_rows(chunk);
  std::vector<Message> messages;
  for (int peer = 0; peer < gpus() && rows > 0; ++peer) {
    const auto make = [this, gpu, peer, tag, chunk, rows, results](int index) {
      const int local = index / rows;
      const int row = chunk * chunk_rows_ + index % rows;
      const Exchange::Range range = results ? results_.rows_of_expert(peer, gpu, local)
                                            : rows_.rows_of_expert(gpu, peer, local);
      if (row >= range.count) return padding_copy(peer, tag);
      return results ? result_copy(range[row], peer, tag) : row_copy(range[row], peer, tag);
    };
    const int count = plan().experts_on(results ? gpu : peer) * rows;
    messages.push_back(nccl_message(peer, count, make, count * layout_.row_bytes));
  }
  const std::int64_t incoming =
      std::int64_t{results ? plan().num_experts() : gpus() * plan().experts_on(gpu)} * rows;
  const std::int64_t longest = std::int64_t{plan().max_experts_on_a_gpu()} * rows * layout_.row_bytes;
  launch(gpu);
  run_collective(gpu, tag, nccl(results ? Activity::combine : Activity::dispatch, longest),
                 std::move(messages), incoming * layout_.row_bytes);
}

}  // namespace moehub
