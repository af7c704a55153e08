// hub_regs, AXI4-Lite channels that do not wait for each other: the next address and data are offered while an access is
// under way, and each access keeps its own.
#include <array>
#include <deque>
#include <map>

#include "tests/rtl/regs/regs_fixture.hpp"

namespace moehub::test {
namespace {

template <class Config>
class HubRegsChannels : public HubRegsFixture<Config> {};
TYPED_TEST_SUITE(HubRegsChannels, RegsConfigs);

struct Data {
  std::uint32_t value;
  unsigned strobes;
};

TYPED_TEST(HubRegsChannels, EachAccessKeepsItsAddressDataAndStrobes) {
  auto& r = this->regs;
  auto& top = *r.bench;
  const std::array<std::uint32_t, 4> constants{reg::kId, reg::kParams0, reg::kParams1, reg::kParams2};
  std::map<std::uint32_t, std::uint32_t> holds;
  for (const std::uint32_t addr : constants) holds[addr] = *r.read(addr);
  const std::array<std::uint32_t, 4> variables{reg::kTimer, reg::kCredits, reg::kSpillBaseHi, reg::kPolicy};
  for (const std::uint32_t addr : variables) holds[addr] = *r.read(addr);

  std::deque<std::uint32_t> reads, write_addresses;  // accepted, not answered
  std::deque<Data> write_data;
  int answered_reads = 0, answered_writes = 0, refused_writes = 0;
  const auto any = [&](const auto& of) { return static_cast<std::uint16_t>(of[r.random() % of.size()]); };
  bool offers_ar = false, offers_aw = false, offers_w = false;
  for (int cycle = 0; cycle < 6000; ++cycle) {
    const bool ends = cycle > 5800;  // nothing new; all that is on its way is answered
    if (!offers_ar && !ends && r.chance(60)) {
      offers_ar = true;
      top.c_araddr_i = any(constants);
    }
    if (!offers_aw && !ends && r.chance(60)) {
      offers_aw = true;
      top.c_awaddr_i = any(variables);
    }
    if (!offers_w && (write_data.size() < write_addresses.size() || (!ends && r.chance(60)))) {
      offers_w = true;
      top.c_wdata_i = static_cast<std::uint32_t>(r.random()) & 0x3f;
      top.c_wstrb_i = r.chance(75) ? 0xf : static_cast<std::uint8_t>(r.random() % 15);
    }
    if (ends && write_addresses.size() < write_data.size() && !offers_aw) {
      offers_aw = true;
      top.c_awaddr_i = reg::kTimer;
    }
    top.c_arvalid_i = offers_ar;
    top.c_awvalid_i = offers_aw;
    top.c_wvalid_i = offers_w;
    top.c_bready_i = r.chance(50);
    top.c_rready_i = r.chance(50);
    r.bench.settle();
    if (top.c_rvalid_o && top.c_rready_i) {
      ASSERT_FALSE(reads.empty()) << "an answer to no read";
      EXPECT_EQ(top.c_rresp_o, 0);
      EXPECT_EQ(top.c_rdata_o, holds[reads.front()]) << "of address " << reads.front();
      reads.pop_front();
      ++answered_reads;
    }
    if (top.c_bvalid_o && top.c_bready_i) {
      ASSERT_FALSE(write_addresses.empty() || write_data.empty()) << "an answer to no write";
      const bool whole = write_data.front().strobes == 0xf;
      EXPECT_EQ(top.c_bresp_o, whole ? 0 : 2);
      if (whole) holds[write_addresses.front()] = write_data.front().value;
      ++answered_writes;
      refused_writes += whole ? 0 : 1;
      write_addresses.pop_front();
      write_data.pop_front();
    }
    if (offers_ar && top.c_arready_o) {
      reads.push_back(top.c_araddr_i);
      offers_ar = false;
    }
    if (offers_aw && top.c_awready_o) {
      write_addresses.push_back(top.c_awaddr_i);
      offers_aw = false;
    }
    if (offers_w && top.c_wready_o) {
      write_data.push_back({top.c_wdata_i, top.c_wstrb_i});
      offers_w = false;
    }
    if (testing::Test::HasFailure()) return;
    r.bench.tick();
  }
  top.c_arvalid_i = top.c_awvalid_i = top.c_wvalid_i = top.c_bready_i = top.c_rready_i = 0;
  top.c_wstrb_i = 0xf;
  r.bench.settle();
  EXPECT_TRUE(reads.empty() && write_addresses.empty() && write_data.empty()) << "not answered";
  EXPECT_FALSE(top.busy_o);
  EXPECT_GT(answered_reads, 300);
  EXPECT_GT(answered_writes, 300);
  EXPECT_GT(refused_writes, 30);
  for (const std::uint32_t addr : variables) r.expect(addr, holds[addr]);
}

TYPED_TEST(HubRegsChannels, WhoWasServedLastGivesWay) {
  auto& r = this->regs;
  auto& top = *r.bench;
  top.c_araddr_i = top.c_awaddr_i = reg::kTimer;
  for (const bool write_first : {false, true}) {
    for (const int pause : {0, 1, 2, 5}) {
      SCOPED_TRACE(std::to_string(pause) + " idle cycles after a " + (write_first ? "write" : "read"));
      top.c_rready_i = top.c_bready_i = 0;
      if (write_first) EXPECT_TRUE(r.write(reg::kTimer, 1));
      else r.expect(reg::kId, 0x4d484231);
      r.bench.tick(pause);
      top.c_araddr_i = top.c_awaddr_i = reg::kTimer;
      top.c_arvalid_i = top.c_awvalid_i = top.c_wvalid_i = 1;
      top.c_rready_i = top.c_bready_i = 1;
      bool last_is_write = write_first;
      for (int served = 0; served < 8;) {
        r.bench.settle();
        ASSERT_FALSE(top.c_rvalid_o && top.c_bvalid_o) << "one access at a time";
        if (top.c_rvalid_o || top.c_bvalid_o) {
          EXPECT_EQ(top.c_bvalid_o != 0, !last_is_write) << "access " << served;
          last_is_write = top.c_bvalid_o != 0;
          ++served;
        }
        r.bench.tick();
      }
      top.c_arvalid_i = top.c_awvalid_i = top.c_wvalid_i = 0;
      r.bench.tick(20);
    }
  }
}

}  // namespace
}  // namespace moehub::test
