// A routing trace: which experts every token chose in every MoE layer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace moehub {

/// The expert id of a choice that was dropped (capacity exceeded, padding).
inline constexpr std::int32_t kDroppedChoice = -1;

/// Experts of a layer that a trace can have: what is counted by expert must not take memory that an id in a file asks for.
inline constexpr int kMostExperts = 65536;

/// An expert id that a file gave: what does not fit is out of range all the same, and validate() says where
/// it is.
inline std::int32_t expert_id(std::int64_t value) {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHighest = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp(value, kLowest, kHighest));
}

struct Trace {
  int layers = 0;
  int tokens = 0;  ///< over all GPUs
  int top_k = 0;
  int num_experts = 0;

  std::vector<std::int32_t> expert_ids;       ///< [layers][tokens][top_k]; kDroppedChoice: dropped
  std::optional<std::vector<float>> weights;  ///< same shape: the gate's weight of each choice
  std::vector<int> source_gpu;  ///< [tokens]: the token's GPU; empty: contiguous equal blocks

  std::string model;   ///< name of the model that was recorded, or empty
  std::string source;  ///< where the trace comes from, in words

  /// Index of a choice in `expert_ids` and `weights`.
  std::size_t index(int layer, int token, int k) const {
    return (static_cast<std::size_t>(layer) * static_cast<std::size_t>(tokens) +
            static_cast<std::size_t>(token)) *
               static_cast<std::size_t>(top_k) +
           static_cast<std::size_t>(k);
  }
  std::int32_t at(int layer, int token, int k) const { return expert_ids[index(layer, token, k)]; }
  std::int32_t& at(int layer, int token, int k) { return expert_ids[index(layer, token, k)]; }
};

/// Checks shapes, ranges, and that no token chooses an expert twice.
/// `file` names the trace in the InputError that is thrown otherwise.
void validate(const Trace& trace, const std::string& file);

/// What part of a trace a run uses.
struct TraceSlice {
  int first_layer = 0;
  std::optional<int> end_layer;       ///< one past the last; all when absent
  std::optional<int> tokens_per_gpu;  ///< the first ones of each GPU; all when absent
  /// GPUs that hold the same tokens before they are dispatched. Where the trace does not say which GPU a
  /// token starts on, each of such a group gets a contiguous part of the group's tokens.
  int attention_tp = 1;
};

/// Cuts a slice out of a trace for `gpus` GPUs. In the result `source_gpu` is always filled, tokens
/// keep their order, and no layer or token outside the slice is left.
/// Throws InputError when the trace is too short, naming how much it has, or when the trace names
/// a source GPU that the system lacks.
Trace slice(const Trace& trace, const TraceSlice& part, int gpus, const std::string& file);

}  // namespace moehub
