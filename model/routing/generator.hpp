// Routing made up from a seed: the same numbers on every platform.
//
// Random numbers come from Boost's mt19937_64 and its integer distribution, which are specified to
// the bit, where the standard library's distributions are not. No library function whose last bit
// depends on the platform (exp, log, ...) takes part in choosing an expert: see loads.cpp, fixed_point.hpp.
#pragma once

#include <cstdint>

#include "model/routing/routing_spec.hpp"
#include "model/routing/trace.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Draws a trace. Layers are independent; a layer depends on (seed, layer) only, so that a run of
/// layers 2:4 sees what a run of 0:4 sees in its layers 2 and 3.
///
/// Uniform: independent draws, so that loads scatter as they do by chance.
/// All others: first the load of each expert is drawn, then tokens are dealt so that every expert gets
/// exactly its load; the measured loads are the asked ones up to whole choices.
///
/// Where the shape limits groups, scores are drawn and DeepSeek's gate chooses (gated_dealing.hpp).
/// `spec.reuse` above 1: tokens exchange choices afterwards (choice_exchange.hpp).
///
/// Throws InputError (place "--routing") where no such loads exist, e.g. a spread so wide that
/// an expert would need less than nothing or more than every token. `spec` is not Like.
Trace generate(const RoutingSpec& spec, const TraceShape& shape, std::uint64_t seed,
               int first_layer = 0);

}  // namespace moehub
