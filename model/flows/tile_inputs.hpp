// Which of a GPU's expert tiles have all their rows, as software's copies come in.
//
// The rows of an expert are in the order in which a ring brings them: the GPU's own tokens, then those of
// the GPU before it, and so on. A row that came once may be in tiles of several experts.
#pragma once

#include <vector>

#include "model/flows/exchange.hpp"

namespace moehub {

class TileInputs {
 public:
  struct Tile {
    int local = 0;  ///< expert
    int rows = 0;
  };
  /// Of `exchange`, the rows that come to `gpu`, each of `row_bytes`.
  TileInputs(const LayerPlan& plan, const Exchange& exchange, int gpu, int tile_rows,
             std::int64_t row_bytes);

  const std::vector<Tile>& tiles() const { return tiles_; }
  /// Token and choice of a tile's row.
  RowMove row(int tile, int index) const {
    return rows_[static_cast<std::size_t>(first_row_[static_cast<std::size_t>(tile)] + index)];
  }
  /// A part of the row in a slot has come. Appends tiles that are complete now.
  void arrived(int slot, int bytes, std::vector<int>& complete);

 private:
  std::vector<Tile> tiles_;
  std::vector<int> first_row_;             // [tile]
  std::vector<int> missing_;               // [tile] rows
  std::vector<RowMove> rows_;              // by expert, in order; `slot` is where the row comes to
  std::vector<std::int64_t> bytes_left_;   // [slot]
  std::vector<std::vector<int>> tiles_of_;  // [slot]
};

}  // namespace moehub
