#include "model/routing/choice_exchange.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace moehub {
namespace {

// A choice of a token: where an expert may be exchanged.
struct Place {
  int token = 0;
  int k = 0;
};

// The figures that have targets: what is shared nearby comes first, for each of kNearTokens.
constexpr std::size_t kPrevious = kNearTokens.size();
constexpr std::size_t kGpus = kPrevious + 1;
using Figures = std::array<std::int64_t, kGpus + 1>;

// A figure counts by what one exchange moves: pairs of a large block change many at a time.
constexpr Figures kWeights = {32, 8, 1, 256, 256};

class Exchange {
 public:
  Exchange(Engine& engine, const TraceShape& shape, const ExchangeTargets& targets, std::int32_t* ids)
      : engine_(engine), shape_(shape), ids_(ids), gpu_of_expert_(targets.gpu_of_expert) {
    const auto ask = [this](std::size_t figure, const std::optional<std::int64_t>& target) {
      used_[figure] = target.has_value();
      target_[figure] = target.value_or(0);
    };
    for (std::size_t i = 0; i < kNearTokens.size(); ++i) ask(i, targets.shared_nearby[i]);
    ask(kPrevious, targets.shared_with_previous);
    ask(kGpus, targets.gpus_of_tokens);
    count_blocks();
    for (int token = 0; token < shape.tokens; ++token) {
      if (used_[kPrevious] && token > 0) figures_[kPrevious] += shared(token - 1, token);
      if (used_[kGpus]) figures_[kGpus] += distinct_gpus(token);
    }
  }

  bool run() {
    const std::int64_t choices = std::int64_t{shape_.tokens} * shape_.top_k;
    constexpr int kMostTries = 400;  // of every choice
    constexpr int kMixingTries = 4;
    std::int64_t tries = kMostTries * choices;
    while (tries-- > 0 && !reached()) attempt(0);
    if (!reached()) return false;
    for (tries = kMixingTries * choices; tries-- > 0;) attempt(tolerance());
    return true;
  }

 private:
  const std::int32_t* token_ids(int token) const {
    return ids_ + static_cast<std::ptrdiff_t>(token) * shape_.top_k;
  }
  std::int32_t& at(Place place) {
    return ids_[static_cast<std::ptrdiff_t>(place.token) * shape_.top_k + place.k];
  }
  int group_of(std::int32_t expert) const { return expert / (shape_.num_experts / shape_.groups.count); }

  bool has(int token, std::int32_t expert) const {
    const std::int32_t* ids = token_ids(token);
    return std::find(ids, ids + shape_.top_k, expert) != ids + shape_.top_k;
  }
  int shared(int a, int b) const {
    const std::int32_t* ids = token_ids(a);
    return static_cast<int>(
        std::count_if(ids, ids + shape_.top_k, [&](std::int32_t e) { return has(b, e); }));
  }

  int gpu_of(std::int32_t expert) const { return gpu_of_expert_[static_cast<std::size_t>(expert)]; }
  // Does another choice of the token lie on the GPU?
  bool others_on(int gpu, Place place) const {
    const std::int32_t* ids = token_ids(place.token);
    for (int k = 0; k < shape_.top_k; ++k) {
      if (k != place.k && gpu_of(ids[k]) == gpu) return true;
    }
    return false;
  }
  int distinct_gpus(int token) const {
    const std::int32_t* ids = token_ids(token);
    int count = 0;
    for (int k = 0; k < shape_.top_k; ++k) {
      count +=
          std::none_of(ids, ids + k, [&](std::int32_t e) { return gpu_of(e) == gpu_of(ids[k]); }) ? 1 : 0;
    }
    return count;
  }

  // [block][expert] choices, for each of kNearTokens; and the pairs that share them.
  void count_blocks() {
    for (std::size_t i = 0; i < kNearTokens.size(); ++i) {
      if (!used_[i]) continue;
      const int blocks = (shape_.tokens + kNearTokens[i] - 1) / kNearTokens[i];
      in_block_[i].assign(static_cast<std::size_t>(blocks) * static_cast<std::size_t>(shape_.num_experts), 0);
      for (int token = 0; token < shape_.tokens; ++token) {
        for (int k = 0; k < shape_.top_k; ++k) {
          // Each of the n tokens that were there shares the expert with this one: 2n ordered pairs.
          figures_[i] += 2 * block_count(i, token, token_ids(token)[k])++;
        }
      }
    }
  }
  std::int32_t& block_count(std::size_t i, int token, std::int32_t expert) {
    return in_block_[i][static_cast<std::size_t>(token / kNearTokens[i]) *
                            static_cast<std::size_t>(shape_.num_experts) +
                        static_cast<std::size_t>(expert)];
  }

  std::int64_t distance(const Figures& figures) const {
    std::int64_t sum = 0;
    for (std::size_t f = 0; f < figures.size(); ++f) {
      if (used_[f]) sum += kWeights[f] * std::abs(figures[f] - target_[f]);
    }
    return sum;
  }
  std::int64_t allowed(std::size_t f) const { return target_[f] / 400; }
  bool reached() const {
    for (std::size_t f = 0; f < figures_.size(); ++f) {
      if (used_[f] && std::abs(figures_[f] - target_[f]) > allowed(f)) return false;
    }
    return true;
  }
  // Distance at which every figure is within twice what reached() allows.
  std::int64_t tolerance() const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t f = 0; f < figures_.size(); ++f) {
      if (used_[f]) least = std::min(least, kWeights[f] * 2 * allowed(f));
    }
    return least;
  }

  Place draw_place() {
    const std::int64_t place = draw_below(engine_, std::int64_t{shape_.tokens} * shape_.top_k);
    return {static_cast<int>(place / shape_.top_k), static_cast<int>(place % shape_.top_k)};
  }

  // What becomes of the figures when `place` gets `expert` and its present one leaves.
  void change(Place place, std::int32_t expert, Figures& figures) {
    const std::int32_t old = at(place);
    for (std::size_t i = 0; i < kNearTokens.size(); ++i) {
      if (!used_[i]) continue;
      figures[i] += 2 * (block_count(i, place.token, expert) - (block_count(i, place.token, old) - 1));
    }
    if (used_[kPrevious]) {
      for (const int neighbour : {place.token - 1, place.token + 1}) {
        if (neighbour < 0 || neighbour >= shape_.tokens) continue;
        figures[kPrevious] += (has(neighbour, expert) ? 1 : 0) - (has(neighbour, old) ? 1 : 0);
      }
    }
    if (used_[kGpus]) {
      figures[kGpus] += (others_on(gpu_of(expert), place) ? 0 : 1) - (others_on(gpu_of(old), place) ? 0 : 1);
    }
  }
  void put(Place place, std::int32_t expert) {
    for (std::size_t i = 0; i < kNearTokens.size(); ++i) {
      if (!used_[i]) continue;
      --block_count(i, place.token, at(place));
      ++block_count(i, place.token, expert);
    }
    at(place) = expert;
  }

  bool too_many_groups(int token) const {
    if (!shape_.groups.limit()) return false;
    const std::int32_t* ids = token_ids(token);
    int count = 0;
    for (int k = 0; k < shape_.top_k; ++k) {
      const auto same = [&](std::int32_t e) { return group_of(e) == group_of(ids[k]); };
      count += std::none_of(ids, ids + k, same) ? 1 : 0;
    }
    return count > shape_.groups.per_token;
  }

  // Draws an exchange, and keeps it if it leads nearer, or not farther away than `tolerated`.
  void attempt(std::int64_t tolerated) {
    const Place a = draw_place();
    const Place b = draw_place();
    const std::int32_t expert_a = at(a), expert_b = at(b);
    if (has(a.token, expert_b) || has(b.token, expert_a)) return;
    Figures after = figures_;
    change(a, expert_b, after);
    put(a, expert_b);
    change(b, expert_a, after);
    put(b, expert_a);
    const bool keep = distance(after) <= std::max(distance(figures_), tolerated) &&
                      !too_many_groups(a.token) && !too_many_groups(b.token);
    if (keep) {
      figures_ = after;
    } else {
      put(b, expert_b);
      put(a, expert_a);
    }
  }

  Engine& engine_;
  const TraceShape& shape_;
  std::int32_t* ids_;
  const std::vector<int>& gpu_of_expert_;
  std::array<bool, kGpus + 1> used_{};
  Figures target_{};
  Figures figures_{};
  std::array<std::vector<std::int32_t>, kNearTokens.size()> in_block_;
};

}  // namespace

std::int64_t nearby_pairs(int tokens, int block) {
  const std::int64_t whole = tokens / block, rest = tokens % block;
  return whole * block * (block - 1) + rest * (rest - 1);
}

bool exchange_choices(Engine& engine, const TraceShape& shape, const ExchangeTargets& targets,
                      std::int32_t* expert_ids) {
  return Exchange(engine, shape, targets, expert_ids).run();
}

}  // namespace moehub
