// Time of the thread blocks that work on tokens rather than on expert tiles: gating, permutation,
// activation, weighted sum. All are bound by memory: an SM moves at most a cache line's half a clock,
// all SMs together what HBM gives.
#pragma once

#include "model/base/time.hpp"
#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"
#include "model/gpu/work.hpp"

namespace moehub {

class TokenTiming {
 public:
  TokenTiming(const GpuConfig& gpu, const ModelConfig& model) : gpu_(gpu), model_(model) {}

  /// Gate GEMM, scores and top-k of some tokens: block `index` of a kernel, whose first blocks find SMs that
  /// still have to fill their pipelines.
  Block route(int index, int tokens) const;
  /// Reads and writes bytes and computes next to nothing.
  Block move(Activity activity, std::int64_t bytes) const;
  /// SwiGLU or its like on the result of the first GEMM, of `rows` rows.
  Block activation(int rows) const;
  /// Weighted sum of the results of some tokens.
  Block reduce(int tokens, int top_k) const;

 private:
  Picoseconds moving(std::int64_t bytes) const {
    return transfer_time(static_cast<double>(bytes), gpu_.sm_gb_per_s);
  }

  GpuConfig gpu_;
  ModelConfig model_;
};

}  // namespace moehub
