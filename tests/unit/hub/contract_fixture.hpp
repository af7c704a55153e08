// What the parts of the hub's contract share: the kind of hub under test, and regions and windows that
// fit into every configuration.
//
// A kind is a struct with `static HubParams params()` and
// `static std::unique_ptr<Hub> make(int spill_latency_cycles)`.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/unit/hub/hub_checks.hpp"
#include "tests/unit/hub/hub_loop.hpp"

namespace moehub::test {

template <class Kind>
class ContractFixture : public ::testing::Test {
 protected:
  static HubLoop loop(const LoopOptions& options) { return HubLoop{&Kind::make, options}; }

  // Tiles of 4 rows or more, so that four regions share 16 tiles, or those that there are.
  static RegionSetup region(int index, int row_bytes, int capacity_rows) {
    const int tiles = Kind::params().tiles / 4;
    RegionSetup setup;
    setup.base = 0x100000U * static_cast<std::uint64_t>(index + 1);
    setup.row_bytes = row_bytes;
    setup.capacity_rows = capacity_rows;
    setup.tile_rows_log2 = 2;
    while (((capacity_rows - 1) >> setup.tile_rows_log2) >= tiles) ++setup.tile_rows_log2;
    setup.tile_base = index * tiles;
    setup.sources = PeerMask::first(2);
    return setup;
  }

  // Takes the tiles of region 3.
  static WindowSetup window(int index, std::uint64_t bytes) {
    WindowSetup setup;
    setup.base = 0x40000000U + 0x1000000U * static_cast<std::uint64_t>(index);
    setup.bytes = bytes;
    setup.sources = PeerMask::first(2);
    setup.tile_base = Kind::params().tiles / 4 * 3;
    return setup;
  }
};

}  // namespace moehub::test
