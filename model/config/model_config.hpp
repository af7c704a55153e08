// The shape of a Mixture-of-Experts model, as far as its MoE layers need it.
#pragma once

#include <cstdint>
#include <string>

namespace moehub {

/// Longest row that a hub can hold (hub_pkg::RowBytesW).
inline constexpr std::int64_t kMaxRowBytes = 65536;

struct ModelConfig {
  std::string name;
  int hidden = 0;            ///< elements of a token's vector
  int expert_ffn = 0;        ///< intermediate elements of one expert
  int num_experts = 0;       ///< routed experts of a layer
  int top_k = 0;             ///< routed experts of a token
  int shared_experts = 0;    ///< experts that every token visits, on its own GPU
  int shared_ffn = 0;        ///< intermediate elements of all shared experts together
  int layers = 0;            ///< transformer layers
  int moe_layers = 0;        ///< of these, with experts
  int first_dense = 0;       ///< leading layers without experts
  int dtype_bytes = 2;       ///< bytes of an element of activations and weights (bf16: 2)
  bool gated = true;         ///< expert = down(act(gate(x)) * up(x)): three matrices; else two
  std::string scoring = "softmax";  ///< softmax, sigmoid, sigmoid+bias, sparsemixer, ...

  std::int64_t row_bytes() const { return std::int64_t{hidden} * dtype_bytes; }
  /// Weights of one routed expert.
  std::int64_t expert_bytes() const {
    return std::int64_t{gated ? 3 : 2} * hidden * expert_ffn * dtype_bytes;
  }
};

/// Checks what no single value shows: top_k above the number of experts, rows that are too long, ...
/// `file` names the model in the InputError that is thrown.
void validate(const ModelConfig& model, const std::string& file);

}  // namespace moehub
