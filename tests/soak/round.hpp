// A round: regions and windows of every GPU, and what is to be stored into them, until everything is ready.
#pragma once

#include <cstdint>
#include <vector>

#include "model/hub/hub_setup.hpp"
#include "tests/soak/soak_case.hpp"

namespace moehub::soak {

enum class ItemKind : std::uint8_t {
  row,      ///< of a region, every byte stored once
  line,     ///< of a window, every byte stored once
  rewrite,  ///< line of a window that is written over and over by one lane; the last write of a byte stays
};

struct Item {
  ItemKind kind = ItemKind::row;
  std::uint8_t src = 0, dst = 0;
  std::uint8_t owner = 0;  // region or window of dst
  std::uint8_t group = 0;  // the fence that ends it
  std::uint8_t lane = 0;   // of a rewrite
  std::uint32_t row = 0;   // RowID
  std::uint32_t line = 0;  // within the window
  int bytes = 0;
  int set = 0;  // of the row table of dst
};

struct Round {
  std::uint8_t gen = 0;
  std::uint32_t salt = 0;
  int groups = 1;       // fences of each GPU
  int first_group_regions = 0;
  bool faulty = false;  // Fault of the case strikes
  std::vector<std::vector<RegionSetup>> regions;  // [gpu][region]
  std::vector<std::vector<int>> rows;             // [gpu][region]: how many come
  std::vector<std::vector<WindowSetup>> windows;  // [gpu][window]
  std::vector<std::vector<int>> line_bytes;       // [gpu][window]: stored of each line
  std::vector<Item> items;
  std::vector<std::vector<int>> order;  // [gpu]: its items, as they are begun

  bool is_last_group(int group) const { return group == groups - 1; }
};

Round draw_round(const SoakCase& c, int number, Random& random);

inline std::uint64_t pitch_of(const RegionSetup& r) {
  return static_cast<std::uint64_t>((r.row_bytes + kLineBytes - 1) / kLineBytes * kLineBytes);
}
/// Regions lie at (index + 1) << kOwnerShift, windows behind all of them.
inline constexpr int kOwnerShift = 28;
inline constexpr int kFirstWindow = 128;

}  // namespace moehub::soak
