// What a hub's stores cost: the leading terms of docs/dest_queue.md and docs/addr_alloc.md.
#pragma once

#include "model/hub/port.hpp"

namespace moehub::bench {

/// Memories and flops of the two datapath units. Logic between them is not counted.
struct StoreCost {
  double sram_kbit = 0;
  double kflops = 0;
};

StoreCost store_cost(const HubParams& params);

}  // namespace moehub::bench
