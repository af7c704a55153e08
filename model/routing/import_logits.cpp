#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "model/base/file.hpp"
#include "model/base/input_error.hpp"
#include "model/routing/gate.hpp"
#include "model/routing/npy.hpp"
#include "model/routing/npz.hpp"
#include "model/routing/trace_import.hpp"

namespace moehub {
namespace {

constexpr const char* kLogits = "router_logits";
constexpr const char* kBias = "bias";

struct Logits {
  std::size_t layers = 0, tokens = 0, experts = 0;
  std::vector<float> values;  // [layers][tokens][experts]
  std::vector<float> bias;    // [layers][experts], or empty
};

std::vector<float> finite_floats(const NpyArray& array, const std::string& file, const char* name) {
  std::vector<float> values = npy_floats(array, file, name);
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    throw InputError(file, fmt::format("{}: element {}", name, bad - values.begin()), "not a finite number",
                     "a logit");
  }
  return values;
}

Logits read_logits(const std::string& file, const ModelConfig& model) {
  NpzEntries entries;
  if (std::filesystem::path(file).extension() == ".npz") {
    entries = read_npz(file, {kLogits, kBias});
  } else {
    entries[kLogits] = read_file(file);
  }
  if (entries.count(kLogits) == 0) {
    throw InputError(file, kLogits, "no such array", "a float array [layers, tokens, experts]");
  }
  const NpyArray array = parse_npy(entries[kLogits], file, kLogits);
  const auto experts = static_cast<std::size_t>(model.num_experts);
  if (array.shape.size() != 3 || array.size() == 0 || array.shape[2] != experts ||
      array.size() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(file, kLogits, "shape " + array.shape_text(),
                     fmt::format("[layers, tokens, {}], the experts of model {}", experts, model.name));
  }
  Logits logits = {array.shape[0], array.shape[1], experts, finite_floats(array, file, kLogits), {}};
  if (entries.count(kBias) != 0) {
    const NpyArray bias = parse_npy(entries[kBias], file, kBias);
    if (bias.shape != std::vector<std::size_t>{logits.layers, experts}) {
      throw InputError(file, kBias, "shape " + bias.shape_text(),
                       fmt::format("({}, {})", logits.layers, experts));
    }
    logits.bias = finite_floats(bias, file, kBias);
  }
  return logits;
}

}  // namespace

Trace import_logits(const std::string& file, const ModelConfig& model, const std::string& model_file) {
  Gate gate(model, model_file);
  const Logits logits = read_logits(file, model);
  Trace trace;
  trace.layers = static_cast<int>(logits.layers);
  trace.tokens = static_cast<int>(logits.tokens);
  trace.top_k = model.top_k;
  trace.num_experts = model.num_experts;
  trace.model = model.name;
  trace.weights.emplace();
  const auto experts = static_cast<std::ptrdiff_t>(logits.experts);
  auto from = logits.values.begin();
  for (std::ptrdiff_t layer = 0; layer < trace.layers; ++layer) {
    std::vector<float> bias;
    if (!logits.bias.empty()) {
      bias.assign(logits.bias.begin() + layer * experts, logits.bias.begin() + (layer + 1) * experts);
    }
    for (int token = 0; token < trace.tokens; ++token, from += experts) {
      gate.route(std::vector<float>(from, from + experts), bias);
      trace.expert_ids.insert(trace.expert_ids.end(), gate.experts().begin(), gate.experts().end());
      trace.weights->insert(trace.weights->end(), gate.weights().begin(), gate.weights().end());
    }
  }
  return trace;
}

}  // namespace moehub
