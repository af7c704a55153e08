#include "model/flows/software_layer.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr int kTokensPerBlock = 8;
constexpr int kRowsPerBlock = 16;
}  // namespace

SoftwareLayer::SoftwareLayer(const LayerContext& context, Exchange::Rows rows,
                             Exchange::Rows results)
    : context_(context),
      rows_(context.plan, rows),
      results_(context.plan, results),
      layout_(make_software_layout(context.model, context.plan)),
      timing_(context.system.gpu, context.model),
      host_free_at_(static_cast<std::size_t>(context.plan.gpus())),
      doing_(static_cast<std::size_t>(context.plan.gpus()), "its start") {
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    weights_.push_back(std::make_unique<WeightCache>(context.system.gpu));
    incoming_.push_back(std::make_unique<Incoming>());
  }
}

void SoftwareLayer::prepare() {
  Scoreboard& board = context_.board;
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    BufferSpec spec;
    spec.gpu = gpu;
    spec.row_bytes = layout_.row_bytes;
    spec.slot_pitch = layout_.slot_pitch;
    spec.kind = RowKind::dispatch;
    spec.base = layout_.receive_base;
    spec.group_pitch = layout_.slot_pitch;
    spec.groups = rows_.rows_to(gpu);
    receive_buffers_.push_back(board.add_buffer(spec));
    spec.kind = RowKind::none;
    spec.base = layout_.padding_base;
    spec.groups = 1;
    board.add_buffer(spec);
    spec.kind = RowKind::combine;
    spec.base = layout_.combine.base;
    spec.group_pitch = layout_.combine.token_pitch;
    spec.slots_per_group = plan().top_k();
    spec.groups = plan().tokens_of(gpu);
    combine_buffers_.push_back(board.add_buffer(spec));
    add_more_buffers(gpu);
  }
  expect_rows();
}

void SoftwareLayer::expect_rows() {
  for (int source = 0; source < gpus(); ++source) {
    for (int destination = 0; destination < gpus(); ++destination) {
      for (const RowMove& row : rows_.rows(source, destination)) {
        context_.board.expect(RowKind::dispatch, row.token, row.k, receive_buffer(destination),
                              row.slot);
      }
      for (const RowMove& row : results_.rows(source, destination)) {
        context_.board.expect(RowKind::combine, row.token, row.k, combine_buffer(source),
                              (row.token - plan().first_token(source)) * plan().top_k() + row.k);
      }
    }
  }
}

// ---- host and streams -------------------------------------------------------------------------------

void SoftwareLayer::spend(int gpu, Activity activity, double us) {
  if (us <= 0) return;
  ActivityLog& log = context_.machine.gpu(gpu).log();
  log.begin(activity, now());
  context_.machine.wait_for(from_us(us));
  log.end(activity, now());
}

void SoftwareLayer::mediate(int gpu, double us) {
  if (!context_.model.backward) spend(gpu, Activity::mediation, us);
}

void SoftwareLayer::synchronise(int gpu, double us) {
  if (context_.model.backward) return;
  spend(gpu, Activity::sync, us);
  host_free_at_[static_cast<std::size_t>(gpu)] = now();
}

void SoftwareLayer::launch(int gpu) {
  Picoseconds& host = host_free_at_[static_cast<std::size_t>(gpu)];
  host += from_us(cost().kernel_launch_us);
  spend(gpu, Activity::launch, std::max(cost().kernel_gap_us, to_us(host - now())));
}

void SoftwareLayer::barrier(int gpu) {
  ActivityLog& log = context_.machine.gpu(gpu).log();
  log.begin(Activity::barrier, now());
  context_.machine.barrier();
  log.end(Activity::barrier, now());
}

void SoftwareLayer::wait(const Signal& signal) {
  context_.machine.wait_until(signal.event(), [&] { return signal.raised(); });
}

// ---- kernels ----------------------------------------------------------------------------------------

void SoftwareLayer::run_kernel(int gpu, int blocks, std::function<Block(int)> make,
                               const std::function<void(const Block&)>& block_done) {
  if (blocks == 0) return;
  Gpu& g = context_.machine.gpu(gpu);
  sc_core::sc_event done;
  Kernel kernel(blocks, std::move(make), [&](const Block& block) {
    if (block_done) block_done(block);
    done.notify(sc_core::SC_ZERO_TIME);
    return true;
  });
  g.scheduler().add(kernel, 0);
  g.poke();
  context_.machine.wait_until(done, [&] { return kernel.complete(); });
  g.scheduler().remove(kernel);
}

void SoftwareLayer::route(int gpu) {
  const int begin = plan().first_token(gpu);
  const int end = plan().first_token(gpu + 1);
  const auto first = [=](int block) { return begin + block * kTokensPerBlock; };
  const auto last = [=](int block) { return std::min(first(block + 1), end); };
  doing(gpu, "its routing kernel");
  run_kernel(
      gpu, (end - begin + kTokensPerBlock - 1) / kTokensPerBlock,
      [&](int block) { return timing_.route(block, last(block) - first(block)); },
      [&](const Block& block) {
        for (int token = first(block.item); token < last(block.item); ++token) context_.board.routed(token, now());
      });
  mark_routed();
}

void SoftwareLayer::run_move(int gpu, Activity activity, std::int64_t bytes) {
  if (bytes == 0) return;
  const int blocks = context_.system.gpu.sms;
  const Block block = timing_.move(activity, (bytes + blocks - 1) / blocks);
  run_kernel(gpu, blocks, [&](int) { return block; });
}

void SoftwareLayer::run_activation(int gpu, int rows) {
  run_kernel(gpu, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int block) {
    return timing_.activation(std::min(kRowsPerBlock, rows - block * kRowsPerBlock));
  });
}

void SoftwareLayer::run_reduce(int gpu, int rows_a_token) {
  const int tokens = plan().tokens_of(gpu);
  doing(gpu, "its weighted sum");
  run_kernel(gpu, (tokens + kRowsPerBlock - 1) / kRowsPerBlock, [&](int block) {
    return timing_.reduce(std::min(kRowsPerBlock, tokens - block * kRowsPerBlock), rows_a_token);
  });
}

std::vector<SoftwareLayer::ExpertRows> SoftwareLayer::all_rows(int gpu) const {
  std::vector<ExpertRows> work;
  for (int local = 0; local < plan().experts_on(gpu); ++local) {
    work.push_back({local, plan().rows_of(plan().expert_at(gpu, local))});
  }
  return work;
}

// An expert's thread blocks may start when its kernel has been launched: the host launches one after the
// other, on streams of their own, so that they share the SMs.
void SoftwareLayer::run_gemm(int gpu, bool second, Launches launches,
                             const std::vector<ExpertRows>& work) {
  const GemmShape shape = second ? gemm2_shape(context_.model) : gemm1_shape(context_.model, false);
  const GemmTiming timing(context_.system.gpu, shape);
  Gpu& g = context_.machine.gpu(gpu);
  const int tile_rows = context_.system.gpu.gemm_tile_m;
  int blocks_left = 0;
  sc_core::sc_event done;
  GemmStage stage(second ? 2 : 1, second ? Activity::gemm2 : Activity::gemm1, timing,
                  plan().experts_on(gpu), *weights_[static_cast<std::size_t>(gpu)],
                  [&](int, int, int, Picoseconds) {
                    if (--blocks_left == 0) done.notify(sc_core::SC_ZERO_TIME);
                    return true;
                  });
  g.scheduler().add(stage, 0);
  Picoseconds& host = host_free_at_[static_cast<std::size_t>(gpu)];
  bool first_launch = true;
  int tile = 0;
  for (const ExpertRows& expert : work) {
    if (expert.rows == 0) continue;
    if (launches == Launches::an_expert && !first_launch) {
      host += from_us(cost().te_gemm_us);
      if (host > now()) context_.machine.wait_for(host - now());
    }
    first_launch = false;
    for (int first = 0; first < expert.rows; first += tile_rows) {
      stage.add_tile(expert.local, tile++, std::min(tile_rows, expert.rows - first));
      blocks_left += stage.column_tiles();
    }
    g.poke();
  }
  context_.machine.wait_until(done, [&] { return blocks_left == 0; });
  g.scheduler().remove(stage);
}

// ---- copies -----------------------------------------------------------------------------------------

Copy SoftwareLayer::row_copy(const RowMove& row, int destination, int tag) const {
  Copy copy;
  copy.dst = destination;
  copy.addr = layout_.receive_address(row.slot);
  copy.bytes = static_cast<int>(layout_.row_bytes);
  copy.seed = row_seed({RowKind::dispatch, plan().layer(), static_cast<std::uint32_t>(row.token), row.k});
  copy.tag = tag;
  return copy;
}

Copy SoftwareLayer::result_piece(const RowMove& row, int owner, std::int64_t begin, std::int64_t end,
                                 int tag) const {
  Copy copy;
  copy.dst = owner;
  copy.addr = layout_.combine.address(row.token - plan().first_token(owner), row.k) +
              static_cast<std::uint64_t>(begin);
  copy.bytes = static_cast<int>(end - begin);
  copy.seed = row_seed({RowKind::combine, plan().layer(), static_cast<std::uint32_t>(row.token), row.k});
  copy.first_word = static_cast<int>(begin / kWordBytes);
  copy.tag = tag;
  return copy;
}

Copy SoftwareLayer::result_copy(const RowMove& row, int owner, int tag) const {
  return result_piece(row, owner, 0, layout_.row_bytes, tag);
}

int SoftwareLayer::first_choice_on(int token, int gpu) const {
  for (int k = 0; k < plan().top_k(); ++k) {
    const int expert = plan().expert(token, k);
    if (expert != kDroppedChoice && plan().home(expert).gpu == gpu) return k;
  }
  return kDroppedChoice;
}

Copy SoftwareLayer::padding_copy(int destination, int tag) const {
  Copy copy;
  copy.dst = destination;
  copy.addr = layout_.padding_base;
  copy.bytes = static_cast<int>(layout_.row_bytes);
  copy.tag = tag;
  return copy;
}

LayerTimes SoftwareLayer::times() const {
  LayerTimes times;
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    times.layer = std::max(times.layer, context_.machine.finished_at(gpu));
    times.compute = std::max(times.compute, context_.machine.gpu(gpu).log().busy(is_compute));
  }
  times.dispatch = inputs_ready_ - routed_;
  times.combine = home_ - computed_;
  return times;
}

std::string SoftwareLayer::waiting_for(int gpu) const {
  return doing_[static_cast<std::size_t>(gpu)];
}

}  // namespace moehub
