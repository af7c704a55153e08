// What the registers tell the units of the reference model: hub_pkg's hub_cfg_t, region_cfg_t and
// window_cfg_t, unpacked.
#pragma once

#include <cstdint>
#include <vector>

#include "model/hub/packet.hpp"
#include "model/hub/peer_mask.hpp"

namespace moehub::ref {

struct Policy {
  bool merge = false;
  bool timer = false;
  bool prio = false;
  bool full_first = false;
  bool row_order = false;
  bool round_robin = false;
};

struct RegionConfig {
  bool enable = false;
  std::uint8_t gen = 0;
  std::uint64_t base = 0;         // bytes
  std::uint32_t row_bytes = 0;    // rows lie ceil(row_bytes / 128) lines apart
  std::uint32_t capacity = 0;     // rows
  int tile_rows_log2 = 0;
  std::uint32_t tile_base = 0;
  PeerMask sources;

  std::uint64_t pitch_bytes() const {
    return (row_bytes + std::uint64_t{kLineBytes} - 1) / kLineBytes * kLineBytes;
  }
};

struct WindowConfig {
  bool enable = false;
  std::uint64_t base = 0;   // bytes, first line
  std::uint64_t limit = 0;  // bytes, last line
  bool tiled = false;
  int tile_log2 = 0;
  std::uint32_t tile_base = 0;
  std::uint32_t tile_count = 0;
  std::uint32_t tile_bytes = 0;
  std::uint32_t last_tile_bytes = 0;
  PeerMask sources;
};

struct HubConfig {
  bool enable = false;
  int self = 0;
  Policy policy;
  int tick = 0;          // cycles
  int merge_age = 0;     // ticks
  int deadline_age = 0;  // ticks
  int credits = 0;
  int set_mask = 0;
  std::uint64_t spill_base = 0;
  PeerMask peers;
  std::vector<RegionConfig> regions;
  std::vector<WindowConfig> windows;
};

}  // namespace moehub::ref
