// Time of what a transformer layer computes outside its experts: attention, dense and shared feed-forward
// parts. Kernels one after the other on a GPU that does nothing else, by the same thread blocks, waves and
// memory as the experts'.
#pragma once

#include "model/base/time.hpp"
#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"

namespace moehub {

class DenseTiming {
 public:
  /// `kernel_gap_us`: between two kernels.
  DenseTiming(const GpuConfig& gpu, const ModelConfig& model, double kernel_gap_us)
      : gpu_(gpu), model_(model), gap_(from_us(kernel_gap_us)) {}

  /// Norm, projections, attention over sequences of `sequence` tokens (causal, prefill), output projection, residual.
  Picoseconds attention(int tokens, int sequence) const;
  /// Norm, gate and up, activation, down, residual, of so many intermediate elements.
  Picoseconds feed_forward(int tokens, int ffn) const;
  /// [tokens x inner] * [inner x outputs].
  Picoseconds gemm(int tokens, int inner, int outputs) const;

  // What takes the other way through the layer in training: gradients of inputs and of weights, each as long as the
  // GEMM itself; attention 2.5 times, since it computes scores and probabilities again.
  Picoseconds attention_backward(int tokens, int sequence) const;
  Picoseconds feed_forward_backward(int tokens, int ffn) const;

 private:
  Picoseconds projections(int tokens) const;
  Picoseconds core(int tokens, int sequence) const;
  Picoseconds feed_forward_gemms(int tokens, int ffn) const;
  Picoseconds norm_and_residual(int tokens) const;
  Picoseconds move(double bytes) const;

  GpuConfig gpu_;
  ModelConfig model_;
  Picoseconds gap_;
};

}  // namespace moehub
