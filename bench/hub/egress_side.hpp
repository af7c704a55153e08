// Requests and the link: senders on `req`, an ideal link on `tx`, credits back after a flight.
#pragma once

#include <array>
#include <optional>
#include <random>
#include <vector>

#include "bench/hub/environment.hpp"
#include "bench/hub/ledger.hpp"
#include "bench/hub/sender.hpp"
#include "model/base/ring_queue.hpp"
#include "model/check/histogram.hpp"
#include "model/hub/port.hpp"

namespace moehub::bench {

/// Sums over the measured cycles, and lanes where a lane is counted.
struct EgressCounts {
  std::uint64_t stores = 0;   ///< accepted
  std::uint64_t packets = 0;  ///< sent on the link
  std::uint64_t rows = 0;     ///< whose first line was sent
  std::uint64_t payload_bytes = 0;
  std::uint64_t wire_bytes = 0;
  Histogram latency_cycles;  ///< last store of a packet accepted until it is taken by the link

  // lane cycles in which ...
  std::uint64_t not_offered = 0;     ///< no store was offered
  std::uint64_t not_accepted = 0;    ///< one was, and had to wait
  std::uint64_t link_waits = 0;      ///< a packet was offered to the link and not taken
  std::uint64_t partition_full = 0;  ///< the slice held as many lines of some peer as it has entries for it
  std::uint64_t own_partition_full = 0;  ///< the same of the own GPU
  std::uint64_t no_credit = 0;           ///< the slice held lines of a peer without credit
};

class EgressSide {
 public:
  EgressSide(const HubParams& params, const Environment& environment, Ledger& ledger);

  void add_sender(Sender sender) { sender_.emplace(std::move(sender)); }
  void stop();
  /// Nothing is waiting outside the hub; whether it is empty the hub says itself.
  bool idle() const;

  void drive(const HubOutputs& out, std::uint64_t cycle, HubInputs& in);
  /// What the step that took `in` moved; `out` is what the hub showed before it. `count`: it is measured.
  void moved(const HubOutputs& out, const HubInputs& in, std::uint64_t cycle, bool count);
  /// The own memory received a line: it has left the egress by the loop.
  void looped(const Header& header, int line, bool line_is_empty);

  const EgressCounts& counts() const { return counts_; }

 private:
  struct Credit {
    std::uint64_t due = 0;
    int peer = 0;
  };
  struct Lane {
    RingQueue<Credit> flying;
    std::uint64_t next_credit = 0;
    bool offers = false;       // a store, until it is taken
    std::vector<int> credits;  // a peer
    std::vector<int> lines;    // a peer: inside the hub, of this slice
  };

  Lane& slice_of(std::uint32_t row, int line) {
    return lanes_[(row ^ static_cast<std::uint32_t>(line)) % lanes_.size()];
  }
  void count_pressure(std::size_t lane, const HubOutputs& out, const HubInputs& in);

  HubParams params_;
  Environment environment_;
  Ledger* ledger_;
  std::mt19937_64 random_;
  std::optional<Sender> sender_;
  std::vector<Lane> lanes_;
  EgressCounts counts_;
};

}  // namespace moehub::bench
