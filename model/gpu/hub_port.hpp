// The SMs' side of a hub: a target socket for each GPC, and behind them the crossbar that cuts stores
// into lines. Everything that happens once a cycle is a plain call from the hub's host.
#pragma once

#include <functional>
#include <optional>

#include "model/gpu/sim_clock.hpp"
#include "model/gpu/store_crossbar.hpp"
#include "model/gpu/store_protocol.hpp"

namespace moehub {

/// Crossbar ports of a GPU: an H100 has 8 GPCs (data sheet).
inline constexpr int kGpcs = 8;

class HubPort : public sc_core::sc_module {
 public:
  HubPort(sc_core::sc_module_name name, const SimClock& clock);

  StoreTarget<HubPort>& socket(int gpc) { return *sockets_[static_cast<std::size_t>(gpc)]; }

  /// Before a layer: an empty crossbar. `on_store` is called for every store that is queued.
  void restart(int lanes, std::function<void(const RowStore&)> on_store);
  StoreCrossbar& crossbar() { return *crossbar_; }
  const StoreCrossbar& crossbar() const { return *crossbar_; }
  /// After a cycle: answers stores that are through, and queues those that waited.
  void settle();

 private:
  tlm::tlm_sync_enum nb_transport_fw(int gpc, tlm::tlm_generic_payload& transaction,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  bool queue(int gpc, tlm::tlm_generic_payload& transaction);

  const SimClock& clock_;
  std::vector<std::unique_ptr<StoreTarget<HubPort>>> sockets_;
  std::vector<tlm::tlm_generic_payload*> waiting_;  // [gpc] no room yet: END_REQ is owed
  std::vector<tlm::tlm_generic_payload*> queued_;   // [ticket]
  std::vector<int> free_tickets_;
  std::vector<StoreCrossbar::Finished> finished_;   // scratch
  std::optional<StoreCrossbar> crossbar_;
  std::function<void(const RowStore&)> on_store_;
};

}  // namespace moehub
