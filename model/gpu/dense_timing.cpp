#include "model/gpu/dense_timing.hpp"

#include <algorithm>

#include "model/gpu/gemm_alone.hpp"

namespace moehub {

Picoseconds DenseTiming::gemm(int tokens, int inner, int outputs) const {
  return gemm_alone(gpu_, {outputs, inner, outputs, model_.dtype_bytes}, {tokens}) + gap_;
}

Picoseconds DenseTiming::move(double bytes) const {
  const double gb_per_s = std::min(gpu_.sms * gpu_.sm_gb_per_s, 1e3 * gpu_.hbm_tb_per_s * gpu_.hbm_efficiency);
  return from_us(gpu_.move_block_us) + transfer_time(bytes, gb_per_s) + gap_;
}

// One kernel adds the residual and normalises: reads both, writes both.
Picoseconds DenseTiming::norm_and_residual(int tokens) const {
  return move(4.0 * tokens * static_cast<double>(model_.row_bytes()));
}

Picoseconds DenseTiming::projections(int tokens) const {
  const int q = model_.heads * model_.head_dim;
  const int out = model_.heads * model_.value_dim;
  Picoseconds time = gemm(tokens, out, model_.hidden);
  if (model_.kv_rank == 0) return time + gemm(tokens, model_.hidden, q + 2 * model_.kv_heads * model_.head_dim);
  // Multi-head latent attention: queries, keys and values come out of short vectors.
  const int kv = model_.heads * (model_.head_dim - model_.rope_dim + model_.value_dim);
  time += gemm(tokens, model_.hidden, (model_.q_rank > 0 ? model_.q_rank : q) + model_.kv_rank + model_.rope_dim);
  if (model_.q_rank > 0) time += gemm(tokens, model_.q_rank, q);
  return time + gemm(tokens, model_.kv_rank, kv);
}

// Each token with half of its sequence on average.
Picoseconds DenseTiming::core(int tokens, int sequence) const {
  const double flops = 2.0 * tokens * (sequence / 2.0) * model_.heads * (model_.head_dim + model_.value_dim);
  const double flops_per_ps = gpu_.bf16_tflops * gpu_.attention_efficiency;
  const double elements = static_cast<double>(tokens) * (model_.heads * (model_.head_dim + model_.value_dim) +
                                                         model_.kv_heads * (model_.head_dim + model_.value_dim));
  return std::max(Picoseconds{std::llround(flops / flops_per_ps)} + gap_, move(elements * model_.dtype_bytes));
}

Picoseconds DenseTiming::feed_forward_gemms(int tokens, int ffn) const {
  return gemm(tokens, model_.hidden, (model_.gated ? 2 : 1) * ffn) + gemm(tokens, ffn, model_.hidden);
}

Picoseconds DenseTiming::attention(int tokens, int sequence) const {
  return norm_and_residual(tokens) + projections(tokens) + core(tokens, sequence);
}

Picoseconds DenseTiming::feed_forward(int tokens, int ffn) const {
  const double activation = static_cast<double>(model_.gated ? 3 : 2) * tokens * ffn * model_.dtype_bytes;
  return norm_and_residual(tokens) + feed_forward_gemms(tokens, ffn) + move(activation);
}

Picoseconds DenseTiming::attention_backward(int tokens, int sequence) const {
  return norm_and_residual(tokens) + 2 * projections(tokens) + core(tokens, sequence) * 5 / 2;
}

Picoseconds DenseTiming::feed_forward_backward(int tokens, int ffn) const {
  return feed_forward(tokens, ffn) + feed_forward_gemms(tokens, ffn);
}

}  // namespace moehub
