// Which lane of `dest_queue` sends to which slice in a cycle, by the rule of rtl/dest_queue/lane_match.sv.
//
// Pairs (lane, lane - d) are diagonal d. From the turn's diagonal on, a wanted pair is taken if its lane and slice
// are still free. The turn moves on in a cycle with wanted pairs. After stores had to wait for entries it turns round
// instead, once and by chance, and so does the order of the diagonals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/hub/bits.hpp"
#include "model/hub/port.hpp"

namespace moehub::ref {

class LaneMatch {
 public:
  explicit LaneMatch(int lanes) : lanes_{lanes} {}

  void want(int lane, int slice) {
    wanted_[static_cast<std::size_t>((lane - slice) & (lanes_ - 1))] |= 1U << lane;
    any_ = true;
  }
  void wait_for_entry() { waits_ = true; }

  // Calls take(lane, slice) for each pair of the matching, and forgets what was wanted.
  template <class Take>
  void match(Take take) {
    const bool round = any_ && scarce_ && (chance_ & 3U) == 3;
    scarce_ = waits_ || (scarce_ && !round);
    waits_ = false;
    if (!any_) return;
    const std::uint32_t all = (1U << lanes_) - 1;
    std::uint32_t lanes = all;   // free ones
    std::uint32_t slices = all;
    for (int i = 0; i < lanes_; ++i) {
      const int d = (down_ ? turn_ - i : turn_ + i) & (lanes_ - 1);
      const std::uint32_t now = wanted_[static_cast<std::size_t>(d)] & lanes & rotate(slices, d);
      lanes &= ~now;
      slices &= ~rotate(now, lanes_ - d);
      for_each_bit(now, [&](int lane) { take(lane, (lane - d) & (lanes_ - 1)); });
    }
    wanted_ = {};
    any_ = false;
    if (round) {
      down_ = !down_;
    } else {
      turn_ = (down_ ? turn_ - 1 : turn_ + 1) & (lanes_ - 1);
    }
    chance_ = (chance_ << 1 | ((chance_ >> 6 ^ chance_ >> 5) & 1U)) & 0x7fU;
  }

 private:
  // Bit i goes to bit i + by, modulo the number of lanes.
  std::uint32_t rotate(std::uint32_t ports, int by) const {
    return (ports << by | ports >> (lanes_ - by)) & ((1U << lanes_) - 1);
  }

  int lanes_;
  std::array<std::uint32_t, kMaxLanes> wanted_{};  // by diagonal: lanes
  bool any_ = false;
  bool waits_ = false;   // a store, for an entry, in this cycle
  bool scarce_ = false;  // since the order was last turned round, one waited
  int turn_ = 0;
  bool down_ = false;
  std::uint32_t chance_ = 1;
};

}  // namespace moehub::ref
