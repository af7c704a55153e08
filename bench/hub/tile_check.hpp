// Tiles of the measured hub's regions: ready once, not before their last byte was acknowledged.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/hub/ledger.hpp"
#include "model/hub/hub_setup.hpp"
#include "model/hub/port.hpp"

namespace moehub::bench {

class TileCheck {
 public:
  TileCheck(const std::vector<RegionSetup>& regions, Ledger& ledger);

  /// Memory's acknowledgement of `bytes` at `addr` has been accepted.
  void acknowledged(std::uint64_t addr, int bytes, std::uint64_t cycle);
  /// Cycles since the acknowledgement that completed the tile.
  std::uint64_t ready(const TileMessage& message, std::uint64_t cycle);
  /// No complete tile without its message.
  void finish();

 private:
  struct Tile {
    std::uint64_t bytes = 0;
    std::uint64_t last_cycle = 0;
    bool ready = false;
  };
  struct Region {
    RegionSetup setup;
    std::vector<Tile> tiles;

    std::uint64_t tile_bytes() const {
      return static_cast<std::uint64_t>(setup.row_bytes) << setup.tile_rows_log2;
    }
  };

  std::vector<Region> regions_;
  Ledger* ledger_;
};

/// Lines lie at whole lines from the row's address.
std::uint64_t row_pitch_bytes(const RegionSetup& region);

}  // namespace moehub::bench
