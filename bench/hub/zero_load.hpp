// Latencies of a hub that has nothing else to do.
#pragma once

#include "bench/hub/measure.hpp"

namespace moehub::bench {

/// In cycles, the longest of several attempts on every lane.
struct ZeroLoad {
  int store_to_link = 0;           ///< store of a whole line accepted until its packet is offered to the link
  int link_to_memory_new_row = 0;  ///< packet accepted until its write is offered to memory
  int link_to_memory_known_row = 0;
  int ack_to_tile = 0;  ///< acknowledgement accepted until the tile's message is offered
};

/// What docs/architecture.md promises.
inline constexpr ZeroLoad kMostAtZeroLoad{6, 12, 12, 6};

ZeroLoad measure_zero_load(const HubFactory& make);

}  // namespace moehub::bench
