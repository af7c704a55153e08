// What the tests of addr_alloc talk about: sizes, regions, windows, packets and how to make them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/hub/packet.hpp"
#include "model/hub/registers.hpp"
#include "tb/header_bits.hpp"

namespace moehub::test {

using reg::Refuse;

struct Sizes {
  int lanes, peers, banks, sets, ways, regions, windows, depth, outstanding, spill_slots, miss_ctx;
};

struct Region {
  bool enable = true;
  int gen = 1;
  std::uint64_t base = 0;
  std::uint32_t row_bytes = 512;
  std::uint32_t capacity = 1000;
  int tile_rows_log2 = 2;
  int tile_base = 0;
  std::array<std::uint32_t, 3> sources{~0U, ~0U, ~0U};

  std::uint64_t pitch() const { return (row_bytes + kLineBytes - 1) / kLineBytes * kLineBytes; }
  int lines() const { return static_cast<int>(pitch() / kLineBytes); }
  bool allows(int src) const {
    return ((sources[static_cast<std::size_t>(src / 32)] >> (src % 32)) & 1U) != 0;
  }
};

struct Window {
  bool enable = true;
  std::uint64_t base = 0;
  std::uint64_t limit = 0;  // address of the last line
  bool tiled = true;
  int tile_log2 = 10;
  int tile_base = 0;
  std::array<std::uint32_t, 3> sources{~0U, ~0U, ~0U};

  bool holds(std::uint64_t addr) const {
    return enable && addr / kLineBytes >= base / kLineBytes && addr / kLineBytes <= limit / kLineBytes;
  }
  bool allows(int src) const {
    return ((sources[static_cast<std::size_t>(src / 32)] >> (src % 32)) & 1U) != 0;
  }
};

struct Ack {
  bool is_window = false;
  int owner = 0, tile = 0, bytes = 0;
  bool operator==(const Ack& o) const {
    return is_window == o.is_window && owner == o.owner && tile == o.tile && bytes == o.bytes;
  }
};

struct Refusal {
  int lane = 0;
  Refuse cause = Refuse::none;
  Header header;
};

// Enables bytes [first, last].
inline ByteMask bytes_mask(int first, int last) {
  ByteMask mask{};
  for (int i = first; i <= last; ++i) mask[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << (i % 64);
  return mask;
}

// Line `line` of a row, with all bytes that the row has there.
inline Packet row_packet(int index, const Region& region, std::uint32_t row, int line, int src = 0) {
  Packet p;
  p.header.kind = PacketKind::rowsp;
  p.header.src = static_cast<std::uint8_t>(src);
  p.header.region = static_cast<std::uint8_t>(index);
  p.header.gen = static_cast<std::uint8_t>(region.gen);
  p.header.row = row;
  p.header.offset = static_cast<std::uint16_t>(line * kLineBytes);
  const int left = static_cast<int>(region.row_bytes) - line * kLineBytes;
  p.strb = bytes_mask(0, (left < kLineBytes ? left : kLineBytes) - 1);
  return p;
}

inline Packet store_packet(std::uint64_t addr, int src = 0, ByteMask strb = kFullMask) {
  Packet p;
  p.header.kind = PacketKind::st;
  p.header.src = static_cast<std::uint8_t>(src);
  p.header.addr = addr;
  p.strb = strb;
  return p;
}

inline Packet report_packet(int index, const Region& region, std::uint32_t rows, int src = 0) {
  Packet p;
  p.header.kind = PacketKind::count;
  p.header.src = static_cast<std::uint8_t>(src);
  p.header.region = static_cast<std::uint8_t>(index);
  p.header.gen = static_cast<std::uint8_t>(region.gen);
  p.header.row = rows;
  return p;
}

}  // namespace moehub::test
