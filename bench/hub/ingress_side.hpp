// The link into the hub, its memory and its thread-block scheduler: many senders share each lane of `rx`,
// packet by packet and in an order of its own on every lane, as behind planes of a switch; memory takes a
// line a cycle and lane and acknowledges after a fixed time.
#pragma once

#include <array>
#include <random>
#include <vector>

#include "bench/hub/egress_side.hpp"
#include "bench/hub/environment.hpp"
#include "bench/hub/ledger.hpp"
#include "bench/hub/sender.hpp"
#include "bench/hub/tile_check.hpp"
#include "model/base/ring_queue.hpp"
#include "model/check/histogram.hpp"
#include "model/hub/port.hpp"

namespace moehub::bench {

/// Sums over the measured cycles, and lanes where a lane is counted.
struct IngressCounts {
  std::uint64_t packets = 0;        ///< accepted from the link
  std::uint64_t writes = 0;         ///< to memory, those of the loop included
  std::uint64_t looped = 0;         ///< of these, stores of the own GPU
  std::uint64_t looped_rows = 0;    ///< whose first line was among them
  std::uint64_t payload_bytes = 0;  ///< from the link
  std::uint64_t wire_bytes = 0;     ///< from the link
  Histogram latency_cycles;         ///< accepted from the link until memory takes the write
  Histogram tile_latency_cycles;    ///< last acknowledgement of a tile accepted until its message

  // lane cycles in which ...
  std::uint64_t not_offered = 0;   ///< no packet was offered
  std::uint64_t not_accepted = 0;  ///< one was, and had to wait
  std::uint64_t memory_waits = 0;  ///< a write was offered and not taken
  std::uint64_t ids_full = 0;      ///< all write identifiers were in use
  std::uint64_t ack_waits = 0;     ///< an acknowledgement had to wait
  // ... and packets that were inside a lane, summed over these
  std::uint64_t inside = 0;
};

class IngressSide {
 public:
  IngressSide(const HubParams& params, const Environment& environment,
              const std::vector<RegionSetup>& regions, Ledger& ledger);

  void add_sender(Sender sender) { senders_.push_back(std::move(sender)); }
  void stop();
  bool idle() const;

  void drive(const HubOutputs& out, std::uint64_t cycle, HubInputs& in);
  /// As EgressSide::moved. `egress` hears of lines that came by the loop.
  void moved(const HubOutputs& out, const HubInputs& in, std::uint64_t cycle, bool count, EgressSide& egress);
  void finish() { tiles_.finish(); }

  const IngressCounts& counts() const { return counts_; }

 private:
  struct Ack {
    std::uint64_t due = 0;
    int id = 0;
    int bytes = 0;
    std::uint64_t addr = 0;
  };
  struct Lane {
    std::size_t sender = 0;  // whose packet is offered, or was last
    bool offers = false;     // a packet, until it is taken
    RingQueue<Ack> acks;
    int inside = 0;  // packets accepted and not yet written
  };

  const Packet* offer(std::size_t lane);
  void write(const MemoryWrite& write, std::uint64_t cycle, bool count, Lane& lane, EgressSide& egress);
  void count_pressure(std::size_t lane, const HubOutputs& out, const HubInputs& in);

  HubParams params_;
  Environment environment_;
  std::vector<RegionSetup> regions_;
  Ledger* ledger_;
  TileCheck tiles_;
  std::mt19937_64 random_;
  std::vector<Sender> senders_;
  std::vector<Lane> lanes_;
  IngressCounts counts_;
};

}  // namespace moehub::bench
