// One GEMM of all experts of a GPU, as tiles of rows become ready: the order of its thread blocks.
//
// The ready tiles of an expert go through the columns of its weights together, so that a column that
// has come from HBM serves all of them; a tile that becomes ready later joins at the column that the
// others are at and goes round to where it began. Between experts, the one with the most ready tiles
// goes first. So the weights are read about once, however the rows trickle in.
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "model/gpu/gemm_timing.hpp"
#include "model/gpu/work.hpp"

namespace moehub {

/// Columns of weights that L2 still holds: the most recently used ones that fit.
class WeightCache {
 public:
  /// Of a GPU: four fifths of its L2. The rest holds activations; assumption.
  explicit WeightCache(const GpuConfig& gpu) : WeightCache(static_cast<std::int64_t>(0.8e6 * gpu.l2_mb)) {}
  explicit WeightCache(std::int64_t bytes) : capacity_(bytes) {}
  /// Bytes that have to come from HBM: all of the column's, or none.
  std::int64_t fetch(int gemm, int expert, int column, std::int64_t bytes);

 private:
  struct Entry {
    std::int64_t key;
    std::int64_t bytes;
  };
  std::int64_t capacity_;
  std::int64_t used_ = 0;
  std::list<Entry> entries_;  // most recent first; a few dozen
};

class GemmStage : public WorkSource {
 public:
  /// Called when a block is through; returns whether its SM is free.
  using BlockDone = std::function<bool(int tile, int column, int sm, Picoseconds now)>;

  /// `gemm` tells the stages of a GPU apart in the cache.
  GemmStage(int gemm, Activity activity, const GemmTiming& timing, int experts, WeightCache& cache,
            BlockDone done);

  /// A tile of `rows` rows of an expert is ready. `tile`, a small number of the caller's, comes back
  /// with each of its blocks.
  void add_tile(int expert, int tile, int rows);
  int column_tiles() const { return timing_.column_tiles(); }
  /// Tiles of an expert that were added and whose blocks are not all through.
  int unfinished(int expert) const {
    return experts_[static_cast<std::size_t>(expert)].unfinished;
  }
  /// Those with blocks to start.
  int waiting(int expert) const {
    return static_cast<int>(experts_[static_cast<std::size_t>(expert)].tiles.size());
  }
  /// See GemmTiming.
  int tiles_that_hide_weights(int tile_rows) const { return timing_.tiles_that_hide_weights(tile_rows); }
  /// The next block of an expert that `may_run` names.
  std::optional<Block> next_of(const std::function<bool(int expert)>& may_run);

  std::optional<Block> next(Picoseconds now) override;
  bool finished(const Block& block, Picoseconds now) override;

 private:
  struct Tile {
    int id;
    int rows;
    int columns_left;  // to start
  };
  struct Progress {
    int expert = -1;
    int columns_left = 0;  // to finish
  };
  struct Expert {
    int unfinished = 0;
    std::vector<Tile> tiles;   // ready, with columns left to start
    std::size_t position = 0;  // next tile at this column
    int column = 0;
  };

  void choose_expert(const std::function<bool(int expert)>& may_run);

  int gemm_;
  Activity activity_;
  GemmTiming timing_;
  std::vector<Expert> experts_;
  std::vector<Progress> progress_;  // [tile]
  WeightCache& cache_;
  BlockDone done_;
  int current_ = -1;  // expert whose turn it is; -1: none
};

}  // namespace moehub
