// What stands around the hub in a measurement: ideal, unless a pattern says otherwise.
#pragma once

#include <cstdint>

namespace moehub::bench {

/// The measured hub's GPU.
inline constexpr int kSelf = 0;

struct Environment {
  /// From a packet taken by the link until its credit is back: 2 x 250 ns at 1 GHz, as in sim/systems.
  int credit_flight_cycles = 500;
  int credits = 1024;              ///< of each (lane, peer): twice what the flight needs
  int credit_interval_cycles = 1;  ///< least time between two credits of a lane
  int memory_ack_cycles = 200;     ///< from a write to its acknowledgement; sim/systems
  int spill_latency_cycles = 400;  ///< sim/systems
  /// Chance that a lane which offers nothing begins to offer in a cycle: the load, below saturation.
  int offer_percent = 100;
  int ready_percent = 100;  ///< of the cycles in which link, memory and scheduler are ready
  int sets_in_use = 0;      ///< of a bank of the row table; 0: all
  int merge_age_ticks = 4;  ///< of 16 cycles, before a partial line may leave
  std::uint64_t seed = 0;
};

}  // namespace moehub::bench
