// Everything that decides an expert is an integer, with one exception: turning loads that scatter
// like a normal distribution into numbers of choices needs a square root and divisions. IEEE 754
// fixes these to the last bit. The expressions below never add to a product, because a compiler may
// fuse that into one rounding on one machine and two on another; they add to quotients.
#include "model/routing/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <numeric>

#include "model/base/input_error.hpp"

namespace moehub {
namespace {

using Engine = boost::random::mt19937_64;

std::int64_t draw_below(Engine& engine, std::int64_t bound) {
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(engine);
}

// Seeds of neighbouring layers must not be neighbours: splitmix64's finaliser (Steele et al. 2014).
std::uint64_t layer_seed(std::uint64_t seed, int layer) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ull * (static_cast<std::uint64_t>(layer) + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// `experts` values whose deviations from their mean are those of a normal distribution, times an
// unimportant factor: sums of 12 uniform draws (Irwin-Hall), in integers. Their sum is exactly 0.
std::vector<std::int64_t> draw_deviations(Engine& engine, int experts) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(experts));
  for (std::int64_t& value : values) {
    for (int i = 0; i < 12; ++i) value += draw_below(engine, 1 << 10);
  }
  const std::int64_t sum = std::accumulate(values.begin(), values.end(), std::int64_t{0});
  for (std::int64_t& value : values) value = value * experts - sum;
  return values;
}

// Choices of each expert: normally distributed around the mean with the given coefficient of
// variation, rounded so that they sum to tokens * top_k. Empty when one would be below 0 or above
// the number of tokens.
std::vector<std::int64_t> draw_loads(Engine& engine, const TraceShape& shape, double variation) {
  const std::int64_t choices = std::int64_t{shape.tokens} * shape.top_k;
  const std::vector<std::int64_t> deviations = draw_deviations(engine, shape.num_experts);
  std::int64_t squares = 0;
  for (const std::int64_t deviation : deviations) squares += deviation * deviation;

  constexpr std::int64_t kOne = 1 << 20;  // fixed point: 20 bits of fraction
  const double mean = static_cast<double>(choices) / shape.num_experts;
  const double spread = mean * variation * static_cast<double>(kOne);
  const double rms = std::sqrt(static_cast<double>(squares) / shape.num_experts);

  std::vector<std::int64_t> fixed(deviations.size());
  for (std::size_t e = 0; e < fixed.size(); ++e) {
    const std::int64_t scatter =
        spread == 0.0 || squares == 0
            ? 0
            : static_cast<std::int64_t>(static_cast<double>(deviations[e]) / (rms / spread));
    fixed[e] = choices * kOne / shape.num_experts + scatter;
    if (fixed[e] < 0 || fixed[e] > shape.tokens * kOne) return {};
  }

  // Whole choices first; the rest go to the largest fractions, the lower expert first among equals.
  std::vector<std::int64_t> loads(fixed.size());
  std::transform(fixed.begin(), fixed.end(), loads.begin(),
                 [](std::int64_t value) { return value / kOne; });
  std::vector<std::size_t> order(fixed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return fixed[a] % kOne > fixed[b] % kOne;
  });
  std::int64_t rest = choices - std::accumulate(loads.begin(), loads.end(), std::int64_t{0});
  for (std::size_t i = 0; rest > 0; i = (i + 1) % order.size()) {
    if (loads[order[i]] == shape.tokens) continue;
    ++loads[order[i]];
    --rest;
  }
  return loads;
}

void shuffle(Engine& engine, std::vector<int>& items) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(
                                draw_below(engine, static_cast<std::int64_t>(i)))]);
  }
}

// Deals each token top_k distinct experts such that expert e is chosen loads[e] times in all.
//
// With R tokens to go, expert e must be in a token with probability loads[e] / R. Laid end to end,
// the remaining loads make a line of length top_k * R; a comb of top_k teeth, R apart, at a random
// place picks one expert a tooth, with exactly these probabilities (systematic sampling, Madow
// 1949). No load is longer than R, so no expert is picked twice and none is left over at the end.
// The experts' order on the line is shuffled for every token, so that all pairs occur.
void deal(Engine& engine, const TraceShape& shape, std::vector<std::int64_t> loads,
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

void generate_uniform(Engine& engine, const TraceShape& shape,
                      std::vector<std::int32_t>& expert_ids) {
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

void generate_normal(Engine& engine, const TraceShape& shape, const RoutingSpec& spec,
                     std::vector<std::int32_t>& expert_ids) {
  constexpr int kTries = 10000;  // a draw with a load out of range is thrown away
  for (int i = 0; i < kTries; ++i) {
    std::vector<std::int64_t> loads = draw_loads(engine, shape, spec.coefficient_of_variation());
    if (loads.empty()) continue;
    deal(engine, shape, std::move(loads), expert_ids);
    return;
  }
  throw InputError(kCommandLine, "--routing", "'" + to_string(spec) + "'",
                   fmt::format("a smaller std: for {} experts and top {} loads would fall below 0 "
                               "or above all tokens",
                               shape.num_experts, shape.top_k));
}

}  // namespace

Trace generate(const RoutingSpec& spec, const TraceShape& shape, std::uint64_t seed,
               int first_layer) {
  const auto check = [](const char* what, int value, int lowest, int highest) {
    if (value >= lowest && value <= highest) return;
    throw InputError(kCommandLine, "--routing", fmt::format("{} is {}", what, value),
                     fmt::format("{} to {}", lowest, highest));
  };
  check("the number of layers", shape.layers, 1, 1 << 16);
  check("the number of tokens", shape.tokens, 1, 1 << 24);
  check("the number of experts", shape.num_experts, 1, 4096);  // 64 bits hold the sum of squares
  check("top_k", shape.top_k, 1, shape.num_experts);

  Trace trace;
  trace.layers = shape.layers;
  trace.tokens = shape.tokens;
  trace.top_k = shape.top_k;
  trace.num_experts = shape.num_experts;
  trace.source = fmt::format("generated, {}, seed {}", to_string(spec), seed);
  trace.expert_ids.reserve(trace.index(shape.layers, 0, 0));
  for (int layer = 0; layer < shape.layers; ++layer) {
    Engine engine(layer_seed(seed, first_layer + layer));
    if (spec.kind == RoutingSpec::Kind::Uniform) {
      generate_uniform(engine, shape, trace.expert_ids);
    } else {
      generate_normal(engine, shape, spec, trace.expert_ids);
    }
  }
  return trace;
}

}  // namespace moehub
