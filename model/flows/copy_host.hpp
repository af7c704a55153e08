// The clock domain of software's copies: moves rows from SMs over the fabric to memory, for all GPUs.
//
// A loop makes one copy after the other and cuts it into pieces, runs of packets of full lines that go
// round the lanes; a GPU's loops take turns. What bounds them is the loop's own rate, the rate that loops
// which started together share (a library's), credits and links. The hub of today's GPUs stores to
// addresses and does nothing else, so it is not a model of its own here: packets, flits, credits and
// planes are those of the hubs' flows, payload is carried as the row's seed and checked by it.
//
// One SystemC method, called once a step; it sleeps when nothing is under way. Cost of a step: a look at
// each loop that does not wait for credits; of a copy: a few pieces, nothing allocated.
#pragma once

#include <array>
#include <functional>
#include <list>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "model/check/scoreboard.hpp"
#include "model/fabric/cargo_pool.hpp"
#include "model/fabric/fabric.hpp"
#include "model/flows/copy.hpp"
#include "model/flows/traffic.hpp"
#include "model/gpu/sim_clock.hpp"

namespace moehub {

class CopyHost : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(CopyHost);
  CopyHost(sc_core::sc_module_name name, const SimClock& clock);

  struct Callbacks {
    std::function<void(int gpu, const CopyArrival&)> on_arrival;
    /// A GPU's memory is read or written.
    std::function<void(int gpu, std::int64_t bytes)> on_memory;
    std::function<void(std::exception_ptr)> on_error;
    std::function<bool()> interrupted;
  };
  /// Before a layer.
  void restart(const SystemConfig& system, int gpus, Scoreboard& board, Callbacks callbacks);
  /// A bound on what loops that name it send to other GPUs of the node together: `gb_per_s` of payload.
  int add_pacer(int gpu, double gb_per_s);
  /// Loops of a GPU that start now.
  void start(int gpu, int pacer, std::vector<CopyLoop> loops);
  /// Moves the layer's counts into the flow's.
  void collect(TrafficCounters& counters) const;
  /// Of the layer.
  const LinkLoad& link_load() const { return fabric_->load(); }
  void stop();
  std::string state() const;

 private:
  struct Loop {
    CopyLoop spec;
    int made = 0;
    Copy copy;             // under way
    int offset = 0;        // of it, sent so far
    int lane = 0;          // of the next piece
    int pacer = -1;
    Picoseconds next_start = 0;
    std::size_t credits = 0;  // where its next piece takes them
    int needs = 0;            // that many, while there are fewer
  };
  struct Pacer {
    double gb_per_s = 0;
    Picoseconds next_start = 0;
  };
  struct Delivery {
    Picoseconds due = 0;
    std::uint64_t order = 0;
    CopyArrival arrival;
    bool operator>(const Delivery& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };
  using LocalDeliveries = std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>>;
  struct Site {
    std::list<Loop> loops;    // going on; the one that has waited longest first
    std::list<Loop> started;  // since the last step
    std::vector<std::list<Loop>> parked;  // [lane][peer]: wait for credits, the first to wait first
    std::size_t loops_parked = 0;
    int next_lane = 0;
    std::vector<Pacer> pacers;
    std::vector<int> credits;  // [lane][peer]
    RingQueue<Delivery> deliveries;  // from the fabric, on their way into memory
    LocalDeliveries local;           // from the own GPU
    Picoseconds next_send = kNever;
  };

  void tick();
  bool receive(int gpu, Picoseconds now);
  bool deliver(int gpu, Picoseconds now);
  void send(int gpu, Picoseconds now);
  bool send_piece(int gpu, Loop& loop, Picoseconds now, Picoseconds& retry);
  void unpark(Site& site, std::size_t credits);
  bool next_copy(int gpu, Loop& loop);
  void piece_left(int gpu, Loop& loop, int bytes, bool link, Picoseconds now);
  void wake();

  const SimClock& clock_;
  sc_core::sc_event step_event_;
  bool asleep_ = true;
  std::uint64_t ticks_ = 0;
  std::uint64_t idle_ticks_ = 0;

  std::vector<Site> sites_;
  std::optional<Fabric> fabric_;
  CargoPool<CopyArrival> cargo_;
  Scoreboard* board_ = nullptr;
  Callbacks callbacks_;
  int lanes_ = 0;
  int most_packets_ = 0;  // of a piece
  Picoseconds step_ = 0;
  Picoseconds memory_latency_ = 0;
  std::uint64_t deliveries_ = 0;
};

}  // namespace moehub
