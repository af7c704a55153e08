// What must hold of the memories and tile messages of a HubLoop after a run; GoogleTest expectations.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/unit/hub/hub_loop.hpp"

namespace moehub::test {

inline std::uint64_t pitch_of(const RegionSetup& region) {
  return static_cast<std::uint64_t>((region.row_bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
}

// The row of `rows` whose first word this is.
inline std::optional<std::uint32_t> row_of_word(int region, const std::set<std::uint32_t>& rows,
                                                std::uint64_t word) {
  for (const std::uint32_t row : rows) {
    if (row_word(region, row, 0) == word) return row;
  }
  return std::nullopt;
}

// Bytes of the row at `addr` that are missing or wrong.
inline int wrong_bytes(const std::map<std::uint64_t, MemoryLine>& memory, std::uint64_t addr,
                       int region, std::uint32_t row, int row_bytes) {
  int wrong = 0;
  for (int i = 0; i < row_bytes; ++i) {
    const auto found = memory.find(addr + static_cast<std::uint64_t>(i / kLineBytes * kLineBytes));
    const auto b = static_cast<std::size_t>(i % kLineBytes);
    const bool written =
        found != memory.end() && ((found->second.written[b / 64] >> (b % 64)) & 1U) != 0;
    const std::uint64_t expected = row_word(region, row, i / 8) >> (8 * (i % 8)) & 0xffU;
    if (!written || (found->second.data[b / 8] >> (8 * (b % 8)) & 0xffU) != expected) ++wrong;
  }
  return wrong;
}

// The rows fill the first places of the region, each once, with their own bytes, and no byte of the
// region was written twice or beyond them. Returns the place of each row.
inline std::map<std::uint32_t, int> expect_rows(HubLoop& loop, int gpu, int region_index,
                                                const std::set<std::uint32_t>& rows) {
  const RegionSetup& region = loop.region(gpu, region_index);
  const auto& memory = loop.memory(gpu);
  const std::uint64_t pitch = pitch_of(region);
  std::map<std::uint32_t, int> places;
  for (std::size_t local = 0; local < rows.size(); ++local) {
    const std::uint64_t addr = region.base + local * pitch;
    const auto first = memory.find(addr);
    const auto row = first == memory.end()
                         ? std::nullopt
                         : row_of_word(region_index, rows, first->second.data[0]);
    EXPECT_TRUE(row.has_value()) << "GPU " << gpu << " region " << region_index << ": no row at place "
                                 << local;
    if (!row) continue;
    EXPECT_TRUE(places.emplace(*row, static_cast<int>(local)).second)
        << "row " << *row << " lies at places " << places[*row] << " and " << local;
    EXPECT_EQ(wrong_bytes(memory, addr, region_index, *row, region.row_bytes), 0)
        << "row " << *row << " of GPU " << gpu << " region " << region_index;
  }
  const std::uint64_t end = region.base + pitch * static_cast<std::uint64_t>(region.capacity_rows);
  for (auto it = memory.lower_bound(region.base); it != memory.end() && it->first < end; ++it) {
    EXPECT_LT(it->first, region.base + rows.size() * pitch) << "a line beyond the last row was written";
    EXPECT_EQ(it->second.rewritten_bytes, 0) << "bytes at " << it->first << " were written twice";
  }
  return places;
}

// Nothing outside the regions and windows of the GPU was written.
inline void expect_nothing_outside(HubLoop& loop, int gpu, const std::vector<int>& regions,
                                   const std::vector<WindowSetup>& windows = {}) {
  for (const auto& [addr, line] : loop.memory(gpu)) {
    const auto line_addr = addr;
    const bool in_region = std::any_of(regions.begin(), regions.end(), [&](int r) {
      const RegionSetup& s = loop.region(gpu, r);
      return line_addr >= s.base &&
             line_addr < s.base + pitch_of(s) * static_cast<std::uint64_t>(s.capacity_rows);
    });
    const bool in_window = std::any_of(windows.begin(), windows.end(), [&](const WindowSetup& w) {
      return line_addr >= w.base && line_addr < w.base + w.bytes;
    });
    EXPECT_TRUE(in_region || in_window) << "a write to " << addr << ", which belongs to nobody";
  }
}

inline std::vector<TileRecord> messages(HubLoop& loop, int gpu, TileKind kind, bool is_window, int owner) {
  std::vector<TileRecord> found;
  for (const TileRecord& record : loop.tiles(gpu)) {
    const TileMessage& m = record.message;
    if (m.kind == kind && m.is_window == is_window && m.owner == owner) found.push_back(record);
  }
  return found;
}

// A region that got `rows` rows and all its reports: each tile ready once and not before its last byte
// was acknowledged, the unused ones cancelled, then OwnerDone.
inline void expect_region_closed(HubLoop& loop, int gpu, int region_index, int rows) {
  const RegionSetup& region = loop.region(gpu, region_index);
  const int tile_rows = 1 << region.tile_rows_log2;
  const int used = (rows + tile_rows - 1) / tile_rows;
  const int all = (region.capacity_rows + tile_rows - 1) / tile_rows;
  const auto ready = messages(loop, gpu, TileKind::ready, false, region_index);
  std::set<int> tiles;
  for (const TileRecord& record : ready) {
    const int tile = record.message.tile - region.tile_base;
    EXPECT_TRUE(tiles.insert(tile).second) << "tile " << tile << " became ready twice";
    const int expected = std::min(tile_rows, rows - tile * tile_rows);
    EXPECT_EQ(static_cast<int>(record.message.count), expected) << "rows of tile " << tile;
    EXPECT_EQ(record.acked_bytes,
              static_cast<std::uint64_t>(expected) * static_cast<std::uint64_t>(region.row_bytes))
        << "tile " << tile << " was ready before all its bytes were acknowledged";
  }
  EXPECT_EQ(static_cast<int>(tiles.size()), used) << "tiles of region " << region_index;
  const auto cancelled = messages(loop, gpu, TileKind::cancel, false, region_index);
  EXPECT_EQ(cancelled.size(), all > used ? 1U : 0U);
  if (cancelled.size() == 1) {
    EXPECT_EQ(cancelled[0].message.tile, region.tile_base + used);
    EXPECT_EQ(static_cast<int>(cancelled[0].message.count), all - used);
  }
  const auto done = messages(loop, gpu, TileKind::owner_done, false, region_index);
  ASSERT_EQ(done.size(), 1U) << "OwnerDone of region " << region_index;
  EXPECT_EQ(static_cast<int>(done[0].message.count), rows);
  for (const TileRecord& record : ready) {
    EXPECT_LE(record.cycle, done[0].cycle) << "a tile became ready after its region was done";
  }
  EXPECT_NE(read_checked(loop.hub(gpu), region_reg(region_index, reg::kRegCtrl)) >> 31, 0U);
}

inline int all_ready_messages(HubLoop& loop, int gpu) {
  return static_cast<int>(messages(loop, gpu, TileKind::all_ready, false, 0).size());
}

// Only these causes were refused, this often.
inline void expect_refusals(HubLoop& loop, int gpu,
                            const std::map<reg::Refuse, std::uint32_t>& expected) {
  const RefusalCounts counts = read_refusals(loop.hub(gpu));
  for (std::size_t cause = 0; cause < counts.size(); ++cause) {
    const auto found = expected.find(static_cast<reg::Refuse>(cause));
    EXPECT_EQ(counts[cause], found == expected.end() ? 0U : found->second)
        << "GPU " << gpu << ", refusals of cause " << cause;
  }
}

}  // namespace moehub::test
