// The text of `--routing`: a kind of generated routing with its parameters, e.g. `normal:std=0.032`,
// `zipf:s=0.7,reuse=3`, `hot:experts=2,times=4`, `like:qwen3-30b-a3b-prefill`.
#pragma once

#include <string>

namespace moehub {

struct RoutingSpec {
  enum class Kind {
    Uniform,  ///< every token draws top_k distinct experts, all equally likely
    Normal,   ///< expert loads are normally distributed with a given spread
    Zipf,     ///< the r-th busiest expert has a load of 1 / r^s
    Hot,      ///< some experts have a multiple of the mean load, the others share the rest equally
    Pairs,    ///< a GPU's tokens go to one other GPU, and to another after every so many
    Like,     ///< as a recorded trace, or its statistics, is
  };
  Kind kind = Kind::Normal;

  /// Normal: standard deviation over experts of the share of choices that each expert gets, as
  /// COMET (arXiv 2502.19811) and MoE-Hub state it: for 8 experts. With another number the
  /// coefficient of variation, 8 * std, is kept. 0.032 is typical of training.
  double std_at_8_experts = 0.032;

  double zipf_exponent = 1;  ///< Zipf: s
  int hot_experts = 1;       ///< Hot: how many
  double hot_times = 1;      ///< Hot: their load over the mean

  int pair_tokens = 1;       ///< Pairs: of a GPU, before it turns to its next peer

  /// All but Pairs and Like: how many times as often a token chooses an expert of the token before it as independent
  /// tokens with these loads would.
  double reuse = 1;

  std::string like = {};  ///< Like: a trace or statistics file, or a name in sim/routing

  double coefficient_of_variation() const { return 8.0 * std_at_8_experts; }
};

/// `--routing` in words, for help texts and errors.
inline constexpr const char* kRoutingSpecs =
    "uniform, normal:std=S, zipf:s=S, hot:experts=N,times=M (each with reuse=R as well), pairs:tokens=N, or "
    "like:FILE";

/// Throws InputError that names `place` ("--routing") and what is known.
RoutingSpec parse_routing_spec(const std::string& text, const std::string& place);

/// The text that parses to `spec`.
std::string to_string(const RoutingSpec& spec);

}  // namespace moehub
