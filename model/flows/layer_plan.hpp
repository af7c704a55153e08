// One layer's routing, as a run sees it: tokens numbered so that a RowID names its GPU, experts as
// (GPU, region).
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/placement.hpp"
#include "model/routing/trace.hpp"

namespace moehub {

/// Where an expert lives: its GPU, and its number there, which is also its region.
struct ExpertHome {
  int gpu = 0;
  int local = 0;
};

class LayerPlan {
 public:
  /// `layer` of the trace; `trace.source_gpu` must be filled.
  LayerPlan(const Trace& trace, int layer, int gpus);

  int layer() const { return layer_; }
  int gpus() const { return gpus_; }
  int top_k() const { return top_k_; }
  int num_experts() const { return experts_.items(); }
  int tokens() const { return static_cast<int>(source_.size()); }
  int tokens_of(int gpu) const { return first_token(gpu + 1) - first_token(gpu); }
  /// RowID of a GPU's first token; first_token(gpus()) is tokens().
  int first_token(int gpu) const { return first_token_[static_cast<std::size_t>(gpu)]; }
  int source_of(int token) const { return source_[static_cast<std::size_t>(token)]; }

  /// Expert of a token's choice, or kDroppedChoice.
  int expert(int token, int k) const {
    return expert_ids_[static_cast<std::size_t>(token) * static_cast<std::size_t>(top_k_) +
                       static_cast<std::size_t>(k)];
  }
  ExpertHome home(int expert) const {
    const int gpu = experts_.gpu_of(expert);
    return {gpu, expert - experts_.first(gpu)};
  }
  int expert_at(int gpu, int local) const { return experts_.first(gpu) + local; }
  int experts_on(int gpu) const { return experts_.count(gpu); }
  int max_experts_on_a_gpu() const { return experts_.count(0); }

  /// Rows that an expert gets, over all sources.
  int rows_of(int expert) const { return rows_of_[static_cast<std::size_t>(expert)]; }
  int rows() const { return rows_; }
  /// Rows that leave a GPU's tokens for a GPU.
  int rows_between(int source, int destination) const {
    return between_[static_cast<std::size_t>(source * gpus_ + destination)];
  }
  int rows_to(int destination) const;
  int rows_from(int source) const;

 private:
  int layer_;
  int gpus_;
  int top_k_;
  int rows_ = 0;
  ExpertPlacement experts_;
  std::vector<std::int32_t> expert_ids_;  // [token][k]
  std::vector<int> source_;               // [token]
  std::vector<int> first_token_;          // [gpus + 1]
  std::vector<int> rows_of_;              // [expert]
  std::vector<int> between_;              // [source][destination]
};

}  // namespace moehub
