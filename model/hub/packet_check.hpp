// Checks of `addr_alloc` on a packet that arrives, in the order that decides the cause of a refusal
// (docs/addr_alloc.md), and what the packet's slot has to know of its region or window.
#pragma once

#include "model/hub/hub_config.hpp"
#include "model/hub/ingress_lane.hpp"

namespace moehub::ref {

// Fills in `slot`, cause included. The slot's set is left to the row table.
void check_packet(const HubParams& params, const HubConfig& config, const IngressBuffer& packet,
                  Slot& slot);

}  // namespace moehub::ref
