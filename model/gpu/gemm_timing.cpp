#include "model/gpu/gemm_timing.hpp"

#include <algorithm>
#include <cmath>

namespace moehub {

namespace {
constexpr int kMatrixRows = 16;  // least M that the tensor cores work on

int passes(const ModelConfig& model) { return model.backward ? 2 : 1; }
}

GemmShape gemm1_shape(const ModelConfig& model, bool fused_activation) {
  const int outputs = (model.gated ? 2 : 1) * model.expert_ffn;
  return {outputs, model.hidden, fused_activation ? model.expert_ffn : outputs, model.dtype_bytes, passes(model)};
}

GemmShape gemm2_shape(const ModelConfig& model) {
  return {model.hidden, model.expert_ffn, model.hidden, model.dtype_bytes, passes(model)};
}

GemmTiming::GemmTiming(const GpuConfig& gpu, const GemmShape& shape)
    : shape_(shape),
      tile_n_(gpu.gemm_tile_n),
      column_tiles_((shape.outputs + gpu.gemm_tile_n - 1) / gpu.gemm_tile_n),
      weight_bytes_(std::int64_t{gpu.gemm_tile_n} * shape.inner * shape.dtype_bytes),
      flops_per_ps_((shape.dtype_bytes == 1 ? gpu.fp8_tflops : gpu.bf16_tflops) *
                    gpu.gemm_efficiency / gpu.sms),
      overhead_(from_us(gpu.gemm_block_overhead_us)),
      sms_per_hbm_(gpu.sms / (1e6 * gpu.hbm_tb_per_s * gpu.hbm_efficiency)) {}

Picoseconds GemmTiming::compute(int rows) const {
  const int m = std::max((rows + kMatrixRows - 1) / kMatrixRows, 1) * kMatrixRows;
  const double flops = 2.0 * m * tile_n_ * shape_.inner * shape_.passes;
  return std::llround(flops / flops_per_ps_) + overhead_;
}

int GemmTiming::tiles_that_hide_weights(int tile_rows) const {
  return static_cast<int>(std::ceil(static_cast<double>(weight_bytes_) * sms_per_hbm_ / to_us(compute(tile_rows))));
}

Block GemmTiming::block(Activity activity, int rows, std::int64_t weight_bytes) const {
  Block block;
  block.activity = activity;
  block.compute = compute(rows);
  block.hbm_bytes = shape_.passes * weight_bytes + result_bytes(rows);
  return block;
}

std::int64_t GemmTiming::result_bytes(int rows) const {
  return std::int64_t{rows} * shape_.stored * shape_.dtype_bytes / column_tiles_;
}

}  // namespace moehub
