// What the directed tests of flow_sched share: three sizes, and acknowledgements of whole rows.
#pragma once

#include <algorithm>

#include "Vtop_lanes1.h"
#include "Vtop_lanes4.h"
#include "Vtop_lanes8.h"
#include "tests/rtl/flow_sched/flow_bench.hpp"

namespace moehub::test {

struct Lanes1 {
  using Top = Vtop_lanes1;
  static constexpr Sizes kSizes{1, 2, 4, 1, 16};
};
struct Lanes4 {
  using Top = Vtop_lanes4;
  static constexpr Sizes kSizes{4, 8, 16, 4, 1000};
};
struct Lanes8 {
  using Top = Vtop_lanes8;
  static constexpr Sizes kSizes{8, 72, 33, 16, 4096};
};

template <class Config>
class FlowSchedFixture : public testing::Test {
 public:
  FlowBench<typename Config::Top> bench{Config::kSizes};

  int lane(std::uint64_t i) const { return static_cast<int>(i % static_cast<std::uint64_t>(bench.sizes.lanes)); }

  // Acknowledges `rows` rows of a region from row `first` on, in lines, round the lanes.
  void rows(int region, std::uint32_t first, std::uint32_t count) {
    const Region& r = bench.regions.at(region);
    for (std::uint32_t row = first; row < first + count; ++row) {
      for (std::uint32_t at = 0; at < r.row_bytes; at += 128) {
        bench.send(lane(sent++), {{false, region}, r.base + (row >> r.log2), std::min(128U, r.row_bytes - at)});
      }
    }
  }
  std::vector<TileKind> kinds() const {
    std::vector<TileKind> list;
    for (const Message& m : bench.messages) list.push_back(m.kind);
    return list;
  }
  std::uint64_t sent = 0;
};

using FlowConfigs = testing::Types<Lanes1, Lanes4, Lanes8>;

}  // namespace moehub::test
