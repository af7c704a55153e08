// timeline.json: what each GPU did when, as Chrome trace events (chrome://tracing, Perfetto).
#pragma once

#include <string>
#include <vector>

#include "model/flows/flow.hpp"

namespace moehub {

/// A process a flow, a thread a GPU and activity; times in us of the flow's simulated time.
std::string make_timeline(const std::vector<FlowResult>& flows);

}  // namespace moehub
