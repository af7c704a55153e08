// What `--routing` stands for: the generator and, where it is to be like a trace, that trace's statistics.
#pragma once

#include <optional>
#include <string>

#include "model/config/model_config.hpp"
#include "model/routing/routing_spec.hpp"
#include "model/routing/trace.hpp"
#include "model/routing/trace_profile.hpp"

namespace moehub {

class GeneratedRouting {
 public:
  /// Parses `text` (of `--routing`); of like:NAME reads the file, or the one of sim/routing.
  explicit GeneratedRouting(const std::string& text);

  const RoutingSpec& spec() const { return spec_; }
  /// Statistics that the routing is to be like, if it is.
  const std::optional<TraceProfile>& like() const { return profile_; }

  /// Draws `tokens` tokens, spread over `gpus`, for layers first_layer to end_layer of the model.
  /// Throws InputError where the statistics are of a model with another number of experts, top_k or too
  /// few layers, or where a generator refuses.
  Trace draw(const ModelConfig& model, int first_layer, int end_layer, int tokens, int gpus,
             std::uint64_t seed) const;

 private:
  void check_fits(const ModelConfig& model, int end_layer) const;

  RoutingSpec spec_;
  std::string file_;
  std::optional<TraceProfile> profile_;
};

}  // namespace moehub
