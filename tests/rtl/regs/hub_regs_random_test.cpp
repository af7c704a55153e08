// hub_regs against the register file of the reference model: random accesses, legal and not, to every kind of
// register, with initialisations and refusals in between; answers, configuration and requests must agree.
// Seed 0 and one that is printed.
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "Vtop_large.h"
#include "Vtop_small.h"
#include "model/hub/hub_registers.hpp"
#include "tests/rtl/regs/regs_bench.hpp"

namespace moehub::test {
namespace {

template <class Top>
class Lockstep {
 public:
  Lockstep(const HubParams& params, std::uint64_t seed) : params_{params}, model_{params} { regs_.random.seed(seed); }

  void run(int accesses) {
    for (int i = 0; i < accesses; ++i) {
      if (testing::Test::HasFailure()) return;
      access();
      follow_requests();
      if (regs_.chance(30)) finish();
      if (regs_.chance(20)) refuse();
      compare_watched();
    }
    std::printf("%d accesses, %d answered with an error, %d initialisations\n", accesses, errors_, initialised_);
    EXPECT_GT(errors_, accesses / 20);
    EXPECT_GT(initialised_, accesses / 1000);
  }

 private:
  std::uint32_t draw(std::uint32_t bound) { return static_cast<std::uint32_t>(regs_.random() % bound); }

  // Mostly registers that exist; a few entries only, so that they become legal now and then.
  std::uint32_t address() {
    switch (draw(10)) {
      case 0: return draw(0x10000);
      case 1: return draw(0x100) * 4;
      case 2: case 3: return window(static_cast<int>(draw(2)) * (params_.windows - 1), draw(16) * 4);
      case 4: return reg::kWindow + draw(0x400);
      case 5: return reg::kRegion + draw(0x4000);
      case 6: return reg::kStat + draw(36) * 4;
      default: return region(draw(4) == 0 ? params_.regions - 1 : static_cast<int>(draw(3)), draw(16) * 4);
    }
  }
  std::uint32_t value(std::uint32_t addr) {
    if (addr == reg::kCtrl && regs_.chance(80)) return draw(64);
    if (addr >= reg::kWindow && regs_.chance(75)) return plausible(addr);
    switch (draw(4)) {
      case 0: return static_cast<std::uint32_t>(regs_.random());
      case 1: return (1U << draw(32)) - draw(2);
      case 2: return draw(static_cast<std::uint32_t>(params_.peers) + 2);
      default: return draw(64) * 4096;
    }
  }
  // A value of a region's or window's field that is often legal.
  std::uint32_t plausible(std::uint32_t addr) {
    const auto tile_base = (regs_.chance(80) ? draw(8) : draw(static_cast<std::uint32_t>(params_.tiles))) << 16;
    const bool is_region = addr >= reg::kRegion;
    switch (addr % 0x40) {
      case 0x3c: return (static_cast<std::uint32_t>(regs_.random()) & 0xff02) | (regs_.chance(45) ? 1U : 0U);
      case 0x00: return draw(16) * 128;
      case 0x08: return is_region ? draw(5000) : (8 + draw(64)) * 128;
      case 0x0c: return is_region ? draw(60) : 0;
      case 0x10: return tile_base | (is_region ? draw(16) : 7 + draw(6));
      case 0x14: return draw(9);
      case 0x20: return draw(4);
      default: return draw(3);
    }
  }

  void access() {
    const std::uint32_t addr = address();
    if (regs_.chance(40)) {
      const bool done = regs_.bench->region_done_i[0] & 1;
      ref::HubRegisters::Status status;
      status.region_done = [done](int) { return done; };
      status.window_done = [done](int) { return done; };
      const auto expected = model_.read(static_cast<std::uint16_t>(addr), status, events_);
      const auto got = regs_.read(addr, static_cast<int>(draw(2)));
      errors_ += got ? 0 : 1;
      // The model counts statistics elsewhere, and keeps waiting masks as it was given them.
      EXPECT_EQ(got.has_value(), expected.has_value()) << "read of " << std::hex << addr;
      if (got && expected) {
        EXPECT_EQ(*got, *expected) << "read of " << std::hex << addr;
      }
    } else {
      const std::uint32_t v = value(addr);
      const typename RegsBench<Top>::Timing timing{static_cast<int>(draw(3)), static_cast<int>(draw(3)), static_cast<int>(draw(2))};
      const bool expected = model_.write(static_cast<std::uint16_t>(addr), v);
      const bool got = regs_.write(addr, v, timing);
      errors_ += got ? 0 : 1;
      EXPECT_EQ(got, expected) << "write of " << std::hex << v << " to " << addr;
      static_cast<void>(model_.take_requests());
    }
    regs_.bench.tick(4);
  }

  // A request that rises is the one that the model takes next.
  void follow_requests() {
    auto& top = *regs_.bench;
    if (taken_ || (top.init_valid_o == 0 && !top.flush_valid_o)) return;
    taken_ = model_.take_pending();
    ASSERT_TRUE(taken_.has_value()) << "the model asks for nothing";
    EXPECT_EQ(top.flush_valid_o, taken_->flush);
    if (taken_->flush) return;
    EXPECT_EQ(top.init_valid_o, 2);
    EXPECT_EQ(top.init_is_window_o, taken_->is_window);
    EXPECT_EQ(top.init_idx_o, taken_->index);
  }
  void finish() {
    if (!taken_) return;
    auto& top = *regs_.bench;
    if (taken_->flush) {
      top.flush_done_i = 1;
      regs_.bench.tick();
      top.flush_done_i = 0;
    } else if (top.init_valid_o == 2) {
      regs_.pulse_init_done(2);
      regs_.bench.tick(2);
      return;
    } else {
      regs_.pulse_init_done(1);
      ++initialised_;
    }
    model_.initialised(*taken_);
    taken_.reset();
    regs_.bench.tick(4);
    follow_requests();
  }

  void refuse() {
    auto& top = *regs_.bench;
    const int inputs = 3 * params_.lanes + 1;
    const std::uint32_t mask = static_cast<std::uint32_t>(regs_.random()) & ((1U << inputs) - 1);
    for (std::size_t w = 0; w < 4; ++w) top.cause_i[w] = static_cast<std::uint32_t>(regs_.random()) & 0x77777777U;
    for (int i = 0; i < inputs; ++i) {
      if (((mask >> i) & 1) == 0) continue;
      Header header;
      header.kind = PacketKind::st;
      header.row = static_cast<std::uint32_t>(i);
      header.addr = 0x123456789a80;
      events_.refuse(i, static_cast<reg::Refuse>((top.cause_i[i / 8] >> (i % 8 * 4)) & 0xf), header);
    }
    top.refused_i = mask;
    top.all_ready_i = regs_.chance(50);
    regs_.bench.tick();
    top.refused_i = 0;
    model_.end_of_cycle(events_, top.all_ready_i);
    regs_.bench.tick(3);
    model_.end_of_cycle(events_, top.all_ready_i);
    EXPECT_EQ(regs_.bench->irq_o, model_.irq());
    top.all_ready_i = 0;
    regs_.bench.tick(2);
    model_.end_of_cycle(events_, false);
    model_.end_of_cycle(events_, false);
    top.region_done_i[0] = regs_.chance(50) ? ~0U : 0U;
    for (std::size_t i = 1; i < 8; ++i) top.region_done_i[i] = top.region_done_i[0];
    top.window_done_i = static_cast<std::uint16_t>(top.region_done_i[0]);
    regs_.bench.tick();
  }

  void compare_watched() {
    auto& top = *regs_.bench;
    const auto& config = model_.config();
    EXPECT_EQ(top.enable_o, config.enable);
    EXPECT_EQ(top.self_o, config.self);
    EXPECT_EQ(top.tick_o, config.tick);
    EXPECT_EQ(top.credits_o, config.credits);
    EXPECT_EQ(top.set_mask_o, config.set_mask);
    EXPECT_EQ(top.spill_base_o, config.spill_base);
    for (std::size_t w = 0; w < 3; ++w) EXPECT_EQ(top.peer_en_o[w], config.peers.words[w]);
    const auto r = draw(4) == 0 ? static_cast<std::size_t>(params_.regions - 1) : draw(3);
    regs_.watch(static_cast<int>(r));
    const auto& region = config.regions[r];
    EXPECT_EQ(top.reg_enable_o, region.enable) << "region " << r;
    EXPECT_EQ(top.reg_live_o, model_.live(static_cast<int>(r))) << "region " << r;
    EXPECT_EQ(top.reg_gen_o, region.gen);
    EXPECT_EQ(top.reg_base_o, region.base >> 7);
    EXPECT_EQ(top.reg_row_bytes_o, region.row_bytes);
    EXPECT_EQ(top.reg_capacity_o, region.capacity);
    EXPECT_EQ(top.reg_log2_o, region.tile_rows_log2);
    EXPECT_EQ(top.reg_tile_base_o, region.tile_base);
    for (std::size_t w = 0; w < 3; ++w) EXPECT_EQ(top.reg_src_o[w], region.sources.words[w]);
    const auto v = draw(2) * static_cast<std::size_t>(params_.windows - 1);
    regs_.watch(static_cast<int>(v));
    const auto& window = config.windows[v];
    EXPECT_EQ(top.win_enable_o, window.enable);
    EXPECT_EQ(top.win_base_o, window.base >> 7);
    EXPECT_EQ(top.win_limit_o, window.limit >> 7);
    EXPECT_EQ(top.win_tiled_o, window.tiled);
    EXPECT_EQ(top.win_log2_o, window.tile_log2);
    EXPECT_EQ(top.win_tile_base_o, window.tile_base);
    EXPECT_EQ(top.win_count_o, window.tile_count);
    EXPECT_EQ(top.win_bytes_o, window.tile_bytes);
    EXPECT_EQ(top.win_last_bytes_o, window.last_tile_bytes);
    for (std::size_t w = 0; w < 3; ++w) EXPECT_EQ(top.win_src_o[w], window.sources.words[w]);
  }

  const HubParams params_;
  RegsBench<Top> regs_;
  ref::HubRegisters model_;
  ref::EventLog events_;
  std::optional<ref::HubRegisters::Entry> taken_;
  int errors_ = 0, initialised_ = 0;
};

HubParams sizes(int lanes, int peers, int sets, int regions, int windows, int tiles) {
  HubParams p;
  p.lanes = lanes;
  p.peers = peers;
  p.entries = 32;
  p.rat_banks = 16;
  p.rat_sets = sets;
  p.rat_ways = 4;
  p.regions = regions;
  p.windows = windows;
  p.tiles = tiles;
  return p;
}

TEST(HubRegsRandom, SmallAgreesWithTheModel) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) Lockstep<Vtop_small>{sizes(1, 2, 4, 4, 1, 16), seed}.run(60000);
}
TEST(HubRegsRandom, LargeAgreesWithTheModel) {
  for (const std::uint64_t seed : {std::uint64_t{0}, random_seed()}) Lockstep<Vtop_large>{sizes(8, 72, 256, 256, 16, 65536), seed}.run(15000);
}

}  // namespace
}  // namespace moehub::test
