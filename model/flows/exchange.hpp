// Which rows software moves between which GPUs, and where they lie when they have come.
#pragma once

#include <vector>

#include "model/flows/layer_plan.hpp"

namespace moehub {

/// A row on its way from its token's GPU to the GPU of an expert, and of a result on the way back.
struct RowMove {
  int token = 0;
  int k = 0;     ///< the choice that it is for; of several on one GPU, the first
  int slot = 0;  ///< in the receive buffer of the experts' GPU
};

class Exchange {
 public:
  /// A row for every choice, or one for all of a token's choices that live on the same GPU.
  enum class Rows { a_choice, a_gpu };
  Exchange(const LayerPlan& plan, Rows rows);

  Rows kind() const { return kind_; }
  /// From `source`'s tokens to `destination`'s experts: in order of expert, then token (a_choice), or
  /// of token (a_gpu).
  const std::vector<RowMove>& rows(int source, int destination) const {
    return rows_[static_cast<std::size_t>(source * gpus_ + destination)];
  }
  /// Of a list in order of expert: the part that is for one of the destination's experts.
  struct Range {
    const RowMove* first = nullptr;
    int count = 0;
    const RowMove& operator[](int index) const { return first[index]; }
  };
  Range rows_of_expert(int source, int destination, int local) const;
  /// Rows that a GPU gets, its own tokens' included.
  int rows_to(int destination) const;
  /// Rows that leave a GPU's tokens.
  int rows_from(int source) const;

 private:
  Rows kind_;
  int gpus_;
  int max_experts_;
  std::vector<std::vector<RowMove>> rows_;  // [source][destination]
  std::vector<int> starts_;                 // [source][destination][local expert]: first of its rows
};

}  // namespace moehub
