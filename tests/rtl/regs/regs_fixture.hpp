// What the directed tests of hub_regs share: two sizes, and regions and windows that are legal in both.
#pragma once

#include "Vtop_large.h"
#include "Vtop_small.h"
#include "tests/rtl/regs/regs_bench.hpp"

namespace moehub::test {

struct Small {
  using Top = Vtop_small;
  static constexpr int kPeers = 2, kRegions = 4, kWindows = 1, kSets = 4, kLanes = 1;
  static constexpr std::uint32_t kTiles = 16;
};
struct Large {
  using Top = Vtop_large;
  static constexpr int kPeers = 72, kRegions = 256, kWindows = 16, kSets = 256, kLanes = 8;
  static constexpr std::uint32_t kTiles = 65536;
};

template <class Config>
class HubRegsFixture : public testing::Test {
 public:
  RegsBench<typename Config::Top> regs;

  static std::uint32_t peers_word(int word) {
    const int n = Config::kPeers - 32 * word;
    return n <= 0 ? 0 : n >= 32 ? ~0U : (1U << n) - 1;
  }
  void legal_region(int r) {
    EXPECT_TRUE(regs.write(region(r, reg::kRegRowBytes), 4096));
    EXPECT_TRUE(regs.write(region(r, reg::kRegCapacity), 16));
    EXPECT_TRUE(regs.write(region(r, reg::kRegTile), 3 | 2U << 16));
  }
  void legal_window(int w) {
    EXPECT_TRUE(regs.write(window(w, reg::kWinBaseLo), 0x1000));
    EXPECT_TRUE(regs.write(window(w, reg::kWinLimitLo), 0x1000 + 7 * 128));
    EXPECT_TRUE(regs.write(window(w, reg::kWinTile), 8 | 3U << 16));
    EXPECT_TRUE(regs.write(window(w, reg::kWinTileCount), 4));
    EXPECT_TRUE(regs.write(window(w, reg::kWinTileBytes), 256));
    EXPECT_TRUE(regs.write(window(w, reg::kWinLastTileBytes), 128));
  }
  bool initialising() { return (*regs.read(reg::kStatus) & 2U) != 0; }
};

using RegsConfigs = testing::Types<Small, Large>;

}  // namespace moehub::test
