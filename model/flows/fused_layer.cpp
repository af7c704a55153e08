#include "model/flows/fused_layer.hpp"

#include <algorithm>
#include <utility>

namespace moehub {

namespace {
constexpr int kRows = 0;  // tag of rows on their way to the experts
}

FusedLayer::FusedLayer(const LayerContext& context, Exchange::Rows rows, Exchange::Rows results)
    : SoftwareLayer(context, rows, results), complete_(static_cast<std::size_t>(gpus())) {
  for (int gpu = 0; gpu < gpus(); ++gpu) {
    inputs_.push_back(std::make_unique<TileInputs>(
        plan(), rows_, gpu, context.system.gpu.gemm_tile_m, layout_.row_bytes));
  }
}

void FusedLayer::on_arrival(int gpu, const CopyArrival& arrival) {
  SoftwareLayer::on_arrival(gpu, arrival);
  if (arrival.tag != kRows) return;
  const auto slot = static_cast<int>((arrival.addr - layout_.receive_base) /
                                     static_cast<std::uint64_t>(layout_.slot_pitch));
  inputs_[static_cast<std::size_t>(gpu)]->arrived(slot, arrival.bytes,
                                                  complete_[static_cast<std::size_t>(gpu)]);
}

void FusedLayer::take_own_rows(int gpu) {
  for (const RowMove& row : rows_.rows(gpu, gpu)) {
    const Copy copy = row_copy(row, gpu, kRows);
    context_.board.stored(copy.seed, gpu, now());
    context_.board.copied(gpu, copy.addr, copy.seed, 0, copy.bytes, now());
    on_arrival(gpu, {kRows, copy.bytes, copy.addr, 0, copy.seed, 1});
  }
}

// A thread block that finds its flags unset asks again; here, once every poll_us, for all tiles.
void FusedLayer::run_gemm1_as_rows_come(int gpu) {
  Gpu& g = context_.machine.gpu(gpu);
  const TileInputs& tiles = inputs(gpu);
  std::vector<int>& complete = complete_[static_cast<std::size_t>(gpu)];
  const GemmTiming timing(context_.system.gpu, gemm1_shape(context_.model, false));
  std::size_t blocks_left = tiles.tiles().size() * static_cast<std::size_t>(timing.column_tiles());
  Signal done;
  GemmStage stage(1, Activity::gemm1, timing, plan().experts_on(gpu),
                  *weights_[static_cast<std::size_t>(gpu)], [&](int, int, int, Picoseconds) {
                    if (--blocks_left == 0) done.raise();
                    return true;
                  });
  g.scheduler().add(stage, 0);
  g.log().begin(Activity::poll, now());
  for (std::size_t left = tiles.tiles().size(); left > 0;) {
    context_.machine.wait_for(from_us(cost().poll_us));
    for (const int tile : std::exchange(complete, {})) {
      stage.add_tile(tiles.tiles()[static_cast<std::size_t>(tile)].local, tile,
                     tiles.tiles()[static_cast<std::size_t>(tile)].rows);
      --left;
    }
    g.poke();
  }
  g.log().end(Activity::poll, now());
  mark_inputs_ready();
  if (blocks_left > 0) wait(done);
  g.scheduler().remove(stage);
}

void FusedLayer::run_gemm2(int gpu, const BlockDone& block_done) {
  Gpu& g = context_.machine.gpu(gpu);
  const TileInputs& tiles = inputs(gpu);
  const GemmTiming timing(context_.system.gpu, gemm2_shape(context_.model));
  std::size_t blocks_left = tiles.tiles().size() * static_cast<std::size_t>(timing.column_tiles());
  if (blocks_left == 0) return;
  Signal done;
  GemmStage stage(2, Activity::gemm2, timing, plan().experts_on(gpu),
                  *weights_[static_cast<std::size_t>(gpu)],
                  [&](int tile, int column, int sm, Picoseconds) {
                    const bool free = block_done(tile, column, sm);
                    if (--blocks_left == 0) done.raise();
                    return free;
                  });
  g.scheduler().add(stage, 0);
  for (std::size_t tile = 0; tile < tiles.tiles().size(); ++tile) {
    stage.add_tile(tiles.tiles()[tile].local, static_cast<int>(tile), tiles.tiles()[tile].rows);
  }
  g.poke();
  wait(done);
  g.scheduler().remove(stage);
}

std::int64_t FusedLayer::column_begin(int column) const {
  return std::int64_t{column} * context_.system.gpu.gemm_tile_n * context_.model.dtype_bytes;
}

std::int64_t FusedLayer::column_end(int column) const {
  return std::min(column_begin(column + 1), layout_.row_bytes);
}

}  // namespace moehub
