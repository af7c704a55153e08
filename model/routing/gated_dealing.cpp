// Scores and biases are whole multiples of 2^-24, so that their sums are exact in double, and choices the
// same on every platform.
#include "model/routing/gated_dealing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "model/base/input_error.hpp"
#include "model/routing/fixed_point.hpp"

namespace moehub {
namespace {

constexpr int kFraction = 24;
constexpr int kAddends = 12;     // uniform draws of 10 bits whose sum is nearly normal (Irwin-Hall)
constexpr int kAddendBits = 10;  // their sum has a standard deviation of 2^10
constexpr int kSums = kAddends * ((1 << kAddendBits) - 1) + 1;

// Draws scores. A score has 16 bits of a sigmoid, and 8 random ones below, so that ties are rare.
class ScoreSource {
 public:
  ScoreSource() {
    for (int sum = 0; sum < kSums; ++sum) {
      const std::int64_t doubled_deviation = 2 * sum - (kSums - 1);
      const std::int64_t logit_q24 = doubled_deviation * (1 << (kFraction - 1 - kAddendBits));
      sigmoid_q16_[static_cast<std::size_t>(sum)] = sigmoid_q24(logit_q24) >> (kFraction - 16);
    }
  }

  std::int64_t draw(Engine& engine) const {
    std::uint64_t bits = engine();
    std::uint64_t sum = 0;
    for (int i = 0; i < kAddends; ++i) {
      if (i == kAddends / 2) bits = engine();
      sum += bits & ((1u << kAddendBits) - 1);
      bits >>= kAddendBits;
    }
    return sigmoid_q16_[sum] * 256 + static_cast<std::int64_t>(bits & 255);
  }

 private:
  std::array<std::int64_t, kSums> sigmoid_q16_{};
};

class GatedDealer {
 public:
  GatedDealer(Engine& engine, const TraceShape& shape)
      : engine_(engine),
        shape_(shape),
        chooser_(shape.num_experts, shape.top_k, shape.groups),
        bias_(static_cast<std::size_t>(shape.num_experts), 0),
        keys_(bias_.size()) {}

  const std::vector<std::int32_t>& choose() {
    for (std::size_t e = 0; e < keys_.size(); ++e) {
      keys_[e] = static_cast<double>(scores_.draw(engine_) + bias_[e]) / (1 << kFraction);
    }
    return chooser_.choose(keys_);
  }

  // One token, and what follows from it for the biases. `step`: of a bias whose expert is chosen.
  const std::vector<std::int32_t>& choose(const std::vector<std::int64_t>& loads, std::int64_t step) {
    const std::vector<std::int32_t>& experts = choose();
    for (std::size_t e = 0; e < bias_.size(); ++e) bias_[e] += step * loads[e] / shape_.tokens;
    for (const std::int32_t expert : experts) bias_[static_cast<std::size_t>(expert)] -= step;
    return experts;
  }

 private:
  Engine& engine_;
  const TraceShape& shape_;
  ScoreSource scores_;
  ExpertChooser chooser_;
  std::vector<std::int64_t> bias_;
  std::vector<double> keys_;
};

// Replaces choices of experts that were chosen too often by experts that were chosen too rarely.
class LoadRepair {
 public:
  LoadRepair(const TraceShape& shape, const std::vector<std::int64_t>& loads, std::int32_t* expert_ids)
      : shape_(shape), ids_(expert_ids), excess_(loads.size()) {
    for (std::size_t e = 0; e < loads.size(); ++e) excess_[e] = -loads[e];
    for (std::int64_t i = 0; i < std::int64_t{shape.tokens} * shape.top_k; ++i) ++excess(ids_[i]);
    for (const std::int64_t count : excess_) wrong_ += std::max<std::int64_t>(count, 0);
  }

  // Visits all tokens in a drawn order, until nothing is wrong. False: something still is. With `wander`, an
  // expert that was chosen too often and whose tokens all use the wrong groups passes its excess on to
  // any other.
  bool sweep(Engine& engine, bool wander) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(shape_.tokens));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    shuffle(engine, order);
    for (const std::int64_t token : order) {
      if (wrong_ == 0) break;
      std::int32_t* ids = ids_ + token * shape_.top_k;
      for (int k = 0; k < shape_.top_k; ++k) {
        if (excess(ids[k]) <= 0) continue;
        const std::int32_t better = neediest(ids, k);
        if (better != ids[k]) {
          --wrong_;
          replace(ids[k], better);
        } else if (wander) {
          replace(ids[k], any(engine, ids, k));
        }
      }
    }
    return wrong_ == 0;
  }

 private:
  std::int64_t& excess(std::int32_t expert) { return excess_[static_cast<std::size_t>(expert)]; }
  int group_of(std::int32_t expert) const { return expert / (shape_.num_experts / shape_.groups.count); }

  // May the token choose `candidate` instead of its choice `replaced`?
  bool fits(const std::int32_t* token, int replaced, std::int32_t candidate) const {
    std::vector<int> groups = {group_of(candidate)};
    for (int k = 0; k < shape_.top_k; ++k) {
      if (token[k] == candidate) return false;
      const int group = group_of(token[k]);
      if (k != replaced && std::find(groups.begin(), groups.end(), group) == groups.end())
        groups.push_back(group);
    }
    return static_cast<int>(groups.size()) <= shape_.groups.per_token;
  }

  // The expert that lacks most choices of those that fit; the present one where there is none.
  std::int32_t neediest(const std::int32_t* token, int k) {
    std::int32_t best = token[k];
    for (std::int32_t e = 0; e < shape_.num_experts; ++e) {
      if (excess(e) < std::min<std::int64_t>(excess(best), 0) && fits(token, k, e)) best = e;
    }
    return best;
  }
  std::int32_t any(Engine& engine, const std::int32_t* token, int k) const {
    const auto first = static_cast<std::int32_t>(draw_below(engine, shape_.num_experts));
    for (std::int32_t i = 0; i < shape_.num_experts; ++i) {
      const std::int32_t e = (first + i) % shape_.num_experts;
      if (fits(token, k, e)) return e;
    }
    return token[k];
  }
  void replace(std::int32_t& choice, std::int32_t expert) {
    --excess(choice);
    ++excess(expert);
    choice = expert;
  }

  const TraceShape& shape_;
  std::int32_t* ids_;
  std::vector<std::int64_t> excess_;  // choices above the load; below: negative
  std::int64_t wrong_ = 0;
};

}  // namespace

void deal_gated_uniform(Engine& engine, const TraceShape& shape, std::vector<std::int32_t>& expert_ids) {
  GatedDealer dealer(engine, shape);
  for (int token = 0; token < shape.tokens; ++token) {
    const std::vector<std::int32_t>& experts = dealer.choose();
    expert_ids.insert(expert_ids.end(), experts.begin(), experts.end());
  }
}

void deal_gated_loads(Engine& engine, const TraceShape& shape, const std::vector<std::int64_t>& loads,
                      std::vector<std::int32_t>& expert_ids) {
  GatedDealer dealer(engine, shape);
  // Biases settle over tokens that are thrown away, with steps from coarse to fine; scores are 2^24 wide. A
  // last step that is finer leaves more than 3 % of the choices of 4096 tokens to be put right; with one that
  // is four times as coarse, experts that were just chosen are chosen 3 % less often by the next token.
  constexpr int kSettlingTokens = 512;
  constexpr std::int64_t kFineStep = 1 << 14;
  for (const std::int64_t step : {64 * kFineStep, 16 * kFineStep, 4 * kFineStep, kFineStep}) {
    for (int token = 0; token < kSettlingTokens; ++token) dealer.choose(loads, step);
  }
  const std::size_t begin = expert_ids.size();
  for (int token = 0; token < shape.tokens; ++token) {
    const std::vector<std::int32_t>& experts = dealer.choose(loads, kFineStep);
    expert_ids.insert(expert_ids.end(), experts.begin(), experts.end());
  }
  LoadRepair repair(shape, loads, expert_ids.data() + begin);
  constexpr int kSweeps = 64;
  for (int i = 0; i < kSweeps; ++i) {
    if (repair.sweep(engine, i > 0)) return;
  }
  throw InputError(kCommandLine, "--routing", "loads too uneven for the groups of the model's gate",
                   fmt::format("loads that tokens with {} of {} groups each can carry",
                               shape.groups.per_token, shape.groups.count));
}

}  // namespace moehub
