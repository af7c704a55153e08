// timeline.json: what each GPU did when, as Chrome trace events (chrome://tracing, Perfetto).
#pragma once

#include <string>
#include <vector>

#include "model/flows/flow.hpp"

namespace moehub {

/// A process a GPU; in it, flow after flow, a track for each activity of its SMs, its hub and its software, and
/// counters of what its links carry. Times in us of the flow's simulated time, so flows lie side by side.
std::string make_timeline(const std::vector<FlowResult>& flows);

}  // namespace moehub
