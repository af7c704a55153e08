// The flow `ccfuser`: CCFuser's fused kernels, which read tokens from other GPUs' memory and store results
// there, with no all-to-all and no SM set aside.
//
// The GPUs exchange where whose tokens go (into each other's memory) and meet. First kernel: loader warps of
// all SMs read the rows of a tile from the GPUs that own them, tile after tile; GEMM1 computes a tile when it
// is there. Then the activation. Second kernel: a thread block of GEMM2 stores each row of its tile straight
// to the token's GPU, a piece of as many columns as the tile has; an SM goes on while they leave, but not
// beyond the next tile. Then all GPUs meet, and each token's results are summed up. Experts stay where they
// are. (PPoPP 2025, its shared-memory kernels.)
#pragma once

#include "model/flows/fused_layer.hpp"

namespace moehub {

class CcfuserLayer : public FusedLayer {
 public:
  explicit CcfuserLayer(const LayerContext& context);
  void run_gpu(int gpu) override;

 private:
  void read_rows(int gpu);
  void gemm2_and_combine(int gpu);

  std::vector<int> pacers_;                          // [gpu]
  std::vector<std::vector<int>> results_under_way_;  // [gpu][sm] blocks' results, not yet sent
};

}  // namespace moehub
