// A layer whose thread blocks start as their rows become ready: the work of the GPUs under the
// `moehub` and the `ideal` flow, which differ in how rows and results get from GPU to GPU.
//
// Every GPU routes its tokens, thread block by thread block, and sends their rows. An expert tile that
// is ready goes through GEMM1 (activation fused), then GEMM2; results go home column by column; a group
// of tokens whose results are complete is summed up. All of it is list scheduled on the same SMs.
// With so few tokens that experts wait for their weights, an expert starts when all its rows are there.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "model/flows/layer_context.hpp"
#include "model/flows/layout.hpp"
#include "model/gpu/gemm_stage.hpp"
#include "model/gpu/kernel.hpp"
#include "model/gpu/token_timing.hpp"

namespace moehub {

class OverlappedLayer : public LayerProgram {
 public:
  OverlappedLayer(const LayerContext& context, const HubLayout& layout);
  ~OverlappedLayer() override;

  void prepare() override {}
  void run_gpu(int gpu) override;
  std::string waiting_for(int gpu) const override;

 protected:
  /// Rows [first_row, first_row + rows) of a region, as slots of its buffer.
  struct Tile {
    int region = 0;
    int first_slot = 0;
    int rows = 0;
    int columns_left = 0;  // of the GEMM that it is in
  };

  // ---- what a flow adds
  /// Tokens [first, end) of a GPU have been routed on an SM: their rows may leave.
  virtual void send_rows(int gpu, int first, int end, int sm) = 0;
  /// All tokens of a GPU are routed. Called in the GPU's thread.
  virtual void rows_sent(int gpu) = 0;
  /// A column of results of a tile is computed. Returns whether the SM is free.
  virtual bool send_results(int gpu, const Tile& tile, int column, int sm) = 0;

  /// Sums of results that a GPU makes: by default weighted sums of groups of `combine.tokens_per_tile` of
  /// its tokens.
  virtual int sums(int gpu) const { return groups(gpu); }
  /// Sums that a thread block makes, at most, and the block for some.
  virtual int sums_per_block() const { return 1; }
  virtual Block sum_block(int gpu, const std::vector<int>& sums) const;
  /// A sum is made.
  virtual void sum_done(int, int) {}
  /// SMs that the experts leave to shorter thread blocks.
  virtual int sms_left_free() const { return 0; }

  // ---- what a flow calls
  void add_tile(int gpu, int region, int first_slot, int rows);
  /// All tiles of an expert have been added.
  void no_more_tiles(int gpu, int region);
  /// All results of a sum are in memory.
  void add_group(int gpu, int group);

  int tokens_in_group(int gpu, int group) const;
  int groups(int gpu) const { return layout_.combine.tiles(context_.plan.tokens_of(gpu)); }
  /// Bytes of a result that a column of GEMM2's tiles makes: [begin, end).
  std::int64_t column_begin(int column) const;
  std::int64_t column_end(int column) const;
  /// When the first token of the layer was routed; kNever before.
  Picoseconds first_routed() const { return first_routed_; }
  /// Layer and compute time: the same for all flows.
  LayerTimes gpu_times() const;

  LayerContext context_;
  HubLayout layout_;
  TokenTiming timing_;

 private:
  struct GpuState;
  class ReduceSource;
  class ExpertSource;

  bool tile_column_done(GpuState& state, int tile, int column, int sm, bool second);

  std::vector<std::unique_ptr<GpuState>> states_;
  Picoseconds first_routed_ = kNever;
};

}  // namespace moehub
