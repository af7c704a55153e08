// Time and memory traffic of one thread block of an expert's GEMM.
//
// A block computes a tile of gemm_tile_m x gemm_tile_n outputs over the whole inner dimension. It
// takes its FLOPs at an SM's share of the peak times `gemm_efficiency`, plus the fill and drain of
// its pipeline. Few rows take less (the M of a matrix instruction is a multiple of 16), until the
// weights bound it: those that are not in L2 come from HBM, at the rate that all SMs share.
// docs/system-model.md compares the result with measured expert GEMMs.
#pragma once

#include <cstdint>

#include "model/base/time.hpp"
#include "model/config/model_config.hpp"
#include "model/config/system_config.hpp"
#include "model/gpu/work.hpp"

namespace moehub {

/// One of the two GEMMs of an expert: [rows x inner] * [inner x outputs].
struct GemmShape {
  int outputs = 0;      ///< columns of the weights
  int inner = 0;
  int stored = 0;       ///< columns that reach memory: half, when gate * up is fused
  int dtype_bytes = 2;
  int passes = 1;       ///< 2 in the backward pass: gradients of the inputs, and of the weights
};

/// Gate and up projection together (or up alone, where experts are not gated).
GemmShape gemm1_shape(const ModelConfig& model, bool fused_activation);
GemmShape gemm2_shape(const ModelConfig& model);

class GemmTiming {
 public:
  GemmTiming(const GpuConfig& gpu, const GemmShape& shape);

  int column_tiles() const { return column_tiles_; }
  /// Weights of one column tile.
  std::int64_t weight_bytes() const { return weight_bytes_; }
  /// Time of a block of `rows` rows when nothing has to come from HBM.
  Picoseconds compute(int rows) const;
  /// Full tiles of an expert whose blocks of a column take all SMs as long as its weights take HBM: with fewer, weights
  /// bound the GEMM, and reading them twice shows.
  int tiles_that_hide_weights(int tile_rows) const;
  /// What the block writes.
  std::int64_t result_bytes(int rows) const;
  /// A block of `rows` rows that finds `weight_bytes` of its weights not in L2.
  Block block(Activity activity, int rows, std::int64_t weight_bytes) const;

 private:
  GemmShape shape_;
  int tile_n_;
  int column_tiles_;
  std::int64_t weight_bytes_;
  double flops_per_ps_;  // of one SM
  Picoseconds overhead_;
  double sms_per_hbm_;  // SMs over bytes that come from HBM in a us
};

}  // namespace moehub
