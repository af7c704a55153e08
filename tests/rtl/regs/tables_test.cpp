// hub_regs, directed: regions and windows, what of them is refused, and their initialisation.
#include "tests/rtl/regs/regs_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class HubRegsTables : public HubRegsFixture<Config> {};
TYPED_TEST_SUITE(HubRegsTables, RegsConfigs);

TYPED_TEST(HubRegsTables, RegionIsSeenAtTheOutputs) {
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

TYPED_TEST(HubRegsTables, WindowIsSeenAtTheOutputs) {
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

TYPED_TEST(HubRegsTables, IllegalRegionsAreRefused) {
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

TYPED_TEST(HubRegsTables, IllegalWindowsAreRefused) {
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

TYPED_TEST(HubRegsTables, InitialisationOfARegion) {
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

TYPED_TEST(HubRegsTables, InitialisationsWaitTheirTurn) {
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

TYPED_TEST(HubRegsTables, WrittenAgainWhileInitialised) {
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

// A write at every distance from the end of an initialisation, also in the cycle in which the entry is enabled: of the
// entry itself it starts over, of another one both happen.
TYPED_TEST(HubRegsTables, WrittenAsTheInitialisationEnds) {
  auto& r = this->regs;
  for (const int i : {1, 2}) this->legal_region(i);
  this->legal_window(0);
  std::uint32_t gen = 0;
  const auto end_init_after = [&](int distance) {  // of addr_alloc before, of flow_sched so many cycles from now
    r.bench.tick(distance);
    r.pulse_init_done(1);
    r.end_write();
  };
  for (int distance = 0; distance < 9; ++distance) {
    SCOPED_TRACE("distance " + std::to_string(distance));
    r.watch(1);
    ++gen;
    EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 1 | gen << 8));
    r.wait_init();
    r.pulse_init_done(2);
    r.begin_write(region(1, reg::kRegCtrl), 1 | (gen + 1) << 8);
    end_init_after(distance);
    ++gen;
    EXPECT_FALSE(r.bench->reg_enable_o) << "starts over";
    EXPECT_EQ(r.bench->reg_gen_o, gen);
    r.wait_init();
    r.pulse_init_done(2);
    r.begin_write(region(2, reg::kRegCapacity), 10 + static_cast<std::uint32_t>(distance));
    end_init_after(distance);
    EXPECT_TRUE(r.bench->reg_enable_o);
    r.expect(region(2, reg::kRegCapacity), 10 + static_cast<std::uint32_t>(distance));

    r.watch(0);
    EXPECT_TRUE(r.write(window(0, reg::kWinCtrl), 3));
    r.wait_init();
    r.pulse_init_done(2);
    r.begin_write(window(0, reg::kWinCtrl), 1);
    end_init_after(distance);
    EXPECT_FALSE(r.bench->win_enable_o) << "starts over";
    r.finish_init();
    EXPECT_TRUE(r.bench->win_enable_o && !r.bench->win_tiled_o);
    EXPECT_FALSE(this->initialising());
  }
}

}  // namespace
}  // namespace moehub::test
