// The flow `deepep`: DeepEP's normal kernels around grouped GEMMs.
//
// A layout kernel counts who gets what; the GPUs tell each other, and the host waits for the counts to size
// the buffers. The dispatch kernel, on some SMs, sends each token once to every GPU that has experts for it,
// into a buffer from which the receiver's SMs copy it. Rows are permuted into order of experts; GEMM1,
// activation, GEMM2; each token's results of this GPU's experts are added up; the combine kernel sends the
// sums home and adds up what the GPUs sent. (deepseek-ai/DeepEP.)
#pragma once

#include "model/flows/software_layer.hpp"

namespace moehub {

class DeepepLayer : public SoftwareLayer {
 public:
  explicit DeepepLayer(const LayerContext& context)
      : SoftwareLayer(context, Exchange::Rows::a_gpu, Exchange::Rows::a_gpu) {}
  void run_gpu(int gpu) override;

 protected:
  enum Tag { kDispatch, kCombine, kRelay, kPartial };
  virtual void dispatch(int gpu);
  virtual void combine(int gpu);
  KernelStyle style(Activity activity) const;
  Message message(int peer, int count, const std::function<Copy(int)>& make) const;

 private:
  void exchange_layout(int gpu);
  void compute(int gpu);
};

}  // namespace moehub
