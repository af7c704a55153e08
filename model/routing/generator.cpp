#include "model/routing/generator.hpp"

#include <fmt/format.h>

#include "model/base/input_error.hpp"
#include "model/routing/choice_exchange.hpp"
#include "model/routing/dealing.hpp"
#include "model/routing/gated_dealing.hpp"
#include "model/routing/loads.hpp"

namespace moehub {
namespace {

void check_shape(const TraceShape& shape) {
  const auto check = [](const char* what, int value, int lowest, int highest) {
    if (value >= lowest && value <= highest) return;
    throw InputError(kCommandLine, "--routing", fmt::format("{} is {}", what, value),
                     fmt::format("{} to {}", lowest, highest));
  };
  check("the number of layers", shape.layers, 1, 1 << 16);
  check("the number of tokens", shape.tokens, 1, 1 << 24);
  check("the number of experts", shape.num_experts, 1, 4096);  // 64 bits hold the sum of squares
  check("top_k", shape.top_k, 1, shape.num_experts);
  check_choices(shape);
}

void check_pairs(const RoutingSpec& spec, const TraceShape& shape) {
  if (spec.kind != RoutingSpec::Kind::Pairs) return;
  const int experts = shape.num_experts / shape.gpus;  // of the GPU with fewest
  if (shape.gpus > 1 && experts >= shape.top_k) return;
  throw InputError(kCommandLine, "--routing", "'" + to_string(spec) + "'",
                   fmt::format("several GPUs with {} experts or more each, top_k; here {} with {}", shape.top_k,
                               shape.gpus, experts));
}

void deal_layer(Engine& engine, const RoutingSpec& spec, const TraceShape& shape,
                std::vector<std::int32_t>& expert_ids) {
  const bool gated = shape.groups.limit();
  if (spec.kind == RoutingSpec::Kind::Pairs) {
    deal_pairs(engine, shape, spec.pair_tokens, expert_ids);
    return;
  }
  if (spec.kind == RoutingSpec::Kind::Uniform) {
    (gated ? deal_gated_uniform : deal_uniform)(engine, shape, expert_ids);
    return;
  }
  std::vector<std::int64_t> loads = draw_loads(engine, shape, spec);
  if (gated) {
    deal_gated_loads(engine, shape, loads, expert_ids);
  } else {
    deal_loads(engine, shape, std::move(loads), expert_ids);
  }
}

// Experts that consecutive tokens share, summed over the layer, when each is chosen independently with the
// loads that it has, times `reuse`.
std::int64_t shared_with_previous(const TraceShape& shape, const std::int32_t* expert_ids, double reuse) {
  std::vector<std::int64_t> loads(static_cast<std::size_t>(shape.num_experts), 0);
  for (std::int64_t i = 0; i < std::int64_t{shape.tokens} * shape.top_k; ++i) {
    ++loads[static_cast<std::size_t>(expert_ids[i])];
  }
  double squares = 0;  // whole numbers, exact below 2^53
  for (const std::int64_t load : loads) squares += static_cast<double>(load * load);
  // (load / tokens)^2 over tokens - 1 pairs.
  return static_cast<std::int64_t>(reuse * squares / shape.tokens / shape.tokens * (shape.tokens - 1));
}

void correlate_layer(Engine& engine, const RoutingSpec& spec, const TraceShape& shape,
                     std::int32_t* expert_ids) {
  ExchangeTargets targets;
  targets.shared_with_previous = shared_with_previous(shape, expert_ids, spec.reuse);
  if (exchange_choices(engine, shape, targets, expert_ids)) return;
  throw InputError(
      kCommandLine, "--routing", "'" + to_string(spec) + "'",
      fmt::format("a smaller reuse: {} tokens with top {} of {} experts and these loads have not "
                  "that much in common",
                  shape.tokens, shape.top_k, shape.num_experts));
}

}  // namespace

Trace generate(const RoutingSpec& spec, const TraceShape& shape, std::uint64_t seed,
               int first_layer) {
  check_shape(shape);
  check_pairs(spec, shape);
  Trace trace;
  trace.layers = shape.layers;
  trace.tokens = shape.tokens;
  trace.top_k = shape.top_k;
  trace.num_experts = shape.num_experts;
  trace.source = fmt::format("generated, {}, seed {}", to_string(spec), seed);
  trace.expert_ids.reserve(trace.index(shape.layers, 0, 0));
  for (int layer = 0; layer < shape.layers; ++layer) {
    Engine engine(layer_seed(seed, first_layer + layer));
    deal_layer(engine, spec, shape, trace.expert_ids);
    if (spec.reuse > 1)
      correlate_layer(engine, spec, shape, trace.expert_ids.data() + trace.index(layer, 0, 0));
  }
  return trace;
}

}  // namespace moehub
