// A GPU of the system model: SMs with their thread-block scheduler, and the stores that leave them.
//
// Kernels are WorkSources; the flow that runs on the GPU adds and removes them. Stores leave as bursts,
// generated one transaction at a time, in order per GPC. Time passes in one SystemC method, which is
// called when the next thread block finishes; there is no event for a store or a packet.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "model/config/system_config.hpp"
#include "model/gpu/activity_log.hpp"
#include "model/gpu/hub_port.hpp"
#include "model/gpu/sm_scheduler.hpp"

namespace moehub {

/// Stores that belong together, e.g. the results of a thread block.
struct StoreBurst {
  int count = 0;
  std::function<RowStore(int index)> make;
  std::function<void()> accepted;  ///< the hub has taken the last of them; may be empty
};

class Gpu : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Gpu);
  Gpu(sc_core::sc_module_name name, const SimClock& clock);

  void bind(HubPort& port);

  /// Before a layer: idle SMs, no sources. `on_error` gets what a process would have thrown.
  void restart(const GpuConfig& config, Picoseconds hub_cycle,
               std::function<void(std::exception_ptr)> on_error);
  /// Nothing happens any more until the next restart.
  void stop() { wake_.cancel(); }

  SmScheduler& scheduler() { return *scheduler_; }
  ActivityLog& log() { return log_; }
  const ActivityLog& log() const { return log_; }

  /// Something may have become ready to run: call after adding work or releasing an SM.
  void poke();
  /// Bytes that others than thread blocks write to or read from its memory.
  void use_memory(std::int64_t bytes) { scheduler_->use_memory(bytes, clock_.now()); }
  /// Queues stores on the crossbar port of an SM's GPC.
  void store(int sm, StoreBurst burst);
  bool stores_idle() const { return bursts_under_way_ == 0; }
  int bursts_under_way() const { return bursts_under_way_; }

 private:
  struct Burst {
    StoreBurst stores;
    int made = 0;
    int done = 0;
  };
  struct GpcQueue {
    std::deque<int> bursts;  // indices of bursts_
    bool waits = false;      // BEGIN_REQ without END_REQ
  };

  void step();
  void pump(int gpc);
  void finish_store(int burst);
  tlm::tlm_sync_enum nb_transport_bw(int gpc, tlm::tlm_generic_payload& transaction,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);

  const SimClock& clock_;
  std::vector<std::unique_ptr<StoreInitiator<Gpu>>> sockets_;
  sc_core::sc_event wake_;
  Picoseconds hub_cycle_ = 1000;
  std::function<void(std::exception_ptr)> on_error_;

  ActivityLog log_;
  std::optional<SmScheduler> scheduler_;
  StoreTransactions transactions_;
  std::vector<GpcQueue> queues_;  // [gpc]
  std::deque<Burst> bursts_;      // by index; references stay valid
  std::vector<int> free_bursts_;
  int bursts_under_way_ = 0;
};

}  // namespace moehub
