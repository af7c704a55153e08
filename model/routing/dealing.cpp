#include "model/routing/dealing.hpp"

#include <numeric>

#include "model/routing/placement.hpp"

namespace moehub {

namespace {

// Draws k of `experts`, all alike: the first k of a shuffle.
void draw(Engine& engine, std::vector<std::int32_t>& experts, int k, std::vector<std::int32_t>& expert_ids) {
  for (int i = 0; i < k; ++i) {
    const std::int64_t pick = i + draw_below(engine, static_cast<std::int64_t>(experts.size()) - i);
    std::swap(experts[static_cast<std::size_t>(i)], experts[static_cast<std::size_t>(pick)]);
    expert_ids.push_back(experts[static_cast<std::size_t>(i)]);
  }
}

}  // namespace

void deal_uniform(Engine& engine, const TraceShape& shape, std::vector<std::int32_t>& expert_ids) {
  std::vector<std::int32_t> experts(static_cast<std::size_t>(shape.num_experts));
  std::iota(experts.begin(), experts.end(), 0);
  for (int token = 0; token < shape.tokens; ++token) {
    draw(engine, experts, shape.top_k, expert_ids);
  }
}

void deal_pairs(Engine& engine, const TraceShape& shape, int tokens_of_a_pair,
                std::vector<std::int32_t>& expert_ids) {
  const BlockPlacement tokens(shape.tokens, shape.gpus);
  const BlockPlacement experts(shape.num_experts, shape.gpus);
  std::vector<std::int32_t> of_peer;
  for (int token = 0; token < shape.tokens; ++token) {
    const int gpu = tokens.gpu_of(token);
    const int turn = (token - tokens.first(gpu)) / tokens_of_a_pair % (shape.gpus - 1);
    const int peer = (gpu + 1 + turn) % shape.gpus;
    of_peer.resize(static_cast<std::size_t>(experts.count(peer)));
    std::iota(of_peer.begin(), of_peer.end(), experts.first(peer));
    draw(engine, of_peer, shape.top_k, expert_ids);
  }
}

// With R tokens to go, expert e must be in a token with probability loads[e] / R. Laid end to end,
// the remaining loads make a line of length top_k * R; a comb of top_k teeth, R apart, at a random
// place picks one expert a tooth, with exactly these probabilities (systematic sampling, Madow
// 1949). No load is longer than R, so no expert is picked twice and none is left over at the end.
// The experts' order on the line is shuffled for every token, so that all pairs occur.
void deal_loads(Engine& engine, const TraceShape& shape, std::vector<std::int64_t> loads,
                std::vector<std::int32_t>& expert_ids) {
  std::vector<int> order(loads.size());
  std::iota(order.begin(), order.end(), 0);
  for (int token = 0; token < shape.tokens; ++token) {
    shuffle(engine, order);
    const std::int64_t pitch = shape.tokens - token;
    std::int64_t tooth = draw_below(engine, pitch);
    std::int64_t end = 0;
    for (const int expert : order) {
      std::int64_t& load = loads[static_cast<std::size_t>(expert)];
      end += load;
      if (tooth < end) {
        expert_ids.push_back(expert);
        --load;
        tooth += pitch;
      }
    }
  }
}

}  // namespace moehub
