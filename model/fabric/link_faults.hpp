// What goes wrong on NVLinks of a run, and what the link layer makes of it. Nothing by default.
//
// Bit errors: a frame that arrives with a wrong CRC is not acknowledged; the sender goes back to it and sends it and
// what followed again. So a transfer that is hit costs a round trip and its own time once more, and what comes after
// it on the link waits: nothing is lost, doubled or overtaken. Errors that a CRC does not see are not modelled.
//
// A plane that is down: its links carry nothing until it is back; what was on them is sent again then.
//
// Credits that are lost do not come back: queues get smaller, in the end nothing is sent any more, and the run ends
// with an error that says how many were lost.
//
// Deterministic: drawn from `faults.seed` in the order of the transfers, which the simulation fixes.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "model/base/time.hpp"
#include "model/config/system_config.hpp"

namespace moehub {

class LinkFaults {
 public:
  /// `bits_of_flit`: on the wire, with its share of a frame's other bytes.
  LinkFaults(const FaultConfig& config, double bits_of_flit);

  /// Time that a transfer takes longer: `again` for each time that it is sent again.
  Picoseconds replays(std::uint32_t flits, Picoseconds again) {
    return flits <= good_flits_ ? (good_flits_ -= flits, 0) : replay(flits, again);
  }
  /// Whether the credit that is sent back now is lost.
  bool loses_credit() { return credit_threshold_ != 0 && lose_credit(); }

  /// The lanes of this plane carry nothing from begin() until end().
  int plane() const { return plane_; }
  bool is_down(Picoseconds now) const { return plane_ >= 0 && now >= begin_ && now < end_; }
  Picoseconds end() const { return end_; }

  std::uint64_t replayed() const { return replayed_; }
  std::uint64_t lost_credits() const { return lost_credits_; }
  /// For the report of a hang; empty where nothing went wrong.
  std::string state(Picoseconds now) const;

 private:
  Picoseconds replay(std::uint32_t flits, Picoseconds again);
  bool lose_credit();
  std::uint64_t draw_good_flits();

  std::mt19937_64 random_;
  double log_good_;            // of the probability that a flit has no wrong bit
  std::uint64_t good_flits_;   // until the next that has one
  std::uint64_t credit_threshold_;
  int plane_;
  Picoseconds begin_;
  Picoseconds end_;
  std::uint64_t replayed_ = 0;
  std::uint64_t lost_credits_ = 0;
};

}  // namespace moehub
