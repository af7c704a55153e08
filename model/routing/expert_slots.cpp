#include "model/routing/expert_slots.hpp"

#include <algorithm>
#include <numeric>

#include "model/routing/placement.hpp"

namespace moehub {
namespace {

using Loads = std::vector<std::int64_t>;

// Packs items onto bins with `room` places each, the heaviest first, each into the bin with the least weight
// of those that have room; of equal ones the first. Items of the same kind go to different bins while they
// can. Returns the bin of each item.
std::vector<int> pack(const std::vector<double>& weights, const std::vector<int>& kinds,
                      std::vector<int> room) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  std::vector<int> bin_of(weights.size(), 0);
  std::vector<double> weight_in(room.size(), 0);
  std::vector<std::vector<int>> kinds_in(room.size());
  for (const std::size_t item : order) {
    const auto taken = [&](std::size_t bin) {  // has the kind; no room at all
      const bool has =
          std::find(kinds_in[bin].begin(), kinds_in[bin].end(), kinds[item]) != kinds_in[bin].end();
      return room[bin] == 0 ? 2 : has ? 1 : 0;
    };
    std::size_t best = 0;
    for (std::size_t bin = 1; bin < room.size(); ++bin) {
      const int worse = taken(bin) - taken(best);
      if (worse < 0 || (worse == 0 && weight_in[bin] < weight_in[best])) best = bin;
    }
    bin_of[item] = static_cast<int>(best);
    --room[best];
    weight_in[best] += weights[item];
    kinds_in[best].push_back(kinds[item]);
  }
  return bin_of;
}

// One entry a copy: experts of `experts`, each once, and then again the one whose copies have most to do,
// until there are `slots`. At most `most` of each.
std::vector<int> replicate(const Loads& loads, const std::vector<int>& experts, int slots, int most) {
  std::vector<int> copies(experts);
  std::vector<int> count(loads.size(), 0);
  for (const int expert : experts) count[static_cast<std::size_t>(expert)] = 1;
  const auto load = [&](int expert) {
    return static_cast<double>(loads[static_cast<std::size_t>(expert)]) /
           count[static_cast<std::size_t>(expert)];
  };
  while (static_cast<int>(copies.size()) < slots) {
    int busiest = -1;
    for (const int expert : experts) {
      if (count[static_cast<std::size_t>(expert)] == most) continue;
      if (busiest < 0 || load(expert) > load(busiest)) busiest = expert;
    }
    copies.push_back(busiest);
    ++count[static_cast<std::size_t>(busiest)];
  }
  return copies;
}

// Experts of each node: whole groups, as many on every node, packed by their loads.
std::vector<std::vector<int>> experts_of_nodes(const Loads& loads, const BalanceShape& shape) {
  std::vector<std::vector<int>> experts(static_cast<std::size_t>(shape.nodes));
  const int group_size = static_cast<int>(loads.size()) / shape.groups;
  std::vector<double> group_loads(static_cast<std::size_t>(shape.groups), 0);
  for (std::size_t e = 0; e < loads.size(); ++e) {
    group_loads[e / static_cast<std::size_t>(group_size)] += static_cast<double>(loads[e]);
  }
  std::vector<int> kinds(group_loads.size());
  std::iota(kinds.begin(), kinds.end(), 0);
  const std::vector<int> node_of =
      pack(group_loads, kinds, std::vector<int>(experts.size(), shape.groups / shape.nodes));
  for (int e = 0; e < static_cast<int>(loads.size()); ++e) {
    experts[static_cast<std::size_t>(node_of[static_cast<std::size_t>(e / group_size)])].push_back(e);
  }
  return experts;
}

// The slots of one node's GPUs.
ExpertOfSlot slots_of_node(const Loads& loads, const std::vector<int>& experts,
                           const std::vector<int>& room) {
  const int slots = std::accumulate(room.begin(), room.end(), 0);
  const std::vector<int> copies = replicate(loads, experts, slots, static_cast<int>(room.size()));
  std::vector<double> weights;
  for (const int expert : copies) {
    const auto count = std::count(copies.begin(), copies.end(), expert);
    weights.push_back(static_cast<double>(loads[static_cast<std::size_t>(expert)]) /
                      static_cast<double>(count));
  }
  const std::vector<int> gpu_of = pack(weights, copies, room);
  ExpertOfSlot result;
  for (int gpu = 0; gpu < static_cast<int>(room.size()); ++gpu) {
    const auto begin = static_cast<std::ptrdiff_t>(result.size());
    for (std::size_t copy = 0; copy < copies.size(); ++copy) {
      if (gpu_of[copy] == gpu) result.push_back(copies[copy]);
    }
    std::sort(result.begin() + begin, result.end());
  }
  return result;
}

}  // namespace

ExpertOfSlot contiguous_slots(int num_experts) {
  ExpertOfSlot slots(static_cast<std::size_t>(num_experts));
  std::iota(slots.begin(), slots.end(), 0);
  return slots;
}

ExpertOfSlot round_robin_slots(int num_experts, int gpus) {
  ExpertOfSlot slots;
  for (int gpu = 0; gpu < gpus; ++gpu) {
    for (int expert = gpu; expert < num_experts; expert += gpus) slots.push_back(expert);
  }
  return slots;
}

ExpertOfSlot balanced_slots(const Loads& loads, const BalanceShape& shape) {
  const int nodes = shape.by_node() ? shape.nodes : 1;
  const BlockPlacement slots_of_gpu(shape.slots, shape.gpus);
  const std::vector<std::vector<int>> experts =
      shape.by_node() ? experts_of_nodes(loads, shape)
                      : std::vector<std::vector<int>>{contiguous_slots(static_cast<int>(loads.size()))};
  ExpertOfSlot result;
  for (int node = 0; node < nodes; ++node) {
    std::vector<int> room;
    for (int gpu = node * shape.gpus / nodes; gpu < (node + 1) * shape.gpus / nodes; ++gpu) {
      room.push_back(slots_of_gpu.count(gpu));
    }
    const ExpertOfSlot slots = slots_of_node(loads, experts[static_cast<std::size_t>(node)], room);
    result.insert(result.end(), slots.begin(), slots.end());
  }
  return result;
}

Trace place_experts(const Trace& trace, const std::vector<ExpertOfSlot>& layers) {
  Trace placed = trace;
  placed.num_experts = static_cast<int>(layers.front().size());
  const int gpus = 1 + *std::max_element(trace.source_gpu.begin(), trace.source_gpu.end());
  for (int layer = 0; layer < trace.layers; ++layer) {
    std::vector<std::vector<std::int32_t>> slots_of(static_cast<std::size_t>(trace.num_experts));
    const ExpertOfSlot& expert_of = layers[static_cast<std::size_t>(layer)];
    for (std::size_t slot = 0; slot < expert_of.size(); ++slot) {
      slots_of[static_cast<std::size_t>(expert_of[slot])].push_back(static_cast<std::int32_t>(slot));
    }
    // [gpu][expert]: turns, where each GPU begins with another slot.
    std::vector<std::size_t> turn(static_cast<std::size_t>(gpus) * slots_of.size());
    for (std::size_t i = 0; i < turn.size(); ++i) turn[i] = i / slots_of.size();
    for (int token = 0; token < trace.tokens; ++token) {
      const auto gpu = static_cast<std::size_t>(trace.source_gpu[static_cast<std::size_t>(token)]);
      for (int k = 0; k < trace.top_k; ++k) {
        std::int32_t& choice = placed.at(layer, token, k);
        if (choice == kDroppedChoice) continue;
        const auto expert = static_cast<std::size_t>(choice);
        const std::vector<std::int32_t>& slots = slots_of[expert];
        choice = slots[turn[gpu * slots_of.size() + expert]++ % slots.size()];
      }
    }
  }
  return placed;
}

}  // namespace moehub
