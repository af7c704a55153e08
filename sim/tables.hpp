// The tables beside summary.json: what the plots show and what the summary adds up, as CSV.
#pragma once

#include <string>
#include <vector>

#include "model/flows/flow.hpp"

namespace moehub {

/// One line a flow and layer: its times in us.
std::string layers_csv(const std::vector<FlowResult>& flows);
/// One line a flow, layer and expert: rows.
std::string experts_csv(const std::vector<FlowResult>& flows);
/// One line a flow that uses hubs and counter: the hubs' statistics registers, summed over GPUs.
std::string hub_csv(const std::vector<FlowResult>& flows);
/// One line a flow: what the scoreboard found.
std::string checks_csv(const std::vector<FlowResult>& flows);
/// One line a flow and activity, and idle time: where the time goes (time_split.hpp), in us.
std::string time_csv(const std::vector<FlowResult>& flows);
/// One line a flow, layer and us: what links carry, in GB/s (plots.hpp).
std::string links_csv(const std::vector<FlowResult>& flows);
/// One line a flow and share: how long that share of rows took at least, in us.
std::string latency_csv(const std::vector<FlowResult>& flows);

}  // namespace moehub
