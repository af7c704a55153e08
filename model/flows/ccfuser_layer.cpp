#include "model/flows/ccfuser_layer.hpp"

#include <algorithm>
#include <utility>

namespace moehub {

namespace {
constexpr int kRows = 0;
constexpr int kResults = 1;
constexpr int kResultsUnderWay = 1;  // of an SM, beside the block that it computes
}  // namespace

CcfuserLayer::CcfuserLayer(const LayerContext& context)
    : FusedLayer(context, Exchange::Rows::a_gpu, Exchange::Rows::a_choice),
      pacers_(static_cast<std::size_t>(gpus())),
      results_under_way_(static_cast<std::size_t>(gpus()),
                         std::vector<int>(static_cast<std::size_t>(context.system.gpu.sms))) {}

void CcfuserLayer::run_gpu(int gpu) {
  route(gpu);
  doing(gpu, "where the tokens of all GPUs go");
  barrier(gpu);
  mediate(gpu, cost().mediation_base_us + cost().mediation_ns_per_token * plan().tokens_of(gpu) / 1e3);
  synchronise(gpu, cost().stream_sync_us);
  pacers_[static_cast<std::size_t>(gpu)] = context_.machine.copies().add_pacer(
      gpu, link_gb_per_s() * cost().fused_link_share);
  barrier(gpu);  // everybody's tokens may be read

  doing(gpu, "the rows of its tiles");
  launch(gpu);
  take_own_rows(gpu);
  read_rows(gpu);
  run_gemm1_as_rows_come(gpu);
  launch(gpu);
  run_activation(gpu, plan().rows_to(gpu));
  gemm2_and_combine(gpu);
  doing(gpu, "");
}

// What a GPU reads leaves the owners' memory: a loop for each owner that goes through this GPU's tiles in
// order. Loaders of all SMs together are bound by the links, not by their own rate.
void CcfuserLayer::read_rows(int gpu) {
  const TileInputs& tiles = inputs(gpu);
  std::vector<std::vector<RowMove>> from(static_cast<std::size_t>(gpus()));
  std::vector<bool> listed(static_cast<std::size_t>(rows_.rows_to(gpu)));
  for (int tile = 0; tile < static_cast<int>(tiles.tiles().size()); ++tile) {
    for (int i = 0; i < tiles.tiles()[static_cast<std::size_t>(tile)].rows; ++i) {
      const RowMove row = tiles.row(tile, i);
      const int owner = plan().source_of(row.token);
      if (owner == gpu || listed[static_cast<std::size_t>(row.slot)]) continue;
      listed[static_cast<std::size_t>(row.slot)] = true;
      from[static_cast<std::size_t>(owner)].push_back(row);
    }
  }
  for (int step = 1; step < gpus(); ++step) {
    const int owner = (gpu - step + gpus()) % gpus();
    std::vector<RowMove>& list = from[static_cast<std::size_t>(owner)];
    CopyLoop loop;
    loop.count = static_cast<int>(list.size());
    loop.gb_per_s = context_.system.gpu.sms * cost().sm_copy_gb_per_s / std::max(gpus() - 1, 1);
    loop.reads = true;
    loop.make = [this, gpu, list = std::move(list)](int index) {
      RowMove row = list[static_cast<std::size_t>(index)];
      row.k = first_choice_on(row.token, gpu);
      return row_copy(row, gpu, kRows);
    };
    context_.machine.copies().start(owner, pacers_[static_cast<std::size_t>(owner)], {loop});
  }
}

void CcfuserLayer::gemm2_and_combine(int gpu) {
  const TileInputs& tiles = inputs(gpu);
  doing(gpu, "its second GEMM");
  launch(gpu);
  Signal all_sent;
  int blocks_left = static_cast<int>(tiles.tiles().size()) *
                    GemmTiming(context_.system.gpu, gemm2_shape(context_.model)).column_tiles();
  if (blocks_left == 0) all_sent.raise();
  bool first = true;
  Gpu& g = context_.machine.gpu(gpu);
  run_gemm2(gpu, [&](int tile, int column, int sm) {
    if (std::exchange(first, false)) mark_results_computed();
    int& under_way = results_under_way_[static_cast<std::size_t>(gpu)][static_cast<std::size_t>(sm)];
    const bool free = ++under_way <= kResultsUnderWay;
    CopyLoop loop;
    loop.count = tiles.tiles()[static_cast<std::size_t>(tile)].rows;
    loop.gb_per_s = context_.system.gpu.sm_gb_per_s;
    loop.make = [this, &tiles, tile, column](int index) {
      const RowMove row = tiles.row(tile, index);
      return result_piece(row, plan().source_of(row.token), column_begin(column),
                          column_end(column), kResults);
    };
    loop.sent = [&, sm] {
      int& still = results_under_way_[static_cast<std::size_t>(gpu)][static_cast<std::size_t>(sm)];
      if (--still >= kResultsUnderWay) {
        g.scheduler().release(sm);
        g.poke();
      }
      if (--blocks_left == 0) all_sent.raise();
    };
    context_.machine.copies().start(gpu, pacers_[static_cast<std::size_t>(gpu)], {std::move(loop)});
    return free;
  });
  wait(all_sent);
  doing(gpu, "the results of its tokens");
  wait_arrival(gpu, kResults, results_.rows_from(gpu) * layout_.row_bytes);
  barrier(gpu);
  context_.machine.wait_for(from_us(cost().poll_us));
  mark_results_home();
  launch(gpu);
  run_reduce(gpu, plan().top_k());
}

}  // namespace moehub
