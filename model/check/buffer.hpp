// A stretch of a GPU's memory that rows are stored into, as the scoreboard knows it.
#pragma once

#include <cstdint>

#include "model/gpu/payload.hpp"

namespace moehub {

/// Rows lie in slots, slots in groups: a region has one slot a group; a combine buffer has a group a
/// token and a slot a choice. Slots are counted through over the groups.
struct BufferSpec {
  int gpu = 0;
  RowKind kind = RowKind::none;  ///< none: flags and padding, which nobody judges; a window may hold several
  std::uint64_t base = 0;
  std::int64_t row_bytes = 0;
  std::int64_t slot_pitch = 0;   ///< bytes, a multiple of a line, at least row_bytes
  std::int64_t group_pitch = 0;  ///< bytes, at least slots_per_group * slot_pitch
  int slots_per_group = 1;
  int groups = 0;
  bool hub_places_rows = false;  ///< a slot belongs to the row that comes first; else fixed beforehand

  // Readiness, as the hub was told; groups_per_tile 0: no tiles.
  bool is_window = false;
  int owner = 0;  ///< region or window
  int tile_base = 0;
  int tile_count = 0;
  int groups_per_tile = 0;
  bool open_ended = false;  ///< a window with room for more tiles than there will be: it is never done

  int slots() const { return groups * slots_per_group; }
};

}  // namespace moehub
