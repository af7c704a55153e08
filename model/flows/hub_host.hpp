// The clock domain of the hubs: one SystemC method steps every active hub, the fabric and the memories
// once a hub cycle.
//
// A hub is stepped when it says that it is busy or when something waits at its pins; when no hub is
// active and the fabric is empty the method sleeps until a store arrives. Nothing here is an event per
// packet. Thread blocks finish half a cycle after the edge (see half_cycle), so that the order of a
// store and an edge never depends on the kernel's queues.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/check/scoreboard.hpp"
#include "model/fabric/cargo_pool.hpp"
#include "model/fabric/fabric.hpp"
#include "model/flows/traffic.hpp"
#include "model/gpu/hub_port.hpp"
#include "model/gpu/memory.hpp"
#include "model/hub/port.hpp"

namespace moehub {

class HubHost : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(HubHost);
  HubHost(sc_core::sc_module_name name, const SimClock& clock, std::vector<HubPort*> ports);

  /// For one flow: hubs of GPUs 0 .. n-1.
  void install(std::vector<std::unique_ptr<Hub>> hubs);
  int gpus() const { return static_cast<int>(sites_.size()); }
  Hub& hub(int gpu) { return *sites_[static_cast<std::size_t>(gpu)].hub; }

  struct Callbacks {
    std::function<void(int gpu, const TileMessage&)> on_tile;
    /// Hubs write to a GPU's memory.
    std::function<void(int gpu, std::int64_t bytes)> on_memory;
    std::function<void(std::exception_ptr)> on_error;
    /// Asked now and then: whether the user wants the run to end.
    std::function<bool()> interrupted;
  };
  /// Before a layer: empty fabric and memories; hubs stay as they are.
  void restart(const SystemConfig& system, Scoreboard& board, Callbacks callbacks);
  /// After a hub was programmed: lets it come to rest. What it tells the thread-block scheduler
  /// meanwhile belongs to no layer.
  void drain(int gpu);
  /// Records the hub of GPU 0 between two times of the flow.
  void record(const std::string& file, Picoseconds begin, Picoseconds end);
  /// Time of the flow at which the next layer begins.
  void set_flow_time(Picoseconds time) { flow_time_ = time; }

  /// A store has been queued.
  void wake();
  void stop();
  const TrafficCounters& counters() const { return counters_; }
  /// Moves the fabric's counts of the layer into the counters.
  void collect();
  /// Of the layer.
  const LinkLoad& link_load() const { return fabric_->load(); }
  /// What holds something, for the report of a hang.
  std::string state() const;

 private:
  struct Site {
    std::unique_ptr<Hub> hub;
    HubPort* port = nullptr;
    std::optional<LineMemory> memory;
    std::int64_t written_bytes = 0;  // that on_memory has not been told
  };
  struct Recording {
    std::string file;
    Picoseconds begin = 0;
    Picoseconds end = 0;
    bool running = false;
  };

  void tick();
  bool has_input(int gpu, Site& site, Picoseconds now);
  bool step_site(int gpu, Picoseconds now);
  void update_recording(Picoseconds now);

  const SimClock& clock_;
  std::vector<HubPort*> ports_;
  std::vector<Site> sites_;
  std::optional<Fabric> fabric_;
  CargoPool<Packet> packets_;  // under way in the fabric
  Scoreboard* board_ = nullptr;
  Callbacks callbacks_;
  std::optional<Recording> recording_;

  sc_core::sc_event edge_;
  Picoseconds cycle_ = 1000;
  Picoseconds flow_time_ = 0;
  std::uint64_t ticks_ = 0;
  std::uint64_t idle_ticks_ = 0;  // in a row without any transfer
  bool asleep_ = true;
  int lanes_ = 0;
  TrafficCounters counters_;
};

}  // namespace moehub
