#include "bench/hub/tile_check.hpp"

namespace moehub::bench {

std::uint64_t row_pitch_bytes(const RegionSetup& region) {
  return static_cast<std::uint64_t>((region.row_bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
}

TileCheck::TileCheck(const std::vector<RegionSetup>& regions, Ledger& ledger) : ledger_{&ledger} {
  for (const RegionSetup& setup : regions) {
    const int tiles = ((setup.capacity_rows - 1) >> setup.tile_rows_log2) + 1;
    regions_.push_back({setup, std::vector<Tile>(static_cast<std::size_t>(tiles))});
  }
}

void TileCheck::acknowledged(std::uint64_t addr, int bytes, std::uint64_t cycle) {
  for (Region& region : regions_) {
    const std::uint64_t pitch = row_pitch_bytes(region.setup);
    if (addr < region.setup.base) continue;
    const std::uint64_t row = (addr - region.setup.base) / pitch;
    if (row >= static_cast<std::uint64_t>(region.setup.capacity_rows)) continue;
    Tile& tile = region.tiles[static_cast<std::size_t>(row >> region.setup.tile_rows_log2)];
    tile.bytes += static_cast<std::uint64_t>(bytes);
    tile.last_cycle = cycle;
    return;
  }
}

std::uint64_t TileCheck::ready(const TileMessage& message, std::uint64_t cycle) {
  if (message.kind != TileKind::ready || message.is_window || message.owner >= regions_.size()) {
    ledger_->wrong("a message that is not of a tile of a region");
    return 0;
  }
  Region& region = regions_[message.owner];
  const auto index = static_cast<std::size_t>(message.tile - region.setup.tile_base);
  if (index >= region.tiles.size()) {
    ledger_->wrong("a tile of another region");
    return 0;
  }
  Tile& tile = region.tiles[index];
  if (tile.ready) ledger_->wrong("a tile became ready twice");
  if (tile.bytes != region.tile_bytes())
    ledger_->wrong("a tile became ready before its last byte was acknowledged");
  tile.ready = true;
  return cycle - tile.last_cycle;
}

void TileCheck::finish() {
  for (const Region& region : regions_) {
    for (const Tile& tile : region.tiles) {
      if (!tile.ready && tile.bytes == region.tile_bytes())
        ledger_->wrong("a complete tile never became ready");
    }
  }
}

}  // namespace moehub::bench
