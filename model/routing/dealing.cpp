#include "model/routing/dealing.hpp"

#include <numeric>

namespace moehub {

void deal_uniform(Engine& engine, const TraceShape& shape, std::vector<std::int32_t>& expert_ids) {
  std::vector<std::int32_t> experts(static_cast<std::size_t>(shape.num_experts));
  std::iota(experts.begin(), experts.end(), 0);
  for (int token = 0; token < shape.tokens; ++token) {
    for (int k = 0; k < shape.top_k; ++k) {  // the first top_k of a shuffle
      const std::int64_t pick = k + draw_below(engine, shape.num_experts - k);
      std::swap(experts[static_cast<std::size_t>(k)], experts[static_cast<std::size_t>(pick)]);
      expert_ids.push_back(experts[static_cast<std::size_t>(k)]);
    }
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
