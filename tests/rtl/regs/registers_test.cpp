// hub_regs, directed: reset values, scalars written, read back and seen at the outputs, illegal writes, unmapped
// addresses, channels in any order.
#include <cstdio>

#include "tests/rtl/regs/regs_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class HubRegsScalars : public HubRegsFixture<Config> {};
TYPED_TEST_SUITE(HubRegsScalars, RegsConfigs);

template <class C, class Regs>
void expect_reset_values(Regs& r) {
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

TYPED_TEST(HubRegsScalars, ResetValues) { expect_reset_values<TypeParam>(this->regs); }

TYPED_TEST(HubRegsScalars, ResetClearsWhatWasSet) {
  using C = TypeParam;
  auto& r = this->regs;
  for (const auto& [addr, value] : {std::pair<std::uint32_t, std::uint32_t>{reg::kSelf, 1}, {reg::kPolicy, 0}, {reg::kTimer, 0x00a51234},
                                    {reg::kCredits, 5}, {reg::kSetMask, 1}, {reg::kSpillBaseLo, 0xabcde000}, {reg::kSpillBaseHi, 0x9876},
                                    {reg::kPeerEnable, 3}, {reg::kIrqEnable, 7}}) {
    EXPECT_TRUE(r.write(addr, value));
  }
  for (const int i : {0, C::kRegions - 1}) {
    this->legal_region(i);
    EXPECT_TRUE(r.write(region(i, reg::kRegBaseLo), 0x1000));
    EXPECT_TRUE(r.write(region(i, reg::kRegBaseHi), 0x12));
    EXPECT_TRUE(r.write(region(i, reg::kRegSource), 3));
    EXPECT_TRUE(r.write(region(i, reg::kRegCtrl), 0x501));
    r.finish_init();
  }
  for (const int i : {0, C::kWindows - 1}) {
    this->legal_window(i);
    EXPECT_TRUE(r.write(window(i, reg::kWinBaseHi), 0x12));
    EXPECT_TRUE(r.write(window(i, reg::kWinLimitHi), 0x12));
    EXPECT_TRUE(r.write(window(i, reg::kWinSource), 3));
    EXPECT_TRUE(r.write(window(i, reg::kWinCtrl), 3));
    r.finish_init();
    if (C::kWindows == 1) break;
  }
  r.bench->cause_i[0] = 0x4321;
  r.bench->refused_i = 0xf;
  r.bench->flow_stat_i = 3;
  r.bench->table_error_i = 1;
  r.bench.tick();
  r.bench->refused_i = r.bench->flow_stat_i = r.bench->table_error_i = 0;
  EXPECT_TRUE(r.write(region(1, reg::kRegCtrl), 0x100));
  EXPECT_TRUE(r.write(reg::kCtrl, 3)) << "runs, and flushes: reset comes in between";
  r.bench.reset();
  expect_reset_values<C>(r);
  EXPECT_TRUE(r.write(reg::kCredits, 5)) << "the hub does not run";
  for (const int i : {0, 1, C::kRegions - 1}) this->legal_region(i);  // nor is an entry in use
  for (const int i : {0, C::kWindows - 1}) this->legal_window(i);
}

TYPED_TEST(HubRegsScalars, ConfigurationIsSeenAtTheOutputs) {
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

TYPED_TEST(HubRegsScalars, ConstantsOfARunningHubCannotBeWritten) {
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

TYPED_TEST(HubRegsScalars, IllegalScalarsAreRefusedAndChangeNothing) {
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

TYPED_TEST(HubRegsScalars, UnmappedAddressesAreRefused) {
  using C = TypeParam;
  auto& r = this->regs;
  for (const std::uint32_t addr : {0x48U, 0x4cU, 0x64U, 0x7cU, 0xc0U, 0xfcU, 0x188U, 0x1fcU, 0x200U, 0x3fcU, 0x800U, 0x3ffcU, 0x8000U, 0xfffcU, 0x2U, 0x11U,
                                   window(C::kWindows, 0), region(C::kRegions, 0), window(0, 0x2c), window(0, 0x38), region(0, 0x14), region(0, 0x38)}) {
    EXPECT_EQ(r.read(addr), std::nullopt) << std::hex << addr;
    EXPECT_FALSE(r.write(addr, 0)) << std::hex << addr;
  }
}

TYPED_TEST(HubRegsScalars, ChannelsInAnyOrderAndHeldResponses) {
  auto& r = this->regs;
  std::uint32_t value = 1;
  for (const int aw : {0, 1, 5}) for (const int w : {0, 1, 7}) for (const int wait : {0, 4}) {
    EXPECT_TRUE(r.write(reg::kTimer, ++value, {aw, w, wait}));
    EXPECT_EQ(r.read(reg::kTimer, wait), value);
  }
  std::printf("register write answered %d cycles after its channels\n", r.latency);
  EXPECT_LE(r.latency, 6);
}

TYPED_TEST(HubRegsScalars, ReadAndWriteAtTheSameTime) {
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

TYPED_TEST(HubRegsScalars, ReadsAndWritesTakeTurns) {
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

TYPED_TEST(HubRegsScalars, OnlyPrivilegedAccessesCount) {
  auto& r = this->regs;
  EXPECT_TRUE(r.write(reg::kTimer, 77));
  for (const unsigned prot : {0U, 2U, 4U, 6U}) {
    r.bench->c_awprot_i = static_cast<std::uint8_t>(prot);
    EXPECT_FALSE(r.write(reg::kTimer, 5)) << "prot " << prot;
    EXPECT_EQ(r.read(reg::kTimer), 77U);
    r.bench->c_awprot_i = static_cast<std::uint8_t>(prot | 1U);
    EXPECT_TRUE(r.write(reg::kTimer, 77));
    r.bench->c_arprot_i = static_cast<std::uint8_t>(prot);
    EXPECT_EQ(r.read(reg::kTimer), std::nullopt) << "prot " << prot;
    EXPECT_EQ(r.bench->c_rdata_o, 0U) << "what is read says nothing";
    r.bench->c_arprot_i = static_cast<std::uint8_t>(prot | 1U);
  }
}

TYPED_TEST(HubRegsScalars, MissingStrobesAreRefused) {
  auto& r = this->regs;
  for (const unsigned strobes : {0x0U, 0x1U, 0x7U, 0xeU}) EXPECT_FALSE(r.write(reg::kPolicy, 0, {0, 0, 0, strobes}));
  r.expect(reg::kPolicy, 0x3f);
  EXPECT_FALSE(r.write(reg::kErrCause, 0, {0, 0, 0, 0x3}));
}

}  // namespace
}  // namespace moehub::test
