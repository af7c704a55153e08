// How often each expert of a layer is chosen, before anybody says by whom.
#pragma once

#include <cstdint>
#include <vector>

#include "model/routing/random.hpp"
#include "model/routing/routing_spec.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Divides `total` in proportion to the weights, largest remainders first, the lower index first among
/// equals; none gets more than `most`, what it would have had beyond that is divided among the others.
/// Needs weights of 0 or more and total <= most * (number of weights that are not 0).
/// total < 2^36, weights < 2^27, and at most 4096 of them: 64 bits hold every product.
std::vector<std::int64_t> apportion(const std::vector<std::int64_t>& weights, std::int64_t total,
                                    std::int64_t most);

/// Choices of each expert of one layer, as `spec` (normal, zipf or hot) asks; they sum to tokens * top_k and
/// none is above tokens. Throws InputError (place "--routing") where there are no such loads.
std::vector<std::int64_t> draw_loads(Engine& engine, const TraceShape& shape, const RoutingSpec& spec);

}  // namespace moehub
