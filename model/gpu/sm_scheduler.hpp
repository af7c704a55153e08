// The thread-block scheduler: list scheduling of thread blocks on SMs, and the memory they share.
//
// Whenever an SM is free the sources are asked, in the order of their priority, for a block. What GEMM
// blocks read from HBM is served one block after the other at the usable bandwidth: when many wait for
// memory they finish one by one, at its rate, as they would on average with fair sharing. A block that
// would wait for memory longer than it computes is held back: it would not be through any earlier, and
// a tile that becomes ready meanwhile can share its weights. Blocks that only move data get an equal share
// of the bandwidth at once and take it from the others.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "model/gpu/activity_log.hpp"
#include "model/gpu/work.hpp"

namespace moehub {

class SmScheduler {
 public:
  /// `hbm_gb_per_s`: usable bandwidth.
  SmScheduler(int sms, double hbm_gb_per_s, ActivityLog& log);

  /// Sources are asked in ascending `priority`, then in the order in which they were added. A source
  /// must stay alive until it is removed and all its blocks are finished. The last `leave_free` SMs are not
  /// for it: short blocks of others find one at once.
  void add(WorkSource& source, int priority, int leave_free = 0);
  void remove(const WorkSource& source);

  /// Starts what can start.
  void dispatch(Picoseconds now);
  /// Finishes the blocks that are due, then starts what can start.
  void advance(Picoseconds now);
  /// A block whose source kept the SM lets go of it.
  void release(int sm);
  /// A resident block is through. Its source is not told.
  void leave(const Block& block, Picoseconds now);
  /// Somebody else moves bytes to or from the memory that the blocks share.
  void use_memory(std::int64_t bytes, Picoseconds now);

  /// When the next running block finishes or a block that is held back may start; kNever when neither.
  Picoseconds next_event() const;
  int free_sms() const { return static_cast<int>(free_.size()); }
  int sms() const { return sms_; }

 private:
  struct Running {
    Picoseconds end = 0;
    std::uint64_t order = 0;  // of equal ends, the block started first
    WorkSource* source = nullptr;
    Block block;
    bool operator>(const Running& other) const {
      return end != other.end ? end > other.end : order > other.order;
    }
  };
  struct Source {
    WorkSource* source;
    int priority;
    int leave_free;
    std::optional<Block> held;
  };

  bool start_next(Source& source, Picoseconds now);
  void start(WorkSource& source, Block block, Picoseconds now);
  Picoseconds shared_time(std::int64_t bytes, int sms) const;
  int busy_sms() const { return sms_ - static_cast<int>(free_.size()); }

  int sms_;
  double hbm_gb_per_s_;
  ActivityLog& log_;
  std::vector<Source> sources_;
  std::priority_queue<int, std::vector<int>, std::greater<>> free_;  // lowest SM first
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  Picoseconds hbm_free_ = 0;
  Picoseconds held_until_ = kNever;
  std::uint64_t started_ = 0;
};

}  // namespace moehub
