// Who passes rows on between nodes, and where results are summed on their way home.
//
// A token crosses to a node at most once: to the GPU there that has the place of the token's own GPU in its
// node (its rail). That GPU, the token's relay, passes the row on to the experts in its node, and sums their
// results before they go home. So every GPU makes sums of two kinds: of its own tokens, from results of its own
// node and one partial sum from every other node that has experts for the token; and of tokens that it
// relayed, from results of its node.
#pragma once

#include <vector>

#include "model/flows/layer_plan.hpp"

namespace moehub {

class RelayPlan {
 public:
  /// `node_gpus` GPUs a node.
  RelayPlan(const LayerPlan& plan, int node_gpus);

  int nodes() const { return nodes_; }
  int node_of(int gpu) const { return gpu / node_gpus_; }
  /// The GPU that relays a token in a node that is not its own.
  int relay(int token, int node) const {
    return node * node_gpus_ + plan_->source_of(token) % node_gpus_;
  }
  /// A token's choices that live in a node, in order.
  std::vector<int> choices_in(int token, int node) const;
  /// Nodes other than the token's own that have experts for it, in order.
  std::vector<int> other_nodes(int token) const;

  /// A sum of a GPU: its own tokens' first, in order; then those of tokens that it relays, by token.
  struct Sum {
    int token = 0;
    bool own = false;
    int parts = 0;  ///< results and partial sums that go into it
    int rank = 0;   ///< among the GPU's sums of as many parts
  };
  const std::vector<Sum>& sums(int gpu) const { return sums_[static_cast<std::size_t>(gpu)]; }
  /// How many of a GPU's sums have so many parts.
  int sums_of(int gpu, int parts) const;

  /// Where a result, or a partial sum, goes: part `part` of a sum of a GPU.
  struct Place {
    int gpu = 0;
    int sum = 0;
    int part = 0;
  };
  Place place_of_result(int token, int k) const;
  Place place_of_partial(int token, int node) const;

 private:
  int sum_of_relayed(int token, int node) const {
    return relayed_[static_cast<std::size_t>(token * nodes_ + node)];
  }

  const LayerPlan* plan_;
  int node_gpus_;
  int nodes_;
  std::vector<std::vector<Sum>> sums_;  // [gpu]
  std::vector<int> relayed_;            // [token][node]: number of the relay's sum
};

}  // namespace moehub
