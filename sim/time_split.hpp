// Where a layer's time goes: every instant of a GPU counts once.
#pragma once

#include <array>

#include "model/flows/flow.hpp"

namespace moehub {

/// A GPU's time in a layer by activity, and idle time last. What goes on at the same time counts as the first of:
/// arithmetic, from experts' GEMMs down; rows on their way; what software needs for itself. Sums to the layer.
using TimeSplit = std::array<Picoseconds, kActivities + 1>;

TimeSplit split_time(const std::vector<Span>& spans, Picoseconds layer);

/// The mean over GPUs, summed over a flow's layers.
TimeSplit split_time(const FlowResult& flow);

/// From the start of a layer to the end of its last thread block of GEMM1 on any GPU, summed over a flow's layers.
Picoseconds routing_to_gemm1(const FlowResult& flow);

}  // namespace moehub
