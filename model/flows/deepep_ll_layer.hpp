// The flow `deepep-ll`: DeepEP's low-latency kernels.
//
// Nothing is agreed on: every GPU keeps room for the most tokens that any GPU may send to any of its
// experts, and each row goes straight to its expert's and sender's place there, followed by a count. The
// GEMMs are masked ones, which skip what did not come. Results go straight to their token's place, where
// the combine kernel adds them up. The layer is a CUDA graph: no launch waits for the host, and nobody
// copies counts to it. (deepseek-ai/DeepEP.)
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class DeepepLlLayer : public SoftwareLayer {
 public:
  explicit DeepepLlLayer(const LayerContext& context)
      : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice) {}
  void run_gpu(int gpu) override;

 private:
  KernelStyle style(Activity activity) const;
  void move(int gpu, bool results);
  void next_kernel(int gpu) { spend(gpu, Activity::launch, cost().graph_gap_us); }
};

}  // namespace moehub
