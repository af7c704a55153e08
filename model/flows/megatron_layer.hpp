// The flows `megatron-te` and `megatron-cutlass`: Megatron-LM's MoE layer with its all-to-all dispatcher;
// nothing overlaps.
//
// Route; exchange counts; stop the stream and copy them to the host, which sizes the buffers; permute;
// all-to-all; sort by expert; GEMM1, activation, GEMM2, each a kernel; the same way back; weighted sum.
// Transformer Engine launches a GEMM for each expert, the CUTLASS build one grouped kernel.
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class MegatronLayer : public SoftwareLayer {
 public:
  void run_gpu(int gpu) override;

 protected:
  MegatronLayer(const LayerContext& context, Launches launches)
      : SoftwareLayer(context, Exchange::Rows::a_choice, Exchange::Rows::a_choice), launches_(launches) {}

 private:
  void agree_on_layout(int gpu);
  void dispatch(int gpu);
  void compute(int gpu);
  void combine(int gpu);

  Launches launches_;
};

class MegatronTeLayer : public MegatronLayer {
 public:
  explicit MegatronTeLayer(const LayerContext& context)
      : MegatronLayer(context, Launches::an_expert) {}
};

class MegatronCutlassLayer : public MegatronLayer {
 public:
  explicit MegatronCutlassLayer(const LayerContext& context)
      : MegatronLayer(context, Launches::one) {}
};

}  // namespace moehub
