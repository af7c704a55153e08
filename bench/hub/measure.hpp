// One measurement: a pattern in one or both directions, through one hub.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bench/hub/egress_side.hpp"
#include "bench/hub/ingress_side.hpp"
#include "bench/hub/pattern.hpp"
#include "model/hub/hub_setup.hpp"

namespace moehub::bench {

enum class Direction { egress, ingress, both };

struct Cycles {
  int warm_up = 1500;
  int measured = 10000;
};

using HubFactory = std::function<std::unique_ptr<Hub>(int spill_latency_cycles)>;

struct Measurement {
  HubParams params;
  int cycles = 0;  ///< measured
  EgressCounts egress;
  IngressCounts ingress;
  HubStatistics statistics;  ///< of the whole run
  std::uint64_t rows = 0;    ///< of the whole run
  std::uint64_t errors = 0;
  std::string first_error;

  double per_cycle_and_lane(std::uint64_t count) const {
    return static_cast<double>(count) / (static_cast<double>(cycles) * params.lanes);
  }
  /// Packets that left the egress, on the link or by the loop; that were written to memory.
  double egress_rate() const { return per_cycle_and_lane(egress.packets + ingress.looped); }
  double ingress_rate() const { return per_cycle_and_lane(ingress.writes); }
  /// At 1 GHz; header flits included.
  double egress_gb_per_s() const { return static_cast<double>(egress.wire_bytes) / cycles; }
  double ingress_gb_per_s() const { return static_cast<double>(ingress.wire_bytes) / cycles; }
};

/// Runs until everything that was begun is through the hub; what happened after the measured cycles counts
/// for the check only. An RTL assertion that fails is an error of the measurement too.
Measurement measure(const HubFactory& make, const Pattern& pattern, Direction direction,
                    const Cycles& cycles);

/// Regions of the measured hub: tiles as small as its tile table allows.
std::vector<RegionSetup> regions_for(const HubParams& params, const RowRules& rows, const Cycles& cycles);

/// Enables the hub and its regions, and waits until they are initialised.
void set_up(Hub& hub, const Environment& environment, const std::vector<RegionSetup>& regions);

}  // namespace moehub::bench
