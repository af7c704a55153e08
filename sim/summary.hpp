// summary.json: the results of a run under the names that scripts hold on to (docs/system-model.md).
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "model/flows/flow.hpp"
#include "sim/run_options.hpp"

namespace moehub {

/// A run that is over. `flows` in the order in which they ran; a flow that was cut short has fewer
/// layers than were asked for.
struct RunResult {
  std::vector<FlowResult> flows;
  std::vector<FlowResult> backward;  ///< of a training step: the same flows, the same layers

  const FlowResult* find(const std::string& name) const;
  /// The flow that `hub` in the summary is about: moehub, else the first one that uses hubs; or null.
  const FlowResult* hub_flow() const;
  /// Every check of every flow held, and every flow ran to its end.
  bool ok(const RunOptions& options) const;
};

nlohmann::ordered_json make_summary(const RunOptions& options, const RunResult& result);

}  // namespace moehub
