// Thread blocks and where they come from: what the SM scheduler and the kernels exchange.
#pragma once

#include <cstdint>
#include <optional>

#include "model/base/time.hpp"

namespace moehub {

/// What a span of a GPU's time was spent on.
enum class Activity : std::uint8_t {
  route,       ///< gate GEMM, top-k
  mediation,   ///< software: exchange of counts and offsets
  sync,        ///< software: the host waits for the GPU and reads what it needs
  launch,      ///< software: the GPU waits for the next kernel of a stream
  permute,     ///< software: rows sorted before and after they move
  dispatch,    ///< rows on their way to the experts
  gemm1,       ///< gate and up projection
  activation,  ///< where it is a kernel of its own
  gemm2,       ///< down projection
  combine,     ///< results on their way home
  reduce,      ///< weighted sum of a token's results
  relay,       ///< rows passed on within a node
  poll,        ///< software: thread blocks ask memory whether rows have come
  barrier,     ///< software: waiting for the slowest
  count
};

inline constexpr int kActivities = static_cast<int>(Activity::count);

/// Arithmetic of the layer, as opposed to moving data and agreeing on where it goes.
constexpr bool is_compute(Activity activity) {
  return activity == Activity::route || activity == Activity::gemm1 ||
         activity == Activity::activation || activity == Activity::gemm2 ||
         activity == Activity::reduce;
}

const char* name_of(Activity activity);

/// A thread block: it holds an SM for `compute`, or for as long as memory takes to deliver
/// `hbm_bytes`, whichever is longer.
struct Block {
  Activity activity = Activity::route;
  Picoseconds compute = 0;
  std::int64_t hbm_bytes = 0;
  /// Memory serves it in turn with others like it, and it is held back while it would only wait: the large
  /// reads of a GEMM. Else it gets an equal share of the bandwidth at once.
  bool in_turn = true;
  int item = 0;  ///< the source's own: a tile, a group of tokens
  int part = 0;  ///< the source's own: a column of tiles
  int sm = -1;   ///< set by the scheduler
  /// Stays on its SM until SmScheduler::leave(): a copy loop, a poller.
  bool resident = false;
};

/// Gives thread blocks to free SMs, one by one, in the order in which it wants them run.
class WorkSource {
 public:
  virtual ~WorkSource() = default;
  /// The next block that may start now, or none.
  virtual std::optional<Block> next(Picoseconds now) = 0;
  /// A block is through. Returns whether its SM is free; if not, somebody calls
  /// SmScheduler::release when it is (when the block's stores have left).
  virtual bool finished(const Block& block, Picoseconds now) = 0;
  /// A resident block has got its SM.
  virtual void started(const Block&, Picoseconds) {}
};

}  // namespace moehub
