// Refusals and initialisation requests in the reference model's register file.
#include "model/hub/hub_registers.hpp"

#include <gtest/gtest.h>

#include "model/hub/hub_setup.hpp"

namespace moehub::ref {
namespace {

HubRegisters::Status quiet() {
  HubRegisters::Status status;
  status.region_done = [](int) { return false; };
  status.window_done = [](int) { return false; };
  return status;
}

TEST(HubRegisters, OfSeveralRefusalsOfACycleTheLowestPlaceIsCaptured) {
  HubRegisters registers{HubParams{}};
  EventLog events;
  Header late;
  late.row = 9;
  Header early;
  early.row = 4;
  events.refuse(flow_place(4), reg::Refuse::report, late);
  events.refuse(ingress_place(1), reg::Refuse::stale, early);
  events.refuse(memory_place(2), reg::Refuse::memory, late);
  registers.end_of_cycle(events, false);
  EXPECT_EQ(registers.read(reg::kErrCause, quiet(), events), 1U << 31 | 2U);
  EXPECT_EQ(registers.read(reg::kErrHeader + 8, quiet(), events), pack_header(early)[2]);
  for (const auto cause : {reg::Refuse::report, reg::Refuse::stale, reg::Refuse::memory}) {
    const auto addr = static_cast<std::uint16_t>(reg::kRefused + 4 * static_cast<int>(cause));
    EXPECT_EQ(registers.read(addr, quiet(), events), 1U);
  }
}

TEST(HubRegisters, FlushesGoBeforeWindowsBeforeRegionsAndOneAtATime) {
  HubRegisters registers{HubParams{}};
  for (const int region : {5, 2}) {
    EXPECT_TRUE(registers.write(region_reg(region, reg::kRegRowBytes), 128));
    EXPECT_TRUE(registers.write(region_reg(region, reg::kRegCapacity), 4));
    EXPECT_TRUE(registers.write(region_reg(region, reg::kRegCtrl), 1));
  }
  EXPECT_TRUE(registers.write(window_reg(3, reg::kWinCtrl), 1));
  EXPECT_TRUE(registers.write(reg::kCtrl, 2));
  EXPECT_TRUE(registers.take_pending()->flush);
  registers.initialised({true, false, 0});
  const auto window = registers.take_pending();
  EXPECT_TRUE(window->is_window);
  EXPECT_EQ(window->index, 3);
  registers.initialised(*window);
  EXPECT_TRUE(registers.config().windows[3].enable);
  const auto region = registers.take_pending();
  EXPECT_EQ(region->index, 2);
  EXPECT_FALSE(registers.config().regions[2].enable) << "enabled before it was initialised";
  // Written again meanwhile: this initialisation does not enable it, the next one does.
  EXPECT_TRUE(registers.write(region_reg(2, reg::kRegCtrl), 1U | 7U << 8));
  registers.initialised(*region);
  EXPECT_FALSE(registers.config().regions[2].enable);
  const auto again = registers.take_pending();
  EXPECT_EQ(again->index, 2);
  registers.initialised(*again);
  EXPECT_TRUE(registers.config().regions[2].enable);
  EXPECT_EQ(registers.config().regions[2].gen, 7);
  // Disabled while it waits: it stays disabled.
  EXPECT_TRUE(registers.write(region_reg(5, reg::kRegCtrl), 0));
  const auto last = registers.take_pending();
  EXPECT_EQ(last->index, 5);
  registers.initialised(*last);
  EXPECT_FALSE(registers.config().regions[5].enable);
  EXPECT_FALSE(registers.initialising());
}

TEST(HubRegisters, ReadingTheLowWordLatchesTheHighOne) {
  HubRegisters registers{HubParams{}};
  EventLog events;
  events.count(reg::Stat::requests, 0x2ffffffffU);
  EXPECT_EQ(registers.read(reg::kStat, quiet(), events), 0xffffffffU);
  events.count(reg::Stat::requests, 1);
  EXPECT_EQ(registers.read(reg::kStat + 4, quiet(), events), 2U);
  EXPECT_EQ(registers.read(reg::kStat, quiet(), events), 0U);
  EXPECT_EQ(registers.read(reg::kStat + 4, quiet(), events), 3U);
}

}  // namespace
}  // namespace moehub::ref
