// The parameter sets of the tests (top_*.sv), and what fits each of them.
#pragma once

#include "Vtop_lanes1.h"
#include "Vtop_lanes4.h"
#include "Vtop_lanes8.h"
#include "tests/rtl/addr_alloc/alloc_bench.hpp"

namespace moehub::test {

// lanes, peers, banks, sets, ways, regions, windows, depth, outstanding, spill_slots, miss_ctx
struct Lanes1 {
  using Top = Vtop_lanes1;
  static constexpr Sizes kSizes{1, 2, 2, 2, 1, 3, 1, 5, 4, 3, 1};
};
struct Lanes4 {
  using Top = Vtop_lanes4;
  static constexpr Sizes kSizes{4, 8, 16, 64, 4, 64, 8, 16, 256, 64, 4};
};
struct Lanes8 {
  using Top = Vtop_lanes8;
  static constexpr Sizes kSizes{8, 72, 16, 64, 2, 12, 5, 16, 256, 16, 3};
};

template <class Params>
struct Dut : AllocBench<typename Params::Top> {
  explicit Dut(std::uint64_t seed = 0) : AllocBench<typename Params::Top>{Params::kSizes, seed} {}
};

// hub_pkg::rat_hash, for tests that need rows of one set.
inline std::uint32_t row_hash(int region, std::uint32_t row) {
  const std::uint32_t x = (static_cast<std::uint32_t>(region) << 24) | row;
  return x ^ (x >> 4) ^ (x >> 9) ^ (x >> 15) ^ (x >> 24);
}
inline std::uint32_t set_of(const Sizes& s, int region, std::uint32_t row) {
  return row_hash(region, row) & static_cast<std::uint32_t>(s.banks * s.sets - 1);
}
// The first `count` rows from `from` on that fall into one set.
inline std::vector<std::uint32_t> rows_of_set(const Sizes& s, int region, std::uint32_t set, int count,
                                              std::uint32_t from = 0) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = from; static_cast<int>(rows.size()) < count; ++row) {
    if (set_of(s, region, row) == set) rows.push_back(row);
  }
  return rows;
}

}  // namespace moehub::test
