// Everything here is an integer, with two exceptions: loads that scatter like a normal distribution need a
// square root and divisions, and hot experts a product. IEEE 754 fixes these to the last bit. The
// expressions below never add to a product, because a compiler may fuse that into one rounding on one
// machine and two on another; they add to quotients.
#include "model/routing/loads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "model/base/input_error.hpp"
#include "model/routing/fixed_point.hpp"

namespace moehub {
namespace {

using Loads = std::vector<std::int64_t>;

std::int64_t sum_of(const Loads& loads) {
  return std::accumulate(loads.begin(), loads.end(), std::int64_t{0});
}

[[noreturn]] void refuse(const RoutingSpec& spec, const std::string& expected) {
  throw InputError(kCommandLine, "--routing", "'" + to_string(spec) + "'", expected);
}

// `experts` values whose deviations from their mean are those of a normal distribution, times an
// unimportant factor: sums of 12 uniform draws (Irwin-Hall), in integers. Their sum is exactly 0.
Loads draw_deviations(Engine& engine, int experts) {
  Loads values(static_cast<std::size_t>(experts));
  for (std::int64_t& value : values) {
    for (int i = 0; i < 12; ++i) value += draw_below(engine, 1 << 10);
  }
  const std::int64_t sum = sum_of(values);
  for (std::int64_t& value : values) value = value * experts - sum;
  return values;
}

// Normally distributed around the mean with the given coefficient of variation, rounded so that they sum to
// tokens * top_k. Empty when one would be below 0 or above the number of tokens.
Loads try_normal(Engine& engine, const TraceShape& shape, double variation) {
  const std::int64_t choices = std::int64_t{shape.tokens} * shape.top_k;
  const Loads deviations = draw_deviations(engine, shape.num_experts);
  std::int64_t squares = 0;
  for (const std::int64_t deviation : deviations) squares += deviation * deviation;

  constexpr std::int64_t kOne = 1 << 20;  // fixed point: 20 bits of fraction
  const double mean = static_cast<double>(choices) / shape.num_experts;
  const double spread = mean * variation * static_cast<double>(kOne);
  const double rms = std::sqrt(static_cast<double>(squares) / shape.num_experts);

  Loads fixed(deviations.size());
  for (std::size_t e = 0; e < fixed.size(); ++e) {
    const std::int64_t scatter =
        spread == 0.0 || squares == 0
            ? 0
            : static_cast<std::int64_t>(static_cast<double>(deviations[e]) / (rms / spread));
    fixed[e] = choices * kOne / shape.num_experts + scatter;
    if (fixed[e] < 0 || fixed[e] > shape.tokens * kOne) return {};
  }

  // Whole choices first; the rest go to the largest fractions, the lower expert first among equals.
  Loads loads(fixed.size());
  std::transform(fixed.begin(), fixed.end(), loads.begin(), [](std::int64_t value) { return value / kOne; });
  std::vector<std::size_t> order(fixed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return fixed[a] % kOne > fixed[b] % kOne; });
  std::int64_t rest = choices - sum_of(loads);
  for (std::size_t i = 0; rest > 0; i = (i + 1) % order.size()) {
    if (loads[order[i]] == shape.tokens) continue;
    ++loads[order[i]];
    --rest;
  }
  return loads;
}

Loads draw_normal(Engine& engine, const TraceShape& shape, const RoutingSpec& spec) {
  constexpr int kTries = 10000;  // a draw with a load out of range is thrown away
  for (int i = 0; i < kTries; ++i) {
    Loads loads = try_normal(engine, shape, spec.coefficient_of_variation());
    if (!loads.empty()) return loads;
  }
  refuse(spec, fmt::format("a smaller std: for {} experts and top {} loads would fall below 0 or above all "
                           "tokens",
                           shape.num_experts, shape.top_k));
}

// Experts in an order drawn from all alike.
std::vector<std::size_t> draw_ranks(Engine& engine, int experts) {
  std::vector<std::size_t> ranks(static_cast<std::size_t>(experts));
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  shuffle(engine, ranks);
  return ranks;
}

Loads draw_zipf(Engine& engine, const TraceShape& shape, const RoutingSpec& spec) {
  const auto exponent_q24 = static_cast<std::int64_t>(spec.zipf_exponent * (1 << 24));
  const std::vector<std::size_t> ranks = draw_ranks(engine, shape.num_experts);
  Loads weights(ranks.size());
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const std::int64_t power = (exponent_q24 * log2_q24(static_cast<std::uint32_t>(rank + 1))) >> 24;
    const auto weight = static_cast<std::int64_t>(exp2_minus_q32(power) >> 6);  // rank 1: 2^26
    weights[ranks[rank]] = std::max<std::int64_t>(weight, 1);
  }
  return apportion(weights, std::int64_t{shape.tokens} * shape.top_k, shape.tokens);
}

Loads draw_hot(Engine& engine, const TraceShape& shape, const RoutingSpec& spec) {
  const std::int64_t choices = std::int64_t{shape.tokens} * shape.top_k;
  const double mean = static_cast<double>(choices) / shape.num_experts;
  const auto hot_load = static_cast<std::int64_t>(spec.hot_times * mean);
  const int others = shape.num_experts - spec.hot_experts;
  if (others < 0) refuse(spec, fmt::format("at most {} hot experts, all there are", shape.num_experts));
  if (hot_load > shape.tokens) {
    refuse(spec,
           fmt::format("at most {:.2f} times the mean: that is every token (top {} of {} experts)",
                       static_cast<double>(shape.num_experts) / shape.top_k, shape.top_k, shape.num_experts));
  }
  const std::int64_t left = choices - hot_load * spec.hot_experts;
  if (left < 0 || left > std::int64_t{others} * shape.tokens) {
    refuse(spec, fmt::format("fewer or cooler ones: {} of {} experts with {} times the mean leave {} choices "
                             "for the other {}",
                             spec.hot_experts, shape.num_experts, spec.hot_times, left, others));
  }
  const std::vector<std::size_t> ranks = draw_ranks(engine, shape.num_experts);
  Loads weights(ranks.size(), 1);
  for (int i = 0; i < spec.hot_experts; ++i) weights[ranks[static_cast<std::size_t>(i)]] = 0;
  Loads loads = apportion(weights, left, shape.tokens);
  for (int i = 0; i < spec.hot_experts; ++i) loads[ranks[static_cast<std::size_t>(i)]] = hot_load;
  return loads;
}

}  // namespace

Loads apportion(const Loads& weights, std::int64_t total, std::int64_t most) {
  Loads shares(weights.size(), 0);
  Loads open(weights);  // weights of those that are below `most`
  std::int64_t open_sum = sum_of(open);
  for (bool found = true; found;) {
    found = false;
    const std::int64_t round_total = total, round_sum = open_sum;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i] == 0 || round_total * open[i] / round_sum < most) continue;
      shares[i] = most;
      total -= most;
      open_sum -= std::exchange(open[i], 0);
      found = true;
    }
  }
  if (open_sum == 0) return shares;
  std::vector<std::size_t> order;
  std::int64_t rest = total;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i] == 0) continue;
    shares[i] = total * open[i] / open_sum;
    rest -= shares[i];
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return total * open[a] % open_sum > total * open[b] % open_sum;
  });
  for (std::size_t i = 0; i < static_cast<std::size_t>(rest); ++i) ++shares[order[i]];
  return shares;
}

Loads draw_loads(Engine& engine, const TraceShape& shape, const RoutingSpec& spec) {
  switch (spec.kind) {
    case RoutingSpec::Kind::Zipf:
      return draw_zipf(engine, shape, spec);
    case RoutingSpec::Kind::Hot:
      return draw_hot(engine, shape, spec);
    default:
      return draw_normal(engine, shape, spec);
  }
}

}  // namespace moehub
