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
#include "model/fabric/fabric.hpp"
#include "model/gpu/hub_port.hpp"
#include "model/gpu/memory.hpp"
#include "model/hub/port.hpp"

namespace moehub {

/// Nothing moves any more though the layer is not complete. Says who waits for what.
class HangError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ends a layer before its time: the user's wish, or a failure elsewhere.
class LayerAborted : public std::exception {};

/// What one flow's hubs did besides what their registers count.
struct HostCounters {
  std::uint64_t hub_cycles = 0;    ///< steps, over all hubs
  std::uint64_t link_packets = 0;
  std::uint64_t wire_bytes = 0;
};

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
    /// A GPU's memory has acknowledged the bytes that were waited for.
    std::function<void(int gpu)> on_arrival;
    std::function<void(std::exception_ptr)> on_error;
    /// Asked now and then: whether the user wants the run to end.
    std::function<bool()> interrupted;
  };
  /// Before a layer: empty fabric and memories; hubs stay as they are.
  void restart(const SystemConfig& system, Scoreboard& board, Callbacks callbacks);
  /// After a hub was programmed: lets it come to rest. What it tells the thread-block scheduler
  /// meanwhile belongs to no layer.
  void drain(int gpu);
  /// Bytes that a GPU's memory has acknowledged since the layer began.
  std::uint64_t arrived(int gpu) const {
    return sites_[static_cast<std::size_t>(gpu)].arrived_bytes;
  }
  /// Calls on_arrival when they have become `bytes`.
  void expect_arrival(int gpu, std::uint64_t bytes) {
    sites_[static_cast<std::size_t>(gpu)].expected_bytes = bytes;
  }

  /// Records the hub of GPU 0 between two times of the flow.
  void record(const std::string& file, Picoseconds begin, Picoseconds end);
  /// Time of the flow at which the next layer begins.
  void set_flow_time(Picoseconds time) { flow_time_ = time; }

  /// A store has been queued.
  void wake();
  void stop();
  const HostCounters& counters() const { return counters_; }
  /// Moves the fabric's counts of the layer into the counters.
  void collect();
  /// What holds something, for the report of a hang.
  std::string state() const;

 private:
  struct Site {
    std::unique_ptr<Hub> hub;
    HubPort* port = nullptr;
    std::optional<LineMemory> memory;
    std::uint64_t arrived_bytes = 0;
    std::uint64_t expected_bytes = 0;  // 0: nobody waits
    std::uint64_t cycles = 0;          // since the layer began, for latencies
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
  HostCounters counters_;
};

}  // namespace moehub
