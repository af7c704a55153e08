// What Comet and CCFuser share: a first GEMM whose thread blocks wait, tile by tile, for the rows that other
// GPUs copy, by asking flags in memory again and again.
#pragma once

#include "model/flows/software_layer.hpp"
#include "model/flows/tile_inputs.hpp"

namespace moehub {

class FusedLayer : public SoftwareLayer {
 public:
  FusedLayer(const LayerContext& context, Exchange::Rows rows, Exchange::Rows results);
  void on_arrival(int gpu, const CopyArrival& arrival) override;

 protected:
  /// Rows of a GPU's own tokens are read where they are.
  void take_own_rows(int gpu);
  /// GEMM1 on all SMs that are free; returns with its last thread block.
  void run_gemm1_as_rows_come(int gpu);
  /// Tiles of both GEMMs.
  const TileInputs& inputs(int gpu) const { return *inputs_[static_cast<std::size_t>(gpu)]; }
  /// Thread blocks of the second GEMM, all inputs there: `done` is told when one is through and says
  /// whether its SM is free.
  using BlockDone = std::function<bool(int tile, int column, int sm)>;
  void run_gemm2(int gpu, const BlockDone& done);
  /// Bytes of a result that a column of GEMM2's tiles makes: [begin, end).
  std::int64_t column_begin(int column) const;
  std::int64_t column_end(int column) const;

 private:
  std::vector<std::unique_ptr<TileInputs>> inputs_;  // [gpu]
  std::vector<std::vector<int>> complete_;           // [gpu] tiles that nobody has asked about yet
};

}  // namespace moehub
