// Routing that is made up to be like a recorded one.
#pragma once

#include <cstdint>

#include "model/routing/trace.hpp"
#include "model/routing/trace_profile.hpp"
#include "model/routing/trace_shape.hpp"

namespace moehub {

/// Draws layers first_layer to first_layer + shape.layers of a trace that is like `profile`: in each layer
/// experts have the profile's loads (scaled to shape.tokens, up to whole choices), consecutive and near
/// tokens have as much in common, and with `gpus` GPUs and experts in contiguous blocks a token visits
/// as many of them. A layer depends on (profile, tokens, gpus, seed, layer) only.
/// The shape's top_k and num_experts must be the profile's, and it must have the layers.
/// Throws InputError, naming `name` as the profile's, where it says nothing about that many GPUs.
Trace generate_like(const TraceProfile& profile, const std::string& name, const TraceShape& shape, int gpus,
                    std::uint64_t seed, int first_layer = 0);

}  // namespace moehub
