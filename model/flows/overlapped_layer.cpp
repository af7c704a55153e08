#include "model/flows/overlapped_layer.hpp"

#include <algorithm>

namespace moehub {

namespace {
constexpr int kTokensPerRouteBlock = 8;

enum Priority { kRoute, kReduce, kExperts };
}  // namespace

// Sums whose results are all there.
class OverlappedLayer::ReduceSource : public WorkSource {
 public:
  ReduceSource(OverlappedLayer& layer, int gpu, std::function<void()> all_done)
      : layer_(layer), gpu_(gpu), all_done_(std::move(all_done)) {}

  void add(int sum) { ready_.push_back(sum); }
  bool complete() const { return left() == 0; }
  int left() const { return layer_.sums(gpu_) - made_; }

  std::optional<Block> next(Picoseconds) override {
    if (ready_.empty()) return std::nullopt;
    std::vector<int> sums;
    while (!ready_.empty() && static_cast<int>(sums.size()) < layer_.sums_per_block()) {
      sums.push_back(ready_.front());
      ready_.pop_front();
    }
    Block block = layer_.sum_block(gpu_, sums);
    block.item = static_cast<int>(blocks_.size());
    blocks_.push_back(std::move(sums));
    return block;
  }
  bool finished(const Block& block, Picoseconds) override {
    for (const int sum : blocks_[static_cast<std::size_t>(block.item)]) {
      ++made_;
      layer_.sum_done(gpu_, sum);
    }
    if (complete()) all_done_();
    return true;
  }

 private:
  OverlappedLayer& layer_;
  int gpu_;
  int made_ = 0;
  std::function<void()> all_done_;
  std::deque<int> ready_;
  std::vector<std::vector<int>> blocks_;  // sums of the blocks that were started
};

// The two GEMMs of the experts on one set of SMs. An expert that is through with GEMM1 goes on first, so
// that its results leave while others compute. Otherwise GEMM1 goes first: its tiles have the longer way
// to go, and the more tiles wait for GEMM2, the fewer times its weights are read. When no block of GEMM1 is left to
// start, a few tiles wait for the others of their expert rather than read the weights for themselves.
//
// Where even all tiles of an expert with the mean load are too few to hide its weights, an early tile gains nothing: the
// weights take as long, and the columns that it read alone come a second time. There GEMM1 waits for the last row as well.
class OverlappedLayer::ExpertSource : public WorkSource {
 public:
  ExpertSource(GemmStage& gemm1, GemmStage& gemm2, int experts, int tile_rows, int mean_tiles)
      : gemm1_(gemm1),
        gemm2_(gemm2),
        tiles_that_hide1_(gemm1.tiles_that_hide_weights(tile_rows)),
        tiles_that_hide2_(gemm2.tiles_that_hide_weights(tile_rows)),
        few_tiles_(mean_tiles < tiles_that_hide1_),
        complete_(static_cast<std::size_t>(experts)) {}

  void no_more_tiles(int expert) { complete_[static_cast<std::size_t>(expert)] = true; }

  std::optional<Block> next(Picoseconds) override {
    const auto through = [this](int expert) { return gemm1_.unfinished(expert) == 0; };
    if (std::optional<Block> block = gemm2_.next_of(through)) return block;
    const auto all_there = [this](int expert) {
      return !few_tiles_ || complete_[static_cast<std::size_t>(expert)] ||
             gemm1_.waiting(expert) >= tiles_that_hide1_;
    };
    if (std::optional<Block> block = gemm1_.next_of(all_there)) return block;
    return gemm2_.next_of([this](int expert) { return gemm2_.waiting(expert) >= tiles_that_hide2_; });
  }
  bool finished(const Block& block, Picoseconds now) override {
    return (block.activity == Activity::gemm1 ? gemm1_ : gemm2_).finished(block, now);
  }

 private:
  GemmStage& gemm1_;
  GemmStage& gemm2_;
  int tiles_that_hide1_;
  int tiles_that_hide2_;
  bool few_tiles_;
  std::vector<bool> complete_;  // [expert]
};

struct OverlappedLayer::GpuState {
  GpuState(OverlappedLayer& layer, int index, const GemmTiming& gemm1_timing,
           const GemmTiming& gemm2_timing, int expert_count, int mean_tiles)
      : gpu(index),
        weights(layer.context_.system.gpu),
        gemm1(1, Activity::gemm1, gemm1_timing, expert_count, weights,
              [this, &layer](int tile, int column, int sm, Picoseconds) {
                return layer.tile_column_done(*this, tile, column, sm, false);
              }),
        gemm2(2, Activity::gemm2, gemm2_timing, expert_count, weights,
              [this, &layer](int tile, int column, int sm, Picoseconds) {
                return layer.tile_column_done(*this, tile, column, sm, true);
              }),
        experts(gemm1, gemm2, expert_count, layer.layout_.tile_rows, mean_tiles),
        reduce(layer, index, [this] { changed.notify(sc_core::SC_ZERO_TIME); }) {}

  int gpu;
  WeightCache weights;
  GemmStage gemm1;
  GemmStage gemm2;
  ExpertSource experts;
  ReduceSource reduce;
  std::vector<Tile> tiles;
  std::unique_ptr<Kernel> route;
  sc_core::sc_event changed;  // something that the GPU's program may wait for
};

OverlappedLayer::OverlappedLayer(const LayerContext& context, const HubLayout& layout)
    : context_(context), layout_(layout), timing_(context.system.gpu, context.model) {
  const GemmTiming gemm1(context_.system.gpu, gemm1_shape(context_.model, true));
  const GemmTiming gemm2(context_.system.gpu, gemm2_shape(context_.model));
  const LayerPlan& plan = context_.plan;
  const int mean_rows = plan.tokens() * plan.top_k() / context_.model.num_experts;
  const int mean_tiles = (mean_rows + layout_.tile_rows - 1) / layout_.tile_rows;
  for (int gpu = 0; gpu < plan.gpus(); ++gpu) {
    states_.push_back(std::make_unique<GpuState>(*this, gpu, gemm1, gemm2, layout_.regions, mean_tiles));
  }
}

OverlappedLayer::~OverlappedLayer() = default;

void OverlappedLayer::run_gpu(int gpu) {
  GpuState& state = *states_[static_cast<std::size_t>(gpu)];
  SmScheduler& scheduler = context_.machine.gpu(gpu).scheduler();
  const int begin = context_.plan.first_token(gpu);
  const int end = context_.plan.first_token(gpu + 1);
  const auto first = [=](int block) { return begin + block * kTokensPerRouteBlock; };
  const auto last = [=](int block) { return std::min(first(block + 1), end); };

  state.route = std::make_unique<Kernel>(
      (end - begin + kTokensPerRouteBlock - 1) / kTokensPerRouteBlock,
      [=](int block) { return timing_.route(block, last(block) - first(block)); },
      [=, &state](const Block& block) {
        const Picoseconds now = context_.machine.now();
        first_routed_ = std::min(first_routed_, now);
        for (int token = first(block.item); token < last(block.item); ++token) context_.board.routed(token, now);
        // The block's stores need no SM of their own: it stays beside the GEMM's block.
        send_rows(gpu, first(block.item), last(block.item), block.sm);
        state.changed.notify(sc_core::SC_ZERO_TIME);
        return true;
      });
  scheduler.add(*state.route, kRoute);
  scheduler.add(state.reduce, kReduce);
  scheduler.add(state.experts, kExperts, sms_left_free());
  context_.machine.gpu(gpu).poke();

  context_.machine.wait_until(state.changed, [&] { return state.route->complete(); });
  rows_sent(gpu);
  context_.machine.wait_until(state.changed, [&] { return state.reduce.complete(); });
}

void OverlappedLayer::add_tile(int gpu, int region, int first_slot, int rows) {
  GpuState& state = *states_[static_cast<std::size_t>(gpu)];
  state.tiles.push_back({region, first_slot, rows, state.gemm1.column_tiles()});
  state.gemm1.add_tile(region, static_cast<int>(state.tiles.size()) - 1, rows);
  context_.machine.gpu(gpu).poke();
}

void OverlappedLayer::no_more_tiles(int gpu, int region) {
  states_[static_cast<std::size_t>(gpu)]->experts.no_more_tiles(region);
  context_.machine.gpu(gpu).poke();
}

Block OverlappedLayer::sum_block(int gpu, const std::vector<int>& sums) const {
  int tokens = 0;
  for (const int group : sums) tokens += tokens_in_group(gpu, group);
  return timing_.reduce(tokens, context_.plan.top_k());
}

void OverlappedLayer::add_group(int gpu, int group) {
  states_[static_cast<std::size_t>(gpu)]->reduce.add(group);
  context_.machine.gpu(gpu).poke();
}

bool OverlappedLayer::tile_column_done(GpuState& state, int tile, int column, int sm,
                                       bool second) {
  Tile& t = state.tiles[static_cast<std::size_t>(tile)];
  --t.columns_left;
  if (second) return send_results(state.gpu, t, column, sm);
  if (t.columns_left == 0) {
    t.columns_left = state.gemm2.column_tiles();
    state.gemm2.add_tile(t.region, tile, t.rows);
  }
  return true;
}

int OverlappedLayer::tokens_in_group(int gpu, int group) const {
  const int size = layout_.combine.tokens_per_tile;
  return std::min(size, context_.plan.tokens_of(gpu) - group * size);
}

std::int64_t OverlappedLayer::column_begin(int column) const {
  return std::int64_t{column} * context_.system.gpu.gemm_tile_n * context_.model.dtype_bytes;
}

std::int64_t OverlappedLayer::column_end(int column) const {
  return std::min(column_begin(column + 1), layout_.payload_bytes);
}

LayerTimes OverlappedLayer::gpu_times() const {
  LayerTimes times;
  for (int gpu = 0; gpu < context_.plan.gpus(); ++gpu) {
    times.layer = std::max(times.layer, context_.machine.finished_at(gpu));
    times.compute = std::max(times.compute, context_.machine.gpu(gpu).log().busy(is_compute));
  }
  return times;
}

std::string OverlappedLayer::waiting_for(int gpu) const {
  const GpuState& state = *states_[static_cast<std::size_t>(gpu)];
  if (state.reduce.complete()) return {};
  if (state.route && !state.route->complete()) {
    return std::to_string(state.route->blocks_left()) + " thread blocks of its routing kernel";
  }
  return std::to_string(state.tiles.size()) + " tiles came so far, " +
         std::to_string(state.reduce.left()) + " groups of tokens without all their results";
}

}  // namespace moehub
