#include "model/flows/comet_layer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace moehub {

namespace {
constexpr int kRows = 0;
constexpr int kSums = 1;
constexpr int kSmsAVariant = 8;
}  // namespace

CometLayer::CometLayer(const LayerContext& context)
    : FusedLayer(context, Exchange::Rows::a_gpu, Exchange::Rows::a_gpu),
      comm_sms_(std::clamp(kSmsAVariant * (context.variant + 1), 1, context.system.gpu.sms / 2)),
      pacers_(static_cast<std::size_t>(gpus())) {}

void CometLayer::run_gpu(int gpu) {
  route(gpu);
  agree_on_layout(gpu);
  dispatch_and_gemm1(gpu);
  launch(gpu);
  run_activation(gpu, plan().rows_to(gpu));
  gemm2_and_combine(gpu);
  doing(gpu, "");
}

// All-gather of the routing, sort kernels, and the number of rows of each expert for the host.
void CometLayer::agree_on_layout(int gpu) {
  doing(gpu, "the routing of all tokens");
  barrier(gpu);
  mediate(gpu, cost().mediation_base_us + cost().mediation_ns_per_token * plan().tokens_of(gpu) / 1e3);
  synchronise(gpu, cost().stream_sync_us);
}

void CometLayer::dispatch_and_gemm1(int gpu) {
  doing(gpu, "the rows of its tiles");
  launch(gpu);
  HeldSms copying(context_.machine, gpu, Activity::dispatch, comm_sms_);
  take_own_rows(gpu);
  send_rows(gpu);
  run_gemm1_as_rows_come(gpu);
  wait_arrival(gpu, kRows, rows_.rows_to(gpu) * layout_.row_bytes);
  copying.leave();
}

// Every loop takes its share of the rows for the next GPU of the ring, then for the one after it.
void CometLayer::send_rows(int gpu) {
  CopyHost& copies = context_.machine.copies();
  pacers_[static_cast<std::size_t>(gpu)] =
      copies.add_pacer(gpu, link_gb_per_s() * cost().fused_link_share);
  std::vector<CopyLoop> loops;
  for (int i = 0; i < comm_sms_; ++i) {
    std::vector<std::pair<int, RowMove>> mine;
    for (int step = 1; step < gpus(); ++step) {
      const int peer = (gpu + step) % gpus();
      const std::vector<RowMove>& rows = rows_.rows(gpu, peer);
      for (std::size_t r = static_cast<std::size_t>(i); r < rows.size();
           r += static_cast<std::size_t>(comm_sms_)) {
        mine.emplace_back(peer, rows[r]);
      }
    }
    CopyLoop loop;
    loop.count = static_cast<int>(mine.size());
    loop.gb_per_s = cost().sm_copy_gb_per_s;
    loop.make = [this, mine = std::move(mine)](int index) {
      const auto& [peer, row] = mine[static_cast<std::size_t>(index)];
      return row_copy(row, peer, kRows);
    };
    loops.push_back(std::move(loop));
  }
  copies.start(gpu, pacers_[static_cast<std::size_t>(gpu)], std::move(loops));
}

int CometLayer::groups() const {
  const int columns = GemmTiming(context_.system.gpu, gemm2_shape(context_.model)).column_tiles();
  return std::min(cost().comet_column_groups, columns);
}

int CometLayer::group_of(int column) const {
  const int columns = GemmTiming(context_.system.gpu, gemm2_shape(context_.model)).column_tiles();
  return column * groups() / columns;
}

// GEMM2 with its thread blocks in order of columns, over all experts; the SMs set aside follow it.
void CometLayer::gemm2_and_combine(int gpu) {
  const TileInputs& tiles = inputs(gpu);
  const GemmTiming timing(context_.system.gpu, gemm2_shape(context_.model));
  const int tile_count = static_cast<int>(tiles.tiles().size());
  std::vector<int> blocks_left(static_cast<std::size_t>(groups()));
  for (int column = 0; column < timing.column_tiles(); ++column) {
    blocks_left[static_cast<std::size_t>(group_of(column))] += tile_count;
  }
  std::vector<Signal> computed(blocks_left.size());
  doing(gpu, "its second GEMM");
  launch(gpu);
  HeldSms copying(context_.machine, gpu, Activity::combine, comm_sms_);
  Signal all_sent;
  context_.machine.fork([this, gpu, &computed, &all_sent] {
    for (int group = 0; group < groups(); ++group) {
      wait(computed[static_cast<std::size_t>(group)]);
      context_.machine.wait_for(from_us(cost().poll_us));
      if (group == 0) mark_results_computed();
      Signal sent;
      send_sums(gpu, group, [&sent] { sent.raise(); });
      wait(sent);
    }
    all_sent.raise();
  });
  if (tile_count == 0) {
    for (Signal& signal : computed) signal.raise();
  } else {
    WeightCache& cache = *weights_[static_cast<std::size_t>(gpu)];
    run_kernel(
        gpu, tile_count * timing.column_tiles(),
        [&](int block) {
          const int column = block / tile_count;
          const TileInputs::Tile& tile = tiles.tiles()[static_cast<std::size_t>(block % tile_count)];
          Block b = timing.block(Activity::gemm2, tile.rows,
                                 cache.fetch(2, tile.local, column, timing.weight_bytes()));
          b.part = column;
          return b;
        },
        [&](const Block& block) {
          const auto group = static_cast<std::size_t>(group_of(block.part));
          if (--blocks_left[group] == 0) computed[group].raise();
        });
  }
  doing(gpu, "its sums on their way home");
  wait(all_sent);
  wait_arrival(gpu, kSums, results_.rows_from(gpu) * layout_.row_bytes);
  copying.leave();
  doing(gpu, "the other GPUs");
  barrier(gpu);
  context_.machine.wait_for(from_us(cost().poll_us));
  mark_results_home();
  launch(gpu);
  const int tokens = std::max(plan().tokens_of(gpu), 1);
  run_reduce(gpu, (results_.rows_from(gpu) + tokens - 1) / tokens);
}

// The columns of a group, of each token that has experts here: read for each of them, sent once.
void CometLayer::send_sums(int gpu, int group, const std::function<void()>& all_sent) {
  int first_column = 0;
  while (group_of(first_column) < group) ++first_column;
  int end_column = first_column;
  const int columns = GemmTiming(context_.system.gpu, gemm2_shape(context_.model)).column_tiles();
  while (end_column < columns && group_of(end_column) == group) ++end_column;
  const std::int64_t begin = column_begin(first_column);
  const std::int64_t end = column_end(end_column - 1);
  context_.machine.gpu(gpu).use_memory(
      std::int64_t{plan().rows_to(gpu) - results_.rows_to(gpu)} * (end - begin));
  auto left = std::make_shared<int>(comm_sms_);
  std::vector<CopyLoop> loops;
  for (int i = 0; i < comm_sms_; ++i) {
    std::vector<std::pair<int, RowMove>> mine;
    for (int step = 0; step < gpus(); ++step) {
      const int owner = (gpu + step) % gpus();
      const std::vector<RowMove>& rows = results_.rows(owner, gpu);
      for (std::size_t r = static_cast<std::size_t>(i); r < rows.size();
           r += static_cast<std::size_t>(comm_sms_)) {
        mine.emplace_back(owner, rows[r]);
      }
    }
    CopyLoop loop;
    loop.count = static_cast<int>(mine.size());
    loop.gb_per_s = cost().sm_copy_gb_per_s;
    loop.make = [this, begin, end, mine = std::move(mine)](int index) {
      const auto& [owner, row] = mine[static_cast<std::size_t>(index)];
      return result_piece(row, owner, begin, end, kSums);
    };
    loop.sent = [left, all_sent] {
      if (--*left == 0) all_sent();
    };
    loops.push_back(std::move(loop));
  }
  context_.machine.copies().start(gpu, pacers_[static_cast<std::size_t>(gpu)], std::move(loops));
}

}  // namespace moehub
