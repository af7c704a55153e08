// The flows that exist, for those who parse and print their names: needs nothing of the flows themselves.
#pragma once

#include <string>
#include <vector>

namespace moehub {

/// Names of the flows that exist, in the order in which a report lists them.
const std::vector<std::string>& flow_names();
/// Those that a run compares unless told otherwise: all but the hub's ablations.
std::vector<std::string> default_flows();
/// Whether rows go through hubs, rather than being copied by software or for nothing.
bool uses_hubs(const std::string& flow);

}  // namespace moehub
