// Where the experts of a layer lie, when they do not simply lie in contiguous blocks.
//
// Every GPU has slots, numbered GPU by GPU and split over them as BlockPlacement does; a slot holds one
// expert, and a busy expert may have several. From then on slots are what is called experts: a trace whose
// choices are slots (place_experts()) can be run, and read, like any other.
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/trace.hpp"

namespace moehub {

/// The expert in each slot of a layer.
using ExpertOfSlot = std::vector<int>;

/// Expert e in slot e.
ExpertOfSlot contiguous_slots(int num_experts);

/// Expert e on GPU e mod gpus.
ExpertOfSlot round_robin_slots(int num_experts, int gpus);

struct BalanceShape {
  int slots = 0;  ///< at least one an expert, at most one an expert and GPU of a node
  int gpus = 1;
  int nodes = 1;   ///< divides gpus
  int groups = 1;  ///< of consecutive experts, divides their number

  /// Whether groups of experts are packed onto nodes first: `groups` a multiple of several nodes, and as many
  /// slots on every GPU.
  bool by_node() const { return nodes > 1 && groups % nodes == 0 && slots % gpus == 0; }
  /// GPUs over which copies of one expert may lie.
  int gpus_of_expert() const { return by_node() ? gpus / nodes : gpus; }
};
/// The layout that EPLB (deepseek-ai/EPLB) makes: copies of experts until every slot is taken, each time
/// of the one whose copies have most to do, then copies packed onto GPUs from the heaviest down, each onto
/// the GPU that has least. Beyond EPLB no GPU gets two copies of an expert while another one has room.
///
/// By node, groups of experts are packed onto nodes first and copies stay within the node, so that a token
/// that visits few groups visits few nodes. `loads`: choices of each expert.
ExpertOfSlot balanced_slots(const std::vector<std::int64_t>& loads, const BalanceShape& shape);

/// The trace with slots instead of experts. An expert's choices go to its slots in turn, separately for the
/// tokens of each GPU and starting with another slot on each, so that all slots of an expert get the same
/// from every GPU, up to one. `layers`: [trace.layers]; trace.source_gpu must be filled.
Trace place_experts(const Trace& trace, const std::vector<ExpertOfSlot>& layers);

}  // namespace moehub
