// The flow `comet`: Comet's two fused kernels, with thread blocks set aside for communication.
//
// The GPUs gather everybody's routing, sort it, and the host reads how many rows each expert gets. First
// kernel: some SMs bring each token once to every GPU that needs it, in the order of a ring, own tokens
// first; the others compute GEMM1 on tiles of rows, sorted in the same order, as their rows come. Then the
// activation. Second kernel: GEMM2 goes through all experts column group by column group; the SMs that were
// set aside wait for a group of columns, add up each token's results of this GPU's experts, and send the sums
// home; at the end all GPUs meet, and each adds up what the others sent. The number of SMs set aside is the
// one, of a few, with which the layer is fastest, as Comet's profiles say beforehand. (arXiv 2502.19811;
// bytedance/flux, its operators for all-gather with scatter and for gather with reduce-scatter.)
#pragma once

#include "model/flows/fused_layer.hpp"

namespace moehub {

class CometLayer : public FusedLayer {
 public:
  static constexpr int kVariants = 4;  ///< SMs for communication: 8, 16, 24, 32

  explicit CometLayer(const LayerContext& context);
  void run_gpu(int gpu) override;

 private:
  void agree_on_layout(int gpu);
  void dispatch_and_gemm1(int gpu);
  void gemm2_and_combine(int gpu);
  void send_rows(int gpu);
  void send_sums(int gpu, int group, const std::function<void()>& sent);
  int groups() const;
  int group_of(int column) const;

  int comm_sms_;
  std::vector<int> pacers_;  // [gpu]
};

}  // namespace moehub
