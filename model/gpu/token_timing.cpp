#include "model/gpu/token_timing.hpp"

#include <algorithm>

namespace moehub {

Block TokenTiming::route(int index, int tokens) const {
  const std::int64_t token_bytes = tokens * model_.row_bytes();
  const double flops = 2.0 * tokens * model_.hidden * model_.num_experts;
  const double flops_per_ps = gpu_.bf16_tflops * gpu_.gate_efficiency / gpu_.sms;
  Block block;
  block.activity = Activity::route;
  block.compute = from_us(index < gpu_.sms ? gpu_.route_block_us : 0) +
                  std::max(moving(token_bytes), Picoseconds{std::llround(flops / flops_per_ps)});
  block.hbm_bytes = token_bytes;
  block.in_turn = false;
  return block;
}

Block TokenTiming::move(Activity activity, std::int64_t bytes) const {
  Block block;
  block.activity = activity;
  block.compute = from_us(gpu_.move_block_us) + moving(bytes);
  block.hbm_bytes = bytes;
  block.in_turn = false;
  return block;
}

Block TokenTiming::activation(int rows) const {
  const std::int64_t columns = (model_.gated ? 3 : 2) * std::int64_t{model_.expert_ffn};
  return move(Activity::activation, rows * columns * model_.dtype_bytes);
}

Block TokenTiming::reduce(int tokens, int top_k) const {
  return move(Activity::reduce, tokens * (top_k + 1) * model_.row_bytes());
}

}  // namespace moehub
