// The text of `--routing`: `uniform`, or `normal:std=0.032`.
#pragma once

#include <string>

namespace moehub {

struct RoutingSpec {
  enum class Kind {
    Uniform,  ///< every token draws top_k distinct experts, all equally likely
    Normal,   ///< expert loads are normally distributed with a given spread
  };
  Kind kind = Kind::Normal;

  /// Normal: standard deviation over experts of the share of choices that each expert gets, as
  /// COMET (arXiv 2502.19811) and MoE-Hub state it: for 8 experts. With another number the
  /// coefficient of variation, 8 * std, is kept. 0.032 is typical of training.
  double std_at_8_experts = 0.032;

  double coefficient_of_variation() const { return 8.0 * std_at_8_experts; }
};

/// Throws InputError that names `place` ("--routing") and the known specs.
RoutingSpec parse_routing_spec(const std::string& text, const std::string& place);

/// The text that parses to `spec`.
std::string to_string(const RoutingSpec& spec);

}  // namespace moehub
