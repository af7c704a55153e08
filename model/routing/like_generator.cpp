// Targets are products and quotients of IEEE 754, without a sum of a product that a compiler could fuse, and
// then whole numbers: the same on every platform.
#include "model/routing/like_generator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/base/input_error.hpp"
#include "model/routing/dealing.hpp"
#include "model/routing/gated_dealing.hpp"
#include "model/routing/loads.hpp"
#include "model/routing/placement.hpp"

namespace moehub {
namespace {

ExchangeTargets targets_of(const LayerProfile& layer, const std::vector<std::int64_t>& loads,
                           const TraceShape& shape, int gpus, std::size_t gpus_index) {
  double squares = 0;  // whole numbers, exact below 2^53
  for (const std::int64_t load : loads) squares += static_cast<double>(load * load);
  const double independent = squares / shape.tokens / shape.tokens;  // shared by two independent tokens
  const auto shared = [&](double reuse, std::int64_t pairs) {
    constexpr double kOutOfReach = 1e18;  // of what tokens can share; a file may ask for more than 64 bits hold
    return static_cast<std::int64_t>(std::min(reuse * independent * static_cast<double>(pairs), kOutOfReach));
  };
  ExchangeTargets targets;
  targets.shared_with_previous = shared(layer.reuse, shape.tokens - 1);
  for (std::size_t i = 0; i < kNearTokens.size(); ++i) {
    targets.shared_nearby[i] = shared(layer.reuse_nearby[i], nearby_pairs(shape.tokens, kNearTokens[i]));
  }
  targets.gpus_of_tokens = static_cast<std::int64_t>(layer.gpus_per_token[gpus_index] * shape.tokens);
  const ExpertPlacement experts(shape.num_experts, gpus);
  for (int expert = 0; expert < shape.num_experts; ++expert) {
    targets.gpu_of_expert.push_back(experts.gpu_of(expert));
  }
  return targets;
}

}  // namespace

Trace generate_like(const TraceProfile& profile, const std::string& name, const TraceShape& shape, int gpus,
                    std::uint64_t seed, int first_layer) {
  const auto known = std::find(profile_gpus().begin(), profile_gpus().end(), gpus);
  if (known == profile_gpus().end()) {
    throw InputError(name, "gpus_per_token", fmt::format("nothing about {} GPUs", gpus),
                     fmt::format("one of {}", fmt::join(profile_gpus(), ", ")));
  }
  check_choices(shape);
  Trace trace;
  trace.layers = shape.layers;
  trace.tokens = shape.tokens;
  trace.top_k = shape.top_k;
  trace.num_experts = shape.num_experts;
  trace.model = profile.model;
  trace.source = fmt::format("generated, like {}, seed {}", name, seed);
  trace.expert_ids.reserve(trace.index(shape.layers, 0, 0));
  for (int layer = 0; layer < shape.layers; ++layer) {
    Engine engine(layer_seed(seed, first_layer + layer));
    const LayerProfile& like = profile.layers[static_cast<std::size_t>(first_layer + layer)];
    const std::vector<std::int64_t> loads =
        apportion(like.loads, std::int64_t{shape.tokens} * shape.top_k, shape.tokens);
    if (shape.groups.limit()) {
      deal_gated_loads(engine, shape, loads, trace.expert_ids);
    } else {
      deal_loads(engine, shape, loads, trace.expert_ids);
    }
    const auto index = static_cast<std::size_t>(known - profile_gpus().begin());
    exchange_choices(engine, shape, targets_of(like, loads, shape, gpus, index),
                     trace.expert_ids.data() + trace.index(layer, 0, 0));
  }
  return trace;
}

}  // namespace moehub
