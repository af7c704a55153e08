// hub_regs, directed: what comes from the hub - status, refusals, interrupt, statistics - and injections.
#include <array>

#include "tests/rtl/regs/regs_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class HubRegsEvents : public HubRegsFixture<Config> {};
TYPED_TEST_SUITE(HubRegsEvents, RegsConfigs);

TYPED_TEST(HubRegsEvents, StatusShowsTheInputs) {
  auto& r = this->regs;
  r.bench->datapath_busy_i = 1;
  r.expect(reg::kStatus, 1);
  r.bench->all_ready_i = 1;
  r.expect(reg::kStatus, 5);
  r.bench->datapath_busy_i = r.bench->all_ready_i = 0;
  r.expect(reg::kStatus, 0);
}

TYPED_TEST(HubRegsEvents, InjectionsArePulses) {
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

TYPED_TEST(HubRegsEvents, RefusalsAreCountedAndTheFirstIsCaptured) {
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

TYPED_TEST(HubRegsEvents, RefusalCountersSaturate) {
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

TYPED_TEST(HubRegsEvents, Interrupt) {
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

TYPED_TEST(HubRegsEvents, StatisticsAddUp) {
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

TYPED_TEST(HubRegsEvents, ReadingALowWordLatchesTheHighWord) {
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

// A refusal at every distance from the write that frees, clears or resets what it sets: nothing of it is lost but what the
// write came after, and from one distance on it stays.
TYPED_TEST(HubRegsEvents, RefusalsThatMeetAWrite) {
  auto& r = this->regs;
  r.bench->cause_i[0] = 0x12;             // input 0 with cause 2, input 1 with cause 1
  const auto refuse = [&](unsigned inputs) {
    r.bench->refused_i = inputs;
    r.bench.tick();
    r.bench->refused_i = 0;
    r.bench.settle();
  };
  struct Case {
    const char* what;
    std::uint32_t addr, value;
    bool before;                          // something is captured before
    std::uint32_t seen, bits, left;       // where the refusal is seen, and as what
  };
  for (const Case& c : {Case{"freed", reg::kErrCause, 0, true, reg::kErrCause, ~0U, 0x80000002},
                        Case{"freed without need", reg::kErrCause, 0, false, reg::kErrCause, ~0U, 0x80000002},
                        Case{"cleared", reg::kCtrl, 4, false, reg::kRefused + 8, ~0U, 1},
                        Case{"interrupt reset", reg::kIrqStatus, 1, true, reg::kIrqStatus, 1, 1}}) {
    SCOPED_TRACE(c.what);
    bool stays = false;
    int first = 0;
    for (int distance = 0; distance < 9; ++distance) {
      EXPECT_TRUE(r.write(reg::kErrCause, 0));
      EXPECT_TRUE(r.write(reg::kIrqStatus, 7));
      EXPECT_TRUE(r.write(reg::kCtrl, 4));
      if (c.before) refuse(2);
      r.bench.tick(3);
      r.begin_write(c.addr, c.value);
      r.bench.tick(distance);
      refuse(1);
      r.end_write();
      const std::uint32_t value = *r.read(c.seen) & c.bits;
      EXPECT_EQ(value, value == 0 ? 0 : c.left) << "distance " << distance;
      EXPECT_TRUE(value != 0 || !stays) << "distance " << distance;
      if (value != 0 && !stays) first = distance;
      stays = value != 0;
    }
    EXPECT_TRUE(stays);
    EXPECT_GT(first, 0) << "the write came after the refusal once";
  }
}

// What is offered counts in the same cycle: without `on_o` the edge that takes it may be left out.
TYPED_TEST(HubRegsEvents, EveryInputThatCountsTurnsTheClockOn) {
  auto& top = *this->regs.bench;
  const auto expect_on = [&](const char* input, auto& pin) {
    this->regs.bench.settle();
    EXPECT_FALSE(top.on_o) << "before " << input;
    pin = 1;
    this->regs.bench.settle();
    EXPECT_TRUE(top.on_o) << input;
    pin = 0;
  };
  expect_on("awvalid", top.c_awvalid_i);
  expect_on("wvalid", top.c_wvalid_i);
  expect_on("arvalid", top.c_arvalid_i);
  expect_on("refused", top.refused_i);
  expect_on("table_error", top.table_error_i);
  expect_on("all_ready", top.all_ready_i);
  expect_on("statistics of dest_queue", top.egress_stat_i);
  expect_on("statistics of addr_alloc", top.ingress_stat_i);
  expect_on("statistics of flow_sched", top.flow_stat_i);
}

TYPED_TEST(HubRegsEvents, BusyUntilWhatCameIsCounted) {
  auto& top = *this->regs.bench;
  const auto expect_busy = [&](const char* input, auto& pin, int cycles) {
    this->regs.bench.settle();
    EXPECT_FALSE(top.busy_o) << "before " << input;
    pin = 1;
    this->regs.bench.tick();
    pin = 0;
    for (int i = 0; i < cycles; ++i) {
      this->regs.bench.settle();
      EXPECT_TRUE(top.busy_o) << input << ", cycle " << i;
      this->regs.bench.tick();
    }
  };
  top.cause_i[0] = 2;
  expect_busy("statistics of dest_queue", top.egress_stat_i, 1);
  expect_busy("statistics of addr_alloc", top.ingress_stat_i, 1);
  expect_busy("statistics of flow_sched", top.flow_stat_i, 1);
  expect_busy("a refusal", top.refused_i, 1);
  this->regs.bench.settle();
  EXPECT_FALSE(top.busy_o);
}

}  // namespace
}  // namespace moehub::test
