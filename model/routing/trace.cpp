#include "model/routing/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/base/input_error.hpp"
#include "model/routing/placement.hpp"

namespace moehub {
namespace {

std::string choice_place(int layer, int token, int k) {
  return fmt::format("expert_ids[layer {}, token {}, k {}]", layer, token, k);
}

void validate_shape(const Trace& trace, const std::string& file) {
  if (trace.layers < 1 || trace.tokens < 1 || trace.top_k < 1 ||
      trace.expert_ids.size() != trace.index(trace.layers, 0, 0)) {
    throw InputError(file, "expert_ids",
                     fmt::format("{} elements for {} layers, {} tokens, {} choices",
                                 trace.expert_ids.size(), trace.layers, trace.tokens, trace.top_k),
                     "shape [layers, tokens, top_k], none of them 0");
  }
  if (trace.num_experts < 1) {
    throw InputError(file, "meta: num_experts", fmt::format("{}", trace.num_experts),
                     "1 or more");
  }
  if (trace.num_experts > kMostExperts) {
    throw InputError(file, "expert_ids", fmt::format("{} experts", trace.num_experts),
                     fmt::format("at most {}", kMostExperts));
  }
  if (trace.top_k > trace.num_experts) {
    throw InputError(file, "expert_ids", fmt::format("top_k is {}", trace.top_k),
                     fmt::format("at most the number of experts, {}", trace.num_experts));
  }
  if (trace.weights && trace.weights->size() != trace.expert_ids.size()) {
    throw InputError(file, "weights", fmt::format("{} elements", trace.weights->size()),
                     fmt::format("the shape of expert_ids, {} elements", trace.expert_ids.size()));
  }
  if (!trace.source_gpu.empty() &&
      trace.source_gpu.size() != static_cast<std::size_t>(trace.tokens)) {
    throw InputError(file, "source_gpu", fmt::format("{} elements", trace.source_gpu.size()),
                     fmt::format("one for each of {} tokens", trace.tokens));
  }
}

// `last` of each expert: the token that chose it last, counted over all layers.
void validate_choice(const Trace& trace, int layer, int token, int k, std::vector<std::int64_t>& last,
                     const std::string& file) {
  if (trace.weights && !std::isfinite((*trace.weights)[trace.index(layer, token, k)])) {
    throw InputError(file, fmt::format("weights[layer {}, token {}, k {}]", layer, token, k),
                     "not a finite number", "a gate's weight");
  }
  const std::int32_t expert = trace.at(layer, token, k);
  if (expert == kDroppedChoice) return;
  if (expert < 0 || expert >= trace.num_experts) {
    throw InputError(file, choice_place(layer, token, k), fmt::format("expert {}", expert),
                     fmt::format("0 to {}, or {} for a dropped choice", trace.num_experts - 1,
                                 kDroppedChoice));
  }
  const std::int64_t number = std::int64_t{layer} * trace.tokens + token;
  if (std::exchange(last[static_cast<std::size_t>(expert)], number) == number) {
    int other = 0;
    while (trace.at(layer, token, other) != expert) ++other;
    throw InputError(file, choice_place(layer, token, k), fmt::format("expert {} as in k {}", expert, other),
                     "every expert of a token once");
  }
}

// Tokens of a slice, in their order, and the GPU of each.
struct ChosenTokens {
  std::vector<int> token;
  std::vector<int> gpu;
};

void check_enough(const TraceSlice& part, const Trace& trace, int fewest, int gpus, const std::string& file) {
  if (!part.tokens_per_gpu || fewest >= *part.tokens_per_gpu) return;
  throw InputError(file, "expert_ids",
                   fmt::format("{} tokens per GPU ({} over {} GPUs)", fewest, trace.tokens, gpus),
                   fmt::format("at least {} per GPU, as --tokens asks", *part.tokens_per_gpu));
}

// The trace says where tokens start.
ChosenTokens choose_recorded(const Trace& trace, const TraceSlice& part, int gpus, const std::string& file) {
  std::vector<int> has(static_cast<std::size_t>(gpus), 0);
  ChosenTokens chosen;
  for (int token = 0; token < trace.tokens; ++token) {
    const int gpu = trace.source_gpu[static_cast<std::size_t>(token)];
    if (gpu >= gpus) {
      throw InputError(file, fmt::format("source_gpu[token {}]", token), fmt::format("{}", gpu),
                       fmt::format("0 to {}, a GPU of the system", gpus - 1));
    }
    const int before = has[static_cast<std::size_t>(gpu)]++;
    if (part.tokens_per_gpu && before >= *part.tokens_per_gpu) continue;
    chosen.token.push_back(token);
    chosen.gpu.push_back(gpu);
  }
  check_enough(part, trace, *std::min_element(has.begin(), has.end()), gpus, file);
  return chosen;
}

// Groups of attention_tp GPUs get contiguous blocks of the trace, and the GPUs of a group contiguous parts of
// the tokens that are used of its block.
ChosenTokens choose_blocks(const Trace& trace, const TraceSlice& part, int gpus, const std::string& file) {
  const BlockPlacement blocks(trace.tokens, gpus / part.attention_tp);
  check_enough(part, trace, blocks.count(blocks.gpus() - 1) / part.attention_tp, gpus, file);
  ChosenTokens chosen;
  for (int group = 0; group < blocks.gpus(); ++group) {
    const int used = part.tokens_per_gpu ? *part.tokens_per_gpu * part.attention_tp : blocks.count(group);
    const BlockPlacement ranks(used, part.attention_tp);
    for (int i = 0; i < used; ++i) {
      chosen.token.push_back(blocks.first(group) + i);
      chosen.gpu.push_back(group * part.attention_tp + ranks.gpu_of(i));
    }
  }
  return chosen;
}

}  // namespace

void validate(const Trace& trace, const std::string& file) {
  validate_shape(trace, file);
  std::vector<std::int64_t> last(static_cast<std::size_t>(trace.num_experts), -1);
  for (int layer = 0; layer < trace.layers; ++layer) {
    for (int token = 0; token < trace.tokens; ++token) {
      for (int k = 0; k < trace.top_k; ++k) validate_choice(trace, layer, token, k, last, file);
    }
  }
  for (std::size_t token = 0; token < trace.source_gpu.size(); ++token) {
    if (trace.source_gpu[token] < 0) {
      throw InputError(file, fmt::format("source_gpu[token {}]", token),
                       fmt::format("{}", trace.source_gpu[token]), "0 or more");
    }
  }
}

Trace slice(const Trace& trace, const TraceSlice& part, int gpus, const std::string& file) {
  const int end_layer = part.end_layer.value_or(trace.layers);
  if (part.first_layer < 0 || part.first_layer >= end_layer || end_layer > trace.layers) {
    throw InputError(file, "expert_ids", fmt::format("{} layers", trace.layers),
                     fmt::format("layers {}:{}, as --layers asks", part.first_layer, end_layer));
  }
  ChosenTokens chosen = (trace.source_gpu.empty() ? choose_blocks : choose_recorded)(trace, part, gpus, file);

  Trace result;
  result.layers = end_layer - part.first_layer;
  result.tokens = static_cast<int>(chosen.token.size());
  result.top_k = trace.top_k;
  result.num_experts = trace.num_experts;
  result.source_gpu = std::move(chosen.gpu);
  result.model = trace.model;
  result.source = trace.source;
  result.expert_ids.reserve(result.index(result.layers, 0, 0));
  if (trace.weights) result.weights.emplace().reserve(result.index(result.layers, 0, 0));
  for (int layer = part.first_layer; layer < end_layer; ++layer) {
    for (const int token : chosen.token) {
      for (int k = 0; k < trace.top_k; ++k) {
        result.expert_ids.push_back(trace.at(layer, token, k));
        if (trace.weights) result.weights->push_back((*trace.weights)[trace.index(layer, token, k)]);
      }
    }
  }
  return result;
}

std::vector<int> default_source_gpu(int tokens, int gpus) {
  const BlockPlacement blocks(tokens, gpus);
  std::vector<int> source(static_cast<std::size_t>(tokens));
  for (int token = 0; token < tokens; ++token) {
    source[static_cast<std::size_t>(token)] = blocks.gpu_of(token);
  }
  return source;
}

}  // namespace moehub
