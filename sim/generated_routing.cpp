#include "sim/generated_routing.hpp"

#include <fmt/format.h>

#include "model/base/input_error.hpp"
#include "model/routing/generator.hpp"
#include "model/routing/like_generator.hpp"
#include "model/routing/profile_io.hpp"
#include "sim/config_io.hpp"

namespace moehub {

GeneratedRouting::GeneratedRouting(const std::string& text) : spec_(parse_routing_spec(text, "--routing")) {
  if (spec_.kind != RoutingSpec::Kind::Like) return;
  file_ = find_config("routing", spec_.like, "--routing");
  profile_ = read_profile(file_);
}

void GeneratedRouting::check_fits(const ModelConfig& model, int end_layer) const {
  if (profile_->num_experts != model.num_experts) {
    throw InputError(file_, "num_experts", fmt::format("{}", profile_->num_experts),
                     fmt::format("{} as in model {} (--model)", model.num_experts, model.name));
  }
  if (profile_->top_k != model.top_k) {
    throw InputError(file_, "top_k", fmt::format("{}", profile_->top_k),
                     fmt::format("{} as in model {} (--model, or --set model.top_k={})", model.top_k,
                                 model.name, profile_->top_k));
  }
  if (end_layer > static_cast<int>(profile_->layers.size())) {
    throw InputError(file_, "layers", fmt::format("{} layers", profile_->layers.size()),
                     fmt::format("at least {}", end_layer));
  }
}

Trace GeneratedRouting::draw(const ModelConfig& model, int first_layer, int end_layer, int tokens, int gpus,
                             std::uint64_t seed) const {
  TraceShape shape;
  shape.layers = end_layer - first_layer;
  shape.tokens = tokens;
  shape.top_k = model.top_k;
  shape.num_experts = model.num_experts;
  shape.groups = groups_of(model);
  shape.gpus = gpus;
  Trace trace;
  if (profile_) {
    check_fits(model, end_layer);
    trace = generate_like(*profile_, spec_.like, shape, gpus, seed, first_layer);
  } else {
    trace = generate(spec_, shape, seed, first_layer);
  }
  trace.model = model.name;
  return trace;
}

}  // namespace moehub
