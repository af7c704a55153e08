#include "model/routing/trace_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/base/input_error.hpp"
#include "model/routing/placement.hpp"
#include "model/routing/trace_stats.hpp"

namespace moehub {
namespace {

// As many digits as a file of statistics has, so that it says what the trace itself says.
double to_four_digits(double value) { return std::round(value * 1e4) / 1e4; }

using Tokens = std::vector<int>;  // of a trace, in the order in which they are looked at

Tokens in_order_of_gpus(const Trace& trace) {
  Tokens tokens(static_cast<std::size_t>(trace.tokens));
  std::iota(tokens.begin(), tokens.end(), 0);
  if (trace.source_gpu.empty()) return tokens;
  std::stable_sort(tokens.begin(), tokens.end(), [&](int a, int b) {
    return trace.source_gpu[static_cast<std::size_t>(a)] < trace.source_gpu[static_cast<std::size_t>(b)];
  });
  return tokens;
}

std::int64_t shared_with_previous(const Trace& trace, int layer, const Tokens& tokens) {
  std::vector<int> last(static_cast<std::size_t>(trace.num_experts), -1);  // place of the last token with it
  std::int64_t shared = 0;
  for (int place = 0; place < trace.tokens; ++place) {
    for (int k = 0; k < trace.top_k; ++k) {
      int& before =
          last[static_cast<std::size_t>(trace.at(layer, tokens[static_cast<std::size_t>(place)], k))];
      shared += place > 0 && before == place - 1 ? 1 : 0;
      before = place;
    }
  }
  return shared;
}

// Over all ordered pairs of tokens of the same block.
std::int64_t shared_nearby(const Trace& trace, int layer, const Tokens& tokens, int block) {
  std::int64_t shared = 0;
  for (int begin = 0; begin < trace.tokens; begin += block) {
    std::vector<std::int64_t> count(static_cast<std::size_t>(trace.num_experts), 0);
    for (int place = begin; place < std::min(begin + block, trace.tokens); ++place) {
      for (int k = 0; k < trace.top_k; ++k) {
        const int token = tokens[static_cast<std::size_t>(place)];
        shared += 2 * count[static_cast<std::size_t>(trace.at(layer, token, k))]++;
      }
    }
  }
  return shared;
}

double gpus_per_token(const Trace& trace, int layer, int gpus) {
  const ExpertPlacement experts(trace.num_experts, gpus);
  std::vector<int> last(static_cast<std::size_t>(gpus), -1);  // token that visited the GPU last
  std::int64_t visits = 0;
  for (int token = 0; token < trace.tokens; ++token) {
    for (int k = 0; k < trace.top_k; ++k) {
      int& visitor = last[static_cast<std::size_t>(experts.gpu_of(trace.at(layer, token, k)))];
      visits += visitor != token ? 1 : 0;
      visitor = token;
    }
  }
  return to_four_digits(static_cast<double>(visits) / trace.tokens);
}

LayerProfile profile_layer(const Trace& trace, int layer, const Tokens& tokens) {
  LayerProfile profile;
  profile.loads = expert_loads(trace, layer);
  // Experts that two independent tokens share, on average.
  double independent = 0;
  for (const std::int64_t load : profile.loads) {
    independent += static_cast<double>(load) / trace.tokens * static_cast<double>(load) / trace.tokens;
  }
  const auto over_independent = [&](std::int64_t shared, std::int64_t pairs) {
    if (pairs == 0) return 1.0;
    return to_four_digits(static_cast<double>(shared) / static_cast<double>(pairs) / independent);
  };
  profile.reuse = over_independent(shared_with_previous(trace, layer, tokens), trace.tokens - 1);
  for (std::size_t i = 0; i < kNearTokens.size(); ++i) {
    profile.reuse_nearby[i] = over_independent(shared_nearby(trace, layer, tokens, kNearTokens[i]),
                                               nearby_pairs(trace.tokens, kNearTokens[i]));
  }
  for (const int gpus : profile_gpus()) profile.gpus_per_token.push_back(gpus_per_token(trace, layer, gpus));
  return profile;
}

}  // namespace

const std::vector<int>& profile_gpus() {
  static const std::vector<int> gpus = {1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96};
  return gpus;
}

TraceProfile profile_of(const Trace& trace, const std::string& file) {
  const auto dropped = std::count(trace.expert_ids.begin(), trace.expert_ids.end(), kDroppedChoice);
  if (dropped > 0) {
    throw InputError(file, "expert_ids", fmt::format("{} dropped choices", dropped),
                     "none in a trace that others are to be like");
  }
  TraceProfile profile;
  profile.model = trace.model;
  profile.source = trace.source;
  profile.tokens = trace.tokens;
  profile.top_k = trace.top_k;
  profile.num_experts = trace.num_experts;
  const Tokens tokens = in_order_of_gpus(trace);
  for (int layer = 0; layer < trace.layers; ++layer) {
    profile.layers.push_back(profile_layer(trace, layer, tokens));
  }
  return profile;
}

}  // namespace moehub
