// The scale-out network between nodes: a NIC a GPU, rail-optimised.
//
// GPUs with the same place in their nodes (a rail) share a leaf switch; other pairs cross the spine and
// take longer. A NIC queues for each destination and sends frames: it stays with a destination until the
// frame is full or nothing more waits for it, then turns to the next. Each frame costs its headers. The
// receiving NIC takes frames at its own rate and passes parcels on to the lane that they were sent on. Two
// loops keep it lossless: the sender's credits for the NIC's queue, and a window of bytes for each
// destination that comes back as the receiver takes its parcels.
//
// The switches are not blocking: what limits is a NIC, at either end.
#pragma once

#include <string>
#include <vector>

#include "model/config/system_config.hpp"
#include "model/fabric/parcel.hpp"

namespace moehub {

class Network {
 public:
  Network(const SystemConfig& system, int gpus, int lanes, Picoseconds cycle);

  /// Once a cycle, before anything else: NICs send.
  void advance(Picoseconds now);
  /// The NIC always takes what there is a credit for.
  void send(int gpu, int lane, const Parcel& parcel, Picoseconds now);
  const CreditFlight* credit(int gpu, int lane, Picoseconds now) const {
    return first_arrived(returns_[index(gpu, lane)], now);
  }
  void take_credit(int gpu, int lane) {
    returns_[index(gpu, lane)].pop();
    --credits_under_way_;
  }
  const Flight* received(int gpu, int lane, Picoseconds now) const {
    return first_arrived(arrivals_[index(gpu, lane)], now);
  }
  void take_received(int gpu, int lane, Picoseconds now);

  bool busy() const { return parcels_ > 0 || credits_under_way_ > 0; }
  std::uint64_t wire_bytes() const { return wire_bytes_; }
  std::string state() const;

 private:
  struct Waiting {
    Flight flight;
    int lane = 0;
  };
  struct Nic {
    std::vector<RingQueue<Waiting>> queues;  // by destination
    int waiting = 0;
    int turn = 0;                // destination of the frame that is open
    std::uint32_t frame_left = 0;  // bytes that still fit into it
    Picoseconds send_free_at = 0;
    Picoseconds receive_free_at = 0;
    std::int64_t window = 0;     // bytes that may be on their way to this NIC
    RingQueue<CreditFlight> window_returns;
  };

  std::size_t index(int gpu, int lane) const {
    return static_cast<std::size_t>(gpu) * static_cast<std::size_t>(lanes_) +
           static_cast<std::size_t>(lane);
  }
  void serve(int gpu, Picoseconds now);
  bool choose(Nic& nic, Picoseconds now) const;
  Picoseconds latency(int source, int destination) const {
    return source % node_gpus_ == destination % node_gpus_ ? same_rail_ : cross_rail_;
  }

  int gpus_;
  int node_gpus_;
  int lanes_;
  Picoseconds cycle_;
  Picoseconds same_rail_;
  Picoseconds cross_rail_;
  Picoseconds host_;  // between GPU and NIC
  double gb_per_s_;
  std::uint32_t frame_bytes_;
  std::uint32_t frame_header_bytes_;

  std::vector<Nic> nics_;
  std::vector<RingQueue<CreditFlight>> returns_;  // [gpu][lane]
  std::vector<RingQueue<Flight>> arrivals_;       // [gpu][lane]
  std::size_t parcels_ = 0;
  std::size_t queued_ = 0;
  std::size_t credits_under_way_ = 0;
  std::uint64_t wire_bytes_ = 0;
};

}  // namespace moehub
