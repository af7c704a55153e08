// The shape of a Mixture-of-Experts model, as far as its MoE layers need it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace moehub {

/// Longest row that a hub can hold (hub_pkg::RowBytesW).
inline constexpr std::int64_t kMaxRowBytes = 65536;

/// How the gate scores experts; model/routing/gate.hpp says what each means.
inline constexpr std::array<std::string_view, 5> kScorings = {"softmax", "softmax-after-top-k", "sigmoid",
                                                              "sigmoid+bias", "sparsemixer"};
/// How it scores a group of experts: by its best expert, or by the sum of its two best.
inline constexpr std::array<std::string_view, 2> kGroupScores = {"max", "top2-sum"};

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
  // Attention, for passes through the whole model; heads 0: not known.
  int heads = 0;
  int kv_heads = 0;          ///< that keys and values have
  int head_dim = 0;          ///< of queries and keys
  int value_dim = 0;         ///< of values
  int q_rank = 0;            ///< short vector that queries come out of (DeepSeek's MLA); 0: none
  int kv_rank = 0;           ///< the same of keys and values; 0: no MLA
  int rope_dim = 0;          ///< of head_dim, what is beside the short vector
  int dense_ffn = 0;         ///< intermediate elements of layers without experts
  int dtype_bytes = 2;       ///< bytes of an element of activations and weights (bf16: 2)
  bool gated = true;         ///< expert = down(act(gate(x)) * up(x)): three matrices; else two
  std::string scoring = "softmax";  ///< one of kScorings
  int expert_groups = 1;            ///< of consecutive experts, equally many each (DeepSeek's n_group)
  int groups_per_token = 1;         ///< a token's experts lie in at most this many (topk_group)
  std::string group_score = "max";  ///< one of kGroupScores

  /// Not of a file: the layer's way back, in which GEMMs give the gradients of their inputs and of their weights.
  bool backward = false;

  std::int64_t row_bytes() const { return std::int64_t{hidden} * dtype_bytes; }
  /// Weights of one routed expert.
  std::int64_t expert_bytes() const {
    return std::int64_t{gated ? 3 : 2} * hidden * expert_ffn * dtype_bytes;
  }
};

/// Checks what no single value shows: top_k above the number of experts, rows that are too long, groups
/// that do not divide the experts, a gate that is not known, ...
/// `file` names the model in the InputError that is thrown.
void validate(const ModelConfig& model, const std::string& file);

}  // namespace moehub
