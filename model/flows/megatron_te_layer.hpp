// The flow `megatron-te`: Megatron-LM's MoE layer on Transformer Engine, nothing overlaps.
//
// Route; stop the stream and copy the counts to the host; exchange counts and offsets; permute; all-to-all;
// sort by expert; GEMM1, activation, GEMM2, each a kernel (and each expert's GEMM a launch of its own);
// the same way back; weighted sum. Work and rows are those of the other flows.
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class MegatronTeLayer : public SoftwareLayer {
 public:
  using SoftwareLayer::SoftwareLayer;
  void run_gpu(int gpu) override;

 private:
  void route_and_mediate(int gpu);
  void dispatch(int gpu);
  void compute(int gpu);
  void combine(int gpu);
};

}  // namespace moehub
