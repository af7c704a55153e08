// Which row a sender stores next, and in which pieces.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "model/gpu/store.hpp"
#include "model/routing/trace.hpp"

namespace moehub::bench {

/// Order in which a sender's rows go to GPUs and regions.
enum class RowOrder {
  random,   ///< each row to a GPU and a region drawn by themselves
  in_turn,  ///< round the GPUs and regions
  traced,   ///< token by token, as a routing trace says
};

/// How a row is cut into stores.
enum class Pieces {
  whole,          ///< one store: full lines
  sectors,        ///< four stores a line, one after the other
  sectors_apart,  ///< four stores a line; the second sectors come when all first ones have been stored
  one_sector,     ///< one store of a sector a line, the rest never
  shuffled,       ///< a store a line, in random order
};

struct RowRules {
  RowOrder order = RowOrder::random;
  std::vector<int> destinations;  ///< GPUs that rows may go to
  int regions = 1;                ///< of a GPU; a trace brings its own
  int row_bytes = 0;
  bool extra_column = false;  ///< one more sector a row, stored apart and as `.nop`
  Pieces pieces = Pieces::whole;
  const Trace* trace = nullptr;  ///< for `traced`
  int gpus = 0;                  ///< of the trace
};

struct RowTarget {
  int gpu = 0;
  int region = 0;
  std::uint32_t row = 0;  ///< RowID
  int k = 0;              ///< which of the token's choices
};

/// The rows of one sender, without end.
class RowGenerator {
 public:
  RowGenerator(const RowRules& rules, int source, std::uint64_t seed);

  RowTarget next();

 private:
  RowTarget next_traced();
  std::uint32_t row_id() const;

  RowRules rules_;
  int source_;
  std::mt19937_64 random_;
  std::uint32_t number_ = 0;  // of the row (traced: of the token) in the sender's order
  std::vector<int> tokens_;   // traced: of this source
  std::size_t place_ = 0;     // traced: in tokens_
  int k_ = 0;
  int layer_ = 0;
};

/// Bytes of the row in its region.
int bytes_of_row(const RowRules& rules);
/// Bytes of it that are stored.
int stored_bytes_of_row(const RowRules& rules);
/// The stores of a row, in order. `header` names it; `seed` makes its bytes.
std::vector<RowStore> stores_of_row(const RowRules& rules, const Header& header, RowSeed seed);

}  // namespace moehub::bench
