// Device memory as the hub sees it: takes a line a cycle and lane while the write rate of HBM allows,
// acknowledges each write after a fixed latency, in order within a lane: where faults say so, later and in
// any order, or with an error. What is written is not kept
// here: the scoreboard looks at it on the way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "model/base/time.hpp"
#include "model/config/system_config.hpp"
#include "model/hub/port.hpp"

namespace moehub {

class LineMemory {
 public:
  /// `outstanding`: writes of a lane without acknowledgement, at most; a power of two, as in the hub.
  /// `gpu`: memories draw faults of their own.
  LineMemory(int lanes, int outstanding, Picoseconds latency, double gb_per_s, const FaultConfig& faults = {},
             int gpu = 0);

  bool ready(int lane, Picoseconds now) const;
  /// `tag` comes back with the acknowledgement.
  void write(int lane, int id, int bytes, std::int64_t tag, Picoseconds now);

  /// The acknowledgement that a lane offers; stable until taken.
  std::optional<MemoryAck> ack(int lane, Picoseconds now) const;
  /// Takes it and returns the write that it is for.
  struct Written {
    std::int64_t tag;
    int bytes;
    bool error;  ///< not done
  };
  Written take_ack(int lane);

  bool idle() const { return pending_ == 0; }
  int pending() const { return pending_; }

 private:
  struct Pending {
    Picoseconds due;
    Written written;
    int id;
  };
  struct Lane {
    Picoseconds next_due = kNever;  // of the oldest: asked every cycle, without a look into the ring
    std::vector<Pending> ring;      // its size is a power of two
    std::uint32_t head = 0;
    std::uint32_t tail = 0;

    Pending& at(std::uint32_t place) { return ring[place & (ring.size() - 1)]; }
    const Pending& oldest() const { return ring[head & (ring.size() - 1)]; }
  };

  Picoseconds latency_;
  double gb_per_s_;
  Picoseconds slack_;  // lines that the controller queues
  Picoseconds busy_until_ = 0;
  std::vector<Lane> lanes_;
  int pending_ = 0;
  std::mt19937_64 random_;
  Picoseconds ack_spread_;
  std::uint64_t error_threshold_;
};

}  // namespace moehub
