#include "model/flows/flow_names.hpp"

#include <algorithm>

namespace moehub {
namespace {

struct FlowName {
  const char* name;
  bool uses_hubs;
  bool is_ablation;
};

constexpr FlowName kFlowNames[] = {
    {"moehub", true, false},
    {"moehub-base", true, true},
    {"moehub-pkt", true, true},
    {"moehub-dep", true, true},
    {"megatron-te", false, false},
    {"megatron-cutlass", false, false},
    {"fastermoe", false, false},
    {"tutel", false, false},
    {"comet", false, false},
    {"ccfuser", false, false},
    {"deepep", false, false},
    {"deepep-ll", false, false},
    {"ideal", false, false},
};

}  // namespace

const std::vector<std::string>& flow_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const FlowName& flow : kFlowNames) all.emplace_back(flow.name);
    return all;
  }();
  return names;
}

std::vector<std::string> default_flows() {
  std::vector<std::string> flows;
  for (const FlowName& flow : kFlowNames) {
    if (!flow.is_ablation) flows.emplace_back(flow.name);
  }
  return flows;
}

bool uses_hubs(const std::string& flow) {
  return std::any_of(std::begin(kFlowNames), std::end(kFlowNames),
                     [&](const FlowName& known) { return flow == known.name && known.uses_hubs; });
}

}  // namespace moehub
