// hub_regs, directed: reset values, every register written, read back and seen at its output, every illegal
// write refused, channel orders, initialisation, refusals, interrupt, statistics.
#include <array>
#include <cstdio>

#include "Vtop_large.h"
#include "Vtop_small.h"
#include "tests/rtl/hub_regs/regs_bench.hpp"

namespace moehub::test {
namespace {

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
class HubRegs : public testing::Test {
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
using Configs = testing::Types<Small, Large>;
TYPED_TEST_SUITE(HubRegs, Configs);

TYPED_TEST(HubRegs, ResetValues) {
  using C = TypeParam;
  auto& r = this->regs;
  EXPECT_FALSE(r.bench->busy_o);
  r.expect(reg::kId, 0x4d484231);
  r.expect(reg::kParams0, C::kLanes | C::kPeers << 8 | 32U << 16);
  r.expect(reg::kParams1, 16U | C::kSets << 8 | 4U << 24);
  r.expect(reg::kParams2, C::kRegions | (C::kTiles & 0xffffU) << 16);
  r.expect(reg::kCtrl, 0);
  r.expect(reg::kStatus, 0);
  r.expect(reg::kSelf, 0);
  r.expect(reg::kPolicy, 0x3f);
  r.expect(reg::kTimer, 16U | 4U << 16 | 12U << 20);
  r.expect(reg::kCredits, 64);
  r.expect(reg::kSetMask, C::kSets - 1);
  for (const std::uint32_t addr : {0x2cU, 0x30U, 0x34U, 0x38U, 0x3cU, 0x40U, 0x44U, 0x50U, 0x54U, 0x58U, 0x5cU, 0x60U}) r.expect(addr, 0);
  for (std::uint32_t c = 0; c < 16; ++c) r.expect(reg::kRefused + 4 * c, 0);
  for (std::uint32_t i = 0; i < 34; ++i) r.expect(reg::kStat + 4 * i, 0);
  for (const int i : {0, C::kRegions - 1}) for (const std::uint32_t f : {0U, 4U, 8U, 0xcU, 0x10U, 0x20U, 0x24U, 0x28U, 0x3cU}) r.expect(region(i, f), 0);
  for (const int i : {0, C::kWindows - 1}) for (const std::uint32_t f : {0U, 4U, 8U, 0xcU, 0x10U, 0x14U, 0x18U, 0x1cU, 0x20U, 0x24U, 0x28U, 0x3cU}) r.expect(window(i, f), 0);
  EXPECT_EQ(r.bench->policy_o, 0x3f);
  EXPECT_EQ(r.bench->tick_o, 16);
  EXPECT_FALSE(r.bench->irq_o);
}

TYPED_TEST(HubRegs, ConfigurationIsSeenAtTheOutputs) {
  using C = TypeParam;
  auto& r = this->regs;
  const auto set = [&](std::uint32_t addr, std::uint32_t value) {
    EXPECT_TRUE(r.write(addr, value)) << std::hex << addr;
    r.expect(addr, value);
  };
  set(reg::kSelf, C::kPeers - 1);
  EXPECT_EQ(r.bench->self_o, C::kPeers - 1);
  for (std::uint32_t bit = 0; bit < 6; ++bit) {
    set(reg::kPolicy, 1U << bit);
    EXPECT_EQ(r.bench->policy_o, 1U << bit);
  }
  set(reg::kTimer, 0x00a51234);
  EXPECT_EQ(r.bench->tick_o, 0x1234);
  EXPECT_EQ(r.bench->merge_age_o, 5);
  EXPECT_EQ(r.bench->deadline_age_o, 0xa);
  set(reg::kCredits, 0xfff);
  EXPECT_EQ(r.bench->credits_o, 0xfff);
  set(reg::kSetMask, 1);
  EXPECT_EQ(r.bench->set_mask_o, 1);
  set(reg::kSpillBaseLo, 0xabcde000);
  set(reg::kSpillBaseHi, 0x9876);
  EXPECT_EQ(r.bench->spill_base_o, 0x9876abcde000U);
  for (int w = 0; w < 3; ++w) {
    set(reg::kPeerEnable + 4U * static_cast<std::uint32_t>(w), this->peers_word(w));
    EXPECT_EQ(r.bench->peer_en_o[w], this->peers_word(w));
  }
  set(reg::kCtrl, 1);
  EXPECT_TRUE(r.bench->enable_o);
  EXPECT_TRUE(r.write(reg::kPolicy, 0x15)) << "policies and timers may change while the hub runs";
  EXPECT_TRUE(r.write(reg::kTimer, 7));
  EXPECT_EQ(r.bench->policy_o, 0x15);
  EXPECT_EQ(r.bench->tick_o, 7);
}

TYPED_TEST(HubRegs, ConstantsOfARunningHubCannotBeWritten) {
  auto& r = this->regs;
  EXPECT_TRUE(r.write(reg::kCtrl, 1));
  for (const std::uint32_t addr : {reg::kSelf, reg::kCredits, reg::kSetMask, reg::kSpillBaseLo, reg::kSpillBaseHi, reg::kPeerEnable}) {
    const auto before = r.read(addr);
    EXPECT_FALSE(r.write(addr, 0)) << std::hex << addr;
    EXPECT_EQ(r.read(addr), before);
  }
  EXPECT_TRUE(r.write(reg::kCtrl, 0));
  EXPECT_TRUE(r.write(reg::kCredits, 5));
}

TYPED_TEST(HubRegs, IllegalScalarsAreRefusedAndChangeNothing) {
  using C = TypeParam;
  auto& r = this->regs;
  const std::pair<std::uint32_t, std::uint32_t> illegal[] = {
      {reg::kSelf, C::kPeers}, {reg::kSelf, 0x100}, {reg::kTimer, 0x00ff0000}, {reg::kCredits, 0x1000},
      {reg::kSetMask, 2}, {reg::kSetMask, 2 * C::kSets - 1}, {reg::kSetMask, ~0U},
      {reg::kSpillBaseLo, 0x800}, {reg::kSpillBaseLo, 1}, {reg::kSpillBaseHi, 0x10000},
      {reg::kPeerEnable + 8, ~0U}, {reg::kPeerEnable + 8, 0x80000000}};
  for (const auto& [addr, value] : illegal) {
    const auto before = r.read(addr);
    EXPECT_FALSE(r.write(addr, value)) << std::hex << addr << " " << value;
    EXPECT_EQ(r.read(addr), before);
  }
  for (const std::uint32_t addr : {reg::kId, reg::kParams0, reg::kParams1, reg::kParams2, reg::kStatus, reg::kErrHeader, reg::kRefused, reg::kStat}) {
    EXPECT_FALSE(r.write(addr, 0)) << "read only " << std::hex << addr;
  }
}

TYPED_TEST(HubRegs, UnmappedAddressesAreRefused) {
  using C = TypeParam;
  auto& r = this->regs;
  for (const std::uint32_t addr : {0x48U, 0x4cU, 0x64U, 0x7cU, 0xc0U, 0xfcU, 0x188U, 0x1fcU, 0x200U, 0x3fcU, 0x800U, 0x3ffcU, 0x8000U, 0xfffcU, 0x2U, 0x11U,
                                   window(C::kWindows, 0), region(C::kRegions, 0), window(0, 0x2c), window(0, 0x38), region(0, 0x14), region(0, 0x38)}) {
    EXPECT_EQ(r.read(addr), std::nullopt) << std::hex << addr;
    EXPECT_FALSE(r.write(addr, 0)) << std::hex << addr;
  }
}

TYPED_TEST(HubRegs, ChannelsInAnyOrderAndHeldResponses) {
  auto& r = this->regs;
  std::uint32_t value = 1;
  for (const int aw : {0, 1, 5}) for (const int w : {0, 1, 7}) for (const int wait : {0, 4}) {
    EXPECT_TRUE(r.write(reg::kTimer, ++value, {aw, w, wait}));
    EXPECT_EQ(r.read(reg::kTimer, wait), value);
  }
  std::printf("register write answered %d cycles after its channels\n", r.latency);
  EXPECT_LE(r.latency, 6);
}

TYPED_TEST(HubRegs, ReadAndWriteAtTheSameTime) {
  auto& r = this->regs;
  EXPECT_TRUE(r.write(reg::kTimer, 77));
  r.bench->c_arvalid_i = r.bench->c_awvalid_i = r.bench->c_wvalid_i = 1;
  r.bench->c_araddr_i = reg::kTimer;
  r.bench->c_awaddr_i = reg::kPolicy;
  r.bench->c_wdata_i = 5;
  r.bench.tick();
  r.bench->c_arvalid_i = r.bench->c_awvalid_i = r.bench->c_wvalid_i = 0;
  for (int i = 0; i < 40 && !(r.bench->c_rvalid_o && r.bench->c_bvalid_o); ++i) r.bench.tick();
  ASSERT_TRUE(r.bench->c_rvalid_o && r.bench->c_bvalid_o);
  EXPECT_EQ(r.bench->c_rdata_o, 77U);
  r.bench->c_rready_i = r.bench->c_bready_i = 1;
  r.bench.tick();
  r.bench->c_rready_i = r.bench->c_bready_i = 0;
  r.expect(reg::kPolicy, 5);
}

TYPED_TEST(HubRegs, ReadsAndWritesTakeTurns) {
  auto& r = this->regs;
  r.bench->c_arvalid_i = r.bench->c_awvalid_i = r.bench->c_wvalid_i = 1;
  r.bench->c_rready_i = r.bench->c_bready_i = 1;
  r.bench->c_araddr_i = r.bench->c_awaddr_i = reg::kTimer;
  r.bench->c_wdata_i = 5;
  int reads = 0, writes = 0;
  for (int i = 0; i < 200; ++i) {
    r.bench.settle();
    reads += r.bench->c_rvalid_o;
    writes += r.bench->c_bvalid_o;
    r.bench.tick();
  }
  EXPECT_GE(reads, 15);
  EXPECT_GE(writes, 15);
}

TYPED_TEST(HubRegs, MissingStrobesAreRefused) {
  auto& r = this->regs;
  for (const unsigned strobes : {0x0U, 0x1U, 0x7U, 0xeU}) EXPECT_FALSE(r.write(reg::kPolicy, 0, {0, 0, 0, strobes}));
  r.expect(reg::kPolicy, 0x3f);
  EXPECT_FALSE(r.write(reg::kErrCause, 0, {0, 0, 0, 0x3}));
}

TYPED_TEST(HubRegs, RegionIsSeenAtTheOutputs) {
  using C = TypeParam;
  auto& r = this->regs;
  const int i = C::kRegions - 1;
  const auto set = [&](std::uint32_t field, std::uint32_t value) {
    EXPECT_TRUE(r.write(region(i, field), value)) << std::hex << field;
    r.expect(region(i, field), value);
  };
  set(reg::kRegBaseLo, 0x12345680);
  set(reg::kRegBaseHi, 0xfedc);
  set(reg::kRegRowBytes, 65536);
  set(reg::kRegCapacity, 0xfffff);
  set(reg::kRegTile, 15 | 7U << 16);
  for (int w = 0; w < 3; ++w) set(reg::kRegSource + 4U * static_cast<std::uint32_t>(w), this->peers_word(w));
  r.watch(i);
  EXPECT_EQ(r.bench->reg_base_o, 0xfedc12345680U >> 7);
  EXPECT_EQ(r.bench->reg_row_bytes_o, 65536U);
  EXPECT_EQ(r.bench->reg_capacity_o, 0xfffffU);
  EXPECT_EQ(r.bench->reg_log2_o, 15);
  EXPECT_EQ(r.bench->reg_tile_base_o, 7);
  for (int w = 0; w < 3; ++w) EXPECT_EQ(r.bench->reg_src_o[w], this->peers_word(w));
  EXPECT_FALSE(r.bench->reg_enable_o);
  r.expect(region(0, reg::kRegRowBytes), 0);
}

TYPED_TEST(HubRegs, WindowIsSeenAtTheOutputs) {
  using C = TypeParam;
  auto& r = this->regs;
  const int i = C::kWindows - 1;
  const auto set = [&](std::uint32_t field, std::uint32_t value) {
    EXPECT_TRUE(r.write(window(i, field), value)) << std::hex << field;
    r.expect(window(i, field), value);
  };
  set(reg::kWinBaseLo, 0xff00);
  set(reg::kWinBaseHi, 1);
  set(reg::kWinLimitLo, 0xffffff80);
  set(reg::kWinLimitHi, 0xffff);
  set(reg::kWinTile, 47 | 9U << 16);
  set(reg::kWinTileCount, 0xffff);
  set(reg::kWinTileBytes, 0xdeadbeef);
  set(reg::kWinLastTileBytes, 0x01234567);
  for (int w = 0; w < 3; ++w) set(reg::kWinSource + 4U * static_cast<std::uint32_t>(w), this->peers_word(w));
  r.watch(i);
  EXPECT_EQ(r.bench->win_base_o, 0x10000ff00U >> 7);
  EXPECT_EQ(r.bench->win_limit_o, 0xffffffffff80U >> 7);
  EXPECT_EQ(r.bench->win_log2_o, 47);
  EXPECT_EQ(r.bench->win_tile_base_o, 9);
  EXPECT_EQ(r.bench->win_count_o, 0xffff);
  EXPECT_EQ(r.bench->win_bytes_o, 0xdeadbeefU);
  EXPECT_EQ(r.bench->win_last_bytes_o, 0x01234567U);
  for (int w = 0; w < 3; ++w) EXPECT_EQ(r.bench->win_src_o[w], this->peers_word(w));
}

TYPED_TEST(HubRegs, IllegalRegionsAreRefused) {
  using C = TypeParam;
  auto& r = this->regs;
  r.watch(1);
  const auto enable = [&] { return r.write(region(1, reg::kRegCtrl), 1 | 9U << 8); };
  EXPECT_FALSE(enable()) << "neither row bytes nor capacity";
  EXPECT_TRUE(r.write(region(1, reg::kRegRowBytes), 1));
  EXPECT_FALSE(enable()) << "no capacity";
  for (const std::uint32_t v : {0U, 65537U, 0x20000U}) EXPECT_FALSE(r.write(region(1, reg::kRegRowBytes), v));
  for (const std::uint32_t v : {0U, 0x100000U}) EXPECT_FALSE(r.write(region(1, reg::kRegCapacity), v));
  for (const std::uint32_t v : {1U, 64U, 0x7fU}) EXPECT_FALSE(r.write(region(1, reg::kRegBaseLo), v));
  EXPECT_FALSE(r.write(region(1, reg::kRegBaseHi), 0x10000));
  EXPECT_FALSE(r.write(region(1, reg::kRegSource + 8), 0x80000000)) << "a GPU beyond PEERS";

  EXPECT_TRUE(r.write(region(1, reg::kRegCapacity), 9));
  EXPECT_TRUE(r.write(region(1, reg::kRegTile), 2 | (C::kTiles - 2) << 16)) << "three tiles where two are left";
  EXPECT_FALSE(enable());
  EXPECT_FALSE(r.bench->reg_live_o);
  EXPECT_EQ(r.bench->reg_gen_o, 0) << "no effect";
  EXPECT_FALSE(this->initialising());
  EXPECT_TRUE(r.write(region(1, reg::kRegCapacity), 8)) << "two tiles";
  EXPECT_TRUE(enable());
  r.finish_init();
  EXPECT_TRUE(r.bench->reg_enable_o);
}

TYPED_TEST(HubRegs, IllegalWindowsAreRefused) {
  using C = TypeParam;
  auto& r = this->regs;
  const auto enable = [&](bool tiled) { return r.write(window(0, reg::kWinCtrl), tiled ? 3 : 1); };
  const auto field = [&](std::uint32_t f, std::uint32_t v) { return r.write(window(0, f), v); };
  for (const std::uint32_t f : {reg::kWinBaseLo, reg::kWinLimitLo}) EXPECT_FALSE(field(f, 0x40));
  for (const std::uint32_t f : {reg::kWinBaseHi, reg::kWinLimitHi, reg::kWinTileCount}) EXPECT_FALSE(field(f, 0x10000));
  for (const std::uint32_t log2 : {0U, 6U, 48U, 63U}) EXPECT_FALSE(field(reg::kWinTile, log2));
  EXPECT_FALSE(field(reg::kWinSource + 8, 0x80000000));

  const auto refused_with = [&](std::uint32_t f, std::uint32_t v, const char* why) {
    this->legal_window(0);
    EXPECT_TRUE(field(f, v)) << why;
    EXPECT_FALSE(enable(true)) << why;
  };
  EXPECT_FALSE(enable(true)) << "no tile size";
  refused_with(reg::kWinLimitLo, 0xf80, "limit below base");
  EXPECT_FALSE(enable(false)) << "limit below base";
  refused_with(reg::kWinTileCount, 0, "no tiles");
  refused_with(reg::kWinTileBytes, 0, "a threshold of zero");
  refused_with(reg::kWinLastTileBytes, 0, "a threshold of zero");
  refused_with(reg::kWinTileCount, 3, "a line without tile");
  refused_with(reg::kWinLimitLo, 0x1000 + 8 * 128, "a line without tile");
  refused_with(reg::kWinTile, 7 | 3U << 16, "lines without tile");
  refused_with(reg::kWinTile, 8 | (C::kTiles - 3) << 16, "a tile beyond the table");
  EXPECT_FALSE(this->initialising());

  this->legal_window(0);
  EXPECT_TRUE(field(reg::kWinTile, 8 | (C::kTiles - 4) << 16));
  EXPECT_TRUE(enable(true));
  r.finish_init();
  r.watch(0);
  EXPECT_TRUE(r.bench->win_enable_o && r.bench->win_tiled_o);
  EXPECT_TRUE(enable(false)) << "again, without tiles";
  r.finish_init();
  EXPECT_TRUE(r.bench->win_enable_o && !r.bench->win_tiled_o);
}

TYPED_TEST(HubRegs, InitialisationOfARegion) {
  auto& r = this->regs;
  this->legal_region(2);
  r.watch(2);
  EXPECT_TRUE(r.write(region(2, reg::kRegCtrl), 1 | 0x5aU << 8));
  EXPECT_TRUE(r.bench->reg_live_o);
  EXPECT_FALSE(r.bench->reg_enable_o);
  EXPECT_EQ(r.bench->reg_gen_o, 0x5a);
  EXPECT_TRUE(this->initialising());
  EXPECT_TRUE(r.bench->busy_o);
  r.wait_init();
  EXPECT_EQ(r.bench->init_valid_o, 2) << "addr_alloc first";
  EXPECT_EQ(r.bench->init_idx_o, 2);
  EXPECT_FALSE(r.bench->init_is_window_o);
  r.bench.tick(20);
  EXPECT_EQ(r.bench->init_valid_o, 2) << "held";
  r.pulse_init_done(2);
  r.wait_init();
  EXPECT_EQ(r.bench->init_valid_o, 1) << "then flow_sched";
  EXPECT_FALSE(r.bench->reg_enable_o);
  for (const std::uint32_t f : {reg::kRegBaseLo, reg::kRegRowBytes, reg::kRegCapacity, reg::kRegTile, reg::kRegSource}) {
    EXPECT_FALSE(r.write(region(2, f), 1U << 12)) << "locked while it is initialised";
  }
  r.expect(region(2, reg::kRegCtrl), 0x5a00);
  r.pulse_init_done(1);
  r.bench.tick(2);
  EXPECT_TRUE(r.bench->reg_enable_o);
  EXPECT_EQ(r.bench->init_valid_o, 0);
  r.expect(region(2, reg::kRegCtrl), 0x5a01);
  EXPECT_FALSE(this->initialising());
  r.bench.tick(3);
  EXPECT_FALSE(r.bench->busy_o);
  EXPECT_FALSE(r.write(region(2, reg::kRegCapacity), 17)) << "locked while enabled";
  EXPECT_TRUE(r.write(region(3, reg::kRegCapacity), 17)) << "the neighbour is not";

  r.bench->region_done_i[0] = 1U << 2;
  r.expect(region(2, reg::kRegCtrl), 0x80005a01);
  EXPECT_TRUE(r.write(region(2, reg::kRegCtrl), 0x5b00));
  EXPECT_FALSE(r.bench->reg_enable_o || r.bench->reg_live_o);
  r.expect(region(2, reg::kRegCtrl), 0x5b00);
  EXPECT_TRUE(r.write(region(2, reg::kRegCapacity), 17));
}

TYPED_TEST(HubRegs, InitialisationsWaitTheirTurn) {
  auto& r = this->regs;
  for (const int i : {1, 2, 3}) this->legal_region(i);
  this->legal_window(0);
  EXPECT_TRUE(r.write(region(3, reg::kRegCtrl), 1));
  EXPECT_TRUE(r.write(region(2, reg::kRegCtrl), 1));
  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 1));
  EXPECT_TRUE(r.write(window(0, reg::kWinCtrl), 3));
  EXPECT_TRUE(r.write(reg::kCtrl, 2));
  EXPECT_FALSE(r.bench->flush_valid_o) << "one at a time";
  EXPECT_EQ(r.bench->init_idx_o, 3);
  r.finish_init();
  for (int i = 0; i < 20 && !r.bench->flush_valid_o; ++i) r.bench.tick();
  EXPECT_TRUE(r.bench->flush_valid_o);
  EXPECT_EQ(r.bench->init_valid_o, 0);
  r.bench.tick(10);
  EXPECT_TRUE(r.bench->flush_valid_o) << "held";
  r.bench->flush_done_i = 1;
  r.bench.tick();
  r.bench->flush_done_i = 0;
  r.wait_init();
  EXPECT_TRUE(r.bench->init_is_window_o);
  r.finish_init();
  for (const int expected : {1, 2}) {
    r.wait_init();
    EXPECT_FALSE(r.bench->init_is_window_o);
    EXPECT_EQ(r.bench->init_idx_o, expected);
    r.finish_init();
  }
  EXPECT_FALSE(this->initialising());
  for (const int i : {1, 2, 3}) {
    r.watch(i);
    EXPECT_TRUE(r.bench->reg_enable_o);
  }
}

TYPED_TEST(HubRegs, WrittenAgainWhileInitialised) {
  auto& r = this->regs;
  this->legal_region(1);
  r.watch(1);
  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 1 | 1U << 8));
  r.wait_init();
  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 1 | 2U << 8));
  r.finish_init();
  EXPECT_FALSE(r.bench->reg_enable_o) << "starts over";
  r.finish_init();
  EXPECT_TRUE(r.bench->reg_enable_o);
  EXPECT_EQ(r.bench->reg_gen_o, 2);

  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 1 | 3U << 8));
  r.wait_init();
  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 0));
  r.finish_init();
  EXPECT_FALSE(r.bench->reg_enable_o) << "disabled meanwhile";
  EXPECT_FALSE(this->initialising());
}

TYPED_TEST(HubRegs, StatusShowsTheInputs) {
  auto& r = this->regs;
  r.bench->datapath_busy_i = 1;
  r.expect(reg::kStatus, 1);
  r.bench->all_ready_i = 1;
  r.expect(reg::kStatus, 5);
  r.bench->datapath_busy_i = r.bench->all_ready_i = 0;
  r.expect(reg::kStatus, 0);
}

TYPED_TEST(HubRegs, InjectionsArePulses) {
  auto& r = this->regs;
  for (int which = 0; which < 3; ++which) {
    r.bench->c_awvalid_i = r.bench->c_wvalid_i = 1;
    r.bench->c_awaddr_i = reg::kCtrl;
    r.bench->c_wdata_i = 8U << which;
    r.bench.tick();
    r.bench->c_awvalid_i = r.bench->c_wvalid_i = 0;
    r.bench->c_bready_i = 1;
    std::array<int, 3> pulses{};
    for (int i = 0; i < 12; ++i) {
      for (std::size_t p = 0; p < 3; ++p) pulses[p] += (r.bench->inject_o >> p) & 1;
      r.bench.tick();
    }
    r.bench->c_bready_i = 0;
    for (int p = 0; p < 3; ++p) EXPECT_EQ(pulses[static_cast<std::size_t>(p)], p == which ? 1 : 0);
  }
  r.expect(reg::kCtrl, 0);
}

TYPED_TEST(HubRegs, RefusalsAreCountedAndTheFirstIsCaptured) {
  using C = TypeParam;
  auto& r = this->regs;
  constexpr int kInputs = 3 * C::kLanes + 1;
  std::array<std::uint32_t, 16> expected{};
  for (int cause = 1; cause < 14; ++cause) {
    for (int i = 0; i < kInputs; ++i) {
      auto& word = r.bench->cause_i[i / 8];
      word = (word & ~(0xfU << (i % 8 * 4))) | static_cast<std::uint32_t>(cause) << (i % 8 * 4);
    }
    const std::uint32_t mask = static_cast<std::uint32_t>(r.random()) & ((1U << kInputs) - 1);
    r.bench->refused_i = mask;
    r.bench.tick();
    r.bench->refused_i = 0;
    expected[static_cast<std::size_t>(cause)] = static_cast<std::uint32_t>(__builtin_popcount(mask));
  }
  r.bench.tick(3);
  for (std::uint32_t c = 0; c < 16; ++c) r.expect(reg::kRefused + 4 * c, expected[c]);
  EXPECT_NE(*r.read(reg::kErrCause) >> 31, 0U);

  EXPECT_TRUE(r.write(reg::kErrCause, 0));
  r.expect(reg::kErrCause, 0);
  r.expect(reg::kErrHeader, 0);
  EXPECT_EQ(*r.read(reg::kStatus) & 8U, 0U);
  r.bench->cause_i[0] = 0x4321;  // inputs 0, 1, 2, 3 with causes 1 to 4
  r.bench->refused_i = 0xc;
  r.bench.tick();
  r.bench->refused_i = 0x3;
  r.bench.tick();
  r.bench->refused_i = 0;
  r.bench.tick(3);
  r.expect(reg::kErrCause, 0x80000003);  // the lowest input of the first cycle
  EXPECT_EQ(*r.read(reg::kStatus) & 8U, 8U);
  // header_t from the low end: rsvd 3, addr 48, offset 16, row 24 (2), gen, region, dst, src, nop, kind 4 (st).
  const std::uint64_t low = std::uint64_t{0x123456789a80} << 3;
  const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32), 2U << 3, 2U << 28};
  for (std::uint32_t w = 0; w < 4; ++w) r.expect(reg::kErrHeader + 4 * w, header[w]);

  EXPECT_TRUE(r.write(reg::kErrCause, 0));
  r.bench->refused_i = 1;
  r.bench.tick();
  r.bench->refused_i = 0;
  r.bench.tick(3);
  r.expect(reg::kErrCause, 0x80000001);
  EXPECT_TRUE(r.write(reg::kCtrl, 4)) << "clears counters";
  r.bench.tick(2);
  for (std::uint32_t c = 0; c < 16; ++c) r.expect(reg::kRefused + 4 * c, 0);
  r.expect(reg::kErrCause, 0x80000001);
}

TYPED_TEST(HubRegs, RefusalCountersSaturate) {
  auto& r = this->regs;
  r.bench->preset_i = 1;
  r.bench.tick();
  r.bench->preset_i = 0;
  r.bench->cause_i[0] = 0x2222;
  r.expect(reg::kRefused + 8, 0xfffffffd);
  r.bench->refused_i = 1;
  r.bench.tick();
  r.bench->refused_i = 0;
  r.bench.tick(3);
  r.expect(reg::kRefused + 8, 0xfffffffe);
  r.bench->refused_i = 0xf;
  r.bench.tick(2);
  r.bench->refused_i = 0;
  r.bench.tick(3);
  r.expect(reg::kRefused + 8, 0xffffffff);
}

TYPED_TEST(HubRegs, Interrupt) {
  auto& r = this->regs;
  r.bench->cause_i[0] = 1;
  const auto raise = [&](int which) {
    if (which == 0) r.bench->refused_i = 1;
    if (which == 1) r.bench->all_ready_i = 1;
    if (which == 2) r.bench->table_error_i = 1;
    r.bench.tick();
    r.bench->refused_i = r.bench->table_error_i = 0;
    r.bench.tick(2);
  };
  for (std::uint32_t which = 0; which < 3; ++which) {
    raise(static_cast<int>(which));
    EXPECT_FALSE(r.bench->irq_o) << "not enabled";
    r.expect(reg::kIrqStatus, 1U << which);
    EXPECT_TRUE(r.write(reg::kIrqEnable, 1U << which));
    r.bench.tick(2);
    EXPECT_TRUE(r.bench->irq_o);
    r.expect(reg::kIrqEnable, 1U << which);
    EXPECT_TRUE(r.write(reg::kIrqStatus, ~(1U << which)));
    r.bench.tick(2);
    EXPECT_TRUE(r.bench->irq_o) << "write one to clear";
    EXPECT_TRUE(r.write(reg::kIrqStatus, 1U << which));
    r.bench.tick(2);
    EXPECT_FALSE(r.bench->irq_o);
    r.expect(reg::kIrqStatus, 0);
  }
  EXPECT_TRUE(r.bench->all_ready_i);
  r.bench.tick(20);
  r.expect(reg::kIrqStatus, 0);  // the level alone raises nothing
}

TYPED_TEST(HubRegs, StatisticsAddUp) {
  auto& r = this->regs;
  std::array<std::uint64_t, 17> sum{};
  for (int cycle = 0; cycle < 500; ++cycle) {
    std::array<std::uint32_t, 17> event{};
    constexpr int kBits[17] = {4, 4, 4, 4, 12, 1, 4, 12, 8, 4, 4, 4, 4, 4, 1, 16, 1};
    if (cycle % 3 != 0) for (std::size_t i = 0; i < 17; ++i) event[i] = static_cast<std::uint32_t>(r.random()) & ((1U << kBits[i]) - 1);
    std::uint64_t egress = 0, ingress = 0, flow = 0;  // first field of a struct is the most significant
    for (std::size_t i = 0; i < 17; ++i) {
      std::uint64_t& word = i < 6 ? egress : i < 13 ? ingress : flow;
      word = word << kBits[i] | event[i];
      sum[i] += event[i];
    }
    r.bench->egress_stat_i = static_cast<std::uint32_t>(egress);
    r.bench->ingress_stat_i = ingress;
    r.bench->flow_stat_i = static_cast<std::uint32_t>(flow);
    r.bench.tick();
  }
  r.bench->egress_stat_i = 0;
  r.bench->ingress_stat_i = 0;
  r.bench->flow_stat_i = 0;
  r.bench.tick(3);
  for (std::size_t i = 0; i < 17; ++i) r.expect(stat(static_cast<reg::Stat>(i)), static_cast<std::uint32_t>(sum[i]));
  EXPECT_TRUE(r.write(reg::kCtrl, 4));
  r.bench.tick(2);
  for (std::size_t i = 0; i < 17; ++i) r.expect(stat(static_cast<reg::Stat>(i)), 0);
}

TYPED_TEST(HubRegs, ReadingALowWordLatchesTheHighWord) {
  auto& r = this->regs;
  const auto cancel = [&](int cycles) {  // 65535 tiles a cycle
    r.bench->flow_stat_i = 0xffffU << 1;
    r.bench.tick(cycles);
    r.bench->flow_stat_i = 0;
    r.bench.tick(3);
  };
  cancel(65537);
  r.expect(stat(reg::Stat::tiles_cancelled), 0xffffffff);
  cancel(1);
  r.expect(stat(reg::Stat::tiles_cancelled, 1), 0);
  r.expect(stat(reg::Stat::tiles_cancelled, 1), 0);  // latched with the low word, whatever is read meanwhile
  r.expect(stat(reg::Stat::tiles_cancelled), 0xfffe);
  r.expect(stat(reg::Stat::tiles_cancelled, 1), 1);
  r.expect(stat(reg::Stat::requests), 0);
  r.expect(stat(reg::Stat::tiles_cancelled, 1), 0);  // latched with `requests`
}

}  // namespace
}  // namespace moehub::test
